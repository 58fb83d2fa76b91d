"""Greedy text is the same, token by token, as `model.generate(do_sample=False)` writes."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from assistant.core.requests import GREEDY, PlainPrompt, Request, Sampling, Writing
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.core.requests import Event
    from assistant.engines.causal import CausalEngine

# One token, around the sliding windows (16 and 24), around one and two slices of 256.
_LENGTHS = (1, 2, 3, 15, 16, 17, 23, 24, 25, 60, 120, 250, 254, 255, 256, 257, 300, 511, 513, 620)
_LETTERS = "abcdefghijklmnop ABC.,\né中文😀"


def _random_text(rng: random.Random, length: int) -> str:
    """Return text of about `length` tokens: a byte is a token."""
    text = ""
    while len(text.encode()) < length:
        text += rng.choice(_LETTERS)
    return text


def _ids(engine: CausalEngine, prompt: str, count: int, **settings: object) -> list[int]:
    """Return what `model.generate` writes for the prompt."""
    loaded = engine._ready()
    ids = loaded.tokenizer(prompt, return_tensors="pt").input_ids
    with torch.inference_mode():
        written = loaded.model.generate(ids, max_new_tokens=count, **settings)
    return written[0, ids.shape[1] :].tolist()


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
@pytest.mark.parametrize("slice_length", [256, 2048])
def test_greedy_text_equals_generate(
    name: str,
    slice_length: int,
    causal: Callable[[str], CausalEngine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """22 random prompts for each of five architectures, read in slices and at once: 220 in all."""
    engine = causal(name)
    network = replace(engine._network, slice_length=slice_length)
    monkeypatch.setattr(engine, "_network", network)
    rng = random.Random(f"{name} {slice_length}")
    lengths = [*_LENGTHS, rng.randint(26, 250), rng.randint(257, 700)]
    for length in lengths:
        prompt = _random_text(rng, length)
        count = rng.randint(1, 40)
        events: list[Event] = []
        completion = engine.generate(
            Request(PlainPrompt(prompt), count), events.append, lambda: False
        )
        assert list(completion.ids) == _ids(engine, prompt, count, do_sample=False)
        emitted = "".join(event.text for event in events if isinstance(event, Writing))
        assert emitted == completion.text


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0, top_p=1, repetition_penalty=1.3),
        Sampling(temperature=0, top_p=1, repetition_penalty=1, no_repeat_ngram_size=2),
        Sampling(temperature=0, top_p=1, repetition_penalty=1.2, no_repeat_ngram_size=3),
    ],
)
def test_penalties_equal_generate(
    name: str, sampling: Sampling, causal: Callable[[str], CausalEngine]
) -> None:
    """What a greedy choice is kept from is the same, over the prompt and the text."""
    engine = causal(name)
    rng = random.Random(name)
    for length in (5, 60, 300):
        prompt = _random_text(rng, length)
        completion = engine.generate(
            Request(PlainPrompt(prompt), 30, sampling), lambda _: None, lambda: False
        )
        assert list(completion.ids) == _ids(
            engine,
            prompt,
            30,
            do_sample=False,
            repetition_penalty=sampling.repetition_penalty,
            no_repeat_ngram_size=sampling.no_repeat_ngram_size,
        )


def test_a_text_that_may_not_end_yet_goes_on_as_with_generate(
    causal: Callable[[str], CausalEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token that it would have ended with is not taken before the fewest are written."""
    engine = causal("llama")
    end = _ids(engine, "Once upon a time", 1, do_sample=False)[0]
    monkeypatch.setattr(engine, "_loaded", replace(engine._ready(), ends=frozenset({end})))
    written = {}
    for fewest in (0, 1, 3):
        sampling = replace(GREEDY, min_new_tokens=fewest)
        request = Request(PlainPrompt("Once upon a time"), 12, sampling)
        written[fewest] = list(engine.generate(request, lambda _: None, lambda: False).ids)
    assert len(written[0]) <= 1
    for fewest in (1, 3):
        assert written[fewest][0] != end
        expected = _ids(
            engine,
            "Once upon a time",
            12,
            do_sample=False,
            min_new_tokens=fewest,
            eos_token_id=end,
        )
        assert written[fewest] == expected
        assert len(expected) > fewest


def _fields(sampling: Sampling) -> dict[str, object]:
    names = [name for name in Sampling.__slots__ if name != "seed"]
    return {name: getattr(sampling, name) for name in names}


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
def test_beam_search_equals_generate(name: str, causal: Callable[[str], CausalEngine]) -> None:
    """Though the prompt is read once, in slices, instead of once for each beam."""
    engine = causal(name)
    rng = random.Random(name)
    for length in (1, 2, 12, 40, 300):
        prompt = _random_text(rng, length)
        for beams in (2, 4):
            completion = engine.generate(
                Request(PlainPrompt(prompt), 20, GREEDY, beams=beams), lambda _: None, lambda: False
            )
            expected = _ids(engine, prompt, 20, do_sample=False, num_beams=beams)
            assert list(completion.ids) == expected
