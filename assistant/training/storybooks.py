"""Passages of children's books, tales and small stories, as a teller learns them.

A passage is a few neighbouring paragraphs of one work, no longer than a block of tokens takes.
What is trained on shares no stretch of words with a book or tale that is kept to judge by, in
whatever other collection it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from assistant.training.cleaning import Kind, blocks, group_of
from assistant.training.corpora import rows
from assistant.training.overlap import Stretches
from assistant.training.split import Part

# In characters; about 440 tokens of this prose, so that a block of 512 holds one whole.
LONGEST = 1850
_SHORTEST = 500
# What a slice of a book is that surely holds a passage: headings and verse may stand in between.
_SLICE = 2 * LONGEST
# The front and the end of a book are titles, contents, notes and advertisements.
_FRONT = 0.02

# So many of each make a pass: children's books about three quarters of it.
_PASSAGES_PER_BOOK = 12
_PASSAGES_PER_TALE = 2
_SMALL_STORIES = 1200

_BOOKS = "gutenberg_children"
_TALES = "fairytaleqa_stories"
# Questions are asked about these, so they are no reading matter.
_TALES_ASKED_ABOUT = "fairytaleqa_val"
_PICTURE_BOOKS = ("pb_en", "asp_en")
# The other file of these stories writes names with small letters and has its quotation marks torn.
_SMALL = "tinystories_cased"

_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_WHOLE = re.compile(r"[\"“‘'(—–]?[A-Z0-9\"“‘'(—–].*[.!?:;…—\"”'’)]", re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?…][\"”'’)]*(?=\s)")
# A speaker's name, as plays have it.
_SPEAKER = re.compile(r"[A-Z][A-Z .'’-]{2,}[.:—(\[]")
_MOJIBAKE = re.compile("â€|Ã.|\ufffd")
# A picture book whose text was torn from its pages has more of them than it has words to a page.
_WORDS_PER_PAGE = 15
_FEWEST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring paragraphs of the work `group`; `ends` where the work ends with them."""

    group: str
    paragraphs: tuple[str, ...]
    ends: bool

    @property
    def text(self) -> str:
        """The paragraphs with an empty line between them."""
        return "\n\n".join(self.paragraphs)


def passages(data: Path, part: Part, random: Random) -> list[Passage]:
    """Return the passages of one pass over `part`, shuffled; another `random` finds others.

    Raises `TrainingError` where a file is missing or damaged.
    """
    kept = Stretches()
    found = _of_books(data, part, random, kept)
    found += _of_tales(data, part, random, kept)
    if part is Part.TRAIN:
        for row in rows(data, _TALES_ASKED_ABOUT):
            kept.add(row["context"])
        found = [passage for passage in found if not kept.meets(passage.text)]
    found += _of_picture_books(data, part)
    found += _of_small_stories(data, part, random)
    random.shuffle(found)
    return found


def _of_books(data: Path, part: Part, random: Random, kept: Stretches) -> list[Passage]:
    """Return passages of the books of `part`; the words of those kept to judge by go to `kept`."""
    found: list[Passage] = []
    for row in rows(data, _BOOKS):
        group, text = group_of(row), row["text"]
        if part.has(group):
            found += _sampled(group, text, random)
        elif part is Part.TRAIN:
            kept.add(text)
    return found


