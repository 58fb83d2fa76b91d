"""What a reader learns from: answers, refusals that are right, summaries that people wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from assistant.core.errors import TrainingError
from assistant.core.tasks import TaskName
from assistant.tasks.prompts import ways_of_asking
from assistant.tasks.reading import REFUSAL
from assistant.training.builders import chapters as chapters_module
from assistant.training.builders.chapters import chapters
from assistant.training.builders.key_sentences import key_sentences
from assistant.training.builders.questions import questions
from assistant.training.builders.registry import BUILDERS
from assistant.training.builders.summaries import summaries
from assistant.training.examples import Builder, Example
from assistant.training.fairytales import MOST_CHARACTERS, even
from assistant.training.recipe import find
from assistant.training.split import Part, group_name

_WHO = ("miller", "queen", "smith", "fox", "sailor", "baker", "giant", "tailor", "witch", "piper")
_WHAT = ("key", "lamp", "crown", "bell", "spoon", "drum", "mirror", "boat", "ring", "cloak")


def write(data: Path, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    (data / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def tales(count: int = 40) -> list[dict[str, str]]:
    """Return questions on `count` stories of three passages; each passage answers its own."""
    rows = []
    for number in range(count):
        random = Random(number)
        for who, what in zip(random.sample(_WHO, 3), random.sample(_WHAT, 3), strict=True):
            filler = f"The wind blew over hill {number},\nand the {who} of town {number} slept. "
            told = f"In the morning the {who} found a {what} under the stone. "
            passage = filler * 12 + told + filler * 12
            rows.append(
                {
                    "story": f"tale-{number}",
                    "context": passage,
                    "question": f"What did the {who} find under the stone?",
                    "answer": f"a {what}.",
                }
            )
    return rows


def made(build: Builder, data: Path, part: Part = Part.TRAIN, seed: int = 1) -> list[Example]:
    return list(build(data, part, Random(seed)))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(tmp_path, "fairytaleqa_train", tales())
    return tmp_path


def test_an_answer_goes_with_a_passage_on_one_line_that_holds_it(data: Path) -> None:
    found = [example for example in made(questions, data) if example.answer != REFUSAL]
    for example in found:
        assert example.way == "ask.reader"
        assert example.answer in example.values["text"]
        assert len(example.values["text"]) <= MOST_CHARACTERS
        assert "\n" not in example.values["text"]
        assert not example.answer.endswith(".")


def test_a_refusal_goes_with_a_passage_that_does_not_answer(data: Path) -> None:
    found = made(questions, data)
    right = {
        (one.group, one.values["question"]): one.answer for one in found if one.answer != REFUSAL
    }
    refused = [example for example in found if example.answer == REFUSAL]
    assert 0.2 * len(found) < len(refused) < 0.5 * len(found)
    for example in refused:
        assert right[example.group, example.values["question"]] not in example.values["text"]


def test_the_questions_on_a_passage_follow_each_other(data: Path) -> None:
    texts = [example.values["text"] for example in made(questions, data)]
    changes = sum(one != other for one, other in pairwise(texts))
    assert changes == len(set(texts)) - 1


def test_no_story_is_on_both_sides_and_the_order_is_the_seeds(data: Path) -> None:
    answered = {
        part: [one for one in made(questions, data, part) if one.answer != REFUSAL] for part in Part
    }
    sides = [{example.group for example in found} for found in answered.values()]
    assert sides[0].isdisjoint(sides[1])
    assert {group_name(row["story"]) for row in tales()} == sides[0] | sides[1]
    assert made(questions, data) == made(questions, data)
    assert made(questions, data) != made(questions, data, seed=2)


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("because he was sad .", "because he was sad"),
        (" the  old\nbridge. ", "the old bridge"),
        ("He was jealous of the king", "He was jealous of the king."),
        ("They feared the storm.", "They feared the storm."),
        ("Prince Hyacinth", "Prince Hyacinth"),
    ],
)
def test_answers_have_one_form(answer: str, form: str) -> None:
    assert even(answer) == form


def abstract(number: int, **more: object) -> dict[str, object]:
    return {
        "title": f"Paper {number}",
        "document": f"Bridges are old. We propose method {number} to mend them. It works.",
        "summary": [f"we propose method {number} to mend old bridges"],
        **more,
    }


def test_a_summary_is_a_sentence_and_a_meeting_is_summed_up_by_the_first(tmp_path: Path) -> None:
    write(tmp_path, "scitldr_train", [abstract(number) for number in range(30)])
    meeting = {
        "file": "Bed003.json",
        "query": "What was said?",
        "document": "Ann : well , it 's late .\nBob : yes .",
        "summary": "Ann found that it was late . Bob agreed with her .",
    }
    write(tmp_path, "qmsum_train_short", [meeting])
    found = [one for part in Part for one in made(summaries, tmp_path, part)]
    assert len(found) == 31
    told = {example.values["text"]: example.answer for example in found}
    assert told["Ann: well, it's late. Bob: yes."] == "Ann found that it was late."
    assert "We propose method 7 to mend old bridges." in told.values()


def test_titles_in_capitals_and_other_scraps_are_no_summaries(tmp_path: Path) -> None:
    rows = [
        abstract(1, summary=["NEW METHODS FOR MENDING OLD BRIDGES"]),
        abstract(2, summary=["Bridges"]),
        abstract(3, summary=["word " * 80]),
        abstract(4, document="An abstract. " * 400),
    ]
    write(tmp_path, "scitldr_train", rows)
    write(tmp_path, "qmsum_train_short", [])
    found = [one for part in Part for one in made(summaries, tmp_path, part)]
    assert [example.group for example in found] == ["paper 4"]
    assert len(found[0].values["text"]) <= 1900
    assert found[0].values["text"].endswith("An abstract.")


CHAPTERS = {
    "CHAPTER I. IN WHICH PHILEAS AND THE CAT ACCEPT A WAGER": "Phileas and the cat accept a wager.",
    "CHAPTER II.\n\nHow the miller lost his boat.": "The miller lost his boat.",
    "CHAPTER III. PHILEAS GETS RID OF THE MONEY.": "Phileas gets rid of the money.",
}
NAMELESS = ("CHAPTER IV.", "CHAPTER V. THE OLD WAGER OF PHILEAS", "CHAPTER VI. WHO GETS THE BOAT?")


def novel(headings: Sequence[str], repeat: int = 4) -> str:
    told = (
        "That evening Phileas heard the cat speak of a wager, which they would accept. The miller "
        "had lost the boat, and Phileas would get rid of the money before night came over them."
    )
    return "\n\n".join(f"{heading}\n\n" + f"{told}\n\n" * repeat for heading in headings)


def test_a_heading_that_tells_is_a_summary_of_the_part_it_tells_of(tmp_path: Path) -> None:
    strange = "CHAPTER VII. THE QUEEN LOSES A PARASOL"
    for name in chapters_module.BOOKS:
        write(tmp_path, name, [])
    book = {"title": "The Wager", "author": "A. Verne"}
    book["text"] = novel([*CHAPTERS, *NAMELESS, strange])
    write(tmp_path, "gutenberg_classics.3", [book])
    found = [one for part in Part for one in made(chapters, tmp_path, part)]
    assert sorted(example.answer for example in found) == sorted(CHAPTERS.values())
    for example in found:
        assert example.group == "the wager verne"
        assert example.way == "summarize.reader"
        assert "CHAPTER" not in example.values["text"]


def test_the_principal_sentence_shares_most_with_the_others(tmp_path: Path) -> None:
    main = "The old miller of the river mill lost the silver key of his mill by the river."
    paragraph = (
        "It was spring. The miller had a mill, and the mill stood by a river. "
        f'"Where is my silver key?" said the miller of the river mill. {main} '
        "The key was silver. Nobody else had seen any such thing before the snow fell."
    )
    story = {"title": "The Mill", "text": "\n\n".join([paragraph] * 8)}
    write(tmp_path, "gutenberg_children", [])
    write(tmp_path, "fairytaleqa_stories", [story])
    found = [one for part in Part for one in made(key_sentences, tmp_path, part)]
    assert [example.answer for example in found] == [main]


def test_speech_and_what_hangs_on_another_sentence_are_never_principal(tmp_path: Path) -> None:
    said = '"The silver key of the old mill is in the river by the mill," said the miller\'s wife. '
    hangs = "But the silver key of the old river mill was not there in the river by the mill. "
    story = {"title": "The Mill", "text": "\n\n".join([(said + hangs) * 4] * 8)}
    write(tmp_path, "gutenberg_children", [])
    write(tmp_path, "fairytaleqa_stories", [story])
    assert not [one for part in Part for one in made(key_sentences, tmp_path, part)]


def test_the_recipe_names_what_there_is() -> None:
    recipe = find("reader")
    assert all(part.examples in BUILDERS for part in recipe.mix)
    assert sum(part.share for part in recipe.mix) == pytest.approx(1)
    assert {source.name for source in recipe.data} >= {
        "fairytaleqa_train",
        "scitldr_train",
        "qmsum_train_short",
        *chapters_module.BOOKS,
    }
    assert all(source.licence and source.attribution for source in recipe.data)


@pytest.mark.parametrize("task", [TaskName.ASK, TaskName.SUMMARIZE])
def test_the_text_comes_before_what_is_wanted_of_it(task: TaskName) -> None:
    way = ways_of_asking(task).named("reader")
    assert way.kind == "chat"
    assert way.ask.startswith("{text}\n\n")
    assert not way.system
    assert not way.shots


@pytest.mark.parametrize("build", [questions, summaries, chapters, key_sentences])
def test_a_missing_file_is_said(tmp_path: Path, build: Builder) -> None:
    with pytest.raises(TrainingError, match="There is no file"):
        made(build, tmp_path)
