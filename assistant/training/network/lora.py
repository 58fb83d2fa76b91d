"""Low-rank adapters (LoRA, Hu et al. 2021) over the linear layers of a frozen network.

All trained numbers stand in one flat vector, so that one call updates them, one file keeps them and
the copy in the network's precision is made once a step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from transformers.pytorch_utils import Conv1D

from assistant.core.errors import TrainingError
from assistant.core.i18n import tr


@dataclass(frozen=True, slots=True)
class Target:
    """One adapted layer: its name in the network, and where its A and B lie in the flat vector.

    A is [rank, inputs], B is [outputs, rank]; B follows A at `start`.
    """

    name: str
    inputs: int
    outputs: int
    start: int


class Lora:
    """The adapter of one network, put into it at once and taken out by `remove`.

    `weights` (float32, flat) is what is trained, `gradient` what the backward pass adds to. The
    network computes with `working`, a copy in its own precision: call `refresh` after each change.
    B begins at zero, so that a new adapter changes nothing.
    """

    def __init__(self, network: Any, rank: int, alpha: float, seed: int) -> None:
        self.rank = rank
        self.alpha = alpha
        self._modules = dict(_linear_layers(network))
        self.targets = _laid_out(self._modules, rank)
        if not self.targets:
            raise TrainingError(tr("This model has no layers that an adapter could be put on."))
        last = self.targets[-1]
        size = last.start + rank * (last.inputs + last.outputs)
        device, dtype = network.device, network.dtype
        self.weights = torch.zeros(size, device=device)
        self.gradient = torch.zeros(size, device=device)
        self._working = torch.zeros(size, device=device, dtype=dtype)
        generator = torch.Generator().manual_seed(seed)
        for target in self.targets:
            down, _ = self._parts(self.weights, target)
            # As in the paper's code: Kaiming with a = √5, which is uniform in ± 1 / √inputs.
            bound = 1 / math.sqrt(target.inputs)
            down.copy_(torch.empty(down.shape).uniform_(-bound, bound, generator=generator))
        self.refresh()
        self._adapt()

    @property
    def scale(self) -> float:
        """What B·A is multiplied with."""
        return self.alpha / self.rank

    def refresh(self) -> None:
        """Bring the working copy up to date with `weights`."""
        self._working.copy_(self.weights)

    def tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield A and B of every layer by their names in peft's files, as views of `weights`."""
        for target in self.targets:
            down, up = self._parts(self.weights, target)
            yield f"base_model.model.{target.name}.lora_A.weight", down
            yield f"base_model.model.{target.name}.lora_B.weight", up

    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Begin from an adapter of the same shape; raise `TrainingError` where it does not fit."""
        own = dict(self.tensors())
        fits = own.keys() == tensors.keys()
        if not fits or any(own[name].shape != tensors[name].shape for name in own):
            raise TrainingError(
                tr("The adapter to begin from was made for another model or another rank.")
            )
        for name, view in own.items():
            view.copy_(tensors[name])
        self.refresh()

    def remove(self) -> None:
        """Give the network its own layers back."""
        for module in self._modules.values():
            del module.forward

    def _adapt(self) -> None:
        for target in self.targets:
            module = self._modules[target.name]
            adapted = Adapted(
                matrix=_matrix(module).detach(),
                bias=module.bias,
                weights=self._parts(self._working, target),
                gradients=self._parts(self.gradient, target),
                scale=self.scale,
            )
            module.forward = adapted

    def _parts(self, flat: torch.Tensor, target: Target) -> tuple[torch.Tensor, torch.Tensor]:
        middle = target.start + self.rank * target.inputs
        end = middle + target.outputs * self.rank
        down = flat[target.start : middle].view(self.rank, target.inputs)
        return down, flat[middle:end].view(target.outputs, self.rank)


@dataclass(frozen=True, slots=True)
class Adapted:
    """The forward of a linear layer with its adapter: W x + scale · B (A x).

    `weights` and `gradients` are A and B as the network computes with them and where their
    gradients are added.
    """

    matrix: torch.Tensor
    bias: torch.Tensor | None
    weights: tuple[torch.Tensor, torch.Tensor]
    gradients: tuple[torch.Tensor, torch.Tensor]
    scale: float

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """Return the layer's output for `states`, [..., inputs] → [..., outputs]."""
        flat = states.reshape(-1, states.shape[-1])
        out: torch.Tensor = _AdaptedLinear.apply(flat, self)
        return out.view(*states.shape[:-1], -1)


class _AdaptedLinear(torch.autograd.Function):
    """Autograd sees the gradient of the input alone; those of A and B are added up in place."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, layer: Adapted) -> torch.Tensor:
        down, up = layer.weights
        inner = states @ down.t()
        ctx.save_for_backward(states, inner)
        ctx.layer = layer
        out = F.linear(states, layer.matrix, layer.bias)
        return out.addmm_(inner, up.t(), alpha=layer.scale)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        states, inner = ctx.saved_tensors
        layer: Adapted = ctx.layer
        down, up = layer.weights
        grad_down, grad_up = layer.gradients
        grad_inner = grad @ up
        grad_up.add_(grad.t() @ inner, alpha=layer.scale)
        grad_down.add_(grad_inner.t() @ states, alpha=layer.scale)
        grad_states = grad @ layer.matrix
        return grad_states.addmm_(grad_inner, down, alpha=layer.scale), None


def _linear_layers(network: Any) -> Iterator[tuple[str, Any]]:
    """Yield the linear layers of the decoder by name; the head and embeddings stay as they are."""
    head = network.get_output_embeddings()
    for name, module in network.named_modules():
        if module is not head and isinstance(module, torch.nn.Linear | Conv1D):
            yield name, module


def _laid_out(modules: Mapping[str, Any], rank: int) -> tuple[Target, ...]:
    targets, start = [], 0
    for name, module in modules.items():
        outputs, inputs = _matrix(module).shape
        targets.append(Target(name, inputs, outputs, start))
        start += rank * (inputs + outputs)
    return tuple(targets)


def _matrix(module: Any) -> torch.Tensor:
    """Return the layer's weights as [outputs, inputs]; GPT-2 keeps them the other way round."""
    weights: torch.Tensor = module.weight
    return weights if isinstance(module, torch.nn.Linear) else weights.t()
