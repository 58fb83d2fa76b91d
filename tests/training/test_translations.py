"""What a translator learns from: both ways, and no sentence of those to judge by."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from assistant.core.requests import ChatPrompt
from assistant.core.tasks import TaskName
from assistant.tasks.prompts import ways_of_asking
from assistant.training.builders.registry import BUILDERS
from assistant.training.builders.translations import WAY, translations
from assistant.training.split import Part, group_name

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = [f"I have {number} old books at home." for number in range(200)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return pairs: every sentence has two translations, and the third is that of every tenth."""
    for language in ("fr", "de", "es"):
        lines = [
            f"{english}\t{language} {number // 10 if kind else number} {kind}\n"
            for number, english in enumerate(ENGLISH)
            for kind in range(2)
        ]
        lines.append("word " * 30 + "\ttoo long\n")
        (tmp_path / f"tatoeba.en-{language}.tsv").write_text("".join(lines), "utf-8")
    return tmp_path


def test_a_pair_is_learned_both_ways(data: Path) -> None:
    examples = list(BUILDERS["translations"](data, Part.TRAIN, Random(1)))
    asked = {(one.values["target_language"], one.values["text"]): one.answer for one in examples}
    assert {language for language, _ in asked} == {"English", "French", "German", "Spanish"}
    assert all(
        asked["English", answer] == text or asked["English", answer] in ENGLISH
        for (language, text), answer in asked.items()
        if language != "English"
    )
    assert "too long" not in {one.answer for one in examples}
    assert all(one.way == WAY for one in examples)


def test_each_english_sentence_once_in_a_pass(data: Path) -> None:
    examples = list(translations(data, Part.TRAIN, Random(1)))
    french = [one.values["text"] for one in examples if one.values["target_language"] == "French"]
    assert len(french) == len(set(french))


def test_no_sentence_to_judge_by_is_learned_from(data: Path) -> None:
    """Neither its English side nor its other one, beside whatever English it stands."""
    sides = []
    for part in Part:
        examples = list(translations(data, part, Random(1)))
        assert all(part.has(one.group) for one in examples)
        sides.append({group_name(text) for one in examples for text in one.values.values()})
    learned, kept = ({text for text in side if " " in text} for side in sides)
    assert kept
    assert not learned & kept


def test_the_same_seed_gives_the_same_examples(data: Path) -> None:
    once, again, other = (list(translations(data, Part.TRAIN, Random(n))) for n in (1, 1, 2))
    assert once == again
    assert once != other


def test_it_is_asked_in_a_few_words() -> None:
    way = ways_of_asking(TaskName.TRANSLATE).named("translator")
    values = {"text": "Good morning.", "target_language": "French"}
    prompt = way.fill(values)
    assert isinstance(prompt, ChatPrompt)
    (message,) = prompt.messages
    assert message.content == "French: Good morning."
