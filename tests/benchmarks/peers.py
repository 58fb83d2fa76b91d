"""How fast the default model writes here beside what others make of the same weights.

    python tests/benchmarks/peers.py --text BOOK.txt --gguf MODEL.gguf [--gguf OTHER.gguf]

Each peer runs in a process of its own, one after the other, in several rounds with other prose in
each; medians, and ratios to the better of the files given to llama.cpp (`eight_bits.py` makes a
second one). What is not installed is left out and named: llama.cpp is `xllamacpp` (extra `bench`);
`--ort FOLDER` is a model built for `onnxruntime-genai`.

load        seconds from imported libraries to a loaded model
MiB         resident memory then, less that of the process with its libraries imported; both without
            the libraries' code, which comes in as it is first run
first 512   milliseconds from a prompt of 512 tokens to the first token
128, 1000   tokens a second, 48 tokens written after so many
ghost       milliseconds for 12 tokens where 1,000 are known and three words were typed

Once, behind the rounds: the perplexity of each precision of ours on the text beside float32's, read
at once and (its beginning) written token by token, and the most memory that packing the model
takes. Last, the goals and whether they are met.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.peer_kinds import DEFAULT, KINDS, LIBRARIES
from tests.benchmarks.peer_quality import packing_peak, perplexities, resident_without_code
from tests.benchmarks.peer_table import OURS, REFERENCE, Measured, Peer, report

_WRITTEN = 48
_GHOST = 12
_TYPED = 4
_FIRST = 512
_AFTER = (128, 1000)


def main() -> None:
    """Run every peer that is here and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, help="prose, 110,000 characters or more")
    parser.add_argument("--gguf", type=Path, action="append", default=[])
    parser.add_argument("--ort", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--precisions", nargs="+", default=["balanced", "fast", "exact", "bfloat16"]
    )
    parser.add_argument(
        "--tokens-of-prose", type=int, default=24_000, help="for the perplexity; 0 leaves it out"
    )
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(_carry_out(*options.run, options.threads, json.load(sys.stdin))))
        return
    peers = [("inkling", name) for name in options.precisions]
    peers += [("llama.cpp", str(path)) for path in options.gguf]
    peers += [("onnxruntime", str(options.ort))] if options.ort else []
    missing = [kind for kind, library in LIBRARIES.items() if not importlib.util.find_spec(library)]
    peers = [peer for peer in peers if peer[0] not in missing]
    ids = tokens_of(options.text)
    speed: dict[Peer, list[dict[str, float]]] = {peer: [] for peer in peers}
    for number, passages in enumerate(_passages(ids, options.rounds)):
        for peer in peers if number % 2 == 0 else reversed(peers):
            speed[peer].append(_run(peer, options.threads, passages))
    prose = ids[: options.tokens_of_prose]
    perplexity = {
        name: _run(("quality", name), options.threads, prose)
        for name in dict.fromkeys([REFERENCE, *options.precisions])
        if prose
    }
    packing = _run(("packing", OURS[1]), options.threads, None)["MiB"]
    for line in report(Measured(speed, perplexity, packing, missing)):
        print(line)


def tokens_of(text: Path) -> list[int]:
    """Return a text in tokens of the default model."""
    from tokenizers import Tokenizer

    from assistant.models.library import resolve

    folder = resolve(DEFAULT).path
    assert folder is not None
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return list(tokenizer.encode(text.read_text("utf-8")).ids)


def _passages(ids: list[int], rounds: int) -> list[list[list[int]]]:
    """Return for each round other tokens: for a warm-up, the first token, and each length."""
    lengths = (64, _FIRST, *_AFTER, _AFTER[-1] + _TYPED)
    found = []
    at = 0
    for _ in range(rounds):
        passages = []
        for length in lengths:
            passages.append(ids[at : at + length])
            at += length
        # What is typed goes on with what is known.
        passages[-1] = [*passages[-2], *passages[-1][:_TYPED]]
        found.append(passages)
    if at > len(ids):
        sys.exit("the text is too short for so many rounds")
    return found


def _run(peer: Peer, threads: int, given: Any) -> dict[str, float]:
    """Measure one peer, or what else is measured once, in a process of its own."""
    command = [sys.executable, __file__, "--threads", str(threads), "--run", *peer]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _carry_out(kind: str, what: str, threads: int, given: Any) -> dict[str, float]:
    """Measure in this process."""
    if kind == "quality":
        return perplexities(what, threads, given)
    if kind == "packing":
        return packing_peak(what, threads)
    return _measured(kind, what, threads, given)


def _measured(kind: str, what: str, threads: int, passages: list[list[int]]) -> dict[str, float]:
    peer = KINDS[kind](what, threads)
    before = resident_without_code()
    began = time.perf_counter()
    peer.load()
    loaded = time.perf_counter() - began
    peer.write(passages[0], 8)
    memory = resident_without_code() - before
    _, first, *after, typed = passages
    began = time.perf_counter()
    found = {"load": loaded, "MiB": memory / 2**20}
    found["first 512"] = 1000 * (peer.write(first, 1)[0] - began)
    for ids in after:
        times = peer.write(ids, _WRITTEN)
        found[str(len(ids))] = (len(times) - 1) / (times[-1] - times[0])
    began = time.perf_counter()
    found["ghost"] = 1000 * (peer.write(typed, _GHOST)[-1] - began)
    return found


if __name__ == "__main__":
    main()
