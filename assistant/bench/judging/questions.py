"""Questions about passages of stories, with the answers that people gave (FairytaleQA's form).

Rows have `story`, `context` (the passage), `question` and `answer`; the same question may stand
there several times with several answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.bench.judging.measures import normalized
from assistant.bench.judging.selection import Row, dealt, lowest
from assistant.training.cleaning import detokenized
from assistant.training.corpora import rows

if TYPE_CHECKING:
    from assistant.bench.judging.subject import Bench

FILE = "fairytaleqa_val"
_MOST_STORIES = 200


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its `passage` and its right answers, `golds`.

    `elsewhere` is another passage of the same story in which no gold stands, `other_story` one of
    another story; either may be empty where there is none.
    """

    passage: str
    question: str
    golds: tuple[str, ...]
    elsewhere: str = ""
    other_story: str = ""


def questions(bench: Bench) -> list[Question]:
    """Return the questions to judge by, a few of each story; raise `TrainingError` without file."""
    groups = lowest(rows(bench.data, FILE), _MOST_STORIES, bench.learned.is_unseen)
    stories = [_passages(of_story) for of_story in groups]
    dealt_out = [_of_story(stories, at, of_story) for at, of_story in enumerate(groups)]
    return dealt(dealt_out, bench.limit)


def _of_story(stories: Sequence[Sequence[str]], at: int, of_story: Sequence[Row]) -> list[Question]:
    """Return the questions of one story, those of different passages in turn."""
    golds: dict[tuple[str, str], list[str]] = {}
    for row in of_story:
        key = (_passage(row), detokenized(row["question"]))
        golds.setdefault(key, []).append(row["answer"])
    others = stories[(at + 1) % len(stories)] if len(stories) > 1 else ()
    found = [
        Question(
            passage,
            question,
            tuple(answers),
            _elsewhere(stories[at], passage, answers),
            others[number % len(others)] if others else "",
        )
        for number, ((passage, question), answers) in enumerate(golds.items())
    ]
    by_passage: dict[str, list[Question]] = {}
    for one in found:
        by_passage.setdefault(one.passage, []).append(one)
    return dealt(list(by_passage.values()), len(found))


def _elsewhere(passages: Sequence[str], own: str, golds: Sequence[str]) -> str:
    """Return the passage of the story that stands farthest from `own` and has none of `golds`."""
    at = passages.index(own)
    far = sorted(range(len(passages)), key=lambda other: -abs(other - at))
    wanted = [f" {normalized(gold)} " for gold in golds]
    for other in far:
        text = f" {normalized(passages[other])} "
        if other != at and not any(gold in text for gold in wanted):
            return passages[other]
    return ""


def _passages(of_story: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(_passage(row) for row in of_story))


def _passage(row: Row) -> str:
    """Return the passage as a writer would have it: its paragraphs, each on one line."""
    paragraphs = re.split(r"\n\s*\n", detokenized(row["context"]))
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)
