"""Puts an adapter into the weights of its base when that is loaded, so that it costs nothing later.

W becomes W + strength · scale · B A (Hu et al. 2021, https://arxiv.org/abs/2106.09685), computed in
float32 and kept in the engine's own precision.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from assistant.core.errors import Cancelled, UnsupportedModel, WeightsDamaged
from assistant.core.i18n import tr
from assistant.models.adapters import WEIGHTS, Adapter, Pair, read

if TYPE_CHECKING:
    import torch

    from assistant.core.requests import ShouldStop
    from assistant.models.description import AdapterRef


def merge(network: Any, ref: AdapterRef, strength: float, should_stop: ShouldStop) -> None:
    """Change the weights of the loaded `network` by an adapter; strength 0 leaves them untouched.

    Raises `UnsupportedModel` where the adapter was made for another network, before anything is
    changed, the `ModelError`s of reading it, and `Cancelled` between two modules.
    """
    import torch
    from safetensors import safe_open

    adapter = read(ref.path)
    modules = dict(network.named_modules())
    for pair in adapter.pairs:
        _require_fit(pair, modules.get(pair.module), ref)
    if strength == 0:
        return
    uses = Counter(id(getattr(module, "weight", None)) for module in modules.values())
    with torch.no_grad(), safe_open(adapter.folder / WEIGHTS, "pt") as file:
        for pair in adapter.pairs:
            if should_stop():
                raise Cancelled
            module = modules[pair.module]
            down, up = file.get_tensor(pair.down), file.get_tensor(pair.up)
            if not (down.isfinite().all() and up.isfinite().all()):
                raise _damaged(adapter)
            factor = strength * adapter.config.scale_of(pair.module)
            merged = merged_matrix(
                module.weight, down, up, factor, transposed=_transposed(pair, module)
            )
            if uses[id(module.weight)] > 1:
                # A head that shares its table with the embeddings: those stay as they are.
                module.weight = torch.nn.Parameter(merged, requires_grad=False)
            else:
                module.weight.data = merged


def merged_matrix(
    weight: torch.Tensor, down: torch.Tensor, up: torch.Tensor, factor: float, *, transposed: bool
) -> torch.Tensor:
    """Return `weight` + `factor` · B A, or with its transpose for weights kept the other way."""
    import torch

    a = down.to(weight.device).float()
    b = up.to(weight.device).float()
    left, right = (a.T, b.T) if transposed else (b, a)
    merged = weight.to(torch.float32, copy=True).addmm_(left, right, alpha=factor)
    return merged.to(weight.dtype)


def _transposed(pair: Pair, module: Any) -> bool:
    """Return whether weights are kept as inputs × outputs: a table, or GPT-2's linears."""
    from transformers.pytorch_utils import Conv1D

    return pair.embedding or isinstance(module, Conv1D)


def _require_fit(pair: Pair, module: Any, ref: AdapterRef) -> None:
    weight = getattr(module, "weight", None)
    if weight is not None and weight.dim() == 2:
        shape = (pair.inputs, pair.outputs)
        if tuple(weight.shape) == (shape if _transposed(pair, module) else shape[::-1]):
            return
    raise UnsupportedModel(
        tr(
            "The adapter “{adapter}” was made for another model than {base}: “{module}” does not "
            "fit. Say in {folder} which model it belongs to, or choose another adapter.",
            adapter=ref.title,
            base=ref.base.title,
            module=pair.module,
            folder=ref.path,
        )
    )


def _damaged(adapter: Adapter) -> WeightsDamaged:
    return WeightsDamaged(
        tr(
            "The numbers in {path} are damaged. Get the whole adapter again.",
            path=adapter.folder / WEIGHTS,
        )
    )
