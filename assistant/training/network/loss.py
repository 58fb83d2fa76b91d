"""The cross-entropy of chosen tokens, without ever holding all their logits.

The head is computed only where there is loss, some rows at a time, and the gradient with the loss
in the same pass, as in Cut Your Losses (Wijmans et al. 2024) and Liger (Hsu et al. 2024).
"""

from __future__ import annotations

from typing import Any

import torch

# Rows whose logits are held at once: 50 MB at SmolLM2's vocabulary.
_ROWS = 256


def cross_entropy(states: torch.Tensor, head: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Return the sum, in nats, of what `tokens` [rows] cost after `states` [rows, width].

    `head` is [vocabulary, width] and frozen.
    """
    loss: torch.Tensor = _CrossEntropy.apply(states, head, tokens)
    return loss


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, head: torch.Tensor, tokens: torch.Tensor
    ) -> torch.Tensor:
        wanted = ctx.needs_input_grad[0]
        grad = torch.empty_like(states) if wanted else None
        total = torch.zeros((), device=states.device)
        for start in range(0, len(tokens), _ROWS):
            end = start + _ROWS
            logits = (states[start:end] @ head.t()).float()
            norm = logits.logsumexp(1, keepdim=True)
            right = tokens[start:end, None]
            total += (norm - logits.gather(1, right)).sum()
            if grad is not None:
                shares = logits.sub_(norm).exp_()
                shares.scatter_add_(1, right, shares.new_full(right.shape, -1.0))
                grad[start:end] = shares.to(head.dtype) @ head
        if grad is not None:
            ctx.save_for_backward(grad)
        return total

    @staticmethod
    def backward(ctx: Any, outer: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (grad,) = ctx.saved_tensors
        return grad * outer.to(grad.dtype), None, None
