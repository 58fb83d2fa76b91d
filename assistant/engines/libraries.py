"""Bringing torch and transformers in without freezing the window.

Called on the worker thread. Owns what has to be done once per process before the first model:
loading the native libraries while other threads run, quiet logging. Knows no model. transformers
takes longer than all else, and packed models run without it: it comes by itself.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.core.errors import Cancelled, EngineError
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop

# In the order in which they build on each other; each share is about its part of the seconds.
_TORCH = (
    ("numpy", 0.12),
    ("torch", 0.84),
    ("safetensors.torch", 0.02),
    ("tokenizers", 0.02),
)
_TRANSFORMERS = (
    ("transformers", 0.23),
    ("transformers.tokenization_utils_tokenizers", 0.15),
    ("transformers.modeling_utils", 0.46),
    ("transformers.models.auto.modeling_auto", 0.08),
    ("transformers.models.auto.tokenization_auto", 0.08),
)

# What has to stand in the environment before the libraries look for it; the user's own stays.
_ENVIRONMENT = {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}

# Those of torch's libraries that know no Python: they may be loaded without its lock.
_NATIVE = ("libgomp.so.1", "libc10.so", "libtorch_cpu.so", "libtorch.so")

# The lists that are imported; a process has its libraries once.
_imported: set[tuple[tuple[str, float], ...]] = set()


def _never() -> bool:
    return False


def import_torch(
    report: Callable[[float], None] | None = None, should_stop: ShouldStop = _never
) -> None:
    """Import what packed models need: torch, and what reads weights and makes tokens.

    `report` hears the fraction that is done. Raises `Cancelled` when stopped; what was imported by
    then stays, so the next call is quicker.
    """
    _import(_TORCH, report, should_stop)


def import_transformers(
    report: Callable[[float], None] | None = None, should_stop: ShouldStop = _never
) -> None:
    """Import transformers as `import_torch` does torch, which has to be there."""
    _import(_TRANSFORMERS, report, should_stop)
    _quieten()


def _import(
    steps: tuple[tuple[str, float], ...],
    report: Callable[[float], None] | None,
    should_stop: ShouldStop,
) -> None:
    if steps in _imported:
        return
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with collector_resting():
        try:
            _import_all(steps, report, should_stop)
        finally:
            # Libraries stay until the end. A full collection would look through their objects with
            # Python's lock held: a tenth of a second in which no window moves.
            gc.freeze()
    _imported.add(steps)


def _import_all(
    steps: tuple[tuple[str, float], ...],
    report: Callable[[float], None] | None,
    should_stop: ShouldStop,
) -> None:
    _preload_native()
    done = 0.0
    for module, share in steps:
        if should_stop():
            raise Cancelled
        try:
            importlib.import_module(module)
        except (ImportError, OSError) as error:
            raise EngineError(
                tr(
                    "The library {library} cannot be loaded ({error}). Install Inkling again.",
                    library=module.partition(".")[0],
                    error=error,
                )
            ) from error
        done += share
        if report:
            report(min(done, 1.0))


@contextmanager
def collector_resting() -> Iterator[None]:
    """Keep the cyclic garbage collector from running.

    An import makes a hundred thousand objects, which triggers full collections of up to 120 ms
    each, all under Python's lock.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _preload_native() -> None:
    """Load torch's native libraries through a foreign call, which lets other threads run.

    `import torch` loads them with Python's lock held: 250 ms and more in which no window moves.
    Only Linux's loader is known to share what was opened this way.
    """
    if "torch" in sys.modules or not sys.platform.startswith("linux"):
        return
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    try:
        dlopen = ctypes.CDLL(None).dlopen
    except (OSError, AttributeError):
        return
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    for name in _NATIVE:
        path = folder / name
        if path.exists():
            # A failure is met again, and explained, by the import itself.
            dlopen(os.fsencode(path), os.RTLD_LAZY | os.RTLD_GLOBAL)


def _quieten() -> None:
    """Keep progress bars and advice to developers off the terminal."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
