"""A recorder for tests without a graphics card: what a CUDA graph does, operation by operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers.utils import import_utils

if TYPE_CHECKING:
    from collections.abc import Callable


class TapeRecorder:
    """Records which operations a step runs on which tensors, and runs those again.

    As a CUDA graph it knows nothing but the places of the tensors: a number that Python took from
    one of them would be played back as it was, and asking for one while it records raises.
    """

    def __init__(self) -> None:
        self.recorded = 0

    def record(self, step: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """Run `step` and return what runs its operations again."""
        step()
        tape = _Tape()
        # transformers asks whether it is captured, and leaves out what cannot be.
        with patch.object(import_utils, "is_cuda_stream_capturing", return_value=True), tape:
            found = step()
        self.recorded += 1

        def play() -> torch.Tensor:
            tape.play()
            return found

        return play


_ASKING = {
    torch.ops.aten._local_scalar_dense.default,
    torch.ops.aten.item.default,
    torch.ops.aten.is_nonzero.default,
    torch.ops.aten.nonzero.default,
}


class _Tape(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self._operations: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _ASKING:
            raise RuntimeError("a number was asked for while a step was recorded")
        found = func(*args, **(kwargs or {}))
        self._operations.append((func, args, kwargs or {}, found))
        return found

    def play(self) -> None:
        """Run all again, what is new going where it went before."""
        for func, args, kwargs, before in self._operations:
            places = {place(tensor) for tensor in tensors((args, kwargs))}
            again = func(*args, **kwargs)
            for old, new in zip(tensors(before), tensors(again), strict=True):
                # Views, and what was written in place, are where they were.
                if place(old) not in places:
                    old.copy_(new)


def tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def place(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
