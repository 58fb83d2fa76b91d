"""Questions put to a passage that does not answer them.

A third are put to a passage of another story, the rest to another passage of the same story, which
is harder to tell. That the other passage does not answer is checked by the words of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from assistant.tasks.reading import REFUSAL
from assistant.text.words import content_words
from assistant.training.examples import Example
from assistant.training.fairytales import WAY, Question, by_story, from_anywhere, questions
from assistant.training.split import Part

_OTHER_STORY = 0.35
# An answer of which this share of the content words stands in a passage may be found there.
_MOST_FOUND = 0.5
_TRIES = 8


def refusals(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield the questions of FairytaleQA with passages that do not answer them."""
    asked = questions(data, part)
    passages = by_story(asked)
    stories = list(passages)
    random.shuffle(asked)
    for one in asked:
        other = _other(one, passages, stories, random)
        if other:
            values = {"text": from_anywhere(other, random), "question": one.question}
            yield Example(WAY, values, REFUSAL, one.group)


def _other(
    one: Question, passages: Mapping[str, Sequence[str]], stories: Sequence[str], random: Random
) -> str:
    """Return a passage that does not answer, or nothing where none was found."""
    foreign = random.random() < _OTHER_STORY
    for _ in range(_TRIES):
        story = random.choice(stories) if foreign else one.group
        if foreign and story == one.group:
            continue
        passage = random.choice(passages[story])
        if not may_answer(passage, one):
            return passage
    return ""


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
