"""The step of a few tokens as one TorchScript function: no Python between its parts, no lock held.

TorchScript is deprecated, so it stands behind this seam: where it cannot be had, the network's own
step gives the same tokens. The source is written from the plan, so that nothing is asked about at
run time that a model has not.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from assistant.engines.packed.forms import GROUP, Form
from assistant.engines.packed.network import Step
from assistant.engines.packed.plan import Activation, Norm, Plan

if TYPE_CHECKING:
    import torch

    from assistant.engines.packed.cache import Cache
    from assistant.engines.packed.network import Block, PackedNetwork

_log = logging.getLogger(__name__)

# How each form's weights are typed, and how they are applied to `x`, as `forms` does it.
_FORMS: dict[Form, tuple[str, str]] = {
    Form.FLOAT32: ("Tensor", "return torch.ops.aten.linear(x, w)"),
    Form.BFLOAT16: ("Tensor", "return torch.ops.aten.linear(x, w)"),
    Form.INT8: (
        "__torch__.torch.classes.quantized.LinearPackedParamsBase",
        """if x.size(0) == 1:
        return torch.ops.quantized.linear_dynamic(x, w, False)
    largest = x.abs().amax([1], True).clamp_min(1e-8)
    return torch.ops.quantized.linear_dynamic(x / largest, w, False) * largest""",
    ),
    Form.PREPACKED: (
        "Tensor",
        'return torch.ops.mkldnn._linear_pointwise(x, w, None, "none", [], "")',
    ),
    Form.INT4: (
        "Tuple[Tensor, Tensor]",
        f"return torch.ops.aten._weight_int4pack_mm_for_cpu(x, w[0], {GROUP}, w[1])",
    ),
}

_SOURCE = """
def apply(x: Tensor, w: {weight}) -> Tensor:
    {apply}


def step(
    ids: Tensor,
    start: int,
    embedding: Tensor,
    positions: Tensor,
    stored: List[Tensor],
    weights: List[{weight}],
    biases: List[Tensor],
    gains: List[Tensor],
    gain_biases: List[Tensor],
    head_gains: List[Tensor],
    turns: List[Tensor],
    windows: List[int],
    masks: List[Tensor],
) -> Tensor:
    rows, count = ids.size(0), ids.size(1)
    end = start + count
    x = torch.ops.aten.embedding(embedding, ids.view(-1)).to({dtype})
    {enter}
    for i in range({layers}):
        heads = ({attention}).view(rows * count, {all_heads}, {width})
        {turn}
        kv = stored[i]
        new = heads.narrow(1, {heads}, {both_key_heads})
        new = new.view(rows, count, 2, {key_heads}, {width}).permute(2, 0, 3, 1, 4)
        kv.narrow(3, start, count).copy_(new)
        first = 0
        if windows[i] > 0 and start >= windows[i]:
            first = start + 1 - windows[i]
        seen = kv.narrow(3, first, end - first)
        mask: Optional[Tensor] = None
        if count > 1:
            mask = masks[i]
        queries = heads.narrow(1, 0, {heads}).view(rows, count, {key_heads}, {group}, {width})
        queries = queries.permute(0, 2, 3, 1, 4).reshape(rows, {key_heads}, -1, {width})
        a = torch.ops.aten.scaled_dot_product_attention(
            queries.to(kv.dtype), seen.select(0, 0), seen.select(0, 1), mask, 0.0, False,
            scale={scale}
        ).view(rows, {key_heads}, {group}, count, {width}).permute(0, 3, 1, 2, 4)
        a = a.reshape(rows * count, {query_width}).to({dtype})
        x = x + {attention_out}
        h = {feed_forward}
        {activate}
        x = x + {feed_forward_out}
    return x
"""


class ScriptedStep:
    """Runs a token of each row, or a few of one, through `network`, its matrices all in `form`.

    Raises `RuntimeError` where torch cannot compile it.
    """

    def __init__(self, network: PackedNetwork, form: Form) -> None:
        import torch

        blocks, self._network = network.blocks, network
        self._step = _compiled(source_of(network.plan, form, blocks[0]))
        parts = [part for block in blocks for part in block.matrices]
        norms = [norm for block in blocks for norm in block.all_norms]
        self._weights = [part.weight for part in parts]
        self._biases = [part.bias for part in parts if part.bias is not None]
        self._gains = [norm.weight for norm in norms]
        self._gain_biases = [norm.bias for norm in norms if norm.bias is not None]
        self._head_gains = [one.head_gains for one in blocks if one.head_gains is not None]
        self._positions = torch.empty(0) if network.positions is None else network.positions
        self._windows = list(network.plan.windows)

    def hidden(self, ids: torch.Tensor, cache: Cache) -> torch.Tensor:
        """Read `ids`, (rows, 1) or (1, n), into `cache`; return what comes out, (…, hidden)."""
        step = Step(cache, *ids.shape)
        turns = {
            rotary: turns.at(step.start, step.end) for rotary, turns in self._network.turns.items()
        }
        found: torch.Tensor = self._step(
            ids,
            step.start,
            self._network.embedding,
            self._positions,
            cache.layers,
            self._weights,
            self._biases,
            self._gains,
            self._gain_biases,
            self._head_gains,
            [turns[rotary] for rotary in self._network.plan.rotary if rotary],
            self._windows,
            self._masks(step),
        )
        cache.length = step.end
        return found

    def _masks(self, step: Step) -> list[torch.Tensor]:
        """Return what is added to each layer's scores, none for one token: it sees everything."""
        masks = {window: step.mask(window) for window in set(self._windows)}
        group = self._network.plan.group
        # The heads of a group are rows of one matrix, the tokens of the first before the next's.
        repeated = {
            window: mask.repeat(group, 1) for window, mask in masks.items() if mask is not None
        }
        return [repeated[window] for window in self._windows] if repeated else []


