"""Which texts a model is judged on: those that nobody has learned from, in an order by hash.

Groups (books, stories, documents: `assistant.training.split`) come by their place in the split,
so that on our own data those that were kept to judge by come first. Whatever is named in the
`trained_on.txt` of a skill that ships, or of the model itself, is left out.
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from assistant.config.paths import resource
from assistant.training.cleaning import group_of
from assistant.training.split import Part, place

Row: TypeAlias = Mapping[str, Any]
T = TypeVar("T")

TRAINED_ON = "trained_on.txt"
# Items of one book are alike: at least so many groups are used where there are that many.
_FEWEST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class Learned:
    """Which groups were learned from, as hashes: by what is judged, by any skill that ships."""

    own: frozenset[str]
    shipped: frozenset[str]

    def is_unseen(self, group: str) -> bool:
        """Return whether neither what is judged nor any skill has learned from `group`."""
        digest = digest_of(group)
        return digest not in self.own and digest not in self.shipped

    def is_seen(self, group: str) -> bool:
        """Return whether what is judged has learned from `group`.

        For models that say nothing of it: whether skills have, or would.
        """
        if self.own or self.shipped:
            return digest_of(group) in (self.own or self.shipped)
        return Part.TRAIN.has(group)


def learned_by(folders: Iterable[Path]) -> Learned:
    """Return what the adapters in `folders` have learned from, and the skills that ship."""
    own = frozenset[str]().union(*map(_learned_in, folders))
    skills = resource("adapters")
    files = sorted(skills.glob(f"*/{TRAINED_ON}")) if skills.is_dir() else []
    return Learned(own, frozenset().union(*map(_hashes, files)))


def digest_of(group: str) -> str:
    """Return the hash of a group as `trained_on.txt` has it: what `split.place` is made from."""
    return hashlib.blake2b(group.encode(), digest_size=8).hexdigest()


class Lowest(Generic[T]):
    """Holds what belongs to the `most` groups that come first in an order, of those `wanted`."""

    def __init__(
        self,
        most: int,
        wanted: Callable[[str], bool],
        order: Callable[[str], float] = place,
    ) -> None:
        self._most = most
        self._wanted = wanted
        self._place = order
        self._held: dict[str, list[T]] = {}
        self._order: list[tuple[float, str]] = []

    def add(self, group: str, make: Callable[[], T]) -> None:
        """Put what `make` returns into `group`, unless other groups come before it."""
        if group not in self._held:
            key = (self._place(group), group)
            full = len(self._order) >= self._most
            if (full and key > self._order[-1]) or not self._wanted(group):
                return
            bisect.insort(self._order, key)
            self._held[group] = []
            if full:
                del self._held[self._order.pop()[1]]
        self._held[group].append(make())

    def groups(self) -> list[list[T]]:
        """Return what each group holds, the first group first."""
        return [self._held[group] for _, group in self._order]


def lowest(rows: Iterable[Row], most: int, wanted: Callable[[str], bool]) -> list[list[Row]]:
    """Return the rows of the `most` groups that come first in the split, of those `wanted`."""
    found: Lowest[Row] = Lowest(most, wanted)
    for row in rows:
        found.add(group_of(row), lambda row=row: row)  # type: ignore[misc]
    return found.groups()


def dealt(groups: Sequence[Sequence[T]], limit: int) -> list[T]:
    """Return `limit` items, one of each group in turn, of as few groups as have enough.

    `groups` come in the order of the split.
    """
    chosen: list[Sequence[T]] = []
    count = 0
    for items in groups:
        if len(chosen) >= _FEWEST_GROUPS and count >= limit:
            break
        if items:
            chosen.append(items)
            count += len(items)
    rounds = zip_longest(*chosen)
    return [item for turn in rounds for item in turn if item is not None][:limit]


def _learned_in(folder: Path) -> frozenset[str]:
    # An adapter that is still in its run has the list beside it.
    places = (folder, folder.parent)
    return next((found for home in places if (found := _hashes(home / TRAINED_ON))), frozenset())


def _hashes(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text("utf-8").split())
    except FileNotFoundError:
        return frozenset()
