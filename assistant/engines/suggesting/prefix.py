"""The text before the caret in a network's cache, and what is tried behind it.

What was tried is taken back by cropping the cache; where that cannot be done, a copy is kept of
what stands before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled
from assistant.core.requests import ShouldStop
from assistant.engines.reading import Reader
from assistant.engines.suggesting.expecting import Path

if TYPE_CHECKING:
    import torch


# A request is often stopped by the next key, and only whole slices are kept.
_AT_ONCE = 256


class Prefix:
    """Reads the tokens `stem` with a reader that may have read the first of them.

    A path is what is read behind `stem`.
    """

    def __init__(self, reader: Reader, stem: Sequence[int]) -> None:
        self.stem = list(stem)
        self._reader = reader
        self._path: Path = ()
        # Has read all of the stem but its last token.
        self._kept: Reader | None = None

    def read(self, should_stop: ShouldStop) -> None:
        """Read all of the stem but its last token; raises `Cancelled`."""
        reader = self._reader
        rest = self.stem[reader.length : -1]
        if rest and reader.read(self._ids(rest), should_stop, _ignore, _AT_ONCE) is None:
            raise Cancelled
        if not reader.can_crop:
            self._kept = reader.branch(1)

    def along(self, path: Path) -> torch.Tensor:
        """Read the stem's last token and `path`; return the logits behind each, (n + 1, v)."""
        logits = self._reader.all_logits(self._ids([self.stem[-1], *path]))[0]
        self._path = path
        return logits.cpu()

    def after(self, path: Path) -> torch.Tensor:
        """Return the logits, shape (v,), behind `path`, which is not empty."""
        known = len(common_path((self._path, path)))
        return self._go(path, min(known, len(path) - 1))[0].cpu()

    def branch(self, path: Path, rows: int) -> Reader:
        """Return a reader that has read the stem and `path`, `rows` times side by side."""
        known = len(common_path((self._path, path)))
        if known < max(len(self._path), len(path)):
            self._go(path, known)
        return self._reader.branch(rows)

    def held(self) -> tuple[Reader, list[int]]:
        """Return the reader to keep for another time, and the tokens it was to read."""
        reader = self._kept or self._reader
        return reader, [*self.stem, *self._path]

    def _go(self, path: Path, known: int) -> torch.Tensor:
        """Read `path`, of which the first `known` tokens are read; return the last logits, (1, v).

        With nothing left to read the logits are empty.
        """
        import torch

        new = path[known:]
        if known < len(self._path):
            if self._kept is None:
                self._reader.crop(len(self.stem) + known)
            else:
                self._reader = self._kept.branch(1)
                new = (self.stem[-1], *path)
        self._path = path
        return self._reader.step(self._ids(new)) if new else torch.empty(1, 0)

    def _ids(self, tokens: Sequence[int]) -> torch.Tensor:
        import torch

        return torch.tensor([list(tokens)], device=self._reader.network.device)


def _ignore(_done: int) -> None:
    """Hear how many tokens are read: nobody waits to see it."""


def step(reader: Reader, tokens: Sequence[int]) -> torch.Tensor:
    """Read one token for each row; return the logits behind them, shape (b, v)."""
    import torch

    ids = torch.tensor(tokens, device=reader.network.device)
    return reader.step(ids[:, None]).cpu()


def common_path(paths: Sequence[Path]) -> Path:
    """Return what all of `paths` begin with."""
    columns = zip(*paths, strict=False)
    same = itertools.takewhile(lambda column: len(set(column)) == 1, columns)
    return tuple(column[0] for column in same)
