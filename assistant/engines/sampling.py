"""Which token comes next: transformers' own logits processors, in the order it applies them.

Greedy choices equal `model.generate(do_sample=False)`, drawn ones `do_sample=True` with the same
seed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from assistant.core.requests import Sampling

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
        import torch

        scores = logits
        for process in self._processors:
            scores = process(written, scores)
        if self._greedy:
            token = int(scores.argmax(dim=-1))
        else:
            odds = scores.softmax(dim=-1)
            token = int(torch.multinomial(odds, 1, generator=self._generator))
        return token, float(logits[0, token] - logits[0].logsumexp(dim=-1))


def likeliest(logits: torch.Tensor, most: int) -> list[tuple[int, float]]:
    """Return the `most` likeliest tokens with their log-probabilities under the model itself.

    The likeliest first; `logits` are float32, shape (1, v).
    """
    values, tokens = logits[0].topk(min(most, logits.shape[1]))
    values = values - logits[0].logsumexp(dim=-1)
    return list(zip(tokens.tolist(), values.tolist(), strict=True))


def processors(
    sampling: Sampling, config: Any, ends: Collection[int], prompt_length: int, device: str
) -> list[Any]:
    """Return what changes the scores, in order."""
    import transformers as hf

    chain: list[Any] = []
    if sampling.repetition_penalty != 1:
        chain.append(hf.RepetitionPenaltyLogitsProcessor(float(sampling.repetition_penalty)))
    if sampling.no_repeat_ngram_size > 0:
        chain.append(hf.NoRepeatNGramLogitsProcessor(sampling.no_repeat_ngram_size))
    fewest = max(config.min_new_tokens or 0, sampling.min_new_tokens)
    _add_bans(chain, config, ends, prompt_length, fewest, device)
    if not sampling.greedy:
        _add_warpers(chain, sampling)
    return chain


def _add_bans(
    chain: list[Any],
    config: Any,
    ends: Collection[int],
    prompt_length: int,
    fewest: int,
    device: str,
) -> None:
    """Add what the model's generation configuration forbids, and an end before `fewest` tokens."""
    import transformers as hf

    if config.bad_words_ids is not None:
        chain.append(hf.NoBadWordsLogitsProcessor(config.bad_words_ids, sorted(ends)))
    if fewest and ends:
        chain.append(
            hf.MinNewTokensLengthLogitsProcessor(prompt_length, fewest, sorted(ends), device=device)
        )
    if config.suppress_tokens:
        chain.append(Banned(config.suppress_tokens, device))
    if config.begin_suppress_tokens is not None:
        chain.append(
            hf.SuppressTokensAtBeginLogitsProcessor(
                config.begin_suppress_tokens, prompt_length, device=device
            )
        )


class Banned:
    """Forbids tokens, as `SuppressTokensLogitsProcessor` does.

    That one looks every token of the vocabulary up in the list at every step: with Gemma's 262,144
    tokens and 6,251 banned ones it takes as long as the model itself.
    """

    def __init__(self, tokens: Sequence[int], device: str) -> None:
        import torch

        self._tokens = torch.tensor(tokens, device=device)

    def __call__(self, _written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return `scores` with those of the banned tokens at minus infinity."""
        return scores.index_fill(1, self._tokens, -math.inf)


def _add_warpers(chain: list[Any], sampling: Sampling) -> None:
    """Add what shapes the odds of a draw."""
    import transformers as hf

    if sampling.temperature != 1:
        chain.append(hf.TemperatureLogitsWarper(float(sampling.temperature)))
    if sampling.top_k > 0:
        chain.append(hf.TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        chain.append(hf.TopPLogitsWarper(float(sampling.top_p)))
    if sampling.min_p > 0:
        chain.append(hf.MinPLogitsWarper(float(sampling.min_p)))
