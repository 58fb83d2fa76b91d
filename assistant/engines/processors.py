"""What changes a model's scores before a token is chosen: penalties, bans, and the odds of a draw.

Each is called with what is written so far, shape (n, t), and the scores behind it, float32 of shape
(n, v), and returns the new scores. They give what the logits processors of transformers give; here
they stand so that writing does not need to import it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch


class Processor(Protocol):
    """Changes scores."""

    def __call__(self, written: torch.Tensor, scores: torch.Tensor, /) -> torch.Tensor:
        """Return the new scores."""


class RepetitionPenalty:
    """Makes what is written already less likely (Keskar et al. 2019)."""

    def __init__(self, penalty: float) -> None:
        self._penalty = penalty

    def __call__(self, written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with those of written tokens divided, or multiplied if below 0."""
        import torch

        # Some models read tokens that they cannot write: these share a column that is dropped.
        known = scores.shape[1]
        padded, tokens = torch.nn.functional.pad(scores, (0, 1)), written.clamp(max=known)
        own = padded.gather(1, tokens)
        own = torch.where(own < 0, own * self._penalty, own / self._penalty)
        return padded.scatter_(1, tokens, own)[:, :known]


class NoRepeatedNGram:
    """Forbids what would complete a sequence of `size` tokens that has been written before."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __call__(self, written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with those of the forbidden tokens at minus infinity."""
        length, known = written.shape[1], scores.shape[1]
        if length < self._size:
            return scores
        last = written[:, length + 1 - self._size :]
        windows = written.unfold(1, self._size, 1)
        repeated = (windows[..., :-1] == last[:, None]).all(-1)
        # Windows that are not repeated, and tokens that cannot be written, share a spare column.
        tokens = windows[..., -1].clamp(max=known).masked_fill(~repeated, known)
        banned = (scores.new_zeros((len(scores), known + 1)) > 0).scatter_(1, tokens, value=True)
        return scores.masked_fill(banned[:, :known], -math.inf)


class BannedWords:
    """Forbids sequences of tokens, but for those that are one of `ends` alone."""

    def __init__(self, words: Sequence[Sequence[int]], ends: Collection[int], device: str) -> None:
        import torch

        words = [word for word in words if len(word) != 1 or word[0] not in ends]
        self._single = Banned([word[0] for word in words if len(word) == 1], device)
        self._longer = [torch.tensor(word, device=device) for word in words if len(word) > 1]

    def __call__(self, written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with those of tokens that complete a sequence at minus infinity."""
        scores = self._single(written, scores)
        for word in self._longer:
            begun = written[:, 1 - len(word) :]
            if begun.shape[1] == len(word) - 1:
                rows = (begun == word[:-1]).all(1)
                scores[rows, word[-1]] = -math.inf
        return scores


class Banned:
    """Forbids tokens.

    That of transformers looks every token of the vocabulary up in the list at every step: with
    Gemma's 262,144 tokens and 6,251 banned ones it takes as long as the model itself.
    """

    def __init__(self, tokens: Collection[int], device: str) -> None:
        import torch

        self._tokens = torch.tensor(list(tokens), dtype=torch.long, device=device)

    def __call__(self, _written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with those of the banned tokens at minus infinity."""
        # Lists may name tokens that a model has no score for.
        known = self._tokens[self._tokens < scores.shape[1]]
        return scores.index_fill(1, known, -math.inf)


class BannedUpTo:
    """Forbids tokens as long as fewer than `length` are written."""

    def __init__(self, tokens: Collection[int], length: int, device: str) -> None:
        self._banned = Banned(tokens, device)
        self._length = length

    def __call__(self, written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores, those of the banned tokens at minus infinity early on."""
        return self._banned(written, scores) if written.shape[1] < self._length else scores


class Temperature:
    """Flattens the odds of a draw above 1 and sharpens them below."""

    def __init__(self, temperature: float) -> None:
        self._temperature = temperature

    def __call__(self, _written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores divided by the temperature."""
        return scores / self._temperature


class TopK:
    """Keeps the `most` likeliest tokens (Fan et al. 2018)."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, _written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with those of all other tokens at minus infinity."""
        least = scores.topk(min(self._most, scores.shape[1])).values[:, -1:]
        return scores.masked_fill(scores < least, -math.inf)


class TopP:
    """Keeps the likeliest tokens that have the `share` of all together (Holtzman et al. 2020).

    Mostly a few dozen tokens have it: to order all of a vocabulary for their sake would take a good
    part of the time in which a small model writes a token.
    """

    # How many of the likeliest are looked at first, and how many times as many after that.
    _FIRST, _TIMES = 256, 16

    def __init__(self, share: float) -> None:
        self._share = share

    def __call__(self, _written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with those of all other tokens at minus infinity."""
        everything, known = scores.logsumexp(-1, keepdim=True), scores.shape[1]
        most = min(self._FIRST, known)
        while True:
            likeliest = scores.topk(most).values
            together = (likeliest - everything).exp().cumsum(-1)
            if most == known or bool((together[:, -1] >= self._share).all()):
                break
            most = min(self._TIMES * most, known)
        # A token is kept where those before it do not have the share without it.
        kept = (together[:, :-1] < self._share).sum(-1, keepdim=True)
        return scores.masked_fill(scores < likeliest.gather(-1, kept), -math.inf)


class MinP:
    """Keeps tokens that are at least `share` as likely as the likeliest (Nguyen et al. 2024)."""

    def __init__(self, share: float) -> None:
        self._share = share

    def __call__(self, _written: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores with those of all other tokens at minus infinity."""
        odds = scores.softmax(-1)
        return scores.masked_fill(odds < self._share * odds.amax(-1, keepdim=True), -math.inf)
