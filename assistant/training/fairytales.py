"""Questions on fairy tales with their passages and answers (FairytaleQA, Xu et al. 2022).

Owns how they are read and made even, and how a long passage is cut to a stretch of whole sentences
that fits a block together with its question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from assistant.text import sentences
from assistant.text.passages import as_one_line
from assistant.text.words import content_words
from assistant.training import corpora
from assistant.training.cleaning import group_of
from assistant.training.split import Part

WAY = "ask.reader"
# About 3.6 characters a token at the worst: leaves 512 tokens room for question and answer.
MOST_CHARACTERS = 1450
# So many passages are shortened, so that more of them are read in a run, of all lengths.
_SHORTENED = 0.5
_FEWEST_CHARACTERS = 350

_CLAUSE = re.compile(r"(?:He|She|It|They|We|I|You|There|His|Her|Their|The|Because)\b")


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its answer; `group` is its story, `passage` stands on one line."""

    group: str
    passage: str
    question: str
    answer: str


def questions(data: Path, part: Part) -> list[Question]:
    """Return the questions on the stories of `part`; raise `TrainingError` without the file."""
    found = []
    for row in corpora.rows(data, "fairytaleqa_train"):
        group = group_of(row)
        passage, asked = as_one_line(row["context"]), as_one_line(row["question"])
        answer = even(row["answer"])
        if part.has(group) and passage and asked and answer:
            found.append(Question(group, passage, asked, answer))
    return found


def even(answer: str) -> str:
    """Return an answer in one form: a clause as a sentence, a few words without a full stop."""
    answer = as_one_line(answer).strip()
    if answer.endswith(".") and answer[:1].islower() and ". " not in answer:
        return answer[:-1].rstrip()
    if answer.count(" ") >= 3 and _CLAUSE.match(answer) and answer[-1].isalnum():
        return answer + "."
    return answer


def around_answer(one: Question, random: Random) -> str:
    """Return the passage of a question, or neighbouring sentences of it that hold the answer.

    Half of those whose answer stands in them word for word are shortened; others only where they
    are too long, to the sentences around the one that shares most with question and answer.
    """
    plain = one.answer.casefold().strip(" .")
    verbatim = plain in one.passage.casefold()
    most = _room(one.passage, random) if verbatim else MOST_CHARACTERS
    if len(one.passage) <= most:
        return one.passage
    texts = _sentences(one.passage)
    sought = set(content_words(f"{one.question} {one.answer}", "en"))

    def fit(index: int) -> tuple[bool, int]:
        words = content_words(texts[index], "en")
        return plain in texts[index].casefold(), len(sought.intersection(words))

    return _stretch(texts, max(range(len(texts)), key=fit), most, random)


def from_anywhere(passage: str, random: Random) -> str:
    """Return the passage, or half the time neighbouring sentences from anywhere in it."""
    most = _room(passage, random)
    if len(passage) <= most:
        return passage
    texts = _sentences(passage)
    return _stretch(texts, random.randrange(len(texts)), most, random)


def _sentences(passage: str) -> list[str]:
    return [passage[span.start : span.end] for span in sentences.split(passage, "en")]


def _room(passage: str, random: Random) -> int:
    """Return how many characters of `passage` are to be read."""
    drawn = random.random(), random.random()
    if drawn[0] >= _SHORTENED:
        return MOST_CHARACTERS
    longest = min(len(passage), MOST_CHARACTERS)
    return int(_FEWEST_CHARACTERS + drawn[1] * max(0, longest - _FEWEST_CHARACTERS))


def _stretch(texts: Sequence[str], around: int, most: int, random: Random) -> str:
    """Return neighbouring sentences, `around` among them, of at most `most` characters."""
    first = last = around
    length = len(texts[around])
    for step in _steps(random):
        before, behind = first > 0, last + 1 < len(texts)
        if not before and not behind:
            break
        back = (step and before) or not behind
        length += 1 + len(texts[first - 1 if back else last + 1])
        if length > most:
            break
        first, last = (first - 1, last) if back else (first, last + 1)
    return " ".join(texts[first : last + 1])[:MOST_CHARACTERS]


def _steps(random: Random) -> Iterator[bool]:
    while True:
        yield random.random() < 0.5
