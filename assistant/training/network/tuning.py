"""One frozen network with an adapter on it: what blocks cost, and a step downhill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from assistant.core.errors import Cancelled, TrainingError
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.engines.heap import trim_heap
from assistant.training.network import attention, fused
from assistant.training.network.lora import Lora
from assistant.training.network.loss import cross_entropy
from assistant.training.pack import Blocks
from assistant.training.recipe import AdapterShape

# Tokens that go through the network at once: their activations take some 1.2 GB in SmolLM2.
_AT_ONCE = 1536
_LONGEST_GRADIENT = 1.0
_BETAS = (0.9, 0.95)
# Heads that do more to their logits than a matrix does.
_OTHER_HEADS = ("final_logit_softcapping", "logits_scaling", "logit_scale")


class Tuning:
    """Trains `network` (a transformers causal model, frozen from now on).

    Losses are in nats a learned token.
    """

    def __init__(self, network: Any, shape: AdapterShape, seed: int, weight_decay: float) -> None:
        config = network.config.get_text_config(decoder=True)
        if any(getattr(config, name, None) not in (None, 1.0) for name in _OTHER_HEADS):
            raise TrainingError(tr("Models of this architecture cannot be trained here."))
        self._network = network.requires_grad_(requires_grad=False).eval()
        attention.register()
        network.set_attn_implementation(attention.NAME)
        fused.install(network)
        self.lora = Lora(network, shape.rank, shape.alpha, seed)
        # One vector of all weights is one parameter.
        self._parameter = torch.nn.Parameter(self.lora.weights)
        self._parameter.grad = self.lora.gradient
        self._optimizer = torch.optim.AdamW(
            [self._parameter], betas=_BETAS, weight_decay=weight_decay
        )

    def step(self, blocks: Blocks, rate: float, should_stop: ShouldStop) -> float:
        """Learn from `blocks` and return what they cost before.

        Raises `Cancelled` between parts of them, with nothing changed.
        """
        # Parts differ in how much is learned, and the pieces left over add up to gigabytes.
        trim_heap()
        self.lora.gradient.zero_()
        learned = max(1, int(blocks.learned.sum()))
        total = 0.0
        for part in _parts(blocks, should_stop):
            loss = self._loss(part)
            (loss / learned).backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_([self._parameter], _LONGEST_GRADIENT)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self.lora.refresh()
        return total / learned

    def loss(self, blocks: Blocks, should_stop: ShouldStop) -> float:
        """Return what `blocks` cost, learning nothing; raise `Cancelled` between parts of them."""
        with torch.no_grad():
            total = sum(float(self._loss(part)) for part in _parts(blocks, should_stop))
        return total / max(1, int(blocks.learned.sum()))

    def state(self) -> dict[str, torch.Tensor]:
        """Return what is needed to go on: the weights and the optimizer's moments."""
        kept = self._optimizer.state[self._parameter]
        moments = {name: kept[name] for name in ("exp_avg", "exp_avg_sq", "step") if name in kept}
        return {"weights": self.lora.weights, **moments}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from a `state`, on whatever device it was made."""
        self.lora.weights.copy_(state["weights"])
        self.lora.refresh()
        moments = {name: value for name, value in state.items() if name != "weights"}
        if moments:
            device = self.lora.weights.device
            # The count of steps stays on the processor, where the optimizer wants it.
            self._optimizer.state[self._parameter] = {
                name: value.clone() if name == "step" else value.to(device, copy=True)
                for name, value in moments.items()
            }

    def _loss(self, blocks: Blocks) -> torch.Tensor:
        """Return the sum over the learned tokens."""
        network, device = self._network, self._network.device
        tokens = blocks.tokens.to(device, torch.long)
        packing = attention.Packing(blocks, device, network.dtype)
        # The graph begins here: every weight is frozen, and the adapters are not autograd's.
        embedded = network.get_input_embeddings()(tokens).requires_grad_()
        states = network.base_model(
            inputs_embeds=embedded,
            position_ids=blocks.positions.to(device, torch.long),
            use_cache=False,
            packing=packing,
        ).last_hidden_state
        # A token's cost is read from the state before it.
        learned = blocks.learned[:, 1:].to(device)
        head = network.get_output_embeddings().weight
        return cross_entropy(states[:, :-1][learned], head, tokens[:, 1:][learned])


def _parts(blocks: Blocks, should_stop: ShouldStop) -> Iterator[Blocks]:
    """Yield as many blocks as go through the network at once."""
    rows = max(1, _AT_ONCE // blocks.tokens.shape[1])
    for start in range(0, len(blocks), rows):
        if should_stop():
            raise Cancelled
        yield blocks.rows(start, start + rows)
