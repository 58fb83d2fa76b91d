"""What a network has read lately, so that of the next text only what is new has to be read.

A few caches of keys and values with their tokens, up to a number of bytes; the one used longest
ago goes first. A text takes the cache that begins most like it. Where little of that cache would be
lost it is cropped; else its beginning is copied, or where that is short the text is read from its
beginning: a writer who has gone back to an earlier place, or to another document, comes again.

Numbers that come of a cache differ in their last bits from those of a text that is read at once: no
run that is to repeat another to the bit may borrow. Caches with states, which cannot be cropped,
serve only texts that go on with all that they have read.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.engines.reading import Network, Reader

_MOST = 4
_MOST_BYTES = 384 * 2**20
# To read so few tokens takes no longer than to look after a cache.
_FEWEST = 8
# What is no longer than this is lost rather than copied: a few words that were typed over.
_SHORT_TAIL = 64
# To copy takes about as long as to read so many tokens, and another place in the pool.
_COPYING = 16


@dataclass(frozen=True, slots=True)
class _Kept:
    """A reader and the tokens that it has read."""

    ids: list[int]
    reader: Reader

    def common(self, ids: Sequence[int]) -> int:
        """Return how many tokens it can give to a text of `ids`."""
        pairs = zip(self.ids, ids, strict=False)
        same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        return same if same == len(self.ids) or self.reader.can_crop else 0


class PrefixPool:
    """Lends readers of `network` that have read the beginning of a text; for one thread."""

    def __init__(self, network: Network, most: int = _MOST, most_bytes: int = _MOST_BYTES) -> None:
        self._network = network
        self._most = most
        self._most_bytes = most_bytes
        # In the order of use, the one used last at the end.
        self._kept: list[_Kept] = []

    def borrow(self, ids: Sequence[int], room: int, leave: int = 1) -> Reader:
        """Return a reader that has read the longest known beginning of `ids`.

        The last `leave` tokens are left to read, so that there are logits. `room` is how many
        tokens are expected in all. What was read is told by `give_back`.
        """
        most = len(ids) - leave
        common, tail, found = self._best(ids[:most])
        if found is None or common < _FEWEST or tail > _SHORT_TAIL > common:
            return self._network.reader(room)
        self._kept.remove(found)
        if tail > _SHORT_TAIL:
            self._kept.append(found)
            return found.reader.beginning(common, room)
        if tail:
            found.reader.crop(common)
        return found.reader

    def give_back(self, reader: Reader, ids: Sequence[int]) -> None:
        """Keep a reader for another time; `ids` are what it has read and perhaps more.

        One that was stopped half-way is cropped to what is whole, or dropped where it cannot be.
        """
        if not reader.whole and reader.can_crop:
            reader.crop(reader.length)
        if not reader.whole or reader.length < _FEWEST:
            return
        self._kept.append(_Kept(list(ids[: reader.length]), reader))
        self._drop_beginnings()
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            self._kept.pop(0)

    def clear(self) -> None:
        """Give all memory back."""
        self._kept.clear()

    @property
    def _bytes(self) -> int:
        return sum(kept.reader.bytes for kept in self._kept)

    def _best(self, ids: Sequence[int]) -> tuple[int, int, _Kept | None]:
        """Return how much of `ids` the best one has read, how much beyond, and which it is."""
        best: tuple[int, int, _Kept | None] = (0, 0, None)
        most = 0
        for kept in self._kept:
            common = kept.common(ids)
            tail = len(kept.ids) - common
            worth = common - (_COPYING if tail > _SHORT_TAIL else 0)
            if worth > most:
                best, most = (common, tail, kept), worth
        return best

    def _drop_beginnings(self) -> None:
        """Drop what the newest one holds too."""
        *others, newest = self._kept
        self._kept = [kept for kept in others if newest.ids[: len(kept.ids)] != kept.ids] + [newest]
