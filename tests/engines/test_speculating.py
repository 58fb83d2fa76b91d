"""Speculation changes nothing but how many tokens a pass reads."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.core.jobs import EngineSpec
from assistant.core.requests import (
    GREEDY,
    Completion,
    Finish,
    PlainPrompt,
    Request,
    Sampling,
    Writing,
)
from assistant.engines import causal as causal_engine
from assistant.engines.causal import CausalEngine
from assistant.engines.packed.reading import PackedModel
from assistant.engines.sampling import processors
from assistant.engines.speculating import Lookup, SpeculativeSteps
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.core.requests import Event

NAMES = ("gpt2", "llama", "qwen2", "gemma3")
REFRAIN = "the keeper lit the lamps, and the river lit the keeper; "


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, str], CausalEngine]:
    """Return a loaded engine by the name of its builder and a precision: exact is packed."""
    engines: dict[tuple[str, str], CausalEngine] = {}

    def engine_of(name: str, precision: str = "float32") -> CausalEngine:
        if (name, precision) not in engines:
            folder = tiny_models.CAUSAL[name](tmp_path_factory.mktemp(name))
            spec = EngineSpec(name, device="cpu", precision=precision, threads=1)
            made = CausalEngine(tiny_models.describe(folder, name), spec)
            made.load(lambda _event: None, lambda: False)
            engines[name, precision] = made
        return engines[name, precision]

    return engine_of


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[SpeculativeSteps]:
    """Return the speculations of the test, in order."""
    made: list[SpeculativeSteps] = []

    class Noted(SpeculativeSteps):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr(causal_engine, "SpeculativeSteps", Noted)
    return made


def write(
    engine: CausalEngine, request: Request, should_stop: Callable[[], bool] = lambda: False
) -> Completion:
    """Return what is written; what is shown meanwhile is the same text."""
    events: list[Event] = []
    found = engine.generate(request, events.append, should_stop)
    assert "".join(event.text for event in events if isinstance(event, Writing)) == found.text
    return found


def both(engine: CausalEngine, request: Request) -> tuple[Completion, Completion]:
    """Return what is written with speculation and without."""
    return write(engine, replace(request, copies=True)), write(engine, request)


def assert_alike(found: Completion, expected: Completion) -> None:
    assert found.ids == expected.ids
    assert (found.text, found.finish) == (expected.text, expected.finish)
    assert found.mean_log_probability == pytest.approx(expected.mean_log_probability, abs=1e-3)


def repeating(rng: random.Random) -> str:
    """Return a text in which passages come again."""
    passages = ["".join(rng.choices("abcdefgh ,.\né中", k=rng.randint(3, 30))) for _ in range(3)]
    return "".join(rng.choices(passages, k=rng.randint(2, 9)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("precision", ["float32", "exact"])
def test_greedy_text_is_the_same(
    name: str,
    precision: str,
    engine: Callable[[str, str], CausalEngine],
    steps: list[SpeculativeSteps],
) -> None:
    """Over many prompts, of which many tokens are proposed, and some kept and some not."""
    model = engine(name, precision)
    assert isinstance(model._network, PackedModel) == (precision == "exact")
    rng = random.Random(name)
    for _ in range(25):
        request = Request(PlainPrompt(repeating(rng)), rng.randint(1, 40))
        assert_alike(*both(model, request))
    kept, proposed = sum(one.kept for one in steps), sum(one.proposed for one in steps)
    assert 40 < kept < proposed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0, top_p=1, repetition_penalty=1.3),
        Sampling(temperature=0, top_p=1, repetition_penalty=1, no_repeat_ngram_size=4),
        replace(GREEDY, min_new_tokens=20),
        Sampling(temperature=0.7, top_p=0.9, repetition_penalty=1.1, seed=3),
        Sampling(temperature=0.3, top_k=20, min_p=0.05, repetition_penalty=1, seed=4),
    ],
)
def test_processors_see_the_text_before_each_place(
    name: str, sampling: Sampling, engine: Callable[[str], CausalEngine]
) -> None:
    """So that drawn texts are those of the seed, too."""
    rng = random.Random(name)
    for _ in range(3):
        request = Request(PlainPrompt(repeating(rng)), 30, sampling)
        assert_alike(*both(engine(name), request))


def test_drawn_texts_come_as_often_as_the_model_has_it(
    engine: Callable[[str, str], CausalEngine],
    steps: list[SpeculativeSteps],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 800 texts, whatever is proposed: here the likeliest, which mostly is not what is drawn.

    With 27 texts of three tokens, chance alone makes half the sum of differences about 0.07.
    """
    model = engine("llama", "exact")
    sampling = Sampling(temperature=2.0, top_k=3, top_p=1, repetition_penalty=1.2)
    exact = exact_odds(model, REFRAIN, sampling, 3)
    assert sum(exact.values()) == pytest.approx(1, abs=1e-4)
    likeliest = max(exact, key=lambda text: exact[text])
    monkeypatch.setattr(Lookup, "proposal", lambda _self, most: [*likeliest[1 : 1 + most]])
    drawn: Counter[tuple[int, ...]] = Counter()
    for seed in range(800):
        request = Request(PlainPrompt(REFRAIN), 3, replace(sampling, seed=seed), copies=True)
        drawn[model.generate(request, lambda _event: None, lambda: False).ids] += 1
    assert set(drawn) <= set(exact)
    assert sum(abs(drawn[ids] / 800 - exact[ids]) for ids in exact) / 2 < 0.12
    kept, proposed = sum(one.kept for one in steps), sum(one.proposed for one in steps)
    assert 800 / 10 < kept < proposed / 2


