"""Questions on a passage, to be answered in its own words or in a few of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from assistant.training.examples import Example
from assistant.training.fairytales import WAY, around_answer, questions
from assistant.training.split import Part


def answers(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield the questions of FairytaleQA with the passages that answer them."""
    asked = questions(data, part)
    random.shuffle(asked)
    for one in asked:
        values = {"text": around_answer(one, random), "question": one.question}
        yield Example(WAY, values, one.answer, one.group)
