"""Examples of any length in blocks of one length, so that next to nothing is padding.

Examples that follow each other and begin alike, as questions on one passage do, share what they
begin with: it is read once, and each goes on from it as if it stood alone. Attention and positions
are kept within each example (see `network.attention`). Best fit over what waits fills some 98 % of
the places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.core.errors import TrainingError
from assistant.core.i18n import tr
from assistant.training.encode import Encoded, common

if TYPE_CHECKING:
    import torch

# Trees that wait for a block that they fit.
_WAITING = 64
# A chat's frame alone is not worth sharing.
_LEAST_SHARED = 32


@dataclass(frozen=True, slots=True)
class Tree:
    """Examples that begin alike: the stem is read once, every branch goes on from it by itself.

    Nothing in the stem is learned; `start` of a branch counts from the branch's own beginning.
    """

    stem: tuple[int, ...]
    branches: tuple[Encoded, ...]

    @property
    def length(self) -> int:
        """How many tokens it takes."""
        return len(self.stem) + sum(len(branch.tokens) for branch in self.branches)


@dataclass(slots=True)
class Block:
    """What stands in one block and how many places are left."""

    room: int
    trees: list[Tree] = field(default_factory=list)

    def put(self, tree: Tree) -> None:
        """Add a tree that fits."""
        self.trees.append(tree)
        self.room -= tree.length


@dataclass(frozen=True, slots=True)
class Blocks:
    """Packed examples, all tensors [blocks, block length].

    `tokens` (int32), `trees` (int16) the number of the tree that a token belongs to, `branches`
    (int16) that of its branch or 0 in the stem, `positions` (int16) its place from the stem's
    beginning, `learned` (bool) whether it carries loss. Places that are left over have a tree of
    their own and carry none.
    """

    tokens: torch.Tensor
    trees: torch.Tensor
    branches: torch.Tensor
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
    waiting: list[Tree] = []
    for tree in grow(_fitting(examples, length), length):
        waiting.append(tree)
        if len(waiting) >= _WAITING:
            yield _filled(waiting, length)
    while waiting:
        yield _filled(waiting, length)


def grow(examples: Iterable[Encoded], length: int) -> Iterator[Tree]:
    """Yield the examples as trees of at most `length` tokens, neighbours that begin alike in one.

    What is learned is never part of a stem, and the token before it stands in the same branch.
    """
    together: list[Encoded] = []
    for example in examples:
        if together and _tree([*together, example], length) is None:
            yield _whole(_tree(together, length))
            together = []
        together.append(example)
    if together:
        yield _whole(_tree(together, length))


def stack(blocks: Iterable[Block], length: int) -> Blocks:
    """Return `blocks` as tensors."""
    import torch

    found = list(blocks)
    shape = (len(found), length)
    made = Blocks(
        tokens=torch.zeros(shape, dtype=torch.int32),
        trees=torch.full(shape, -1, dtype=torch.int16),
        branches=torch.zeros(shape, dtype=torch.int16),
        positions=torch.zeros(shape, dtype=torch.int16),
        learned=torch.zeros(shape, dtype=torch.bool),
    )
    for row, block in enumerate(found):
        at = 0
        for number, tree in enumerate(block.trees):
            made.trees[row, at : at + tree.length] = number
            at = _lay(made, row, at, Encoded(tree.stem, len(tree.stem)), 0, 0)
            for branch, example in enumerate(tree.branches, start=1):
                at = _lay(made, row, at, example, branch, len(tree.stem))
    return made


def _lay(made: Blocks, row: int, at: int, piece: Encoded, branch: int, position: int) -> int:
    """Put the tokens of a stem or branch at `at`; return where the next one goes."""
    import torch

    count = len(piece.tokens)
    end = at + count
    made.tokens[row, at:end] = torch.tensor(piece.tokens, dtype=torch.int32)
    made.branches[row, at:end] = branch
    made.positions[row, at:end] = torch.arange(position, position + count, dtype=torch.int16)
    made.learned[row, at + piece.start : end] = True
    return end


def _fitting(examples: Iterable[Encoded], length: int) -> Iterator[Encoded]:
    for example in examples:
        if len(example.tokens) <= length:
            if example.learned > 0:
                yield example
        elif example.start == 1:
            yield Encoded(example.tokens[:length], 1)


def _tree(examples: list[Encoded], length: int) -> Tree | None:
    """Return the examples as one tree, or None where they share too little or are too long."""
    if len(examples) == 1:
        return Tree((), (examples[0],))
    first = examples[0].tokens
    shared = min(example.start for example in examples) - 1
    for example in examples[1:]:
        shared = min(shared, common(first, example.tokens))
    if shared < _LEAST_SHARED:
        return None
    branches = tuple(Encoded(e.tokens[shared:], e.start - shared) for e in examples)
    tree = Tree(first[:shared], branches)
    return tree if tree.length <= length else None


def _whole(tree: Tree | None) -> Tree:
    assert tree is not None, "what was put together fitted"
    return tree


def _filled(waiting: list[Tree], length: int) -> Block:
    """Return a block with the tree that waited longest and those that fill it best."""
    block = Block(length)
    block.put(waiting.pop(0))
    while True:
        fitting = [i for i, tree in enumerate(waiting) if tree.length <= block.room]
        if not fitting:
            return block
        block.put(waiting.pop(max(fitting, key=lambda i: waiting[i].length)))
