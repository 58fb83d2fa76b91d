"""What changes the scores, held against transformers' own processors on random texts and scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers as hf

from assistant.engines import processors as own

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.engines.processors import Processor

_TOKENS = 40
_PROMPT = 2
_WORDS = [[7], [3], [2, 5], [1, 2, 3]]
_ENDS = [3, 9]

Make = tuple["Callable[[], Processor]", "Callable[[], Any]"]
PAIRS: dict[str, Make] = {
    "repetition": (
        lambda: own.RepetitionPenalty(1.3),
        lambda: hf.RepetitionPenaltyLogitsProcessor(1.3),
    ),
    "one-gram": (lambda: own.NoRepeatedNGram(1), lambda: hf.NoRepeatNGramLogitsProcessor(1)),
    "three-gram": (lambda: own.NoRepeatedNGram(3), lambda: hf.NoRepeatNGramLogitsProcessor(3)),
    "words": (
        lambda: own.BannedWords(_WORDS, _ENDS, "cpu"),
        lambda: hf.NoBadWordsLogitsProcessor(_WORDS, _ENDS),
    ),
    "banned": (
        lambda: own.Banned([4, 8, 99], "cpu"),
        lambda: hf.SuppressTokensLogitsProcessor([4, 8, 99]),
    ),
    "no end yet": (
        lambda: own.BannedUpTo(_ENDS, _PROMPT + 3, "cpu"),
        lambda: hf.MinNewTokensLengthLogitsProcessor(_PROMPT, 3, _ENDS),
    ),
    "not first": (
        lambda: own.BannedUpTo([5, 6], _PROMPT + 1, "cpu"),
        lambda: hf.SuppressTokensAtBeginLogitsProcessor([5, 6], _PROMPT),
    ),
    "temperature": (lambda: own.Temperature(0.6), lambda: hf.TemperatureLogitsWarper(0.6)),
    "top-k": (lambda: own.TopK(5), lambda: hf.TopKLogitsWarper(5)),
    "top-k of all": (lambda: own.TopK(99), lambda: hf.TopKLogitsWarper(99)),
    "top-p": (lambda: own.TopP(0.9), lambda: hf.TopPLogitsWarper(0.9)),
    "nearly no top-p": (lambda: own.TopP(0.001), lambda: hf.TopPLogitsWarper(0.001)),
    "min-p": (lambda: own.MinP(0.1), lambda: hf.MinPLogitsWarper(0.1)),
    "all of min-p": (lambda: own.MinP(1.0), lambda: hf.MinPLogitsWarper(1.0)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_scores_are_changed_as_transformers_changes_them(name: str) -> None:
    process, expected = (make() for make in PAIRS[name])
    random = torch.Generator().manual_seed(2)
    for length in (*range(_PROMPT, _PROMPT + 6), 60):
        # So few tokens that sequences repeat, and one that a model reads but cannot write.
        written = torch.randint(0, 6, (2, length), generator=random)
        written[1, 0] = _TOKENS
        scores = 4 * torch.randn(2, _TOKENS, generator=random)
        before = scores.clone()
        found = process(written, scores)
        torch.testing.assert_close(found, expected(written, scores.clone()), rtol=0, atol=0)
        assert torch.equal(scores, before)


@pytest.mark.parametrize("flatness", [0.1, 1.0, 8.0])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.9999])
def test_of_a_large_vocabulary_top_p_keeps_what_transformers_keeps(
    share: float, flatness: float
) -> None:
    """Whether a few of the likeliest tokens have the share, or nearly all of them."""
    scores = flatness * torch.randn(3, 6000, generator=torch.Generator().manual_seed(5))
    scores[2, 10:] = -math.inf
    written = torch.zeros((3, 1), dtype=torch.long)
    kept = own.TopP(share)(written, scores).isfinite()
    expected = hf.TopPLogitsWarper(share)(written, scores).isfinite()
    # Sums of thousands of odds round otherwise in another order.
    assert int((kept != expected).sum()) <= 2


def test_a_word_is_banned_where_it_would_be_completed() -> None:
    process = own.BannedWords([[2, 5]], [], "cpu")
    scores = torch.zeros(2, 8)
    found = process(torch.tensor([[1, 2], [2, 1]]), scores)
    assert found[0, 5] == -math.inf
    assert found[1, 5] == 0
