"""The step of a few tokens as one TorchScript function: no Python between its parts, no lock held.

TorchScript is deprecated, so it stands behind this seam: where it cannot be had, the network's own
step gives the same tokens. The source is written from the plan, so that nothing is asked about at
run time that a model has not.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from assistant.engines.packed.attending import Step
from assistant.engines.packed.forms import GROUP, Form
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
    x = x.contiguous()
    largest = x.abs().amax([1], True).clamp_min(1e-8)
    return torch.ops.quantized.linear_dynamic(x / largest, w, False) * largest""",
    ),
    Form.PREPACKED: (
        "Tensor",
        'return torch.ops.mkldnn._linear_pointwise(x, w, None, "none", [], "")',
    ),
    Form.INT4: (
        "Tuple[Tensor, Tensor]",
        f"return torch.ops.aten._weight_int4pack_mm_for_cpu(x.contiguous(), w[0], {GROUP}, w[1])",
    ),
}

_SOURCE = """
def apply(x: Tensor, w: {weight}) -> Tensor:
    {apply}


def look_back(
    queries: Tensor,
    kv: Tensor,
    old: int,
    end: int,
    number: int,
    keys: List[Tensor],
    key_scales: List[Tensor],
    values: List[Tensor],
    value_scales: List[Tensor],
    ones: Tensor,
) -> Tensor:
    near = kv.narrow(3, old, end - old)
    seen, share = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        queries, near.select(0, 0), near.select(0, 1), 0.0, False, attn_mask=None, scale={scale}
    )
    queries = queries.view({key_heads}, {group}, {width})
    scores = torch.empty([{key_heads}, {group}, old + 1])
    scores.select(2, old).copy_(share.view({key_heads}, {group}))
    for head in range({key_heads}):
        place = {key_heads} * number + head
        scores.select(0, head).narrow(1, 0, old).copy_(
            torch.ops.aten._weight_int8pack_mm(
                queries.select(0, head), keys[place], key_scales[place]
            )
        )
    odds = torch.softmax(scores, -1)
    far = (odds.narrow(2, 0, old) * value_scales[number]).to(kv.dtype)
    seen = seen.view({key_heads}, {group}, {width}) * odds.narrow(2, old, 1)
    for head in range({key_heads}):
        seen.select(0, head).add_(
            torch.ops.aten._weight_int8pack_mm(
                far.select(0, head), values[{key_heads} * number + head], ones
            )
        )
    return seen


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
    signs: Tensor,
    old: int,
    old_keys: List[Tensor],
    old_key_scales: List[Tensor],
    old_values: List[Tensor],
    old_value_scales: List[Tensor],
    ones: Tensor,
) -> Tensor:
    rows, count = ids.size(0), ids.size(1)
    single = rows * count == 1
    end = start + count
    x = torch.ops.aten.embedding(embedding, ids.view(-1)).to({dtype})
    {enter}
    wide = 0
    for i in range({layers}):
        heads = ({attention}).view(-1, {all_heads}, {width})
        {turn}
        kv = stored[i]
        queries = heads.narrow(1, 0, {heads}).to(kv.dtype)
        new = heads.narrow(1, {heads}, {both_key_heads})
        if single:
            kv.select(3, start).copy_(new.view(2, 1, {key_heads}, {width}))
            queries = queries.view(1, {key_heads}, {group}, {width})
        else:
            new = new.view(rows, count, 2, {key_heads}, {width}).permute(2, 0, 3, 1, 4)
            kv.narrow(3, start, count).copy_(new)
            queries = queries.view(rows, count, {key_heads}, {group}, {width})
            queries = queries.permute(0, 2, 3, 1, 4).reshape(rows, {key_heads}, -1, {width})
        if old > 0 and windows[i] == 0:
            a = look_back(
                queries, kv, old, end, wide,
                old_keys, old_key_scales, old_values, old_value_scales, ones
            )
            wide += 1
        else:
            first = 0
            if windows[i] > 0 and start >= windows[i]:
                first = start + 1 - windows[i]
            seen = kv.narrow(3, first, end - first)
            mask: Optional[Tensor] = None
            if count > 1:
                mask = masks[i]
            a = torch.ops.aten.scaled_dot_product_attention(
                queries, seen.select(0, 0), seen.select(0, 1), mask, 0.0, False, scale={scale}
            )
            if not single:
                a = a.view(rows, {key_heads}, {group}, count, {width}).permute(0, 3, 1, 2, 4)
        a = a.reshape(-1, {query_width}).to({dtype})
        {attention_out}
        h = {feed_forward}
        {activate}
        {feed_forward_out}
    return {leave}
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
        # A norm by the root mean square is one by mean and variance of the values and their
        # opposites: of these the mean is 0. torch has that in one piece, and a third as slow.
        self._signs = torch.tensor([[1.0], [-1.0]], dtype=form.dtype)
        doubled = network.plan.norm is Norm.RMS
        self._gains = [_with_zeros(norm.weight) if doubled else norm.weight for norm in norms]
        plan = network.plan
        self._ones = torch.ones(plan.head_width, dtype=torch.bfloat16)
        self._turned = plan.heads + plan.key_heads
        self._unturned = torch.ones(1, plan.key_heads, plan.head_width // 2, dtype=torch.complex64)
        self._gain_biases = [norm.bias for norm in norms if norm.bias is not None]
        self._head_gains = [one.head_gains for one in blocks if one.head_gains is not None]
        self._positions = torch.empty(0) if network.positions is None else network.positions
        self._windows = list(network.plan.windows)

    def hidden(self, ids: torch.Tensor, cache: Cache) -> torch.Tensor:
        """Read `ids`, (rows, 1) or (1, n), into `cache`; return what comes out, (…, hidden)."""
        step = Step(cache, *ids.shape)
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
            self._turns(step),
            self._windows,
            self._masks(step),
            self._signs,
            *self._old(step),
        )
        cache.length = step.end
        return found

    def _old(self, step: Step) -> tuple[object, ...]:
        """Return what one token sees of in 8 bits: how many, and keys and values with scales."""
        found = step.cache.condense() if step.rows * step.count == 1 else None
        if found is None:
            return 0, [], [], [], [], self._ones
        parts = found.keys, found.key_scales, found.values, found.value_scales
        return found.length, *parts, self._ones

    def _turns(self, step: Step) -> list[torch.Tensor]:
        """Return what turns the heads of all tokens, (rows · n, all heads, width / 2), by layer.

        It leaves values as they are, so that they need not be set apart.
        """
        import torch

        whole = {}
        for rotary, turns in self._network.turns.items():
            angles = turns.at(step.start, step.end).expand(-1, self._turned, -1)
            parts = [angles, self._unturned.expand(step.count, -1, -1)]
            heads = torch.cat(parts, 1)
            whole[rotary] = heads if step.rows == 1 else heads.repeat(step.rows, 1, 1)
        return [whole[rotary] for rotary in self._network.plan.rotary if rotary]

    def _masks(self, step: Step) -> list[torch.Tensor]:
        """Return what is added to each layer's scores, none for one token: it sees everything."""
        masks = {window: step.mask(window) for window in set(self._windows)}
        group = self._network.plan.group
        # The heads of a group are rows of one matrix, the tokens of the first before the next's.
        repeated = {
            window: mask.repeat(group, 1) for window, mask in masks.items() if mask is not None
        }
        return [repeated[window] for window in self._windows] if repeated else []


