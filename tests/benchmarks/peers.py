"""How fast the default model writes here beside what others make of the same weights.

    python tests/benchmarks/peers.py --text BOOK.txt --gguf MODEL.gguf [--gguf OTHER.gguf]

Each peer runs in a process of its own, one after the other, in several rounds with other prose in
each; medians, and ratios to the best llama.cpp. What is not installed is left out and named:
llama.cpp is `xllamacpp` (extra `bench`), with the files given by `--gguf`; `--ort FOLDER` is a
model built for `onnxruntime-genai`.

load        seconds from imported libraries to a loaded model
MiB         resident memory then, less that of the process with its libraries imported
first 512   milliseconds from a prompt of 512 tokens to the first token
128, 1000   tokens a second, 48 tokens written after so many
ghost       milliseconds for 12 tokens where 1,000 are known and three words were typed
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

_WRITTEN = 48
_GHOST = 12
_TYPED = 4
_FIRST = 512
_AFTER = (128, 1000)


class Peer(Protocol):
    """Something that goes on with tokens."""

    def load(self) -> None:
        """Get ready; libraries are imported already."""

    def write(self, ids: list[int], count: int) -> list[float]:
        """Write `count` tokens greedily behind `ids`; return when each came, in seconds."""


class Inkling:
    """This program's own engine; `what` is its precision."""

    def __init__(self, what: str, threads: int) -> None:
        from assistant.engines.libraries import import_libraries

        import_libraries()
        self._what = what
        self._threads = threads

    def load(self) -> None:
        from assistant.core.jobs import EngineSpec
        from assistant.engines.pool import EnginePool

        spec = EngineSpec("smollm2", "cpu", self._what, threads=self._threads)
        engine: Any = EnginePool().engine_for(spec, lambda _event: None, lambda: False)
        self._pool = engine._prefixes

    def write(self, ids: list[int], count: int) -> list[float]:
        import torch

        times = []
        with torch.inference_mode():
            reader = self._pool.borrow(ids, len(ids) + count)
            rest = torch.tensor([ids[reader.length :]])
            logits = reader.read(rest, lambda: False, lambda _done: None)
            written = list(ids)
            for _ in range(count):
                written.append(int(logits.argmax(dim=-1)))
                times.append(time.perf_counter())
                logits = reader.step(torch.tensor([written[-1:]]))
            self._pool.give_back(reader, written)
        return times


class LlamaCpp:
    """llama.cpp as the package index ships it; `what` is a GGUF file."""

    def __init__(self, what: str, threads: int) -> None:
        import xllamacpp

        self._library = xllamacpp
        self._what = what
        self._threads = threads

    def load(self) -> None:
        settings = self._library.CommonParams()
        settings.model.path = self._what
        settings.n_ctx = 2048
        settings.n_parallel = 1
        settings.cache_ram_mib = 0
        settings.verbosity = 0
        settings.cpuparams.n_threads = self._threads
        settings.cpuparams_batch.n_threads = self._threads
        self._server = self._library.Server(settings)

    def write(self, ids: list[int], count: int) -> list[float]:
        times: list[float] = []

        def on_token(piece: Any) -> None:
            if isinstance(piece, dict) and not piece.get("stop"):
                times.append(time.perf_counter())

        self._server.handle_completions(
            {
                "prompt": ids,
                "n_predict": count,
                "temperature": 0,
                "stream": True,
                "cache_prompt": True,
                "ignore_eos": True,
                "return_tokens": True,
            },
            on_token,
        )
        return times


