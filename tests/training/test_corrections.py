"""The editor's examples, made from small files in the form of the data folder."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from assistant.core.errors import TrainingError
from assistant.tasks.prompts import ways_of_asking
from assistant.training import recipe
from assistant.training.builders.corrections import corrections, is_clean
from assistant.training.builders.registry import BUILDERS
from assistant.training.split import Part

_NAMES = ("Tom", "Mary", "Lily", "Ben", "Anna", "Sam")
_DOINGS = (
    "went home because the weather was cold",
    "has two brothers and a sister",
    "doesn't know where the station is",
    "saw the children in the garden",
    "was reading a book in the morning",
)
_PLACES = ("at night", "in London", "with his mother", "for a long time")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with a few stories of every source."""
    stories = [
        " ".join(f"{name} {doing} {place}, said number {row}." for place in _PLACES)
        for row in range(3)
        for name in _NAMES
        for doing in _DOINGS
    ]
    for name in ("tinystories_cased", "pb_en", "asp_en", "fairytaleqa_stories",
                 "gutenberg_children", "gutenberg_classics.1"):  # fmt: skip
        lines = [
            json.dumps({"title": f"{name} {number}", "author": "A", "text": text})
            for number, text in enumerate(stories)
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), "utf-8")
    for number, other in enumerate(("fr", "de", "es")):
        rows = [f"I have {count + 100 * number} dogs at home.\tx" for count in range(100, 600)]
        (tmp_path / f"tatoeba.en-{other}.tsv").write_text("\n".join(rows), "utf-8")
    return tmp_path


def made(data: Path, part: Part = Part.TRAIN, seed: int = 1) -> list[tuple[str, str, str]]:
    examples = islice(corrections(data, part, Random(seed)), 300)
    return [(one.values["text"], one.answer, one.group) for one in examples]


def test_a_third_of_the_sentences_is_whole(data: Path) -> None:
    """The others hold a mistake, and the clean sentence is the answer to both."""
    examples = made(data)
    whole = sum(text == answer for text, answer, _ in examples) / len(examples)
    assert 0.25 < whole < 0.5
    assert all(is_clean(answer) for _, answer, _ in examples)


def test_the_same_seed_makes_the_same_examples(data: Path) -> None:
    """And another seed others."""
    assert made(data) == made(data)
    assert made(data) != made(data, seed=2)


def test_no_group_is_on_both_sides(data: Path) -> None:
    """What is judged by was never learned from."""
    learned = {group for *_, group in made(data)}
    held_out = {group for *_, group in made(data, Part.VALIDATION)}
    assert held_out
    assert not learned & held_out


def test_modern_and_old_prose_are_both_there(data: Path) -> None:
    """Three fifths are of everyday talk and stories of today."""
    groups = Counter(group.split()[0] for *_, group in made(data))
    old = groups["fairytaleqa"] + groups["gutenberg"]
    assert 0.25 < old / groups.total() < 0.55


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Nothing is made of half of the data."""
    with pytest.raises(TrainingError, match="tatoeba"):
        next(corrections(tmp_path, Part.TRAIN, Random(1)))


@pytest.mark.parametrize(
    "text",
    [
        "He went home.",
        '"Come here," said Tom.',
        "“Where is the dog?”",
        "The dogs run, the fish swim, and let him who can fly.",
    ],
)
def test_clean_sentences_pass(text: str) -> None:
    """Speech and odd forms are right."""
    assert is_clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "He went",
        "went home again.",
        '"Come here, said Tom.',
        "HE WENT HOME.",
        "He went  home again.",
        "I ain't goin' home.",
        "He paid _five_ pounds for it.",
        "See [1] for the rest of it.",
        "Too short.",
        "He went home . Then he slept.",
        " ".join(["Long"] * 50) + ".",
    ],
)
def test_what_is_no_clean_sentence_is_left_out(text: str) -> None:
    """Torn quotes, marks of an edition, dialect, bits and pieces."""
    assert not is_clean(text)


def test_the_recipe_names_a_builder_and_the_way_of_asking_is_short() -> None:
    """What is trained is what is asked: the sentence, with as little around it as can be."""
    read = recipe.find("editor")
    assert [one.examples for one in read.mix] == ["corrections"]
    assert BUILDERS["corrections"] is corrections
    way = ways_of_asking("rewrite").named("proofread.editor")
    assert way.ask.replace("{text}", "").split() == ["Correct:"]
    assert not way.system
    assert all(source.licence and source.attribution for source in read.data)