def _sampled(group: str, text: str, random: Random) -> Iterator[Passage]:
    """Yield passages from all over a book, each from a slice that overlaps no other."""
    first, last = int(_FRONT * len(text)), int((1 - _FRONT) * len(text))
    count = max(1, min(_PASSAGES_PER_BOOK, (last - first) * 2 // (3 * _SLICE)))
    stride = (last - first) / count
    for number in range(count):
        start = first + int(stride * (number + random.random() / 3))
        begins = _EMPTY_LINE.search(text, start, start + _SLICE)
        if begins is None:
            continue
        pieces = _EMPTY_LINE.split(text[begins.end() : begins.end() + _SLICE])
        # The slice broke off in the last piece.
        passage = _first_good(group, "\n\n".join(pieces[:-1]))
        if passage is not None:
            yield passage


def _first_good(group: str, text: str) -> Passage | None:
    for run in _runs_of_prose(text):
        cut = _cut(run)
        if _is_good(cut):
            return Passage(group, cut, ends=False)
    return None


def _runs_of_prose(text: str) -> Iterator[Sequence[str]]:
    """Yield the paragraphs that follow each other with no heading or verse between them."""
    run: list[str] = []
    for block in blocks(text):
        if block.kind is Kind.PROSE:
            run.append(block.text)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _cut(paragraphs: Iterable[str]) -> tuple[str, ...]:
    """Return as many of the first paragraphs as a passage holds, or sentences of a long first."""
    held: list[str] = []
    room = LONGEST
    for paragraph in paragraphs:
        if len(paragraph) > room:
            break
        held.append(paragraph)
        room -= len(paragraph) + 2
    else:
        return tuple(held)
    if not held:
        ends = [match.end() for match in _SENTENCE_END.finditer(paragraph, 0, LONGEST)]
        held = [paragraph[: ends[-1]]] if ends else []
    return tuple(held)


def _is_good(paragraphs: Sequence[str]) -> bool:
    if sum(map(len, paragraphs)) < _SHORTEST:
        return False
    if sum(_SPEAKER.match(paragraph) is not None for paragraph in paragraphs) > 1:
        return False
    return all(_is_whole(paragraph) for paragraph in paragraphs)


def _is_whole(paragraph: str) -> bool:
    return _WHOLE.fullmatch(paragraph) is not None and _MOJIBAKE.search(paragraph) is None


def _of_tales(data: Path, part: Part, random: Random, kept: Stretches) -> list[Passage]:
    found: list[Passage] = []
    for row in rows(data, _TALES):
        group = group_of(row)
        if part.has(group):
            pieces = [piece for piece in _parted(group, row["text"]) if _is_good(piece.paragraphs)]
            found += random.sample(pieces, min(_PASSAGES_PER_TALE, len(pieces)))
        elif part is Part.TRAIN:
            kept.add(row["text"])
    return found


def _of_picture_books(data: Path, part: Part) -> Iterator[Passage]:
    """Yield the stories whose pages all have their text whole; many have not."""
    for name in _PICTURE_BOOKS:
        for row in rows(data, name):
            group = group_of(row)
            if part.has(group) and _is_whole_story(row):
                yield from _parted(group, row["text"])


def _is_whole_story(row: Mapping[str, Any]) -> bool:
    pages = [page for page in _EMPTY_LINE.split(row["text"].strip()) if page]
    words = sum(len(page.split()) for page in pages)
    if words < max(_FEWEST_WORDS, _WORDS_PER_PAGE * len(pages)):
        return False
    return all(_is_whole(page) for page in pages)


def _of_small_stories(data: Path, part: Part, random: Random) -> list[Passage]:
    found: dict[str, Passage] = {}
    for row in rows(data, _SMALL):
        group = group_of(row)
        if not part.has(group) or len(row["text"].split()) < _FEWEST_WORDS:
            continue
        pieces = list(_parted(group, row["text"]))
        if len(pieces) == 1 and all(_is_whole(paragraph) for paragraph in pieces[0].paragraphs):
            found[group] = pieces[0]
    return random.sample(list(found.values()), min(_SMALL_STORIES, len(found)))


def _parted(group: str, text: str) -> Iterator[Passage]:
    """Yield all of a story as one passage, or as several that follow each other."""
    rest = [block.text for block in blocks(text) if block.kind is Kind.PROSE]
    while rest:
        cut = _cut(rest)
        if not cut:
            return
        taken = len(cut) - (cut[-1] != rest[len(cut) - 1])
        left = rest[taken:]
        if taken < len(cut):
            left[0] = left[0][len(cut[-1]) :].lstrip()
        yield Passage(group, cut, ends=not left)
        rest = left
