"""What a model expects at each token of a text, and texts that are drawn side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from assistant.core.errors import Cancelled, PromptTooLong
from assistant.core.requests import GREEDY, PlainPrompt, Request, Sampling
from assistant.engines.base import Predictor
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.engines.causal import CausalEngine

    Causal = Callable[[str], CausalEngine]

TEXTS = ("Once upon a time there was a hen. " * 8, "中文也可以。", "Short.")
DRAWN = Sampling(temperature=0.8, top_p=0.95, repetition_penalty=1.0, seed=3)


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
@pytest.mark.parametrize("unseen", [0, 5, 150])
def test_expectations_are_those_of_a_plain_forward_pass(
    name: str, unseen: int, causal: Causal
) -> None:
    engine = causal(name)
    found = engine.predictions(TEXTS, unseen, 200, lambda: False)
    tokenizer = engine._ready().tokenizer
    for text, predictions in zip(TEXTS, found, strict=True):
        ids = tokenizer(text).input_ids[:200]
        with torch.inference_mode():
            logits = engine._ready().model(torch.tensor([ids])).logits[0].float()
        assert len(predictions) == len(ids)
        for at, prediction in enumerate(predictions):
            if at < max(1, unseen):
                assert prediction.log_probability is None
                continue
            expected = float(logits[at - 1].log_softmax(-1)[ids[at]])
            assert prediction.log_probability == pytest.approx(expected, rel=1e-3, abs=1e-3)
            assert prediction.right == (int(logits[at - 1].argmax()) == ids[at])


def test_ends_are_places_in_the_text(causal: Causal) -> None:
    """The start token of a Gemma ends where the text begins."""
    (found,) = causal("gemma3").predictions(["A hen."], 0, 100, lambda: False)
    assert [one.end for one in found] == [0, 1, 2, 3, 4, 5, 6]


def test_stopping_leaves_at_once(causal: Causal) -> None:
    engine = causal("llama")
    with pytest.raises(Cancelled):
        engine.predictions(TEXTS, 0, 100, lambda: True)
    with pytest.raises(Cancelled):
        engine.samples(["Once"], DRAWN, 5, lambda: True)


def test_texts_side_by_side_are_those_written_alone(causal: Causal) -> None:
    """Without drawing, since each text would draw other numbers alone."""
    engine = causal("llama")
    openings = ["Once upon a time", "There was a hen.", "No", "Once upon a mime"]
    alone = [
        engine.generate(Request(PlainPrompt(text), 12), lambda _event: None, lambda: False).text
        for text in openings
    ]
    greedy = Sampling(temperature=1e-4, top_p=1.0, repetition_penalty=1.0, seed=1)
    assert GREEDY.greedy
    assert engine.samples(openings, greedy, 12, lambda: False) == alone


def test_the_same_seed_draws_the_same_texts(causal: Causal) -> None:
    engine = causal("gpt2")
    once, again = (engine.samples(["One", "Two"], DRAWN, 20, lambda: False) for _ in range(2))
    assert once == again
    assert len(set(once)) == 2


def test_an_opening_that_is_too_long_is_refused(causal: Causal) -> None:
    with pytest.raises(PromptTooLong):
        causal("llama").samples(["x" * 2000], DRAWN, 5, lambda: False)


def test_only_causal_engines_can_be_held_against_texts(
    causal: Causal, seq2seq: Callable[[str], object]
) -> None:
    assert isinstance(causal("llama"), Predictor)
    assert not isinstance(seq2seq("t5"), Predictor)
