"""How fast Inkling's decoding loop is beside `model.generate`, and how smooth the window stays.

    python tests/benchmarks/decoding.py                  everything, some minutes
    python tests/benchmarks/decoding.py --only speed     one part: speed, cancel or smoothness
    python tests/benchmarks/decoding.py --models gpt2 --rounds 9 --precision float32
    python tests/benchmarks/decoding.py --device cuda --only speed

Speed: both run in turn on the same weights, every other round the other one first; medians. A ratio
above 1 means that Inkling is faster. `smollm2` is the installed default model, `gpt2` and `qwen2`
have random weights in the shapes of GPT-2 124M and Qwen2.5-0.5B.
Cancel: from setting the event to the engine's return.
Smoothness: gaps of a 5 ms timer on the main thread while another imports torch and transformers,
loads the default model and writes, in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.core.jobs import EngineSpec
from assistant.core.requests import GREEDY, PlainPrompt, Reading, Request, Sampling, Writing
from assistant.engines.pool import EnginePool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.engines.causal import CausalEngine

_TICK = 0.005
_DRAWN = Sampling(seed=1)
_PROSE = (
    "The old lighthouse keeper climbed the stairs with a lantern in his hand. He had done so "
    "every evening for forty years, and every evening the sea had looked different to him. "
)


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=["speed", "cancel", "smoothness"])
    parser.add_argument("--models", nargs="+", default=["smollm2", "gpt2", "qwen2"])
    parser.add_argument("--prompts", nargs="+", type=int, default=[128, 900], help="in tokens")
    parser.add_argument("--tokens", type=int, default=48, help="new tokens in a run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="auto", help="as the setting has it: cpu, cuda")
    parser.add_argument("--gaps-of", choices=["plain", "inkling"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.gaps_of:
        print(json.dumps(_gaps(options)))
        return
    if options.only in (None, "smoothness"):
        _print_smoothness(options)
    if options.only in (None, "speed"):
        _print_speed(options)
    if options.only in (None, "cancel"):
        _print_cancel(options)


# ---------------------------------------------------------------------------------------- speed


def _print_speed(options: argparse.Namespace) -> None:
    print("\nSpeed, Inkling / model.generate")
    print(
        f"{'model':9}{'format':10}{'prompt':>7}{'how':>9}"
        f"{'tokens/s':>18}{'ratio':>7}{'first token ms':>18}{'ratio':>7}"
    )
    for name in options.models:
        engine = _engine(name, options)
        for length in options.prompts:
            for how, sampling in (("greedy", GREEDY), ("drawn", _DRAWN)):
                _print_comparison(engine, name, length, how, sampling, options)
        engine.unload()


def _print_comparison(
    engine: CausalEngine,
    name: str,
    length: int,
    how: str,
    sampling: Sampling,
    options: argparse.Namespace,
) -> None:
    loaded = engine._loaded
    assert loaded is not None
    ids = loaded.tokenizer(_PROSE * 400)["input_ids"][:length]
    prompt = loaded.tokenizer.decode(ids)
    runs: tuple[Callable[[], tuple[float, float]], ...] = (
        lambda: _run_inkling(engine, prompt, sampling, options.tokens),
        lambda: _run_generate(loaded.model, loaded.tokenizer, prompt, sampling, options.tokens),
    )
    found: tuple[list[tuple[float, float]], ...] = ([], [])
    for number in range(options.rounds + 1):
        for which in (0, 1) if number % 2 else (1, 0):
            figures = runs[which]()
            if number:  # the first round warms up
                found[which].append(figures)
    ours, theirs = ([statistics.median(column) for column in zip(*f, strict=True)] for f in found)
    print(
        f"{name:9}{loaded.dtype:10}{length:7}{how:>9}"
        f"{ours[0]:9.1f} /{theirs[0]:7.1f}{ours[0] / theirs[0]:7.2f}"
        f"{ours[1] * 1e3:9.0f} /{theirs[1] * 1e3:7.0f}{theirs[1] / ours[1]:7.2f}",
        flush=True,
    )


def _run_inkling(
    engine: CausalEngine, prompt: str, sampling: Sampling, tokens: int
) -> tuple[float, float]:
    """Return tokens per second after the first, and seconds to the first."""
    assert engine._prefixes is not None
    # Both read the whole prompt in every round.
    engine._prefixes.clear()
    request = Request(PlainPrompt(prompt), tokens, sampling)
    done = engine.generate(request, lambda _: None, lambda: False)
    speed = (len(done.ids) - 1) / (done.seconds_total - done.seconds_first)
    return speed, done.seconds_first


def _run_generate(
    model: Any, tokenizer: Any, prompt: str, sampling: Sampling, tokens: int
) -> tuple[float, float]:
    """Return the same for `model.generate`, streaming, tokenizing included."""
    import torch
    from transformers.generation import BaseStreamer

    class Stamps(BaseStreamer):  # type: ignore[misc]
        """Notes when each token comes; the first call is the prompt."""

        def __init__(self) -> None:
            self.times: list[float] = []

        def put(self, value: object) -> None:
            self.times.append(time.perf_counter())

        def end(self) -> None:
            pass

    drawn: dict[str, Any] = {"do_sample": False}
    if not sampling.greedy:
        torch.manual_seed(sampling.seed or 0)
        drawn = {
            "do_sample": True,
            "temperature": sampling.temperature,
            "top_k": sampling.top_k,
            "top_p": sampling.top_p,
            "repetition_penalty": sampling.repetition_penalty,
        }
    stamps = Stamps()
    started = time.perf_counter()
    inputs = tokenizer(prompt, return_tensors="pt")
    with torch.inference_mode():
        model.generate(
            inputs.input_ids.to(model.device), max_new_tokens=tokens, streamer=stamps, **drawn
        )
    first, last = stamps.times[1], stamps.times[-1]
    return (len(stamps.times) - 2) / (last - first), first - started


def _engine(name: str, options: argparse.Namespace) -> CausalEngine:
    """Return a loaded engine that no token ends, so that every run is equally long."""
    spec = EngineSpec(name, options.device, options.precision, options.threads)
    engine: Any = (
        _random_engine(name, spec)
        if name in ("gpt2", "qwen2")
        else EnginePool().engine_for(spec, lambda _: None, lambda: False)
    )
    engine._loaded.ends = frozenset()
    engine._loaded.model.generation_config.eos_token_id = None
    found: CausalEngine = engine
    return found


def _random_engine(name: str, spec: EngineSpec) -> CausalEngine:
    import torch
    import transformers

    from assistant.engines.causal import CausalEngine
    from assistant.engines.detokenizing import vocabulary_of
    from assistant.engines.devices import pick
    from assistant.engines.libraries import import_torch, import_transformers
    from assistant.engines.loading import Loaded
    from assistant.engines.precision import choose
    from assistant.engines.prefixes import PrefixPool
    from assistant.engines.threads import Threads
    from assistant.models.description import Kind, ModelDescription
    from tests.engines.tiny_models import byte_tokenizer

    import_torch()
    import_transformers()
    configs: dict[str, Callable[[], Any]] = {
        "gpt2": transformers.GPT2Config,
        "qwen2": lambda: transformers.Qwen2Config(
            vocab_size=151936,
            hidden_size=896,
            intermediate_size=4864,
            num_hidden_layers=24,
            num_attention_heads=14,
            num_key_value_heads=2,
            max_position_embeddings=32768,
            tie_word_embeddings=True,
        ),
    }
    device = pick(spec.device)
    dtype = choose(spec.precision, device, "float32")
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(
        configs[name](), dtype=getattr(torch, dtype)
    )
    tokenizer = byte_tokenizer()
    context = model.config.max_position_embeddings
    engine = CausalEngine(
        ModelDescription(name, name, Kind.BASE, type(model).__name__, context), spec
    )
    engine._loaded = Loaded(
        model.to(device).eval(),
        tokenizer,
        device,
        dtype,
        frozenset(),
        vocabulary_of(tokenizer, ()),
        context,
        Threads(spec),
    )
    engine._network = engine._network_of(engine._loaded)
    engine._prefixes = PrefixPool(engine._network)
    return engine


# --------------------------------------------------------------------------------------- cancel


def _print_cancel(options: argparse.Namespace) -> None:
    print("\nFrom setting the cancel event to the engine's return, smollm2")
    engine = _engine("smollm2", options)
    assert engine._loaded is not None
    tokenizer = engine._loaded.tokenizer
    prompt = tokenizer.decode(tokenizer(_PROSE * 400)["input_ids"][:1500])
    for title, kind in (("reading a prompt of 1,500 tokens", Reading), ("writing", Writing)):
        seconds = [_seconds_to_stop(engine, prompt, kind, delay) for delay in (0.0, 0.05, 0.1)]
        print(f"  while {title}: {max(seconds):.3f} s at most of {len(seconds)}")


def _seconds_to_stop(
    engine: CausalEngine, prompt: str, kind: type[Reading | Writing], delay: float
) -> float:
    """Cancel `delay` seconds after the first event of `kind`."""
    cancel = threading.Event()
    stamps: list[float] = []

    def stop() -> None:
        stamps.append(time.perf_counter())
        cancel.set()

    timer = threading.Timer(delay, stop)

    def emit(event: object) -> None:
        if isinstance(event, kind) and not timer.is_alive() and not stamps:
            timer.start()

    engine.generate(Request(PlainPrompt(prompt), 200), emit, cancel.is_set)
    ended = time.perf_counter()
    timer.join()
    return max(0.0, ended - stamps[0])


# ----------------------------------------------------------------------------------- smoothness


def _print_smoothness(options: argparse.Namespace) -> None:
    print("Gaps of a 5 ms timer on the main thread, ms, while another thread loads and writes")
    print(f"{'how':30}{'phase':>8}{'seconds':>9}{'p50':>7}{'p99':>7}{'max':>7}")
    for which, title in (("plain", "plain import of the libraries"), ("inkling", "Inkling")):
        command = [sys.executable, __file__, "--gaps-of", which]
        command += ["--precision", options.precision, "--threads", str(options.threads)]
        command += ["--device", options.device]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        for phase, gaps in json.loads(done.stdout.splitlines()[-1]).items():
            print(
                f"{title:30}{phase:>8}{sum(gaps) / 1000:9.1f}{_share(gaps, 0.5):7.1f}"
                f"{_share(gaps, 0.99):7.1f}{max(gaps):7.1f}",
                flush=True,
            )


def _share(gaps: Sequence[float], share: float) -> float:
    return sorted(gaps)[int(share * (len(gaps) - 1))]


def _gaps(options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the gaps of each phase in milliseconds, measured on this main thread by Qt."""
    from PySide6.QtCore import QCoreApplication, Qt, QTimer

    application = QCoreApplication([])
    gaps: dict[str, list[float]] = {"load": [], "write": []}
    phase = ["load"]
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps[phase[-1]].append((now - last) * 1000)
        last = now

    timer = QTimer(interval=round(_TICK * 1000), timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    worker = threading.Thread(target=_load_and_write, args=(options, phase, application.quit))
    QTimer.singleShot(50, worker.start)
    application.exec()
    timer.stop()
    worker.join()
    return gaps


def _load_and_write(options: argparse.Namespace, phase: list[str], end: Callable[[], None]) -> None:
    try:
        if options.gaps_of == "plain":
            from transformers import (  # noqa: F401 - the import is what is measured
                AutoModelForCausalLM,
                AutoTokenizer,
                LlamaForCausalLM,
            )
        spec = EngineSpec("smollm2", options.device, options.precision, options.threads)
        engine = EnginePool().engine_for(spec, lambda _: None, lambda: False)
        phase.append("write")
        request = Request(PlainPrompt(_PROSE * 6), 40, _DRAWN)
        engine.generate(request, lambda _: None, lambda: False)
    finally:
        end()


if __name__ == "__main__":
    main()
