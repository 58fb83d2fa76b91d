"""Gaps to fill: what follows a gap, what stands before it, and then the words between.

“Fill in the middle” by rearranging ordinary text (Bavarian et al. 2022, the form with the suffix
first), so that what is learned goes on right behind what it follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from assistant.core.tasks import Span
from assistant.tasks.filling import around
from assistant.text import sentences
from assistant.training.examples import Example
from assistant.training.split import Part
from assistant.training.storybooks import passages

WAY = "continue.gap"

# Around a gap a paragraph has to say something still.
_FEWEST_SENTENCES = 3
_SHORTEST, _LONGEST = 12, 320
# How much is read, in characters: enough for who and where, little enough for many examples.
_BEFORE = (150, 700)
_AFTER = (80, 400)

_WORD = re.compile(r"\S+")
_CLAUSE_END = re.compile(r"[,;:](?=\s)|--|—")


def gaps(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield a gap in the middle of a paragraph of each passage that has one long enough."""
    for passage in passages(data, part, random):
        text = passage.text
        places = [
            (paragraph, inside)
            for paragraph in sentences.paragraphs(text)
            if len(inside := _sentences(text, paragraph)) >= _FEWEST_SENTENCES
        ]
        if not places:
            continue
        gap = _gap(text, *random.choice(places), random)
        if gap is not None:
            yield _example(text, gap, passage.group, random)


def _sentences(text: str, paragraph: Span) -> list[Span]:
    inside = sentences.split(text[paragraph.start : paragraph.end], "en")
    return [Span(paragraph.start + s.start, paragraph.start + s.end) for s in inside]


def _gap(text: str, paragraph: Span, inside: list[Span], random: Random) -> Span | None:
    """Return a clause, some words, a sentence or two, with something of the paragraph around."""
    kind = random.choice((_one_sentence, _two_sentences, _clause, _words))
    gap = kind(text, inside, random)
    if gap is None or not _SHORTEST <= gap.end - gap.start <= _LONGEST:
        return None
    within = paragraph.start < gap.start and gap.end < paragraph.end
    return gap if within else None


def _one_sentence(_text: str, inside: list[Span], random: Random) -> Span:
    return random.choice(inside[1:-1])


def _two_sentences(_text: str, inside: list[Span], random: Random) -> Span:
    if len(inside) == _FEWEST_SENTENCES:
        return inside[1]
    first = random.randrange(1, len(inside) - 2)
    return Span(inside[first].start, inside[first + 1].end)


def _clause(text: str, inside: list[Span], random: Random) -> Span | None:
    """Return what stands between two marks of a sentence, the second one with it."""
    sentence = random.choice(inside)
    marks = [m.end() for m in _CLAUSE_END.finditer(text, sentence.start, sentence.end)]
    bounds = [sentence.start, *marks, sentence.end]
    at = random.randrange(len(bounds) - 1)
    return _trimmed(text, bounds[at], bounds[at + 1])


def _words(text: str, inside: list[Span], random: Random) -> Span | None:
    """Return some words of a sentence from anywhere to anywhere."""
    sentence = random.choice(inside)
    words = list(_WORD.finditer(text, sentence.start, sentence.end))
    first = random.randrange(len(words))
    last = min(len(words) - 1, first + random.randint(2, 14))
    return Span(words[first].start(), words[last].end())


def _trimmed(text: str, start: int, end: int) -> Span | None:
    stretch = text[start:end]
    start += len(stretch) - len(stretch.lstrip())
    end -= len(stretch) - len(stretch.rstrip())
    return Span(start, end) if start < end else None


def _example(text: str, gap: Span, group: str, random: Random) -> Example:
    """Return the gap with as much before and after as `random` shows, as a program would.

    The blank before the middle is the model's to write, the one behind it the program's.
    """
    before, after = text[: gap.start].rstrip(" "), text[gap.end :]
    values = around(before, after, random.randint(*_BEFORE), random.randint(*_AFTER))
    blank = " " if text[gap.start - 1] == " " else ""
    return Example(WAY, values, blank + text[gap.start : gap.end], group)
