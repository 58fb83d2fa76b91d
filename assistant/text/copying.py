"""Whether a text repeats another one word for word, without keeping the other one.

An index holds a hash of every run of eight words of a text (twelve characters in a script without
spaces) and nothing from which the text could be read again. Case, punctuation and line breaks count
for nothing: what differs in these alone is still a copy.
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.core.tasks import Span
from assistant.text.scripts import CJK_PUNCTUATION, UNSPACED

# What an index is called beside the adapter that was trained on its texts.
COPY_INDEX = "copying.index"

# A run is long enough when its weights come to this: eight words, twelve characters of Chinese or
# Japanese (about eight words too), or so much of both.
_WORD_WEIGHT, _CHARACTER_WEIGHT, _RUN_WEIGHT = 3, 2, 24

_UNIT = re.compile(
    rf"(?P<character>[{UNSPACED}])"
    rf"|[^\W_{UNSPACED}]+(?:[’'][^\W_{UNSPACED}{CJK_PUNCTUATION}]+)*"
)
_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word, or a character that counts as one: what it is compared by and where it stands."""

    form: str
    weight: int
    span: Span


class CopyIndex:
    """The runs of words of some texts, as sorted hashes of 64 bits."""

    def __init__(self, hashes: array[int]) -> None:
        self._hashes = hashes

    @classmethod
    def of(cls, texts: Iterable[str]) -> CopyIndex:
        """Return the index of `texts`; no run goes from one text into the next."""
        found = {value for text in texts for value, _ in _runs(text)}
        return cls(array("Q", sorted(found)))

    @classmethod
    def load(cls, path: Path) -> CopyIndex:
        """Read an index; raises `OSError` or `ValueError` where there is none that is whole."""
        hashes = array("Q")
        hashes.frombytes(path.read_bytes())
        if sys.byteorder == "big":
            hashes.byteswap()
        return cls(hashes)

    def save(self, path: Path) -> None:
        """Write the index: eight bytes a run, the lowest byte first."""
        hashes = array("Q", self._hashes)
        if sys.byteorder == "big":
            hashes.byteswap()
        path.write_bytes(hashes.tobytes())

    def __len__(self) -> int:
        return len(self._hashes)

    def copies(self, text: str) -> tuple[Span, ...]:
        """Return what in `text` stands in the index word for word; runs that touch are one."""
        found: list[Span] = []
        for value, span in _runs(text):
            if not self._has(value):
                continue
            if found and span.start <= found[-1].end:
                found[-1] = Span(found[-1].start, span.end)
            else:
                found.append(span)
        return tuple(found)

    def first_copy(self, text: str) -> int | None:
        """Return where the first copied run of `text` begins, if there is one."""
        return next((span.start for value, span in _runs(text) if self._has(value)), None)

    def _has(self, value: int) -> bool:
        place = bisect_left(self._hashes, value)
        return place < len(self._hashes) and self._hashes[place] == value


def safe_part(text: str) -> str:
    """Return `text` without its end, which may turn out to be the beginning of a copied run.

    The last word may itself not be whole yet, so a run's full length is held back.
    """
    weight = 0
    for unit in reversed(_units(text)):
        weight += unit.weight
        if weight >= _RUN_WEIGHT:
            return text[: unit.span.start].rstrip()
    return ""


def index_at(path: Path) -> CopyIndex | None:
    """Return the index kept in the file `path`, None where there is none; read once a version."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _loaded(path, changed)


@cache
def _loaded(path: Path, _changed: int) -> CopyIndex | None:
    try:
        return CopyIndex.load(path)
    except (OSError, ValueError):
        return None


def _runs(text: str) -> Iterator[tuple[int, Span]]:
    """Yield the hash and the place of the shortest long enough run from each word on."""
    units = _units(text)
    end = weight = 0
    for start, first in enumerate(units):
        while end < len(units) and weight < _RUN_WEIGHT:
            weight += units[end].weight
            end += 1
        if weight < _RUN_WEIGHT:
            return
        run = " ".join(unit.form for unit in units[start:end])
        digest = hashlib.blake2b(run.encode("utf-8", "replace"), digest_size=_HASH_BYTES).digest()
        yield int.from_bytes(digest, "little"), Span(first.span.start, units[end - 1].span.end)
        weight -= first.weight


def _units(text: str) -> list[_Unit]:
    found = []
    for match in _UNIT.finditer(text):
        alone = match["character"] is not None
        form = unicodedata.normalize("NFKC", match.group()).casefold().replace("’", "'")
        weight = _CHARACTER_WEIGHT if alone else _WORD_WEIGHT
        found.append(_Unit(form, weight, Span(*match.span())))
    return found
