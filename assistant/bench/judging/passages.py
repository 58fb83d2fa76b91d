"""Passages of books and stories to judge by: from all over a work, cleaned as for learning.

A *manner* is a kind of prose with the files that hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.bench.judging.selection import Learned, Lowest, dealt
from assistant.core.errors import TrainingError
from assistant.training.cleaning import group_of, paragraphs
from assistant.training.corpora import find, rows
from assistant.training.split import place


@dataclass(frozen=True, slots=True)
class _Manner:
    """The files of one manner, and of how many works passages are held: books give several."""

    files: tuple[str, ...]
    works: int = 240


# Children's books first: they are what the others are set beside.
MANNERS: Mapping[str, _Manner] = {
    "children": _Manner(("gutenberg_children",), 60),
    "novels": _Manner(tuple(f"gutenberg_classics.{number}" for number in range(1, 5)), 60),
    "tales": _Manner(("fairytaleqa_stories",)),
    "picture_books": _Manner(("pb_en", "asp_en")),
    "stories": _Manner(("tinystories_cased",)),
}
FILES = tuple(file for manner in MANNERS.values() for file in manner.files)

# In characters: more than 512 tokens of old prose take, and what of a raw book surely holds it.
_LENGTH = 3000
_SLICE = 3 * _LENGTH
_SHORTEST = 300
_MOST_OF_A_WORK = 12
# The front and the end of a book are titles, contents and notes.
_FRONT = 0.03
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n\s*")


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring paragraphs of one work, with an empty line between them."""

    group: str
    text: str


@dataclass(frozen=True, slots=True)
class _Shelf:
    unseen: Lowest[list[Passage]]
    seen: Lowest[list[Passage]]


class Prose:
    """The prose of the folder `data`; each file is read once, when it is first asked for."""

    def __init__(self, data: Path, learned: Learned) -> None:
        self._data = data
        self._learned = learned
        self._shelves: dict[str, _Shelf] = {}

    def manners(self) -> tuple[str, ...]:
        """Return the manners of which there is any file."""
        return tuple(name for name in MANNERS if self._files(name))

    def unseen(self, manner: str, limit: int) -> list[Passage]:
        """Return passages of works that nobody has learned from."""
        return dealt(_of_works(self._shelf(manner).unseen), limit)

    def seen(self, manner: str, limit: int) -> list[Passage]:
        """Return passages of works that the model has learned from, or would; none of `unseen`."""
        used = {passage.group for passage in self.unseen(manner, limit)}
        works = _of_works(self._shelf(manner).seen)
        return dealt([work for work in works if work and work[0].group not in used], limit)

    def _files(self, manner: str) -> list[str]:
        return [file for file in MANNERS[manner].files if is_there(self._data, file)]

    def _shelf(self, manner: str) -> _Shelf:
        if manner not in self._shelves:
            self._shelves[manner] = self._read(manner)
        return self._shelves[manner]

    def _read(self, manner: str) -> _Shelf:
        most, learned = MANNERS[manner].works, self._learned
        # From the other end: in a small folder, few works are on both shelves.
        shelf = _Shelf(
            Lowest(most, learned.is_unseen), Lowest(most, learned.is_seen, lambda g: -place(g))
        )
        for file in self._files(manner):
            for row in rows(self._data, file):
                group = group_of(row)
                for works in (shelf.unseen, shelf.seen):
                    works.add(group, lambda g=group, r=row: _passages(g, r["text"]))  # type: ignore[misc]
        return shelf


def is_there(data: Path, file: str) -> bool:
    """Return whether the folder `data` has the file of that name."""
    try:
        find(data, file)
    except TrainingError:
        return False
    return True


def _of_works(works: Lowest[list[Passage]]) -> list[list[Passage]]:
    """Return the passages of each work, those of its editions and parts one after the other."""
    return [[passage for part in parts for passage in part] for parts in works.groups()]


def _passages(group: str, text: str) -> list[Passage]:
    return [
        Passage(group, cut)
        for part in _slices(text)
        if len(cut := _cut(paragraphs(part))) >= _SHORTEST
    ]


def _slices(text: str) -> Iterator[str]:
    """Yield all of a short text, or slices from all over a long one, which overlap no other."""
    first, last = int(_FRONT * len(text)), int((1 - _FRONT) * len(text))
    count = min(_MOST_OF_A_WORK, (last - first) // _SLICE)
    if count < 2:
        yield text
        return
    for number in range(count):
        begins = _EMPTY_LINE.search(text, first + (last - first) * number // count)
        if begins is not None:
            yield text[begins.end() : begins.end() + _SLICE]


def _cut(prose: Iterator[str]) -> str:
    """Return as many of the first paragraphs as make up the length; the last may go on longer."""
    held: list[str] = []
    for paragraph in prose:
        held.append(paragraph)
        if sum(map(len, held)) >= _LENGTH:
            break
    return "\n\n".join(held)