def scripted(network: PackedNetwork, form: Form) -> ScriptedStep | None:
    """Return the scripted step of `network`, None where there can be none."""
    try:
        return ScriptedStep(network, form)
    except RuntimeError:
        _log.warning("the step of a token could not be compiled", exc_info=True)
        return None


def _compiled(source: str) -> Any:
    import torch

    with warnings.catch_warnings():
        # The deprecation that this module is written around.
        warnings.simplefilter("ignore")
        return torch.jit.CompilationUnit(source).step


def source_of(plan: Plan, form: Form, block: Block) -> str:
    """Return the source of the step for `plan`, its matrices in `form`, its parts as in `block`."""
    weight, apply = _FORMS[form]
    write = _Writer(plan, block)
    return _SOURCE.format(
        weight=weight,
        apply=apply,
        dtype=form.dtype,
        enter=write.enter(),
        layers=plan.layers,
        all_heads=plan.heads + 2 * plan.key_heads,
        heads=plan.heads,
        key_heads=plan.key_heads,
        both_key_heads=2 * plan.key_heads,
        group=plan.group,
        width=plan.head_width,
        query_width=plan.query_width,
        scale=plan.query_scale or plan.head_width**-0.5,
        turn=write.turn(),
        attention=write.matrix(0, write.norm(0, "x")),
        attention_out=write.after(0, write.matrix(1, "a")),
        feed_forward=write.matrix(2, write.norm(1, "x")),
        activate=write.activate(),
        feed_forward_out=write.after(1, write.matrix(3, "h")),
    )


class _Writer:
    """Writes the expressions of one layer, number `i`."""

    def __init__(self, plan: Plan, block: Block) -> None:
        self._plan = plan
        self._norms = len(block.all_norms)
        # Which of the four matrices have a bias, by their place among those that have one.
        biased = [number for number, part in enumerate(block.matrices) if part.bias is not None]
        self._biases = {number: place for place, number in enumerate(biased)}
        self._head_gains = block.head_gains is not None

    def enter(self) -> str:
        """Write what is done to the embeddings before the first layer."""
        if self._plan.embedding_scale != 1:
            return f"x = x * {self._plan.embedding_scale!r}"
        if not all(self._plan.rotary):
            return "x = x + positions.narrow(0, start, count).to(x.dtype)"
        return ""

    def matrix(self, number: int, values: str) -> str:
        """Write a matrix of the layer, its bias included."""
        product = f"apply({values}, weights[4 * i + {number}])"
        if number not in self._biases:
            return product
        return f"{product} + biases[{len(self._biases)} * i + {self._biases[number]}]"

    def norm(self, number: int, values: str) -> str:
        """Write a norm of the layer."""
        place, shape = f"{self._norms} * i + {number}", f"[{self._plan.hidden}]"
        eps = repr(self._plan.eps)
        if self._plan.norm is Norm.LAYER:
            gains = f"gains[{place}], gain_biases[{place}]"
            return f"torch.layer_norm({values}, {shape}, {gains}, {eps}, False)"
        return f"torch.rms_norm({values}, {shape}, gains[{place}], {eps})"

    def after(self, number: int, values: str) -> str:
        """Write what comes of a part before it is added, where it is normed once more."""
        return f"({values})" if self._norms == 2 else self.norm(2 + number, values)

    def turn(self) -> str:
        """Write how queries and keys are turned."""
        plan = self._plan
        if not all(plan.rotary):
            return ""
        turned = plan.heads + plan.key_heads
        front = f"heads.narrow(1, 0, {turned}).float()"
        if self._head_gains:
            front = f"torch.rms_norm({front}, [{plan.head_width}], None, {plan.eps!r})"
            front = f"({front} * head_gains[i])"
        half = plan.head_width // 2
        pairs = f"torch.view_as_complex({front}.contiguous().view(-1, {turned}, {half}, 2))"
        pairs = f"torch.view_as_real({pairs} * turns[i])"
        front = f"{pairs}.view(-1, {turned}, {plan.head_width}).to(heads.dtype)"
        values = f"heads.narrow(1, {turned}, {plan.key_heads})"
        return f"heads = torch.cat([{front}, {values}], 1)"

    def activate(self) -> str:
        """Write what stands between the feed-forward part's two matrices."""
        inner = self._plan.inner
        gate = f"h.narrow(1, 0, {inner})" if self._plan.gated else "h"
        active = (
            f"torch.ops.aten.silu({gate})"
            if self._plan.activation is Activation.SILU
            else f'torch.ops.aten.gelu({gate}, approximate="tanh")'
        )
        up = f" * h.narrow(1, {inner}, {inner})" if self._plan.gated else ""
        return f"h = {active}{up}"