class OnnxRuntime:
    """ONNX Runtime GenAI; `what` is the folder of a model that was built for it."""

    def __init__(self, what: str, threads: int) -> None:
        import onnxruntime_genai

        self._library = onnxruntime_genai
        self._what = what
        self._threads = threads

    def load(self) -> None:
        config = self._library.Config(self._what)
        options = {
            "model": {"decoder": {"session_options": {"intra_op_num_threads": self._threads}}}
        }
        config.overlay(json.dumps(options))
        self._model = self._library.Model(config)
        self._kept: list[int] = []
        self._generator: Any = None

    def write(self, ids: list[int], count: int) -> list[float]:
        common = next(
            (i for i, (a, b) in enumerate(zip(self._kept, ids, strict=False)) if a != b),
            min(len(self._kept), len(ids)),
        )
        if self._generator is None or common < len(self._kept) // 2:
            settings = self._library.GeneratorParams(self._model)
            settings.set_search_options(max_length=2048, do_sample=False)
            self._generator, common = self._library.Generator(self._model, settings), 0
        else:
            self._generator.rewind_to(common)
        self._generator.append_tokens(ids[common:])
        times = []
        for _ in range(count):
            self._generator.generate_next_token()
            times.append(time.perf_counter())
        self._kept = list(self._generator.get_sequence(0))
        return times


_KINDS: dict[str, Callable[[str, int], Peer]] = {
    "inkling": Inkling,
    "llama.cpp": LlamaCpp,
    "onnxruntime": OnnxRuntime,
}
_LIBRARIES = {"llama.cpp": "xllamacpp", "onnxruntime": "onnxruntime_genai"}


def main() -> None:
    """Run every peer that is here and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, help="prose, 60,000 characters or more")
    parser.add_argument("--gguf", type=Path, action="append", default=[])
    parser.add_argument("--ort", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precisions", nargs="+", default=["balanced", "exact", "bfloat16"])
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(_measured(*options.run, options.threads, json.load(sys.stdin))))
        return
    peers = [("inkling", name) for name in options.precisions]
    peers += [("llama.cpp", str(path)) for path in options.gguf]
    peers += [("onnxruntime", str(options.ort))] if options.ort else []
    missing = [
        kind for kind, library in _LIBRARIES.items() if not importlib.util.find_spec(library)
    ]
    peers = [peer for peer in peers if peer[0] not in missing]
    rounds: dict[tuple[str, str], list[dict[str, float]]] = {peer: [] for peer in peers}
    for number, passages in enumerate(_passages(options.text, options.rounds)):
        for peer in peers if number % 2 == 0 else reversed(peers):
            rounds[peer].append(_run(peer, options.threads, passages))
    _print(rounds, missing)


def _passages(text: Path, rounds: int) -> list[list[list[int]]]:
    """Return for each round other tokens: for a warm-up, the first token, and each length."""
    from tokenizers import Tokenizer

    from assistant.models.library import resolve

    folder = resolve("smollm2").path
    assert folder is not None
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text.read_text("utf-8")).ids
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


def _run(peer: tuple[str, str], threads: int, passages: list[list[int]]) -> dict[str, float]:
    command = [sys.executable, __file__, "--threads", str(threads), "--run", *peer]
    done = subprocess.run(
        command, input=json.dumps(passages), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measured(kind: str, what: str, threads: int, passages: list[list[int]]) -> dict[str, float]:
    """Measure one peer in this process."""
    peer = _KINDS[kind](what, threads)
    before = _resident()
    began = time.perf_counter()
    peer.load()
    loaded = time.perf_counter() - began
    peer.write(passages[0], 8)
    memory = _resident() - before
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


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


def _print(rounds: dict[tuple[str, str], list[dict[str, float]]], missing: list[str]) -> None:
    names = list(next(iter(rounds.values()))[0])
    medians = {
        peer: {name: statistics.median(one[name] for one in found) for name in names}
        for peer, found in rounds.items()
    }
    print(f"{'':34}" + "".join(f"{name:>12}" for name in names))
    for (kind, what), found in medians.items():
        print(f"{kind + ' ' + Path(what).name:34}" + "".join(f"{found[n]:12.2f}" for n in names))
    rivals = [found for (kind, _), found in medians.items() if kind == "llama.cpp"]
    if rivals:
        print("\nratios to the best llama.cpp")
        for (kind, what), found in medians.items():
            ratios = []
            for name in names:
                best = max if name in map(str, _AFTER) else min
                ratios.append(found[name] / best(rival[name] for rival in rivals))
            print(f"{kind + ' ' + Path(what).name:34}" + "".join(f"{one:12.2f}" for one in ratios))
    for kind in missing:
        print(f"left out: {kind} (not installed)")


if __name__ == "__main__":
    main()