def test_it_ends_where_a_stop_string_or_an_end_token_stands(
    engine: Callable[[str, str], CausalEngine],
    steps: list[SpeculativeSteps],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the midst of what was proposed and kept; the cache holds the text and nothing more."""
    for precision in ("float32", "exact"):
        model = engine("llama", precision)
        whole, _ = both(model, Request(PlainPrompt(REFRAIN * 4), 40))
        assert steps[-1].kept > 5
        for place in range(2, len(whole.text) - 3, 3):
            request = Request(PlainPrompt(REFRAIN * 4), 40, stop=(whole.text[place : place + 2],))
            found, expected = both(model, request)
            assert_alike(found, expected)
            assert found.finish is Finish.STOP
        for end in set(whole.ids[5:]):
            loaded = model._ready()
            with monkeypatch.context() as patch:
                patch.setattr(model, "_loaded", replace(loaded, ends=frozenset({end})))
                found, expected = both(model, Request(PlainPrompt(REFRAIN * 4), 40))
                assert_alike(found, expected)
                assert found.finish is Finish.END
                assert_pool_is_sound(model)


def test_nothing_is_read_beyond_the_context(tmp_path: Path) -> None:
    """Learned positions end there; a text that is cut at any length is the same."""
    folder = tiny_models.gpt2(tmp_path, n_positions=90)
    spec = EngineSpec("gpt2", device="cpu", precision="float32", threads=1)
    model = CausalEngine(tiny_models.describe(folder, "gpt2"), spec)
    model.load(lambda _event: None, lambda: False)
    prompt = PlainPrompt("abcabcabc" * 6)
    for tokens in (*range(1, 12), 100):
        found, expected = both(model, Request(prompt, tokens))
        assert_alike(found, expected)
        assert len(found.ids) <= 90 - 54


def test_what_each_token_was_weighed_by_is_the_same(
    engine: Callable[[str, str], CausalEngine], steps: list[SpeculativeSteps]
) -> None:
    for precision in ("float32", "exact"):
        request = Request(PlainPrompt(REFRAIN * 3), 40, look=4)
        found, expected = both(engine("gemma3", precision), request)
        assert steps[-1].kept > 0
        assert [choice.text for choice in found.tokens] == [one.text for one in expected.tokens]
        for choice, other in zip(found.tokens, expected.tokens, strict=True):
            assert choice.log_probability == pytest.approx(other.log_probability, abs=1e-3)
            assert [one.text for one in choice.options] == [one.text for one in other.options]


@pytest.mark.parametrize("precision", ["float32", "exact"])
def test_stopped_at_any_token_it_leaves_what_can_be_gone_on_with(
    precision: str, engine: Callable[[str, str], CausalEngine], steps: list[SpeculativeSteps]
) -> None:
    model = engine("qwen2", precision)
    request = Request(PlainPrompt(REFRAIN * 4), 40, copies=True)
    whole = write(model, request)
    assert steps[-1].kept > 5
    for most in range(1, 30, 2):
        events: list[Event] = []
        found = model.generate(request, events.append, partial(has_written, events, most))
        assert found.finish is Finish.CANCELLED
        assert found.ids == whole.ids[: len(found.ids)]
        assert_pool_is_sound(model)
    assert write(model, request).ids == whole.ids


def test_where_the_exact_same_numbers_are_wanted_or_nothing_repeats_nothing_is_proposed(
    engine: Callable[[str, str], CausalEngine], steps: list[SpeculativeSteps]
) -> None:
    write(engine("llama", "stored"), Request(PlainPrompt(REFRAIN * 3), 20, copies=True))
    write(engine("llama", "float32"), Request(PlainPrompt(REFRAIN * 3), 20))
    assert not steps
    write(engine("llama", "float32"), Request(PlainPrompt("abcdefgh"), 1, copies=True))
    assert [one.proposed for one in steps] == [0]


def test_a_reader_that_cannot_go_back_is_read_token_by_token(
    engine: Callable[[str, str], CausalEngine],
    steps: list[SpeculativeSteps],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = engine("llama", "float32")
    reader = type(model._network.reader(1))  # type: ignore[union-attr]
    monkeypatch.setattr(reader, "can_crop", False)
    assert write(model, Request(PlainPrompt(REFRAIN * 3), 20, copies=True)).ids
    assert not steps


def test_what_followed_last_is_proposed() -> None:
    lookup = Lookup([1, 2, 3, 4, 9, 2, 3, 5, 6, 7, 8, 1])
    for token in (2, 3):
        lookup.add(token)
    # After 1, 2, 3 came 4 once; since 2 followed as it had after 1, that place is kept to.
    assert lookup.proposal(9)[:1] == [4]
    lookup.add(5)
    assert lookup.proposal(9)[:2] == [6, 7]
    assert lookup.proposal(1) == [6]
    assert lookup.proposal(0) == []
    lookup.add(100)
    assert lookup.proposal(9) == []


def test_the_better_it_goes_the_more_is_proposed_and_where_it_fails_nothing() -> None:
    copied = list(range(200))
    lookup = Lookup(copied)
    counts = []
    for token in copied[:60]:
        lookup.add(token)
        counts.append(len(lookup.proposal(50)))
    assert 0 < counts[0] < counts[2] <= counts[-1]
    rng = random.Random(1)
    unlike = Lookup(rng.choices(range(50), k=300))
    found = []
    for token in rng.choices(range(50), k=300):
        unlike.add(token)
        found.append(len(unlike.proposal(50)))
    assert sum(found[:20]) > 0
    assert sum(found[-100:]) < 10


def has_written(events: list[Event], tokens: int) -> bool:
    return any(isinstance(event, Writing) and event.tokens >= tokens for event in events)


def assert_pool_is_sound(engine: CausalEngine) -> None:
    """Hold what was read last to a fresh reading of the tokens that the pool takes it for."""
    assert engine._prefixes is not None
    assert engine._network is not None
    kept = engine._prefixes._kept[-1]
    assert kept.reader.length == len(kept.ids)
    more = torch.tensor([[10, 11]])
    with torch.inference_mode():
        found = kept.reader.step(more)
        expected = engine._network.reader(200).step(torch.cat([torch.tensor([kept.ids]), more], 1))
        kept.reader.crop(len(kept.ids))
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


def exact_odds(
    engine: CausalEngine, prompt: str, sampling: Sampling, count: int
) -> dict[tuple[int, ...], float]:
    """Return the probability of every text of `count` tokens, read without any speculation."""
    loaded = engine._ready()
    assert engine._network is not None
    start = loaded.tokenizer(prompt)["input_ids"]
    chain = processors(
        sampling, loaded.model.generation_config, loaded.ends, len(start), loaded.device
    )
    odds: dict[tuple[int, ...], float] = {(): 1.0}
    with torch.inference_mode():
        for _ in range(count):
            longer: dict[tuple[int, ...], float] = {}
            for text, share in odds.items():
                ids = torch.tensor([[*start, *text]])
                scores = engine._network.reader(100).step(ids)
                for process in chain:
                    scores = process(ids, scores)
                for token, own in enumerate(scores.softmax(-1)[0].tolist()):
                    if own > 0:
                        longer[*text, token] = share * own
            odds = longer
    return odds
