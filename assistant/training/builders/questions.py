"""Questions on passages: those that a passage answers, and some that it does not.

All questions on one passage follow each other, so that the passage is read once for them all (see
`pack`). A third of those to be declined come from another story, the rest from another passage of
the same one, which is harder to tell; that it does not answer is checked by the answer's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from assistant.tasks.reading import REFUSAL
from assistant.text.words import content_words
from assistant.training.examples import Example
from assistant.training.fairytales import (
    MOST_CHARACTERS,
    WAY,
    Question,
    around_answer,
    from_anywhere,
)
from assistant.training.fairytales import (
    questions as fairytale_questions,
)
from assistant.training.split import Part

# Refusals for each question that is answered, and how many of them come from another story; those
# of the same story are the harder ones.
_REFUSED = 0.45
_OTHER_STORY = 0.35
# An answer of which this share of the content words stands in a passage may be found there.
_MOST_FOUND = 0.5
_TRIES = 8


def questions(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield the questions of FairytaleQA, passage by passage, and questions to be declined."""
    asked = fairytale_questions(data, part)
    passages: dict[tuple[str, str], list[Question]] = {}
    stories: dict[str, list[Question]] = {}
    for one in asked:
        passages.setdefault((one.group, one.passage), []).append(one)
        stories.setdefault(one.group, []).append(one)
    order = list(passages.items())
    random.shuffle(order)
    for (story, passage), own in order:
        strange = _strange(passage, len(own), stories[story], asked, random)
        put = [*own, *strange]
        random.shuffle(put)
        whole = len(passage) <= MOST_CHARACTERS
        for one in put:
            if one.passage == passage:
                text = passage if whole else around_answer(one, random)
                yield _example(text, one, one.answer)
            else:
                yield _example(passage if whole else from_anywhere(passage, random), one, REFUSAL)


def _strange(
    passage: str,
    own: int,
    same_story: Sequence[Question],
    anywhere: Sequence[Question],
    random: Random,
) -> list[Question]:
    """Return questions that `passage` does not answer, in proportion to its `own` ones."""
    wanted = int(own * _REFUSED + random.random())
    found: list[Question] = []
    for _ in range(wanted * _TRIES):
        if len(found) == wanted:
            break
        one = random.choice(anywhere if random.random() < _OTHER_STORY else same_story)
        if one not in found and not may_answer(passage, one):
            found.append(one)
    return found


def _example(text: str, one: Question, answer: str) -> Example:
    return Example(WAY, {"text": text, "question": one.question}, answer, one.group)


def may_answer(passage: str, one: Question) -> bool:
    """Return whether `passage` is part of the question's own, or may hold its answer."""
    if passage in one.passage or one.passage in passage or _overlap(passage, one.passage):
        return True
    told = set(content_words(one.answer, "en")) - set(content_words(one.question, "en"))
    if not told:
        return True
    found = told.intersection(content_words(passage, "en"))
    return len(found) >= _MOST_FOUND * len(told)


def _overlap(passage: str, other: str) -> bool:
    """Return whether one begins inside the other: passages of two sections share one of them."""
    return passage[:60] in other or other[:60] in passage
