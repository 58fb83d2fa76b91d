"""The network as it is trained costs and learns what the plain one does."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
import transformers as hf

from assistant.core.errors import Cancelled, TrainingError
from assistant.training.encode import Encoded
from assistant.training.network import attention, fused
from assistant.training.network.lora import Lora
from assistant.training.network.loss import cross_entropy
from assistant.training.network.tuning import Tuning
from assistant.training.pack import Block, Blocks, Tree, pack, stack
from assistant.training.recipe import AdapterShape
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path

_FAMILIES = {
    "llama": tiny_models.llama,
    "gpt2": tiny_models.gpt2,
    "qwen2": tiny_models.qwen2,
    "mistral": tiny_models.mistral,
    "gemma3": tiny_models.gemma3,
}
_SHAPE = AdapterShape(rank=3, alpha=6)
# Longer than a tile of attention, so that several tiles have to fit together.
_BLOCK = 150


def _network(family: str, folder: Path) -> Any:
    return hf.AutoModelForCausalLM.from_pretrained(
        _FAMILIES[family](folder / family), dtype=torch.float32
    )


def _examples(count: int = 7) -> list[Encoded]:
    generator = torch.Generator().manual_seed(5)
    lengths = [150, 40, 70, 12, 90, 33, 55][:count]
    examples = [
        Encoded(tuple(torch.randint(4, 200, (length,), generator=generator).tolist()), length // 3)
        for length in lengths
    ]
    # Three that begin alike, like questions on one passage.
    stem = examples[4].tokens[:60]
    examples += [Encoded(stem + examples[i].tokens[:15], 60 + i) for i in (1, 2, 3)]
    return examples


def _blocks(examples: list[Encoded]) -> Blocks:
    return stack(pack(examples, _BLOCK), _BLOCK)


def _plain_loss(network: Any, examples: list[Encoded]) -> torch.Tensor:
    """Return what the examples cost one by one in the network's own forward."""
    total = torch.zeros(())
    count = 0
    for example in examples:
        tokens = torch.tensor([example.tokens])
        logits = network(tokens).logits[0, example.start - 1 : -1]
        total = total + F.cross_entropy(logits, tokens[0, example.start :], reduction="sum")
        count += example.learned
    return total / count


class _PlainLora(torch.nn.Module):
    """W x + scale · B (A x), as the paper has it."""

    def __init__(self, linear: Any, down: torch.Tensor, up: torch.Tensor, scale: float) -> None:
        super().__init__()
        self.linear, self.scale = linear, scale
        self.down, self.up = torch.nn.Parameter(down.clone()), torch.nn.Parameter(up.clone())

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.linear(states) + self.scale * (states @ self.down.T @ self.up.T)
        return out


@pytest.mark.parametrize("family", _FAMILIES)
def test_packed_blocks_cost_what_their_examples_cost_alone(family: str, tmp_path: Path) -> None:
    """Attention and positions stay within an example, also where windows slide."""
    network = _network(family, tmp_path)
    examples = _examples()
    expected = float(_plain_loss(network, examples).detach())
    tuning = Tuning(network, _SHAPE, seed=1, weight_decay=0.0)
    assert tuning.loss(_blocks(examples), lambda: False) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("family", _FAMILIES)
def test_gradients_are_those_of_the_plain_formula(family: str, tmp_path: Path) -> None:
    """What is added up by hand equals what autograd finds for W x + scale · B (A x)."""
    network = _network(family, tmp_path)
    plain = copy.deepcopy(network).requires_grad_(requires_grad=False)
    examples = _examples()
    tuning = Tuning(network, _SHAPE, seed=1, weight_decay=0.0)
    generator = torch.Generator().manual_seed(2)
    tuning.lora.weights.copy_(torch.randn(tuning.lora.weights.shape, generator=generator) / 10)
    tuning.lora.refresh()
    tensors = dict(tuning.lora.tensors())
    layers = {}
    for target in tuning.lora.targets:
        prefix = f"base_model.model.{target.name}"
        down, up = tensors[f"{prefix}.lora_A.weight"], tensors[f"{prefix}.lora_B.weight"]
        parent, _, name = target.name.rpartition(".")
        owner = plain.get_submodule(parent)
        layers[prefix] = _PlainLora(getattr(owner, name), down, up, tuning.lora.scale)
        setattr(owner, name, layers[prefix])
    loss = _plain_loss(plain, examples)
    loss.backward()
    gradients = {
        f"{prefix}.lora_{side}.weight": parameter.grad
        for prefix, layer in layers.items()
        for side, parameter in (("A", layer.down), ("B", layer.up))
    }
    before = tuning.lora.weights.clone()

    assert tuning.step(_blocks(examples), 0.0, lambda: False) == pytest.approx(
        float(loss.detach()), rel=1e-5
    )

    assert torch.equal(tuning.lora.weights, before)
    tuning.lora.weights.copy_(tuning.lora.gradient)
    found = dict(tuning.lora.tensors())
    # The step has shortened the whole gradient to length 1 if it was longer.
    length = torch.cat([g.flatten() for g in gradients.values()]).norm()
    for name, gradient in gradients.items():
        torch.testing.assert_close(
            found[name], gradient / max(1.0, float(length)), rtol=1e-3, atol=1e-5
        )


