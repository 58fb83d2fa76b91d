"""The causal engine on packed weights: what it writes, says and keeps, and when it does without."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.core.errors import Cancelled, UnsupportedModel
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Finish, Loading, PlainPrompt, Request, Sampling
from assistant.core.suggestions import SuggestRequest
from assistant.engines.causal import CausalEngine
from assistant.engines.packed import loading as packed_loading
from assistant.engines.packed.reading import PackedModel
from assistant.models.description import AdapterRef
from tests.engines import tiny_adapters, tiny_models
from tests.engines.packed.sizes import NAMES, wide

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.core.requests import Event

STORY = "Once upon a time there was a keeper who lit the lamps along the river every night."


def engine_of(folder: Path, name: str, precision: str, **overrides: object) -> CausalEngine:
    spec = EngineSpec(name, device="cpu", precision=precision, threads=1)
    engine = CausalEngine(tiny_models.describe(folder, name, **overrides), spec)
    engine.load(lambda _event: None, lambda: False)
    return engine


def packed(engine: CausalEngine) -> bool:
    return isinstance(engine._network, PackedModel)


def ids(engine: CausalEngine, text: str, **more: object) -> tuple[int, ...]:
    request = Request(PlainPrompt(text), 8, **more)  # type: ignore[arg-type]
    return engine.generate(request, lambda _event: None, lambda: False).ids


@pytest.mark.parametrize("name", NAMES)
def test_exact_packing_writes_scores_and_suggests_as_the_model_itself(
    name: str, tmp_path: Path
) -> None:
    folder = tiny_models.CAUSAL[name](tmp_path)
    exact, plain = engine_of(folder, name, "exact"), engine_of(folder, name, "float32")
    assert packed(exact)
    assert not packed(plain)
    for end in range(5, len(STORY), 7):
        assert ids(exact, STORY[:end]) == ids(plain, STORY[:end])
    drawn = Sampling(temperature=0.9, seed=4)
    assert ids(exact, STORY, sampling=drawn) == ids(plain, STORY, sampling=drawn)
    texts = ["and then", " the end.", "x"]
    expected = plain.log_likelihood(STORY, texts, lambda: False)
    assert exact.log_likelihood(STORY, texts, lambda: False) == pytest.approx(expected, abs=1e-3)
    asked = SuggestRequest("Once upon a ti", threshold=0.0, rows=3, seconds=60)
    found, wanted = (engine.suggest(asked, lambda: False) for engine in (exact, plain))
    assert [one.text for one in found.texts] == [one.text for one in wanted.texts]


@pytest.mark.parametrize("name", NAMES)
def test_exact_packing_judges_texts_side_by_side_as_the_model_itself(
    name: str, tmp_path: Path
) -> None:
    folder = tiny_models.CAUSAL[name](tmp_path)
    exact, plain = engine_of(folder, name, "exact"), engine_of(folder, name, "float32")
    texts = [STORY, STORY[9:], "Short."]
    expected = plain.predictions(texts, 5, 60, lambda: False)
    for found, wanted in zip(exact.predictions(texts, 5, 60, lambda: False), expected, strict=True):
        assert [one.right for one in found] == [one.right for one in wanted]
        likely = [one.log_probability for one in wanted if one.log_probability is not None]
        assert [one.log_probability for one in found[-len(likely) :]] == pytest.approx(
            likely, abs=1e-3
        )
    openings, drawn = ["Once upon a time", "There was a hen.", "One"], Sampling(seed=4)
    written = plain.samples(openings, drawn, 12, lambda: False)
    assert exact.samples(openings, drawn, 12, lambda: False) == written


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("precision", ["fast", "balanced"])
def test_fewer_bits_write_something_sound(name: str, precision: str, tmp_path: Path) -> None:
    engine = engine_of(tiny_models.CAUSAL[name](tmp_path, **wide(name)), name, precision)
    assert packed(engine)
    assert len(ids(engine, STORY)) == 8


def test_beams_are_searched_for_by_transformers(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path)
    engine = engine_of(folder, "llama", "exact")
    assert ids(engine, STORY, beams=3)
    assert packed(engine)
    engine.unload()
    assert engine._plain is None


def test_the_smallest_models_are_not_packed_unasked(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path)
    assert not packed(engine_of(folder, "llama", "auto"))
    assert packed(engine_of(folder, "llama", "auto", parameters=30_000_000))


def test_a_model_is_packed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_models.llama(tmp_path)
    first = ids(engine_of(folder, "llama", "exact"), STORY)

    def never(*_: object) -> None:
        pytest.fail("it is packed again")

    monkeypatch.setattr(packed_loading, "pack_model", never)
    assert ids(engine_of(folder, "llama", "exact"), STORY) == first


def test_stopped_while_packing_nothing_is_left_and_the_next_time_it_is_done(
    tmp_path: Path,
) -> None:
    folder = tiny_models.llama(tmp_path)
    spec = EngineSpec("llama", device="cpu", precision="exact", threads=1)
    engine = CausalEngine(tiny_models.describe(folder, "llama"), spec)
    events: list[Event] = []

    def stop() -> bool:
        loading = [event.fraction or 0 for event in events if isinstance(event, Loading)]
        return bool(loading) and loading[-1] > 0.75

    with pytest.raises(Cancelled):
        engine.load(events.append, stop)
    assert not list(folder.glob("packed/*"))
    engine.load(lambda _event: None, lambda: False)
    assert packed(engine)


def test_where_there_is_no_room_the_model_runs_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packed_loading, "pack_model", full)
    engine = engine_of(tiny_models.llama(tmp_path), "llama", "exact")
    assert not packed(engine)
    assert ids(engine, STORY)


def test_an_architecture_without_a_plan_runs_as_it_is(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path, hidden_act="relu")
    assert not packed(engine_of(folder, "llama", "balanced"))


def test_a_prompt_stopped_half_way_keeps_its_whole_slices(tmp_path: Path) -> None:
    engine = engine_of(tiny_models.llama(tmp_path), "llama", "exact")
    text = "a" * 700
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    stopped = engine.generate(Request(PlainPrompt(text), 5), lambda _event: None, stop)
    assert stopped.finish is Finish.CANCELLED
    assert engine._prefixes is not None
    assert [kept.reader.length for kept in engine._prefixes._kept] == [512]
    fresh = engine_of(engine.model.path or tmp_path, "llama", "exact")
    assert ids(engine, text) == ids(fresh, text)


def adapted(folder: Path, adapter: Path, precision: str, strength: float) -> CausalEngine:
    base = tiny_models.describe(folder, "llama")
    ref = AdapterRef(adapter, base, "Tiny")
    model = replace(base, reference=str(adapter), adapter=ref)
    spec = EngineSpec("tiny", "cpu", precision, threads=1, strength=strength)
    engine = CausalEngine(model, spec)
    engine.load(lambda _event: None, lambda: False)
    return engine


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_an_adapter_is_merged_before_packing(strength: float, tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "base")
    adapter = tiny_adapters.adapter(tmp_path / "adapter", str(folder))
    exact = adapted(folder, adapter, "exact", strength)
    plain = adapted(folder, adapter, "float32", strength)
    assert packed(exact)
    for end in range(9, len(STORY), 11):
        assert ids(exact, STORY[:end]) == ids(plain, STORY[:end])


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "base")
    other = {"model.layers.0.self_attn.q_proj": (48, 48)}
    adapter = tiny_adapters.adapter(tmp_path / "adapter", str(folder), other)
    with pytest.raises(UnsupportedModel):
        adapted(folder, adapter, "exact", 1.0)
