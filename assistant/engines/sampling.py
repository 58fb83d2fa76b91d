"""Which token comes next: what transformers does to the scores, in the order in which it does it.

Greedy choices equal `model.generate(do_sample=False)`. Drawn ones have the odds of `do_sample=True`
and are the same for the same seed, but with random numbers of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from assistant.core.requests import Sampling
from assistant.engines.processors import (
    Banned,
    BannedUpTo,
    BannedWords,
    MinP,
    NoRepeatedNGram,
    Processor,
    RepetitionPenalty,
    Temperature,
    TopK,
    TopP,
)

if TYPE_CHECKING:
    import torch


class Chooser:
    """Chooses token after token for one text.

    `config` is the model's generation configuration: tokens that it forbids stay forbidden.
    """

    def __init__(
        self,
        sampling: Sampling,
        config: Any,
        *,
        ends: Collection[int],
        prompt_length: int,
        device: str,
    ) -> None:
        import torch

        self._processors = processors(sampling, config, ends, prompt_length, device)
        self._greedy = sampling.greedy
        self._generator: torch.Generator | None = None
        if not self._greedy:
            self._generator = torch.Generator(device=device)
            if sampling.seed is None:
                self._generator.seed()
            else:
                self._generator.manual_seed(sampling.seed)

    def choose(self, written: torch.Tensor, logits: torch.Tensor) -> tuple[int, float]:
        """Return the next token and its log-probability under the model itself.

        `written` holds prompt and text so far, shape (1, n); `logits` are float32, shape (1, v).
        """
        scores = logits
        for process in self._processors:
            scores = process(written, scores)
        token = int(scores.argmax(dim=-1)) if self._greedy else self._draw(scores[0])
        return token, float(logits[0, token] - logits[0].logsumexp(dim=-1))

    def _draw(self, scores: torch.Tensor) -> int:
        """Return a token by its odds, by one random number (inverse transform sampling).

        `torch.multinomial` takes one for each token of the vocabulary, and a millisecond.
        """
        import torch

        shares = scores.softmax(dim=-1).double().cumsum(dim=-1)
        point = shares[-1:] * torch.rand(
            1, generator=self._generator, dtype=shares.dtype, device=shares.device
        )
        # A token without a share is never the first one beyond a point.
        return min(int(torch.searchsorted(shares, point, right=True)), len(shares) - 1)


def likeliest(logits: torch.Tensor, most: int) -> list[tuple[int, float]]:
    """Return the `most` likeliest tokens with their log-probabilities under the model itself.

    The likeliest first; `logits` are float32, shape (1, v).
    """
    values, tokens = logits[0].topk(min(most, logits.shape[1]))
    values = values - logits[0].logsumexp(dim=-1)
    return list(zip(tokens.tolist(), values.tolist(), strict=True))


def processors(
    sampling: Sampling, config: Any, ends: Collection[int], prompt_length: int, device: str
) -> list[Processor]:
    """Return what changes the scores, in order."""
    chain: list[Processor] = []
    if sampling.repetition_penalty != 1:
        chain.append(RepetitionPenalty(sampling.repetition_penalty))
    if sampling.no_repeat_ngram_size > 0:
        chain.append(NoRepeatedNGram(sampling.no_repeat_ngram_size))
    fewest = max(config.min_new_tokens or 0, sampling.min_new_tokens)
    chain += _bans(config, ends, prompt_length, fewest, device)
    if not sampling.greedy:
        chain += _warpers(sampling)
    return chain


def _bans(
    config: Any, ends: Collection[int], prompt_length: int, fewest: int, device: str
) -> Iterator[Processor]:
    """Yield what the model's generation configuration forbids, and an end before `fewest`."""
    if config.bad_words_ids is not None:
        yield BannedWords(config.bad_words_ids, ends, device)
    if fewest and ends:
        yield BannedUpTo(ends, prompt_length + fewest, device)
    if config.suppress_tokens:
        yield Banned(config.suppress_tokens, device)
    if config.begin_suppress_tokens is not None:
        yield BannedUpTo(config.begin_suppress_tokens, prompt_length + 1, device)


def _warpers(sampling: Sampling) -> Iterator[Processor]:
    """Yield what shapes the odds of a draw."""
    if sampling.temperature != 1:
        yield Temperature(sampling.temperature)
    if sampling.top_k > 0:
        yield TopK(sampling.top_k)
    if sampling.top_p < 1:
        yield TopP(sampling.top_p)
    if sampling.min_p > 0:
        yield MinP(sampling.min_p)
