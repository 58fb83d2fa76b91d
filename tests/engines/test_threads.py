"""How many threads are used: what the user said, or what nobody else wants."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import torch

from assistant.core.jobs import EngineSpec
from assistant.engines.threads import FreeCores, Threads

_BUSY = "while True: pass"


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def _never() -> bool:
    return False


def test_a_number_that_was_chosen_is_kept_to() -> None:
    threads = Threads(EngineSpec("any", threads=1))
    assert torch.get_num_threads() == 1
    torch.set_num_threads(2)
    threads.watching(_never)
    assert torch.get_num_threads() == 1


def test_asking_to_stop_still_says_what_was_asked() -> None:
    threads = Threads(EngineSpec("any"))
    assert threads.watching(lambda: True)()
    assert not threads.watching(_never)()


def test_there_is_always_one() -> None:
    assert FreeCores().count() >= 1


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs a core to give up")
def test_cores_that_others_use_are_left_to_them() -> None:
    cores = os.cpu_count() or 1
    others = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(cores)]
    try:
        free = FreeCores()
        counts = []
        # Some looks, so that the first moments of the others do not count.
        deadline = time.monotonic() + 30
        while (not counts or counts[-1] == cores) and time.monotonic() < deadline:
            counts.append(free.count())
        assert counts[-1] < cores
    finally:
        for other in others:
            other.kill()
            other.wait()
