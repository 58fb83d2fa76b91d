"""Which forms serve reading, writing and the head: by how exact they are to be, then by measuring.

Measured once for a processor and a shape of layer, in well under two seconds, and kept in the cache
folder. A model whose weights come from 4 bits loses nothing when it is packed into 4 bits again;
any other loses too much to be written so unless speed is all that counts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from assistant.config.atomic import replace_file
from assistant.config.paths import cache_folder
from assistant.engines.devices import processor_name
from assistant.engines.packed.forms import Form, linear, pack
from assistant.engines.packed.store import VERSION, Forms
from assistant.engines.packed.weights import Matrix

if TYPE_CHECKING:
    from assistant.engines.packed.network import Linear
    from assistant.engines.packed.plan import Plan
    from assistant.engines.packed.weights import Layer

# For each form the seconds of reading a prompt and of writing a token, a layer each.
Seconds: TypeAlias = "Mapping[str, tuple[float, float]]"

_FILE = "packed-speed.json"
_PROMPT = 128
# Enough layers that they do not stay in a core's own cache.
_LAYERS = 6
_RUNS = 4
# On the grid that it came from a matrix keeps to this; off it, it is off by some hundredths.
_ON_GRID = 0.01


class Exactness(StrEnum):
    """What counts more: every number, or speed."""

    EXACT = "exact"
    BALANCED = "balanced"
    FAST = "fast"


# 16 bits take twice the memory of 8, beside the 4 that are written with. Who wants all the speed
# pays it for what is more than a measurement's noise; else reading has to be twice as fast.
_MARGINS = {Exactness.FAST: 0.8, Exactness.BALANCED: 0.5}


def choose_forms(exactness: Exactness, plan: Plan, loss: float) -> Forms:
    """Return the forms for a model of `plan` that in 4 bits has a `loss` (`loss_in_four_bits`)."""
    if exactness is Exactness.EXACT:
        return Forms(Form.FLOAT32, Form.FLOAT32, Form.FLOAT32)
    return fastest_forms(exactness, plan, loss, _measured(plan))


def fastest_forms(exactness: Exactness, plan: Plan, loss: float, seconds: Seconds) -> Forms:
    """Return the fastest forms by what was measured, of those that are exact enough."""
    wide, narrow = seconds[Form.PREPACKED.value][0], seconds[Form.INT8.value][0]
    reading = Form.PREPACKED if wide < _MARGINS[exactness] * narrow else Form.INT8
    writing = [Form.INT8]
    fits = all(Form.INT4.fits(*shape) for shape in _shapes(plan))
    if fits and (exactness is Exactness.FAST or loss < _ON_GRID):
        writing.append(Form.INT4)
    return Forms(reading, min(writing, key=lambda form: seconds[form.value][1]), Form.INT8)


def loss_in_four_bits(first: Layer) -> float:
    """Return by how much a model whose first layer is given is off in 4 bits, relative to it."""
    import torch

    bare = Matrix(first.feed_forward.weight)
    if not Form.INT4.fits(*bare.weight.shape):
        return 1.0
    apply = linear(Form.INT4, pack(bare, Form.INT4))
    values = torch.randn(4, bare.weight.shape[1], generator=torch.Generator().manual_seed(1))
    exact = values.bfloat16().float() @ bare.weight.T
    return float((apply(values.bfloat16()).float() - exact).norm() / exact.norm())


def _shapes(plan: Plan) -> tuple[tuple[int, int], ...]:
    """Return outputs and inputs of the four matrices of a layer."""
    inner = plan.inner * (2 if plan.gated else 1)
    return (
        (plan.query_width + 2 * plan.key_width, plan.hidden),
        (plan.hidden, plan.query_width),
        (inner, plan.hidden),
        (plan.hidden, plan.inner),
    )


def kept_seconds(plan: Plan, threads: int) -> Seconds | None:
    """Return what was measured before with so many threads, None where nothing was."""
    return _kept().get(_key(plan, threads))


def per_token(plan: Plan, reading: float, writing: float) -> tuple[float, float]:
    """Return milliseconds a written token and tokens read a second, from a layer's `Seconds`."""
    return 1000 * writing * plan.layers, _PROMPT / (reading * plan.layers)


def _measured(plan: Plan) -> Seconds:
    import torch

    kept, key = _kept(), _key(plan, torch.get_num_threads())
    if key not in kept:
        kept[key] = measure(plan)
        # Without it the next start measures again.
        with suppress(OSError):
            cache_folder().mkdir(parents=True, exist_ok=True)
            replace_file(cache_folder() / _FILE, json.dumps(kept, indent=1).encode())
    return kept[key]


def _kept() -> dict[str, Seconds]:
    """Return what was measured before, by keys; a damaged file counts as none."""
    with suppress(OSError, ValueError):
        found = json.loads((cache_folder() / _FILE).read_text("utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _key(plan: Plan, threads: int) -> str:
    import torch

    machine = (processor_name(), str(torch.__version__), threads)
    return json.dumps([VERSION, *machine, _shapes(plan)])


def measure(plan: Plan) -> Seconds:
    """Measure the forms on matrices of the plan's shapes."""
    import torch

    shapes = _shapes(plan)
    random = torch.Generator().manual_seed(1)
    matrices = [Matrix(0.02 * torch.randn(shape, generator=random)) for shape in shapes]
    seconds = {}
    with torch.inference_mode():
        for form in (Form.INT8, Form.INT4, Form.PREPACKED):
            if not all(form.fits(*shape) for shape in shapes):
                continue
            packed = [pack(matrix, form) for matrix in matrices]
            parts = [linear(form, dict(tensors)) for _ in range(_LAYERS) for tensors in packed]
            reading, writing = (_seconds(parts, shapes, form, count) for count in (_PROMPT, 1))
            seconds[form.value] = (reading, writing)
    return seconds


def _seconds(
    parts: Sequence[Linear], shapes: Sequence[tuple[int, int]], form: Form, count: int
) -> float:
    """Return what one layer takes for `count` tokens; `parts` are those of several."""
    import torch

    widths = [shape[1] for shape in shapes] * _LAYERS
    values = [torch.full((count, width), 0.5, dtype=form.dtype) for width in widths]
    return _quickest(lambda: [one(x) for one, x in zip(parts, values, strict=True)]) / _LAYERS


def _quickest(action: Callable[[], object]) -> float:
    """Return the least seconds of a few runs, the first of which warms up."""
    action()
    best = float("inf")
    for _ in range(_RUNS):
        began = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - began)
    return best
