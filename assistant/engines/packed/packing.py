"""Packing a model: its layers one by one into the forms that they are run in, and onto the disk.

A short text runs through the layers meanwhile, in float32, to find the outliers that 8 bits cannot
hold (`smoothing`). Never more than one layer is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled
from assistant.engines.heap import large_blocks_apart
from assistant.engines.packed.attending import Step
from assistant.engines.packed.building import block as plain_block
from assistant.engines.packed.building import gain, gains, head_gains
from assistant.engines.packed.cache import Cache
from assistant.engines.packed.forms import Form, Tensors, linear, pack
from assistant.engines.packed.network import Block, Head, PackedNetwork
from assistant.engines.packed.smoothing import (
    WatchedBlock,
    divided,
    factor_of,
    sizes_of,
    smoothed,
)
from assistant.engines.packed.store import Use
from assistant.engines.packed.weights import Gain, Layer, Matrix, Source

if TYPE_CHECKING:
    import torch

    from assistant.core.requests import ShouldStop
    from assistant.engines.packed.plan import Plan
    from assistant.engines.packed.store import Forms, Store

_MATRICES = ("attention", "attention_out", "feed_forward", "feed_forward_out")
_NORMS = ("before_attention", "before_feed_forward")
_NORMS_AFTER = ("after_attention", "after_feed_forward")


@dataclass(frozen=True, slots=True)
class Networks:
    """One model, packed: `reading` for many tokens at once, `writing` for one or a few.

    Both read into the same caches and share the head, which is `writing`'s.
    """

    reading: PackedNetwork
    writing: PackedNetwork


def pack_model(
    source: Source,
    plan: Plan,
    forms: Forms,
    store: Store,
    sample: torch.Tensor,
    report: Callable[[float], None],
    should_stop: ShouldStop,
    loss: float | None = None,
) -> None:
    """Write `store` from an open `source`; `sample` are the tokens of a text, shape (1, n).

    `loss` is what the weights lose in 4 bits, where that has been looked at. `report` hears the
    fraction that is done. Raises `Cancelled` and leaves nothing then.
    """
    import torch

    with store.writer(loss) as writer, torch.inference_mode():
        walk = _Walk(source, plan, sample)
        for number, (layer, seen) in enumerate(walk):
            if should_stop():
                raise Cancelled
            for use, form in forms.by_use.items():
                writer.add_layer(number, use, _layer_tensors(layer, seen, plan, form))
            report((number + 1) / (plan.layers + 1))
        writer.finish(_head_tensors(source, walk, forms))


def load_packed(
    source: Source, plan: Plan, forms: Forms, store: Store, meanwhile: Callable[[], object]
) -> Networks:
    """Return the networks that `store` holds; the table of tokens comes from an open `source`.

    `meanwhile` is run in this thread; it may keep Python's lock for as long as it likes.
    """
    import torch

    jobs = [(use, number) for use in forms.by_use for number in range(plan.layers)]

    def load_block(job: tuple[Use, int]) -> Block:
        use, number = job
        with torch.inference_mode():
            return _block(store.layer(number, use), forms.by_use[use])

    def load_head() -> Head:
        with torch.inference_mode():
            rest = store.rest()
            return Head(_gain("norm", rest), linear(forms.head, _under("matrix", rest)))

    # Laying weights out takes most of the time, and lets other threads run.
    with large_blocks_apart(), ThreadPoolExecutor(torch.get_num_threads()) as pool:
        head = pool.submit(load_head)
        layers = {job: pool.submit(load_block, job) for job in jobs}
        # When the first layer is there the head is under way: one long call without Python's lock.
        layers[jobs[0]].result()
        meanwhile()
        blocks = {job: layer.result() for job, layer in layers.items()}
        embedding, positions = source.embedding(), source.positions()
        networks = {
            use: PackedNetwork(
                plan,
                [blocks[use, number] for number in range(plan.layers)],
                embedding,
                positions,
                head.result(),
                form.dtype,
            )
            for use, form in forms.by_use.items()
        }
    reading = networks[Use.READING]
    return Networks(reading, networks.get(Use.WRITING, reading))


class _Walk:
    """Yields the layers with what was seen in them while the sample ran through.

    The first token of a text has outliers like no other. It is read by itself, as it always is.
    """

    def __init__(self, source: Source, plan: Plan, sample: torch.Tensor) -> None:
        import torch

        self._source = source
        self._plan = plan
        self._network = PackedNetwork(
            plan, (), source.embedding(), source.positions(), None, torch.float32
        )
        self._cache = Cache(plan, sample.shape[1], torch.float32)
        self._first = self._network.embedded(sample[:, :1], 0)
        self._others = self._network.embedded(sample[:, 1:], 1)

    def __iter__(self) -> Iterator[tuple[Layer, WatchedBlock]]:
        self._cache.length = 0
        first = Step(self._cache, 1, 1)
        self._cache.length = 1
        others = Step(self._cache, 1, len(self._others))
        for number, layer in enumerate(self._source.layers()):
            seen = WatchedBlock.of(plain_block(layer, self._plan, Form.FLOAT32))
            self._first = self._network.run(seen.block, number, self._first, first)
            self._others = self._network.run(seen.block, number, self._others, others)
            yield layer, seen

    def last(self, norm: Gain) -> torch.Tensor:
        """Return the largest size of each channel that enters the head behind `norm`."""
        return sizes_of(self._network.normed(self._others, norm))


def _layer_tensors(
    layer: Layer, seen: WatchedBlock, plan: Plan, form: Form
) -> dict[str, torch.Tensor]:
    """Return the tensors of a layer in one form."""
    if form is Form.INT8:
        layer = smoothed(layer, seen, plan)
    found: dict[str, torch.Tensor] = {}
    for name in _MATRICES:
        found.update(_named(name, pack(getattr(layer, name), form)))
    for name, one in zip(_NORMS, gains(layer.norms, form.dtype), strict=True):
        found.update(_gain_tensors(name, one))
    if layer.norms_after is not None:
        for name, one in zip(_NORMS_AFTER, gains(layer.norms_after, form.dtype), strict=True):
            found.update(_gain_tensors(name, one))
    own = head_gains(layer, plan)
    return found if own is None else {**found, "head_gains": own.contiguous()}


def _head_tensors(source: Source, walk: _Walk, forms: Forms) -> dict[str, torch.Tensor]:
    import torch

    norm = source.last_norm()
    if forms.head is Form.INT8:
        own = reduce(torch.maximum, map(sizes_of, source.head_rows()))
        factor = factor_of(walk.last(norm), own)
        norm = divided(norm, factor)
        packed = _packed_by_rows(source, factor)
    else:
        packed = pack(source.head(), forms.head)
    norm = gain(norm, forms.writing.dtype)
    return {**_named("matrix", packed), **_gain_tensors("norm", norm)}


def _packed_by_rows(source: Source, factor: torch.Tensor) -> Tensors:
    """Return the head of `source`, its inputs multiplied by `factor`, in 8 bits.

    Some rows at a time: as it is stored a table of tokens can be larger than all that is kept.
    """
    import torch

    shape = source.head().weight.shape
    packed = {"weight": torch.empty(shape, dtype=torch.int8), "scale": torch.empty(shape[0])}
    start = 0
    for rows in source.head_rows():
        end = start + len(rows)
        for name, tensor in pack(Matrix(rows.float() * factor), Form.INT8).items():
            packed[name][start:end] = tensor
        start = end
    return packed


def _block(tensors: Tensors, form: Form) -> Block:
    attention, attention_out, feed_forward, feed_forward_out = (
        linear(form, _under(name, tensors)) for name in _MATRICES
    )
    own = tensors.get("head_gains")
    return Block(
        attention=attention,
        attention_out=attention_out,
        feed_forward=feed_forward,
        feed_forward_out=feed_forward_out,
        norms=(_gain(_NORMS[0], tensors), _gain(_NORMS[1], tensors)),
        norms_after=(_gain(_NORMS_AFTER[0], tensors), _gain(_NORMS_AFTER[1], tensors))
        if f"{_NORMS_AFTER[0]}.weight" in tensors
        else None,
        head_gains=None if own is None else own.clone(),
    )


def _gain(name: str, tensors: Tensors) -> Gain:
    """Return a gain apart from the file: it is small, and would keep the whole file in memory."""
    bias = tensors.get(f"{name}.bias")
    return Gain(tensors[f"{name}.weight"].clone(), None if bias is None else bias.clone())


def _gain_tensors(name: str, one: Gain) -> dict[str, torch.Tensor]:
    found = {f"{name}.weight": one.weight.contiguous()}
    return found if one.bias is None else {**found, f"{name}.bias": one.bias.contiguous()}


def _named(prefix: str, tensors: Tensors) -> dict[str, torch.Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def _under(prefix: str, tensors: Tensors) -> dict[str, torch.Tensor]:
    """Return the tensors whose names begin with `prefix`, without it."""
    start = f"{prefix}."
    return {
        name.removeprefix(start): tensor
        for name, tensor in tensors.items()
        if name.startswith(start)
    }
