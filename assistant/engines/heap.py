"""The C library's heap, where it has to be told: glibc's, on Linux; elsewhere nothing is done."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_APART = 128 * 2**10
# What glibc comes to by itself in a process that has freed large blocks; setting ends its learning.
_TOGETHER, _KEPT = 32 * 2**20, 64 * 2**20


def trim_heap() -> None:
    """Give freed memory back to the system where the C library would keep it."""
    _call("malloc_trim", 0)


@contextmanager
def large_blocks_apart() -> Iterator[None]:
    """Let every large block have pages of its own, which nobody has written to before.

    Of a block that is only partly filled the rest then takes no memory, and what is freed goes
    back at once. Blocks that come and go with every step are quicker without.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, _APART)
    try:
        yield
    finally:
        _call("mallopt", _M_MMAP_THRESHOLD, _TOGETHER)
        _call("mallopt", _M_TRIM_THRESHOLD, _KEPT)
        trim_heap()


def _call(name: str, *numbers: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    # Other C libraries have no such function.
    with suppress(OSError, AttributeError):
        function: Any = getattr(ctypes.CDLL(None), name)
        function(*numbers)