def _with_zeros(gain: torch.Tensor) -> torch.Tensor:
    """Return `gain` for values, and zeros for their opposites, shape (2, hidden)."""
    import torch

    return torch.stack([gain, torch.zeros_like(gain)])


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
        scale=plan.scale,
        turn=write.turn(),
        attention=write.matrix(0, write.norm(0, "x")),
        attention_out=write.add(0, write.matrix(1, "a")),
        feed_forward=write.matrix(2, write.norm(1, "x")),
        activate=write.activate(),
        feed_forward_out=write.add(1, write.matrix(3, "h")),
        leave=write.leave(),
    )


class _Writer:
    """Writes the expressions of one layer, number `i`.

    `x` holds the values, shape (n, hidden), and behind each its opposite where the plan's norm is
    that of the root mean square, (n, 2, hidden).
    """

    def __init__(self, plan: Plan, block: Block) -> None:
        self._plan = plan
        self._doubled = plan.norm is Norm.RMS
        self._norms = len(block.all_norms)
        # Which of the four matrices have a bias, by their place among those that have one.
        biased = [number for number, part in enumerate(block.matrices) if part.bias is not None]
        self._biases = {number: place for place, number in enumerate(biased)}
        self._head_gains = block.head_gains is not None

    def enter(self) -> str:
        """Write what is done to the embeddings before the first layer."""
        lines = []
        if self._plan.embedding_scale != 1:
            lines.append(f"x = x * {self._plan.embedding_scale!r}")
        if not all(self._plan.rotary):
            lines.append("x = x + positions.narrow(0, start, count).to(x.dtype)")
        if self._doubled:
            lines.append(f"x = {_doubled('x')}")
        return "\n    ".join(lines)

    def leave(self) -> str:
        """Write what comes out of the last layer."""
        return "x.select(1, 0)" if self._doubled else "x"

    def matrix(self, number: int, values: str) -> str:
        """Write a matrix of the layer, its bias included."""
        product = f"apply({values}, weights[4 * i + {number}])"
        if number not in self._biases:
            return product
        return f"{product} + biases[{len(self._biases)} * i + {self._biases[number]}]"

    def norm(self, number: int, values: str) -> str:
        """Write a norm of the layer, of values that are like `x`."""
        place, hidden = f"{self._norms} * i + {number}", self._plan.hidden
        if self._doubled:
            shape, gains, one = f"[2, {hidden}]", f"gains[{place}], None", ".select(1, 0)"
        else:
            shape, gains, one = f"[{hidden}]", f"gains[{place}], gain_biases[{place}]", ""
        return f"torch.layer_norm({values}, {shape}, {gains}, {self._plan.eps!r}, False){one}"

    def add(self, number: int, values: str) -> str:
        """Write that what comes of a part is added to `x`, normed once more where that is done."""
        if self._norms == 4:
            values = self.norm(2 + number, _doubled(values) if self._doubled else values)
        if self._doubled:
            return f"x = torch.addcmul(x, ({values}).unsqueeze(1), signs)"
        return f"x = x + {values}"

    def turn(self) -> str:
        """Write how queries and keys are turned, values being turned by nothing."""
        plan = self._plan
        if not all(plan.rotary):
            return ""
        turned, everything = plan.heads + plan.key_heads, plan.heads + 2 * plan.key_heads
        width, half = plan.head_width, plan.head_width // 2
        lines = ["heads = heads.float()"]
        if self._head_gains:
            front = f"torch.rms_norm(heads.narrow(1, 0, {turned}), [{width}], None, {plan.eps!r})"
            values = f"heads.narrow(1, {turned}, {plan.key_heads})"
            lines.append(f"heads = torch.cat([{front} * head_gains[i], {values}], 1)")
        pairs = f"torch.view_as_complex(heads.view(-1, {everything}, {half}, 2))"
        lines.append(f"heads = torch.view_as_real({pairs} * turns[i])")
        lines.append(f"heads = heads.view(-1, {everything}, {width})")
        return "\n        ".join(lines)

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


def _doubled(values: str) -> str:
    """Write `values`, (n, hidden), each with its opposite."""
    return f"({values}).unsqueeze(1) * signs"
