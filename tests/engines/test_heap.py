"""Memory in large pages: what is in it stays, and hardly more of it is taken."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

import pytest

from assistant.engines.heap import use_large_pages

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux can be told"
)
_MIB = 2**20


def _in_memory() -> int:
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * mmap.PAGESIZE


def test_what_fills_memory_stays_as_it_is() -> None:
    pattern = bytes(range(256)) * 16
    with mmap.mmap(-1, 32 * _MIB) as block:
        for at in range(0, len(block), len(pattern)):
            block[at : at + len(pattern)] = pattern
        use_large_pages()
        assert block[:] == pattern * (len(block) // len(pattern))
        use_large_pages()
        block[5 * _MIB] = 7
        assert block[5 * _MIB - 1 : 5 * _MIB + 2] == bytes([pattern[-1], 7, pattern[1]])


def test_a_mapped_file_may_have_any_name(tmp_path: Path) -> None:
    """Line breaks of other alphabets among them: they end no line of what the kernel tells."""
    name = bytes(tmp_path) + "/模\u2028型 ".encode() + b"\xff\x85"
    with open(name, "w+b") as file:  # noqa: PTH123 - a path has no such name
        file.write(bytes(_MIB))
        file.flush()
        with mmap.mmap(file.fileno(), 0):
            use_large_pages()


def test_what_is_mostly_empty_takes_no_memory() -> None:
    """Room that was asked for and not used yet, or used every few pages."""
    use_large_pages()
    with mmap.mmap(-1, 256 * _MIB) as block:
        for at in range(0, len(block), 16 * mmap.PAGESIZE):
            block[at] = 1
        before = _in_memory()
        use_large_pages()
        assert _in_memory() < before + 64 * _MIB
