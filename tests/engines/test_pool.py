"""The pool: equal specs share an engine, two stay in memory, a failure costs nobody a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.core.errors import Cancelled, ModelNotFound, NotEnoughMemory, WeightsDamaged
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Event, Loading, PlainPrompt, Request
from assistant.engines.causal import CausalEngine
from assistant.engines.pool import EnginePool
from assistant.engines.scripted import ScriptedEngine
from assistant.engines.seq2seq import Seq2SeqEngine
from assistant.models.description import Kind, ModelDescription
from assistant.models.scripted import describe_scripted, is_scripted
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def pool(tiny_folder: Callable[[str], Path]) -> EnginePool:
    """Return a pool over the tiny models."""

    def resolve(reference: str, kind: str | None) -> ModelDescription:
        if is_scripted(reference):
            return describe_scripted(reference, kind)
        if reference not in (*tiny_models.CAUSAL, *tiny_models.SEQ2SEQ):
            raise ModelNotFound(reference)
        found = tiny_models.describe(tiny_folder(reference), reference)
        return replace(found, kind=Kind(kind)) if kind else found

    return EnginePool(resolve=resolve)


def _spec(name: str) -> EngineSpec:
    return EngineSpec(name, device="cpu", precision="float32", threads=1)


def _get(pool: EnginePool, name: str) -> object:
    return pool.engine_for(_spec(name), lambda _: None, lambda: False)


def _names(pool: EnginePool) -> list[str]:
    return [engine.model.reference for engine in pool.loaded()]


def test_equal_specs_share_one_engine_and_it_is_loaded_once(pool: EnginePool) -> None:
    events: list[Event] = []
    first = pool.engine_for(_spec("gpt2"), events.append, lambda: False)
    assert isinstance(events[-1], Loading)
    count = len(events)
    assert pool.engine_for(_spec("gpt2"), events.append, lambda: False) is first
    assert len(events) == count
    assert _names(pool) == ["gpt2"]
    assert first.generate(Request(PlainPrompt("a"), 2), lambda _: None, lambda: False).ids


def test_the_engine_fits_the_kind(pool: EnginePool) -> None:
    assert isinstance(_get(pool, "gpt2"), CausalEngine)
    assert isinstance(_get(pool, "t5"), Seq2SeqEngine)
    assert isinstance(_get(pool, "scripted"), ScriptedEngine)


def test_the_one_used_longest_ago_makes_room(pool: EnginePool) -> None:
    for name in ("gpt2", "llama", "gpt2", "qwen2"):
        _get(pool, name)
    assert _names(pool) == ["gpt2", "qwen2"]


def test_an_engine_that_made_room_has_given_its_memory_back(pool: EnginePool) -> None:
    first = _get(pool, "gpt2")
    _get(pool, "llama")
    _get(pool, "qwen2")
    assert isinstance(first, CausalEngine)
    assert first._loaded is None


def test_when_loading_fails_the_former_engines_stay(
    pool: EnginePool, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    _get(pool, "gpt2")
    _get(pool, "llama")
    with pytest.raises(ModelNotFound):
        _get(pool, "nobody")
    with pytest.raises(Cancelled):
        pool.engine_for(_spec("qwen2"), lambda _: None, lambda: True)
    broken = tiny_models.describe(tiny_folder("qwen2"), "qwen2", path=tmp_path / "broken")
    (tmp_path / "broken").mkdir()
    for file in tiny_folder("qwen2").iterdir():
        (tmp_path / "broken" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"\0" * 100)
    pool._resolve = lambda _reference, _kind: broken
    with pytest.raises(WeightsDamaged):
        _get(pool, "qwen2")
    assert _names(pool) == ["gpt2", "llama"]


def test_where_memory_is_short_all_but_the_one_used_last_make_room(
    pool: EnginePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _get(pool, "gpt2")
    _get(pool, "llama")
    load = CausalEngine.load

    def crowded(engine: CausalEngine, *arguments: object) -> None:
        if len(pool.loaded()) > 1:
            raise NotEnoughMemory("full")
        load(engine, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(CausalEngine, "load", crowded)
    _get(pool, "qwen2")
    assert _names(pool) == ["llama", "qwen2"]


def test_a_model_too_large_even_then_is_told_and_the_one_used_last_stays(
    pool: EnginePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _get(pool, "gpt2")
    _get(pool, "llama")

    def full(*_: object) -> None:
        raise NotEnoughMemory("full")

    monkeypatch.setattr(CausalEngine, "load", full)
    with pytest.raises(NotEnoughMemory):
        _get(pool, "qwen2")
    assert _names(pool) == ["llama"]


def test_idle_engines_are_unloaded(pool: EnginePool) -> None:
    now = 0.0
    pool._clock = lambda: now
    _get(pool, "gpt2")
    now = 60.0
    _get(pool, "llama")
    now = 110.0
    pool.unload_idle(100)
    assert _names(pool) == ["llama"]
    pool.keep_fresh()
    now = 200.0
    pool.unload_idle(100)
    assert _names(pool) == ["llama"]
    now = 210.0
    pool.unload_idle(100)
    assert _names(pool) == []


def test_all_can_be_unloaded_and_come_again(pool: EnginePool) -> None:
    _get(pool, "gpt2")
    _get(pool, "llama")
    pool.unload_all()
    assert _names(pool) == []
    _get(pool, "gpt2")
    assert _names(pool) == ["gpt2"]


def test_a_description_needs_no_loading(pool: EnginePool) -> None:
    assert pool.describe(_spec("t5")).kind is Kind.SEQ2SEQ
    assert pool.describe(replace(_spec("gpt2"), kind="chat")).kind is Kind.CHAT
    assert pool.describe(EngineSpec("scripted:slow", kind="chat")).kind is Kind.CHAT
    assert _names(pool) == []


def test_the_default_resolver_is_the_library() -> None:
    with pytest.raises(ModelNotFound):
        EnginePool().describe(EngineSpec("no-such-model-anywhere"))
