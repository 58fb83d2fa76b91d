"""What the precisions cost: in perplexity on prose, and in memory while a model is packed."""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.peer_kinds import DEFAULT, Inkling

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from assistant.engines.reading import Reader

_WINDOW = 1024
# Token by token takes long: so many windows are enough.
_WRITTEN = 4
_SLICE = 256
# Before a token is written some are read: the first one of a text is like no other.
_READ_FIRST = 16


def perplexities(precision: str, threads: int, ids: Sequence[int]) -> dict[str, float]:
    """Return the perplexity of `ids`, `read` at once, and that of the first 4,096 as `written`.

    These go through the network token by token where another form writes than reads. In windows of
    at most 1,024 tokens, each without what is before it. Of 4,000 tokens the difference of two
    forms still has a standard error of 0.3 %, of 24,000 0.12 %.
    """
    import torch

    peer = Inkling(precision, threads)
    peer.load()
    windows = [ids[at : at + _WINDOW] for at in range(0, len(ids) - 1, _WINDOW)]
    read, written = [], []
    with torch.inference_mode():
        for number, window in enumerate(windows):
            reader = peer.pool.borrow(list(window), len(window))
            read.append(losses(reader, window, len(window)))
            if number >= _WRITTEN:
                continue
            if _writes_otherwise(reader):
                reader = peer.pool.borrow(list(window), len(window))
                written.append(losses(reader, window, _READ_FIRST))
            else:
                written.append(read[-1])
    return {"read": _perplexity(read), "written": _perplexity(written)}


def _writes_otherwise(reader: Reader) -> bool:
    forms = getattr(reader.network, "forms", None)
    return forms is not None and forms.writing is not forms.reading


def losses(reader: Reader, window: Sequence[int], at_once: int) -> torch.Tensor:
    """Return the loss of each token but the first; `at_once` are read, the others one by one."""
    import torch
    from torch.nn.functional import cross_entropy

    assert reader.length == 0
    ids = torch.tensor(window)
    known, wanted = ids[:-1], ids[1:]
    pieces = [*known[:at_once].split(_SLICE), *known[at_once:].split(1)]
    pieces = [piece for piece in pieces if len(piece)]
    answers = wanted.split([len(piece) for piece in pieces])
    found = [
        cross_entropy(reader.all_logits(piece[None])[0], answer, reduction="none")
        for piece, answer in zip(pieces, answers, strict=True)
    ]
    return torch.cat(found)


def _perplexity(losses: Sequence[torch.Tensor]) -> float:
    import torch

    return math.exp(float(torch.cat(list(losses)).mean()))


def packing_peak(precision: str, threads: int) -> dict[str, float]:
    """Return the most MiB that were resident while the default model was packed and loaded.

    Those of the process with its libraries imported are not counted.
    """
    from assistant.models.library import resolve

    installed = resolve(DEFAULT).path
    assert installed is not None
    with tempfile.TemporaryDirectory() as folder:
        # The same files without what is packed of them.
        model = Path(folder)
        for path in installed.iterdir():
            if path.is_file():
                (model / path.name).symlink_to(path)
        peer = Inkling(precision, threads, str(model))
        before = resident()
        peer.load()
        return {"MiB": (_most_resident() - before) / 2**20}


def resident() -> int:
    """Return how many bytes of this process are in memory now."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def resident_without_code() -> int:
    """Return how many bytes of this process are in memory now but for the code that it runs.

    Code is brought in from a library's file when it first runs, and shared with all that run it. On
    other systems than Linux it is counted.
    """
    import psutil

    if not sys.platform.startswith("linux"):
        return resident()
    parts = psutil.Process().memory_maps(grouped=False)
    return sum(part.rss for part in parts if "x" not in part.perms)


def _most_resident() -> float:
    """Return how many bytes were in memory at once so far; not a number where nobody knows."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return math.nan
    # Not getrusage: to Linux a child begins with the peak of its parent.
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return 1024.0 * int(peak.split()[1])
