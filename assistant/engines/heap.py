"""Memory, where the system has to be told: glibc's heap and large pages on Linux, nothing else."""

from __future__ import annotations

import ctypes
import mmap
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# Of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_APART = 128 * 2**10
# What glibc comes to by itself in a process that has freed large blocks; setting ends its learning.
_TOGETHER, _KEPT = 32 * 2**20, 64 * 2**20

# Of mman.h, since Linux 6.1.
_MADV_COLLAPSE = 25
_LARGE = 2 * 2**20
# A large page that is not nearly full would take memory for nothing.
_FULL = 0.9


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


def use_large_pages() -> None:
    """Have the system lay what fills memory out in pages of 2 MiB; it takes about half a second.

    What is read whole for every token is found faster so: a processor remembers the places of a
    few megabytes in small pages only. Other threads go on meanwhile. Where the system has no such
    pages, or not just now, nothing changes.
    """
    if not sys.platform.startswith("linux") or _LARGE % mmap.PAGESIZE:
        return
    with suppress(OSError, AttributeError):
        advise: Any = ctypes.CDLL(None).madvise
        for start in _full_places():
            advise(ctypes.c_void_p(start), ctypes.c_size_t(_LARGE), _MADV_COLLAPSE)


def _full_places() -> Iterator[int]:
    """Yield where memory of no file could be a large page and is nearly full."""
    pages = _LARGE // mmap.PAGESIZE
    with Path("/proc/self/pagemap").open("rb") as pagemap:
        # In bytes: files may have any name.
        for line in Path("/proc/self/maps").read_bytes().rstrip().split(b"\n"):
            place, permissions, _, _, _, *name = line.split(maxsplit=5)
            if permissions != b"rw-p" or (name and name != [b"[heap]"]):
                continue
            begin, end = (int(number, 16) for number in place.split(b"-"))
            for start in range(-(-begin // _LARGE) * _LARGE, end - _LARGE + 1, _LARGE):
                pagemap.seek(start // mmap.PAGESIZE * 8)
                entries = array("Q", pagemap.read(8 * pages))
                # The highest bit of a page's entry says that it is in memory.
                if sum(entry >> 63 for entry in entries) >= _FULL * pages:
                    yield start


def _call(name: str, *numbers: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    # Other C libraries have no such function.
    with suppress(OSError, AttributeError):
        function: Any = getattr(ctypes.CDLL(None), name)
        function(*numbers)
