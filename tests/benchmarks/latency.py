"""How long a writer waits for a suggestion when what has been read is reused. Only prints.

    python tests/benchmarks/latency.py --text FILE
    python tests/benchmarks/latency.py --text FILE --contexts 1000 --rounds 2 --precision float32

FILE is plain text, such as a book from Project Gutenberg; a passage of it is typed. Before the
caret stand about 512 and 1,000 tokens. A round types some words on, asking after each, deletes one
and types it again, goes back to an earlier place and forth again. Every event is answered in turn,
each time in another order, by

    reused     the engine as it is: of the text it reads only what is new
    fresh      the engine when it knows nothing yet
    generate   `model.generate` of transformers on the whole prompt, with weights of its own
    suggest    the same as `reused` for what the window asks: a few words as sure as they have to be
    s. fresh   the same as `fresh` for that

The first three write 12 tokens greedily, which nothing ends. Milliseconds from request to full
text; a ratio above 1 means that `reused` is faster. `largest` is the slowest request of all in
medians of `fresh`, and the largest ratio of a request to the same one answered afresh: on a busy
machine that one is fairer. `same` counts the events after which `reused` and `fresh` wrote the same
tokens (their last bits differ, and may tip the balance between two), and those after which the same
was suggested. `generate` runs in `--plain-precision` where the engine's weights are packed, else in
the engine's own.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.core.jobs import EngineSpec
from assistant.core.requests import PlainPrompt, Request
from assistant.core.suggestions import SuggestRequest
from assistant.engines.causal import CausalEngine
from assistant.engines.loading import Loaded, load
from assistant.engines.packed.reading import PackedModel
from assistant.engines.pool import EnginePool
from assistant.tasks.choices import THRESHOLDS

_TOKENS = 12
# Words typed on in a round, before and after one is deleted.
_WORDS = 6
# How far back the jump goes, in parts of the text.
_BACK = 0.4
_KINDS = ("first", "on", "deleted", "retyped", "back", "forth")
_WAYS = ("reused", "fresh", "generate", "suggest", "s. fresh")


@dataclass(frozen=True, slots=True)
class Event:
    """A request: what the writer has just done, and what stands before the caret then."""

    kind: str
    before: str


@dataclass(slots=True)
class Figures:
    """Seconds by kind of event and way; how many events gave the same when all was read anew."""

    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    same: int = 0
    same_suggested: int = 0

    def of(self, way: str, kinds: Sequence[str] = _KINDS) -> list[float]:
        """Return the seconds of one way."""
        return [s for kind in kinds for s in self.seconds.get((kind, way), [])]


def main() -> None:
    """Type and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--contexts", nargs="+", type=int, default=[512, 1000], help="in tokens")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--plain-precision", default="bfloat16", help="of `generate`")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    spec = EngineSpec(options.model, precision=options.precision, threads=options.threads)
    engine: Any = EnginePool().engine_for(spec, lambda _: None, lambda: False)
    engine._loaded.ends = frozenset()
    plain = _plain(engine, spec, options.plain_precision)
    text = re.sub(r"[ \t]+", " ", options.text.read_text("utf-8"))
    print(f"{options.model}, {engine._loaded.dtype}, generate in {plain.dtype}, {_TOKENS} tokens")
    for tokens in options.contexts:
        events = list(_events(engine, text, tokens, options.rounds))
        _print(tokens, _measure(engine, plain, events))
        print(f"  {engine._prefixes._bytes / 2**20:.0f} MiB kept", flush=True)


def _plain(engine: CausalEngine, spec: EngineSpec, precision: str) -> Loaded:
    """Return the engine's model once more, as transformers runs it."""
    assert engine._loaded is not None
    if isinstance(engine._loaded.model, PackedModel):
        spec = replace(spec, precision=precision)
    plain = load(engine.model, spec, "causal", lambda _: None, lambda: False)
    plain.model.generation_config.eos_token_id = None
    return plain


