"""What has been read is not read again, and what comes of it is what a fresh engine gives."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers as hf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.core.errors import Cancelled
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Completion, Finish, PlainPrompt, Request
from assistant.engines.causal import CausalEngine
from assistant.engines.prefixes import PrefixPool
from assistant.engines.reading import Network
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAMES = ("gpt2", "llama", "qwen2", "gemma3", "mistral")
# Longer than the windows of gemma3 and mistral.
STORY = "Once upon a time there was a keeper who lit the lamps along the river every night. "


def lfm2(folder: Path) -> Path:
    """Save a model of two layers, one with a state and one with keys and values."""
    return saved(folder, hf.Lfm2Config, layer_types=["conv", "full_attention"], block_ff_dim=64)


def jamba(folder: Path) -> Path:
    """Save a model with a state that takes no more than one token at a time into account."""
    return saved(folder, hf.JambaConfig, attn_layer_period=2, attn_layer_offset=1, num_experts=2)


def saved(folder: Path, config: Any, **settings: Any) -> Path:
    tokenizer = tiny_models.byte_tokenizer()
    modern = tiny_models._modern(tokenizer)
    return tiny_models._causal(folder, config(**modern, **settings), tokenizer, 0)


STATES = {"lfm2": lfm2, "jamba": jamba}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    builders = {**{name: tiny_models.CAUSAL[name] for name in NAMES}, **STATES}
    return {name: build(tmp_path_factory.mktemp(name)) for name, build in builders.items()}


@cache
def engine_of(folder: Path, name: str, precision: str = "float32") -> CausalEngine:
    spec = EngineSpec(name, device="cpu", precision=precision, threads=1)
    engine = CausalEngine(tiny_models.describe(folder, name), spec)
    engine.load(lambda _event: None, lambda: False)
    return engine


def network_of(engine: CausalEngine) -> Network:
    assert engine._network is not None
    return engine._network


def pool_of(engine: CausalEngine) -> PrefixPool:
    assert engine._prefixes is not None
    return engine._prefixes


def written(engine: CausalEngine, text: str, tokens: int = 3) -> Completion:
    request = Request(PlainPrompt(text), tokens)
    return engine.generate(request, lambda _event: None, lambda: False)


def fresh(engine: CausalEngine, text: str) -> Completion:
    pool = pool_of(engine)
    kept, pool._kept = pool._kept, []
    try:
        return written(engine, text)
    finally:
        pool._kept = kept


def read(pool: PrefixPool, ids: Sequence[int], room: int = 0) -> int:
    """Read `ids` and give back; return how many tokens were known."""
    reader = pool.borrow(ids, max(room, len(ids)))
    known = reader.length
    reader.read(torch.tensor([ids[known:]]), lambda: False, lambda _done: None)
    pool.give_back(reader, ids)
    return known


class Desk:
    """Two documents with a caret each, and what was suggested last."""

    def __init__(self) -> None:
        self.texts = [STORY * 2, STORY.upper() * 2]
        self.carets = [len(text) for text in self.texts]
        self.at = 0
        self.suggested = ""

    @property
    def before(self) -> str:
        return self.texts[self.at][: self.carets[self.at]] or "a"

    def do(self, event: str | tuple[str, int]) -> None:
        if event == "switch":
            self.at = 1 - self.at
        elif event == "accept":
            self._write(self.suggested, 0)
        elif isinstance(event, str):
            self._write(event, 0)
        elif event[0] == "delete":
            self._write("", event[1])
        else:
            # So far before the end of the text.
            self.carets[self.at] = max(0, len(self.texts[self.at]) - event[1])

    def _write(self, new: str, deleted: int) -> None:
        text, caret = self.texts[self.at], self.carets[self.at]
        before = text[: max(0, caret - deleted)] + new
        self.texts[self.at], self.carets[self.at] = before + text[caret:], len(before)


EVENTS = st.lists(
    st.one_of(
        st.sampled_from(["switch", "accept"]),
        st.text("abc ,.\n", min_size=1, max_size=9),
        st.tuples(st.just("delete"), st.integers(1, 90)),
        st.tuples(st.just("move"), st.integers(0, 150)),
    ),
    min_size=1,
    max_size=4,
)
# Of the shapes that are promised, 500 sequences together.
SEQUENCES = {"gpt2": 125, "llama": 125, "qwen2": 125, "gemma3": 125, "mistral": 20, "lfm2": 20}


@pytest.mark.parametrize("name", [*SEQUENCES, "jamba"])
def test_random_edits_are_gone_on_with_as_by_a_fresh_engine(
    folders: dict[str, Path], name: str
) -> None:
    engine = engine_of(folders[name], name)

    @settings(
        max_examples=SEQUENCES.get(name, 8),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(events=EVENTS)
    def ask_after_each(events: list[str | tuple[str, int]]) -> None:
        desk = Desk()
        for event in events:
            desk.do(event)
            found = written(engine, desk.before)
            assert found.ids == fresh(engine, desk.before).ids
            desk.suggested = found.text

    ask_after_each()


@torch.inference_mode()
@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_new_is_read(folders: dict[str, Path], name: str) -> None:
    pool = PrefixPool(network_of(engine_of(folders[name], name)))
    ids = list(range(4, 204))
    for wanted, known in (
        (ids, 0),
        ([*ids, 9, 9, 9], 200),
        ([*ids[:190], 7], 190),
        (ids[:80] + [7] * 40, 80),
        ([*ids[:180], 5], 180),
        ([*ids[:180], 5], 180),
    ):
        assert read(pool, wanted) == known


@torch.inference_mode()
@pytest.mark.parametrize("name", STATES)
def test_a_state_serves_only_what_goes_on_with_all_of_it(
    folders: dict[str, Path], name: str
) -> None:
    pool = PrefixPool(network_of(engine_of(folders[name], name)))
    ids = list(range(4, 104))
    assert [read(pool, ids), read(pool, [*ids, 9, 9]), read(pool, [*ids, 9])] == [0, 100, 0]
    assert all(kept.reader.bytes > 0 for kept in pool._kept)


@torch.inference_mode()
@pytest.mark.parametrize("name", [*NAMES, *STATES])
def test_what_is_read_in_parts_is_read_as_at_once(folders: dict[str, Path], name: str) -> None:
    network = network_of(engine_of(folders[name], name))
    ids = torch.arange(4, 64)[None]
    expected = network.reader(60).step(ids)
    parts = network.reader(60)
    for part in ids.split([20, 1, 5, 34], dim=1):
        found = parts.step(part)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


@torch.inference_mode()
def test_an_earlier_place_is_copied_once_and_the_later_one_stays(folders: dict[str, Path]) -> None:
    pool = PrefixPool(network_of(engine_of(folders["llama"], "llama")))
    ids = list(range(4, 204))
    read(pool, ids)
    for place, known in ((100, 100), (90, 90), (95, 90)):
        assert read(pool, [*ids[:place], 7]) == known
        assert len(pool._kept) == 2
    assert read(pool, [*ids, 7]) == 200
    # And takes no more memory than there are tokens in it.
    earlier, later = (kept.reader.bytes for kept in pool._kept)
    assert earlier < 0.6 * later


@torch.inference_mode()
def test_the_bytes_and_the_number_of_caches_have_a_limit(folders: dict[str, Path]) -> None:
    network = network_of(engine_of(folders["llama"], "llama"))

    def fill(pool: PrefixPool) -> list[int]:
        for number in range(6):
            read(pool, [4 + number] * 100)
        return [kept.ids[0] - 4 for kept in pool._kept]

    assert fill(PrefixPool(network, most=3)) == [3, 4, 5]
    one = network.reader(100)
    one.step(torch.tensor([[4] * 100]))
    assert fill(PrefixPool(network, most=9, most_bytes=2 * one.bytes)) == [4, 5]
    assert fill(PrefixPool(network, most=9, most_bytes=one.bytes - 1)) == []


@pytest.mark.parametrize("name", [*NAMES, *STATES])
def test_a_prompt_that_was_stopped_half_way_spoils_nothing(
    folders: dict[str, Path], name: str
) -> None:
    engine = engine_of(folders[name], name)
    network, pool = network_of(engine), pool_of(engine)
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
        # Asked once before each slice of 32 and once before each of its two layers.
        slices = most // 3 if name in NAMES else 0
        assert sum(kept.reader.length for kept in pool._kept) >= min(32 * slices, 160)
        assert written(engine, text).ids == fresh(engine, text).ids
        pool.clear()


def test_a_run_in_the_stored_precision_reads_everything(folders: dict[str, Path]) -> None:
    engine = engine_of(folders["llama"], "llama", "stored")
    written(engine, STORY)
    assert not pool_of(engine)._kept


def test_two_models_share_nothing(folders: dict[str, Path], tmp_path: Path) -> None:
    one = engine_of(folders["llama"], "llama")
    other = engine_of(tiny_models.llama(tmp_path, seed=1), "llama")
    expected = [fresh(one, STORY).ids, fresh(other, STORY).ids]
    assert expected[0] != expected[1]
    assert [written(one, STORY).ids, written(other, STORY).ids] == expected
    assert [written(one, STORY).ids, written(other, STORY).ids] == expected


def test_what_scores_and_what_writes_share_what_was_read(folders: dict[str, Path]) -> None:
    engine = engine_of(folders["gemma3"], "gemma3")
    pool_of(engine).clear()
    before = engine.log_likelihood(STORY, ["and then", "no more"], lambda: False)
    written(engine, STORY + "and")
    after = engine.log_likelihood(STORY, ["and then", "no more"], lambda: False)
    assert after == pytest.approx(before, abs=1e-4)


def test_scoring_that_is_stopped_keeps_what_was_known(folders: dict[str, Path]) -> None:
    engine = engine_of(folders["llama"], "llama")
    pool = pool_of(engine)
    pool.clear()
    written(engine, STORY)
    with pytest.raises(Cancelled):
        engine.log_likelihood(STORY + "and then", ["."], lambda: True)
    assert [len(kept.ids) for kept in pool._kept] == [len(STORY)]


def test_unloading_gives_the_caches_back(tmp_path: Path) -> None:
    engine = CausalEngine(
        tiny_models.describe(tiny_models.llama(tmp_path), "llama"), EngineSpec("llama", "cpu")
    )
    engine.load(lambda _event: None, lambda: False)
    written(engine, STORY)
    engine.unload()
    assert engine._prefixes is None
