"""Examples of any length in blocks of one length, so that next to nothing is padding.

Each block holds whole examples; attention and positions are kept within each (see
`network.attention`). Best fit over the examples that wait fills some 98 % of the places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.core.errors import TrainingError
from assistant.core.i18n import tr
from assistant.training.encode import Encoded

if TYPE_CHECKING:
    import torch

# Examples that wait for a block that they fit.
_WAITING = 64


@dataclass(slots=True)
class Block:
    """The examples of one block and how many places are left."""

    room: int
    examples: list[Encoded] = field(default_factory=list)

    def put(self, example: Encoded) -> None:
        """Add an example that fits."""
        self.examples.append(example)
        self.room -= len(example.tokens)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Packed examples, all tensors [blocks, block length].

    `tokens` (int32), `examples` (int16) the number of the example that a token belongs to,
    `positions` (int16) its place in it, `learned` (bool) whether it carries loss. Places that are
    left over have an example number of their own and carry none.
    """

    tokens: torch.Tensor
    examples: torch.Tensor
    positions: torch.Tensor
    learned: torch.Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    def rows(self, start: int, end: int) -> Blocks:
        """Return the blocks from `start` to `end`."""
        return Blocks(*(getattr(self, name)[start:end] for name in self.__slots__))

    def save(self, path: Path) -> None:
        """Write the blocks as a safetensors file."""
        from safetensors.torch import save_file

        tensors = {name: getattr(self, name) for name in self.__slots__}
        save_file(tensors, path)

    @classmethod
    def load(cls, path: Path) -> Blocks:
        """Read blocks that were saved; raise `TrainingError` where the file is damaged."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return cls(**load_file(path))
        except (OSError, SafetensorError, TypeError) as error:
            raise TrainingError(
                tr(
                    "The prepared data {path} cannot be read ({error}). Delete the run's folder "
                    "and begin again.",
                    path=path,
                    error=error,
                )
            ) from error


def pack(examples: Iterable[Encoded], length: int) -> Iterator[Block]:
    """Yield full blocks of `length` tokens.

    An example without a prompt is cut to the length; any other that is longer is left out, since
    its answer would lose what it is about.
    """
    waiting: list[Encoded] = []
    for example in _fitting(examples, length):
        waiting.append(example)
        if len(waiting) >= _WAITING:
            yield _filled(waiting, length)
    while waiting:
        yield _filled(waiting, length)


def stack(blocks: Iterable[Block], length: int) -> Blocks:
    """Return `blocks` as tensors."""
    import torch

    found = list(blocks)
    shape = (len(found), length)
    tokens = torch.zeros(shape, dtype=torch.int32)
    numbers = torch.full(shape, -1, dtype=torch.int16)
    positions = torch.zeros(shape, dtype=torch.int16)
    learned = torch.zeros(shape, dtype=torch.bool)
    for row, block in enumerate(found):
        at = 0
        for number, example in enumerate(block.examples):
            end = at + len(example.tokens)
            tokens[row, at:end] = torch.tensor(example.tokens, dtype=torch.int32)
            numbers[row, at:end] = number
            positions[row, at:end] = torch.arange(end - at, dtype=torch.int16)
            learned[row, at + example.start : end] = True
            at = end
    return Blocks(tokens, numbers, positions, learned)


def _fitting(examples: Iterable[Encoded], length: int) -> Iterator[Encoded]:
    for example in examples:
        if len(example.tokens) <= length:
            if example.learned > 0:
                yield example
        elif example.start == 1:
            yield Encoded(example.tokens[:length], 1)


def _filled(waiting: list[Encoded], length: int) -> Block:
    """Return a block with the example that waited longest and those that fill it best."""
    block = Block(length)
    block.put(waiting.pop(0))
    while True:
        fitting = [i for i, example in enumerate(waiting) if len(example.tokens) <= block.room]
        if not fitting:
            return block
        block.put(waiting.pop(max(fitting, key=lambda i: len(waiting[i].tokens))))
