"""An engine that reads with static caches does all that it does without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.core.jobs import EngineSpec
from assistant.core.requests import PlainPrompt, Request, Sampling
from assistant.core.suggestions import SuggestRequest
from assistant.engines import causal as engines
from assistant.engines.causal import CausalEngine
from assistant.engines.static.reading import StaticNetwork, static_network
from tests.engines import tiny_models
from tests.engines.static.tape import TapeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.core.requests import Completion

    Causal = Callable[[str], CausalEngine]

STORY = "Once upon a time there was a keeper who lit the lamps along the river every night. "


def engine_of(folder: Path, name: str, precision: str = "float32") -> CausalEngine:
    spec = EngineSpec(name, device="cpu", precision=precision, threads=1)
    engine = CausalEngine(tiny_models.describe(folder, name), spec)
    engine.load(lambda _event: None, lambda: False)
    return engine


def read_as_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is loaded from now on read as on a graphics card."""
    monkeypatch.setattr(
        engines, "network_for", lambda network: static_network(network, TapeRecorder())
    )


def write(engine: CausalEngine, request: Request) -> Completion:
    return engine.generate(request, lambda _event: None, lambda: False)


@pytest.mark.parametrize("name", ["llama", "gemma3", "gpt2"])
def test_a_static_engine_writes_weighs_and_suggests_the_same(
    name: str, causal: Causal, tiny_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = causal(name)
    read_as_on_a_card(monkeypatch)
    static = engine_of(tiny_folder(name), name)
    assert isinstance(static._network, StaticNetwork)
    requests = (
        Request(PlainPrompt(STORY * 2), 40),
        # What was read is gone on with, then gone back to.
        Request(PlainPrompt(STORY * 2 + "And"), 40, Sampling(temperature=1.2, seed=3)),
        Request(PlainPrompt(STORY), 40, copies=True),
        Request(PlainPrompt(STORY), 12, beams=3),
    )
    for request in requests:
        assert write(static, request).ids == write(plain, request).ids
    scores = [e.log_likelihood(STORY, ["and", "no more"], lambda: False) for e in (plain, static)]
    assert scores[1] == pytest.approx(scores[0], abs=1e-3)
    asked = SuggestRequest(STORY + "And th", words=3, threshold=0.0, seconds=60, rows=2)
    found = [e.suggest(asked, lambda: False).texts for e in (plain, static)]
    assert [text.text for text in found[1]] == [text.text for text in found[0]]
    drawn = [
        e.samples(["Once", "He"], Sampling(temperature=1.0, seed=1), 8, lambda: False)
        for e in (plain, static)
    ]
    assert drawn[1] == drawn[0]


def test_what_is_to_repeat_itself_to_the_bit_keeps_the_cache_of_transformers(
    tiny_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_as_on_a_card(monkeypatch)
    engine = engine_of(tiny_folder("llama"), "llama", "stored")
    assert not isinstance(engine._network, StaticNetwork)
