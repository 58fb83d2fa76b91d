"""Examples survive packing whole, once each, and share what they begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.errors import TrainingError
from assistant.training.encode import Encoded
from assistant.training.pack import Blocks, grow, pack, stack

if TYPE_CHECKING:
    from pathlib import Path

_LENGTH = 96
_STEM = tuple(range(500, 550))


@st.composite
def _encoded(draw: st.DrawFn) -> Encoded:
    tokens = tuple(draw(st.lists(st.integers(1, 99), min_size=2, max_size=40)))
    start = draw(st.integers(1, len(tokens) - 1))
    if draw(st.booleans()):
        return Encoded(_STEM + tokens, len(_STEM) + start)
    return Encoded(tokens, start)


def _unpacked(blocks: Blocks) -> list[Encoded]:
    """Read every example back out of the tensors."""
    found = []
    for row in range(len(blocks)):
        trees, branches = blocks.trees[row], blocks.branches[row]
        for tree in range(int(trees.max()) + 1):
            in_tree = trees == tree
            for branch in range(1, int(branches[in_tree].max()) + 1):
                place = in_tree & ((branches == 0) | (branches == branch))
                assert blocks.positions[row][place].tolist() == list(range(int(place.sum())))
                learned = blocks.learned[row][place].tolist()
                start = learned.index(True)
                assert all(learned[start:])
                found.append(Encoded(tuple(blocks.tokens[row][place].tolist()), start))
    return found


@given(st.lists(_encoded(), max_size=80))
def test_every_example_comes_out_as_it_went_in(examples: list[Encoded]) -> None:
    """Tokens, what is learned and positions are those of each example alone."""
    blocks = stack(pack(examples, _LENGTH), _LENGTH)
    assert sorted(_unpacked(blocks), key=repr) == sorted(examples, key=repr)


def test_questions_on_one_passage_read_it_once() -> None:
    """Neighbours that begin alike become one tree, which costs the passage once."""
    examples = [Encoded((*_STEM, 1, 2, last), len(_STEM) + 2) for last in (3, 4, 5)]
    (tree,) = grow(examples, _LENGTH)
    assert tree.stem == (*_STEM, 1)
    assert tree.length == len(_STEM) + 1 + 3 * 2


def test_nothing_that_is_learned_is_in_a_stem() -> None:
    """Equal answers stay apart, with the token before them."""
    example = Encoded((*_STEM, 7, 8), len(_STEM))
    (tree,) = grow([example, example], _LENGTH)
    assert tree.stem == _STEM[:-1]
    assert [branch.start for branch in tree.branches] == [1, 1]


def test_too_long_examples_are_left_out_or_cut() -> None:
    """Plain text is cut to a block; an example with a prompt would lose its answer."""
    plain, asked = Encoded(tuple(range(1, 200)), 1), Encoded(tuple(range(1, 200)), 150)
    blocks = stack(pack([plain, asked], _LENGTH), _LENGTH)
    assert _unpacked(blocks) == [Encoded(plain.tokens[:_LENGTH], 1)]


def test_blocks_are_nearly_full() -> None:
    """Best fit leaves little empty where short and long examples mix."""
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(4, 60, (400,), generator=generator).tolist()
    examples = [Encoded((number, *range(1, length)), 1) for number, length in enumerate(lengths)]
    blocks = stack(pack(examples, _LENGTH), _LENGTH)
    assert float((blocks.trees >= 0).float().mean()) > 0.95


def test_saved_blocks_come_back(tmp_path: Path) -> None:
    """A file that is cut off is explained."""
    blocks = stack(pack([Encoded((1, 2, 3), 1)], _LENGTH), _LENGTH)
    path = tmp_path / "blocks.safetensors"
    blocks.save(path)
    assert torch.equal(Blocks.load(path).tokens, blocks.tokens)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(TrainingError):
        Blocks.load(path)
