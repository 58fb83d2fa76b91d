"""What has been read is not read again, and what comes of it is what a fresh engine gives."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.core.jobs import EngineSpec
from assistant.core.requests import Completion, Finish, PlainPrompt, Request
from assistant.engines.causal import CausalEngine
from assistant.engines.prefixes import PrefixPool
from assistant.engines.reading import Reader
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("gpt2", "llama", "qwen2", "gemma3", "mistral")
# Longer than the windows of gemma3 and mistral.
STORY = "Once upon a time there was a keeper who lit the lamps along the river every night. "


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: tiny_models.CAUSAL[name](tmp_path_factory.mktemp(name)) for name in NAMES}


@cache
def engine_of(folder: Path, name: str, precision: str = "float32") -> CausalEngine:
    spec = EngineSpec(name, device="cpu", precision=precision, threads=1)
    engine = CausalEngine(tiny_models.describe(folder, name), spec)
    engine.load(lambda _event: None, lambda: False)
    return engine


def written(engine: CausalEngine, text: str, tokens: int = 3) -> Completion:
    request = Request(PlainPrompt(text), tokens)
    return engine.generate(request, lambda _event: None, lambda: False)


def fresh(engine: CausalEngine, text: str) -> Completion:
    pool = engine._prefixes
    assert pool is not None
    kept, pool._kept = pool._kept, []
    try:
        return written(engine, text)
    finally:
        pool._kept = kept


# An edit: where it begins, counted back from the end; how much goes; what comes; which document.
EDITS = st.lists(
    st.tuples(
        st.integers(0, 120), st.integers(0, 90), st.text("abc ,.\n", max_size=9), st.integers(0, 1)
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS)
def test_random_edits_are_gone_on_with_as_by_a_fresh_engine(
    folders: dict[str, Path], name: str, edits: list[tuple[int, int, str, int]]
) -> None:
    engine = engine_of(folders[name], name)
    texts = [STORY * 2, STORY.upper() * 2]
    for back, gone, new, which in edits:
        text = texts[which]
        start = max(0, len(text) - back)
        texts[which] = text[:start] + new + text[start + gone :]
        assert written(engine, texts[which] or "a").ids == fresh(engine, texts[which] or "a").ids


@torch.inference_mode()
@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_new_is_read(folders: dict[str, Path], name: str) -> None:
    engine = engine_of(folders[name], name)
    network = engine._network
    assert network is not None
    pool = PrefixPool(network)
    ids = list(range(4, 204))
    for wanted, known in (
        (ids, 0),
        ([*ids, 9, 9, 9], 200),
        ([*ids[:190], 7], 190),
        (ids[:80] + [7] * 40, 80),
        ([*ids[:180], 5], 180),
        ([*ids[:180], 5], 180),
    ):
        reader = pool.borrow(wanted, len(wanted) + 4)
        assert reader.length == known
        reader.read(torch.tensor([wanted[known:]]), lambda: False, lambda _done: None)
        pool.give_back(reader, wanted)


@torch.inference_mode()
def test_the_bytes_and_the_number_of_caches_have_a_limit(folders: dict[str, Path]) -> None:
    network = engine_of(folders["llama"], "llama")._network
    assert network is not None

    def fill(pool: PrefixPool) -> list[int]:
        for number in range(6):
            ids = [4 + number] * 100
            reader = pool.borrow(ids, 100)
            reader.read(torch.tensor([ids[reader.length :]]), lambda: False, lambda _done: None)
            pool.give_back(reader, ids)
        return [kept.ids[0] - 4 for kept in pool._kept]

    assert fill(PrefixPool(network, most=3)) == [3, 4, 5]
    one = Reader(network, 100)
    one.step(torch.tensor([[4] * 100]))
    assert fill(PrefixPool(network, most=9, most_bytes=2 * one.bytes)) == [4, 5]
    assert fill(PrefixPool(network, most=9, most_bytes=one.bytes - 1)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_that_was_stopped_half_way_spoils_nothing(
    folders: dict[str, Path], name: str
) -> None:
    engine = engine_of(folders[name], name)
    network, pool = engine._network, engine._prefixes
    assert network is not None
    assert pool is not None
    sliced = replace(network, slice_length=32)
    pool.clear()
    text = STORY * 2
    for most in range(1, 12):
        asked = 0

        def stop(most: int = most) -> bool:
            nonlocal asked
            asked += 1
            return asked > most

        engine._network = pool._network = sliced
        request = Request(PlainPrompt(text), 5)
        stopped = engine.generate(request, lambda _event: None, stop)
        engine._network = pool._network = network
        assert stopped.finish is Finish.CANCELLED
        assert all(kept.reader.whole for kept in pool._kept)
        assert written(engine, text).ids == fresh(engine, text).ids
        pool.clear()


def test_a_run_in_the_stored_precision_reads_everything(folders: dict[str, Path]) -> None:
    engine = engine_of(folders["llama"], "llama", "stored")
    written(engine, STORY)
    assert engine._prefixes is not None
    assert not engine._prefixes._kept


def test_what_scores_and_what_writes_share_what_was_read(folders: dict[str, Path]) -> None:
    engine = engine_of(folders["gemma3"], "gemma3")
    assert engine._prefixes is not None
    engine._prefixes.clear()
    before = engine.log_likelihood(STORY, ["and then", "no more"], lambda: False)
    written(engine, STORY + "and")
    after = engine.log_likelihood(STORY, ["and then", "no more"], lambda: False)
    assert after == pytest.approx(before, abs=1e-4)


def test_unloading_gives_the_caches_back(tmp_path: Path) -> None:
    engine = CausalEngine(
        tiny_models.describe(tiny_models.llama(tmp_path), "llama"), EngineSpec("llama", "cpu")
    )
    engine.load(lambda _event: None, lambda: False)
    written(engine, STORY)
    engine.unload()
    assert engine._prefixes is None
