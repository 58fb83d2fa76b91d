"""The engines that write on the same weights, each behind the same two calls.

What a library needs is imported when a peer is made, so that loading is measured without it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Protocol

DEFAULT = "smollm2"


class Peer(Protocol):
    """Something that goes on with tokens."""

    def load(self) -> None:
        """Get ready; libraries are imported already."""

    def write(self, ids: list[int], count: int) -> list[float]:
        """Write `count` tokens greedily behind `ids`; return when each came, in seconds."""


class Inkling:
    """This program's own engine; `what` is its precision. `pool` lends readers once loaded."""

    def __init__(self, what: str, threads: int, model: str = DEFAULT) -> None:
        from assistant.engines.libraries import import_torch
        from assistant.engines.pool import EnginePool

        import_torch()
        self._engines = EnginePool()
        self._what = what
        self._threads = threads
        self._model = model

    def load(self) -> None:
        from assistant.core.jobs import EngineSpec

        spec = EngineSpec(self._model, "cpu", self._what, threads=self._threads)
        engine: Any = self._engines.engine_for(spec, lambda _event: None, lambda: False)
        self.pool = engine._prefixes

    def write(self, ids: list[int], count: int) -> list[float]:
        import torch

        times = []
        with torch.inference_mode():
            reader = self.pool.borrow(ids, len(ids) + count)
            rest = torch.tensor([ids[reader.length :]])
            logits = reader.read(rest, lambda: False, lambda _done: None)
            written = list(ids)
            for _ in range(count):
                written.append(int(logits.argmax(dim=-1)))
                times.append(time.perf_counter())
                logits = reader.step(torch.tensor([written[-1:]]))
            self.pool.give_back(reader, written)
        return times


class LlamaCpp:
    """llama.cpp as the package index ships it; `what` is a GGUF file, `room` in tokens."""

    def __init__(self, what: str, threads: int, room: int = 2048) -> None:
        import xllamacpp

        self._library = xllamacpp
        self._what = what
        self._threads = threads
        self._room = room

    def load(self) -> None:
        settings = self._library.CommonParams()
        settings.model.path = self._what
        settings.n_ctx = self._room
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


KINDS: dict[str, Callable[[str, int], Peer]] = {
    "inkling": Inkling,
    "llama.cpp": LlamaCpp,
    "onnxruntime": OnnxRuntime,
}
LIBRARIES = {"llama.cpp": "xllamacpp", "onnxruntime": "onnxruntime_genai"}
