"""The number format that a model is run in.

On a processor the faster of float32 and bfloat16 is measured once per machine (bfloat16 wins by far
where it is in hardware and loses where it is not) and kept in the cache folder.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config.paths import cache_folder
from assistant.core.errors import UsageError
from assistant.core.i18n import tr
from assistant.engines.devices import processor_name

if TYPE_CHECKING:
    import torch

_MEASURED = ("float32", "bfloat16")
_NAMES = ("float32", "bfloat16", "float16")
# A small model's matrices, enough of them that they do not all stay in a core's own cache.
_WIDTH, _INNER, _LAYERS = 576, 1536, 12
_PROMPT = 128
# What a writer asks for most: some 500 tokens are read and 48 written.
_PROMPTS, _STEPS = 4, 48
# bfloat16 takes half the memory: float32 has to be faster by more than a measurement's noise.
_MARGIN = 0.95


def choose(precision: str, device: str, stored: str) -> str:
    """Return the dtype's name for a setting (`auto`, `stored` or a name) on a device.

    `stored` is what the checkpoint is kept in. `fast`, `balanced` and `exact` are for models that
    can be packed; for others they come down to the fastest format, or float32.
    """
    if precision in _NAMES:
        return precision
    if precision == "exact":
        return "float32"
    if precision == "stored":
        return stored if stored in _NAMES else "float32"
    if precision not in ("auto", "fast", "balanced"):
        raise UsageError(
            tr(
                "There is no precision “{name}”. Choose one of: {names}.",
                name=precision,
                names=", ".join(("auto", "fast", "balanced", "exact", "stored", *_NAMES)),
            )
        )
    if device.startswith("cuda"):
        import torch

        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    if device == "mps":
        return "bfloat16" if _works_on_mps("bfloat16") else "float16"
    return fastest_on_processor()


def _works_on_mps(name: str) -> bool:
    import torch

    try:
        torch.ones(2, device="mps", dtype=getattr(torch, name)).sum().item()
    except (RuntimeError, TypeError):
        return False
    return True


def fastest_on_processor(measure: Callable[[], dict[str, float]] | None = None) -> str:
    """Return the faster format on this processor, measuring it if nobody has yet."""
    import torch

    machine = {
        "processor": processor_name(),
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
    }
    path = cache_folder() / "precision.json"
    kept = _kept(path, machine)
    if kept is not None:
        return kept
    seconds = (measure or measure_precisions)()
    fastest = "float32" if seconds["float32"] < _MARGIN * seconds["bfloat16"] else "bfloat16"
    _keep(path, {**machine, "fastest": fastest, "seconds": seconds})
    return fastest


def measure_precisions() -> dict[str, float]:
    """Return the seconds that a short request's matrix products take in each format."""
    import torch

    seconds = {}
    with torch.inference_mode():
        for name in _MEASURED:
            dtype = getattr(torch, name)
            weights = [torch.full((_INNER, _WIDTH), 0.01, dtype=dtype) for _ in range(_LAYERS)]
            token = torch.full((1, _WIDTH), 0.5, dtype=dtype)
            prompt = torch.full((_PROMPT, _WIDTH), 0.5, dtype=dtype)
            reading = _quickest(partial(_run_through, weights, prompt))
            writing = _quickest(partial(_run_through, weights, token))
            seconds[name] = _PROMPTS * reading + _STEPS * writing
    return seconds


def _run_through(weights: list[torch.Tensor], values: torch.Tensor) -> None:
    from torch.nn.functional import linear

    for weight in weights:
        linear(values, weight)


def _quickest(action: Callable[[], object]) -> float:
    """Return the least seconds of a few runs, the first of which warms up."""
    action()
    best = float("inf")
    for _ in range(4):
        began = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - began)
    return best


def _kept(path: Path, machine: dict[str, object]) -> str | None:
    """Return what was measured for this very machine; a damaged file counts as none."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(kept, dict) or any(kept.get(key) != machine[key] for key in machine):
        return None
    fastest = kept.get("fastest")
    return fastest if fastest in _MEASURED else None


def _keep(path: Path, measured: dict[str, object]) -> None:
    """Write the measurement whole or not at all; without it the next start measures again."""
    with suppress(OSError):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(measured, file, indent=1)
        Path(temporary).replace(path)