def test_steps_lower_the_loss(tmp_path: Path) -> None:
    """A tiny model learns a few examples by heart."""
    tuning = Tuning(_network("llama", tmp_path), AdapterShape(8, 16), seed=1, weight_decay=0.0)
    blocks = _blocks(_examples())
    losses = [tuning.step(blocks, 0.02, lambda: False) for _ in range(30)]
    assert losses[-1] < losses[0] - 0.5


def test_a_new_adapter_changes_nothing_and_can_be_taken_out(tmp_path: Path) -> None:
    """B begins at zero; after `remove` the network has its own layers."""
    network = _network("llama", tmp_path)
    tokens = torch.tensor([[5, 6, 7, 8]])
    expected = network(tokens).logits
    lora = Lora(network.requires_grad_(requires_grad=False), 4, 8, seed=3)
    torch.testing.assert_close(network(tokens).logits, expected)
    lora.weights.fill_(0.1)
    lora.refresh()
    assert not torch.allclose(network(tokens).logits, expected)
    lora.remove()
    torch.testing.assert_close(network(tokens).logits, expected)


def test_an_adapter_of_another_shape_is_refused(tmp_path: Path) -> None:
    """What does not fit is said, not half loaded."""
    network = _network("llama", tmp_path)
    other = dict(Lora(network, 2, 4, seed=1).tensors())
    with pytest.raises(TrainingError):
        Lora(network, 4, 8, seed=1).load(other)


def test_a_step_that_is_stopped_changes_nothing(tmp_path: Path) -> None:
    """Stopping between the parts of a step leaves weights and moments as they were."""
    tuning = Tuning(_network("llama", tmp_path), _SHAPE, seed=1, weight_decay=0.0)
    before = tuning.lora.weights.clone()
    with pytest.raises(Cancelled):
        tuning.step(_blocks(_examples()), 0.1, lambda: True)
    assert torch.equal(tuning.lora.weights, before)


def test_a_head_that_caps_its_logits_is_refused(tmp_path: Path) -> None:
    """The loss here knows plain heads only."""
    network = _network("llama", tmp_path)
    network.config.final_logit_softcapping = 30.0
    with pytest.raises(TrainingError):
        Tuning(network, _SHAPE, seed=1, weight_decay=0.0)


def test_the_loss_in_pieces_is_cross_entropy() -> None:
    """Value and gradient equal torch's, over more rows than are held at once."""
    torch.manual_seed(1)
    states = torch.randn(600, 16, requires_grad=True)
    head, tokens = torch.randn(50, 16), torch.randint(0, 50, (600,))
    own = cross_entropy(states, head, tokens)
    (gradient,) = torch.autograd.grad(own * 0.5, states)
    expected = F.cross_entropy(states @ head.T, tokens, reduction="sum")
    torch.testing.assert_close(own, expected)
    torch.testing.assert_close(gradient, torch.autograd.grad(expected * 0.5, states)[0])


def test_parts_with_a_backward_of_their_own_pass_a_numeric_check() -> None:
    """The norm, the gated unit and attention have the gradients of their formulas."""
    torch.manual_seed(2)
    double: dict[str, Any] = {"dtype": torch.float64, "requires_grad": True}
    states, other = torch.randn(3, 4, 8, **double), torch.randn(3, 4, 8, **double)
    gain = torch.rand(8, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: fused._RmsNorm.apply(x, gain, 1e-5), (states,))
    assert torch.autograd.gradcheck(fused._SwiGlu.apply, (states, other))
    query = torch.randn(2, 4, 5, 3, **double)
    key, value = torch.randn(2, 2, 5, 3, **double), torch.randn(2, 2, 5, 3, **double)
    alone, shared = Encoded((5, 6), 1), Encoded((5, 6, 7), 1)
    blocks = stack([Block(0, [Tree((), (alone, shared))]), Block(0, [Tree((1, 2), (shared,))])], 5)
    packing = attention.Packing(blocks, torch.device("cpu"), torch.float64)
    assert torch.autograd.gradcheck(
        lambda q, k, v: attention._Attention.apply(q, k, v, packing.tiles(None), 0.5),
        (query, key, value),
    )
