"""How likely texts are after a context, as the model itself has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from assistant.core.errors import Cancelled, PromptTooLong
from assistant.core.requests import ChatMessage, ChatPrompt
from assistant.engines import scoring
from assistant.engines.prompting import encode
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.engines.causal import CausalEngine

    Causal = Callable[[str], CausalEngine]

# Some begin with others.
_TEXTS = (" a time", " a time ago", " a time ago", " the end.", "", "中文", " and so on " * 20, "x")


def _expected(engine: CausalEngine, context: str, text: str) -> float:
    """Score one text with one plain forward pass."""
    loaded = engine._ready()
    before = loaded.tokenizer(context).input_ids
    whole = loaded.tokenizer(context + text).input_ids
    start = next(
        (i for i, (a, b) in enumerate(zip(before, whole, strict=False)) if a != b), len(before)
    )
    with torch.inference_mode():
        logs = loaded.model(torch.tensor([whole])).logits[0].log_softmax(-1)
    return sum(float(logs[i - 1, whole[i]]) for i in range(start, len(whole)))


@pytest.mark.parametrize("name", tiny_models.CAUSAL)
@pytest.mark.parametrize("context", ["O", "Once upon", "word " * 80])
def test_scores_are_those_of_a_plain_forward_pass(name: str, context: str, causal: Causal) -> None:
    """Short contexts and those longer than a slice and a sliding window."""
    engine = causal(name)
    scores = engine.log_likelihood(context, _TEXTS, lambda: False)
    expected = [_expected(engine, context, text) for text in _TEXTS]
    assert scores == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_small_batches_give_the_same_scores(
    causal: Causal, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = causal("llama")
    whole = engine.log_likelihood("Once upon", _TEXTS, lambda: False)
    monkeypatch.setattr(scoring, "_MOST_LOGITS", 260 * 7)
    assert engine.log_likelihood("Once upon", _TEXTS, lambda: False) == pytest.approx(
        whole, rel=1e-4, abs=1e-3
    )


def test_a_text_that_joins_the_contexts_last_token_is_scored_from_there(causal: Causal) -> None:
    """`ab` is one token here: after `a`, the text `b` makes another token than `a` and `b`."""
    engine = causal("gpt2")
    loaded = engine._ready()
    former = loaded.tokenizer
    joined = Tokenizer(models.BPE(vocab={"a": 4, "b": 5, "c": 6, "ab": 7}, merges=[("a", "b")]))
    joined.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    joined.decoder = decoders.ByteLevel()
    loaded.tokenizer = tiny_models.hf.PreTrainedTokenizerFast(
        tokenizer_object=joined, eos_token="c"
    )
    try:
        score = engine.log_likelihood("ca", ["b"], lambda: False)
        with torch.inference_mode():
            logs = loaded.model(torch.tensor([[6, 7]])).logits[0].log_softmax(-1)
        assert score == pytest.approx([float(logs[0, 7])], rel=1e-4)
    finally:
        loaded.tokenizer = former


def test_answers_are_scored_to_their_end(causal: Causal) -> None:
    """One that another goes on from is likely only if it would have ended there."""
    engine = causal("llama")
    prompt = ChatPrompt((ChatMessage("user", "Correct: He go home."),))
    answers = ("He goes home", "He goes home.", "")
    loaded = engine._ready()
    before = encode(prompt, loaded.tokenizer, engine.model)
    expected = []
    for answer in answers:
        own = loaded.tokenizer(answer, add_special_tokens=False).input_ids
        ids = [*before, *own, loaded.tokenizer.eos_token_id]
        with torch.inference_mode():
            logs = loaded.model(torch.tensor([ids])).logits[0].log_softmax(-1)
        expected.append(sum(float(logs[i - 1, ids[i]]) for i in range(len(before), len(ids))))
    scores = engine.answer_likelihood(prompt, answers, lambda: False)
    assert scores == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_scoring_can_be_stopped(causal: Causal) -> None:
    for most in (0, 2):
        asked = 0

        def should_stop(most: int = most) -> bool:
            nonlocal asked
            asked += 1
            return asked > most

        with pytest.raises(Cancelled):
            causal("llama").log_likelihood("word " * 120, ["a" * 300, "b"], should_stop)


def test_what_does_not_fit_the_context_is_refused(causal: Causal) -> None:
    with pytest.raises(PromptTooLong):
        causal("gpt2").log_likelihood("a" * 1000, ["b" * 30], lambda: False)