def _events(engine: CausalEngine, text: str, tokens: int, rounds: int) -> Iterator[Event]:
    """Yield what a writer does who has about `tokens` tokens before the caret."""
    assert engine._loaded is not None
    # From the middle of a book: its first pages are licence and contents.
    passage = text[len(text) // 2 :].partition(" ")[2]
    ends = [match.end() for match in re.finditer(r"\S+", passage)]
    ids = engine._loaded.tokenizer(passage[: 10 * tokens])["input_ids"]
    length = len(engine._loaded.tokenizer.decode(ids[:tokens]))
    # In the middle of the events the text is so long as was asked for.
    at = sum(end <= length for end in ends) - rounds * (2 * _WORDS + 1) // 2
    yield Event("first", passage[: ends[at]])
    for _ in range(rounds):
        for _ in range(_WORDS):
            at += 1
            yield Event("on", passage[: ends[at]])
        yield Event("deleted", passage[: ends[at - 1]])
        yield Event("retyped", passage[: ends[at]])
        for _ in range(_WORDS):
            at += 1
            yield Event("on", passage[: ends[at]])
        back = int(at * (1 - _BACK))
        yield Event("back", passage[: ends[back]])
        yield Event("on", passage[: ends[back + 1]])
        at += 1
        yield Event("forth", passage[: ends[at]])


def _measure(engine: CausalEngine, plain: Loaded, events: Sequence[Event]) -> Figures:
    figures = Figures()
    runs: dict[str, Callable[[str], Sequence[object]]] = {
        "reused": lambda text: _generate(engine, text),
        "fresh": lambda text: _afresh(engine, _generate, text),
        "generate": lambda text: _plainly(plain, text),
        "suggest": lambda text: _suggest(engine, text),
        "s. fresh": lambda text: _afresh(engine, _suggest, text),
    }
    assert engine._prefixes is not None
    # What suggestions leave behind is not to help the others, nor theirs them.
    known: dict[str, list[Any]] = {"reused": [], "suggest": []}
    # The first run of a size gets memory and kernels ready.
    for run in runs.values():
        run(events[0].before)
    for number, event in enumerate(events):
        found = {}
        for way in sorted(runs, key=lambda way: (_WAYS.index(way) + number) % len(_WAYS)):
            engine._prefixes._kept = known.get(way, [])
            started = time.perf_counter()
            found[way] = list(runs[way](event.before))
            seconds = time.perf_counter() - started
            figures.seconds.setdefault((event.kind, way), []).append(seconds)
            if way in known:
                known[way] = engine._prefixes._kept
        figures.same += found["reused"] == found["fresh"]
        figures.same_suggested += found["suggest"] == found["s. fresh"]
    engine._prefixes._kept = known["reused"]
    return figures


def _generate(engine: CausalEngine, text: str) -> Sequence[int]:
    request = Request(PlainPrompt(text), _TOKENS)
    return engine.generate(request, lambda _: None, lambda: False).ids


def _suggest(engine: CausalEngine, text: str) -> Sequence[str]:
    request = SuggestRequest(text, threshold=THRESHOLDS["eager"], seconds=600.0)
    return [one.text for one in engine.suggest(request, lambda: False).texts]


def _plainly(plain: Loaded, text: str) -> Sequence[int]:
    import torch

    ids = plain.tokenizer(text, return_tensors="pt").input_ids.to(plain.model.device)
    with torch.inference_mode():
        written = plain.model.generate(ids, max_new_tokens=_TOKENS, do_sample=False)
    new: list[int] = written[0, ids.shape[1] :].tolist()
    plain.tokenizer.decode(new)
    return new


def _afresh(
    engine: CausalEngine, run: Callable[[CausalEngine, str], Sequence[object]], text: str
) -> Sequence[object]:
    with _knowing_nothing(engine):
        return run(engine, text)


@contextmanager
def _knowing_nothing(engine: CausalEngine) -> Iterator[None]:
    pool = engine._prefixes
    assert pool is not None
    kept, pool._kept = pool._kept, []
    try:
        yield
    finally:
        pool._kept = kept


def _print(tokens: int, figures: Figures) -> None:
    events = len(figures.of("reused"))
    print(f"\n{tokens} tokens before the caret, {events} requests; median / 95th percentile in ms")
    print(
        f"{'':10}{'':>4}" + "".join(f"{way:>14}" for way in _WAYS) + f"{'generate':>11}{'fresh':>7}"
    )
    for kinds in (*((kind,) for kind in _KINDS), _KINDS):
        found = [figures.of(way, kinds) for way in _WAYS]
        reused, fresh, generate = (statistics.median(seconds) for seconds in found[:3])
        cells = "".join(f"{_cell(seconds):>14}" for seconds in found)
        name = kinds[0] if len(kinds) == 1 else "all"
        print(f"{name:10}{len(found[0]):4}{cells}{generate / reused:10.1f}x{fresh / reused:6.1f}x")
    for way, against in (("reused", "fresh"), ("suggest", "s. fresh")):
        slowest = max(figures.of(way)) / statistics.median(figures.of(against))
        pairs = zip(figures.of(way), figures.of(against), strict=True)
        worst = max(one / other for one, other in pairs)
        print(f"  largest {way}: {slowest:.2f} medians of {against}; beside its own {worst:.2f}")
    print(f"  same tokens: {figures.same}, same suggestions: {figures.same_suggested} of {events}")


def _cell(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return f"{1000 * statistics.median(ordered):.0f} / {1000 * last:.0f}"


if __name__ == "__main__":
    main()
