"""Parts of a decoder layer with a backward pass of their own.

Out of many small operations they make few, and they keep for the backward pass only what it cannot
cheaply make again. `install` puts them into the architectures whose formulas these are.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

_NORMS = frozenset({"LlamaRMSNorm", "MistralRMSNorm", "Qwen2RMSNorm", "Qwen3RMSNorm"})
_GATED = frozenset({"LlamaMLP", "MistralMLP", "Qwen2MLP", "Qwen3MLP"})


def install(network: Any) -> None:
    """Replace the forwards of the parts of `network` that are known here."""
    for module in network.modules():
        name = type(module).__name__
        if name in _NORMS:
            module.forward = _norm(module)
        elif name in _GATED and type(module.act_fn).__name__.startswith("SiLU"):
            module.forward = _gated(module)


def _norm(module: Any) -> Any:
    def forward(states: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = _RmsNorm.apply(states, module.weight, module.variance_epsilon)
        return out

    return forward


def _gated(module: Any) -> Any:
    def forward(states: torch.Tensor) -> torch.Tensor:
        gated = _SwiGlu.apply(module.gate_proj(states), module.up_proj(states))
        out: torch.Tensor = module.down_proj(gated)
        return out

    return forward


class _RmsNorm(torch.autograd.Function):
    """x / rms(x) · gain (Zhang & Sennrich 2019); the gain is frozen."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, gain: torch.Tensor, epsilon: float) -> torch.Tensor:
        exact = torch.promote_types(states.dtype, torch.float32)
        norm = torch.linalg.vector_norm(states, dim=-1, keepdim=True, dtype=exact)
        inverse = torch.rsqrt(norm.square() / states.shape[-1] + epsilon)
        ctx.save_for_backward(states, gain, inverse)
        return (states * inverse).to(states.dtype).mul_(gain)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        states, gain, inverse = ctx.saved_tensors
        grad = grad * gain
        width = states.shape[-1]
        flat = (-1, 1, width)
        along = torch.bmm(grad.reshape(flat), states.reshape(flat).transpose(1, 2))
        along = along.view(inverse.shape).to(inverse.dtype) * inverse.square() / width
        out = torch.addcmul(grad, states, along.to(states.dtype), value=-1)
        return out.mul_(inverse.to(states.dtype)), None, None


class _SwiGlu(torch.autograd.Function):
    """silu(gate) · up (Shazeer 2020)."""

    @staticmethod
    def forward(ctx: Any, gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(gate, up)
        return F.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        gate, up = ctx.saved_tensors
        grad_up = F.silu(gate).mul_(grad)
        return torch.ops.aten.silu_backward(grad * up, gate), grad_up
