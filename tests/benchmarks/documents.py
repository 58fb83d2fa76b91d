"""Long texts: how fast the default model reads one and writes behind it, beside llama.cpp.

    python tests/benchmarks/documents.py --text BOOK.txt [--gguf MODEL.gguf] [--lengths 1000 4000]

Each peer runs in a process of its own, in turn, other prose in each round; medians.

read        tokens of the text read a second, up to the first token that is written
write       tokens a second, 64 written behind the text
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.peer_kinds import Inkling, LlamaCpp, Peer
from tests.benchmarks.peers import tokens_of

_WRITTEN = 64
_ROOM = 8192


def main() -> None:
    """Run the peers and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, help="prose, four times as long as all lengths")
    parser.add_argument("--gguf", type=Path, action="append", default=[])
    parser.add_argument("--model", default="smollm2", help="an adapter of the default model")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1000, 2000, 4000, 7500])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(_measured(_peer(options.run, options), json.load(sys.stdin))))
        return
    ids = tokens_of(options.text)
    peers = ["inkling", *map(str, options.gguf)]
    found: dict[str, list[list[list[float]]]] = {peer: [] for peer in peers}
    for number in range(options.rounds):
        texts = _texts(ids, options.lengths, number)
        for peer in peers if number % 2 == 0 else reversed(peers):
            found[peer].append(_run(peer, texts))
    for peer, rounds in found.items():
        print(Path(peer).name)
        for length, *figures in zip(options.lengths, *rounds, strict=True):
            read, write = (statistics.median(one) for one in zip(*figures, strict=True))
            print(f"{length:8} tokens   read {read:8.0f} /s   write {write:8.1f} /s")


def _texts(ids: list[int], lengths: list[int], number: int) -> list[list[int]]:
    """Return a text to warm up with, then one of each length, other ones in every round."""
    every = len(ids) // 4
    return [ids[at : at + length] for at, length in enumerate([64, *lengths], number * every)]


def _run(peer: str, texts: list[list[int]]) -> list[list[float]]:
    command = [sys.executable, *sys.argv, "--run", peer]
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    found: list[list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _peer(name: str, options: Any) -> Peer:
    if name == "inkling":
        return Inkling("balanced", options.threads, options.model)
    return LlamaCpp(name, options.threads, _ROOM)


def _measured(peer: Peer, texts: list[list[int]]) -> list[list[float]]:
    """Return tokens read and written a second for each text but the first."""
    peer.load()
    peer.write(texts[0], 8)
    found = []
    for ids in texts[1:]:
        began = time.perf_counter()
        times = peer.write(ids, _WRITTEN + 1)
        found.append([len(ids) / (times[0] - began), _WRITTEN / (times[-1] - times[0])])
    return found


if __name__ == "__main__":
    main()
