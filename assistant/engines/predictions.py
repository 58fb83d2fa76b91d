"""What a causal model expects at each token of given texts.

For judging a model: how likely each token was, and whether it was the one that the model would have
written, as any token or as the beginning of a word after a typed space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.core.errors import Cancelled
from assistant.core.requests import ShouldStop
from assistant.engines.prompting import encode_plain
from assistant.engines.reading import Network

if TYPE_CHECKING:
    import torch

# How many logits are held at once: 128 MiB of float32, and once more while they are looked at.
_MOST_LOGITS = 2**25
_MOST_COLUMNS = 128
# The space before a word, as byte-level and SentencePiece vocabularies write it.
_SPACES = ("Ġ", "▁", " ")


@dataclass(frozen=True, slots=True)
class Prediction:
    """One token of a text and what the model expected in its place.

    `end` is where the token ends in the text, in code points. `log_probability` is in nats, None
    for a token with nothing before it. `right`: it was the likeliest; `right_after_space`: it was
    the likeliest of those that begin with a space; `in_word`: the likeliest would have gone on with
    the word before it.
    """

    end: int
    log_probability: float | None
    right: bool = False
    right_after_space: bool = False
    in_word: bool = False


class TokenMarks:
    """Which tokens of a vocabulary begin with a space, and which go on with a word."""

    def __init__(self, tokenizer: Any, network: Network) -> None:
        import torch

        # A network may have more logits than there are tokens.
        size = network.vocabulary
        device = network.device

        names = tokenizer.convert_ids_to_tokens(range(min(size, len(tokenizer))))
        known = [name if isinstance(name, str) else "" for name in names]
        known += [""] * (size - len(known))
        # Added to logits, it leaves those tokens out that do not begin with a space.
        self.lacks_space = torch.tensor(
            [0.0 if name.startswith(_SPACES) else -math.inf for name in known], device=device
        )
        self.in_word = torch.tensor(
            [_is_in_word(name, token, tokenizer) for token, name in enumerate(known)], device=device
        )


def _is_in_word(name: str, token: int, tokenizer: Any) -> bool:
    """Return whether the token of that name goes on with a word that stands before it."""
    if not name or name.startswith(_SPACES):
        return False
    if name[0].isascii():
        return name[0].isalnum() or name == "'"
    # Byte-level vocabularies have letters of their own for line breaks, dashes and the like.
    text = str(tokenizer.decode([token]))
    return text[:1].isalnum() or text == "’"


def encode_with_ends(text: str, tokenizer: Any, most: int) -> tuple[list[int], list[int]]:
    """Return the first `most` tokens of plain text, a start token first, and where each ends."""
    ids = encode_plain(text, tokenizer)[:most]
    offsets = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    return ids, [end for _, end in offsets[: len(ids)]]


def predictions(
    network: Network,
    marks: TokenMarks,
    rows: Sequence[tuple[list[int], list[int]]],
    unseen: int,
    should_stop: ShouldStop,
) -> list[tuple[Prediction, ...]]:
    """Return what was expected at each token of `rows` (tokens and their ends).

    The first `unseen` of each are read and not looked at. Raises `Cancelled`.
    """
    vocabulary = len(marks.in_word)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
    together = max(1, _MOST_LOGITS // (vocabulary * _MOST_COLUMNS))
    found: dict[int, tuple[Prediction, ...]] = {}
    for first in range(0, len(order), together):
        batch = order[first : first + together]
        of_batch = _batch(network, marks, [rows[i] for i in batch], max(1, unseen), should_stop)
        found.update(zip(batch, of_batch, strict=True))
    return [found[i] for i in range(len(rows))]


def _batch(
    network: Network,
    marks: TokenMarks,
    rows: Sequence[tuple[list[int], list[int]]],
    unseen: int,
    should_stop: ShouldStop,
) -> list[tuple[Prediction, ...]]:
    import torch

    width = max(len(ids) for ids, _ in rows)
    # Padding stands behind the text, where a causal model does not look.
    padded = torch.tensor([ids + [0] * (width - len(ids)) for ids, _ in rows])
    padded = padded.to(network.device)
    reader = network.reader(width).branch(len(rows))
    if unseen > 1 and width > unseen:
        reader.step(padded[:, : unseen - 1])
    parts = []
    for start in range(unseen - 1, width - 1, _MOST_COLUMNS):
        if should_stop():
            raise Cancelled
        end = min(start + _MOST_COLUMNS, width - 1)
        logits = reader.all_logits(padded[:, start:end])
        parts.append(_looked_at(logits, padded[:, start + 1 : end + 1], marks))
    columns = [torch.cat(kind, dim=1).tolist() for kind in zip(*parts, strict=True)]
    found = []
    for row, (ids, ends) in enumerate(rows):
        of_row = [Prediction(end, None) for end in ends[:unseen]]
        of_row += [
            Prediction(ends[unseen + i], *(column[row][i] for column in columns))
            for i in range(len(ids) - unseen)
        ]
        found.append(tuple(of_row))
    return found


def _looked_at(
    logits: torch.Tensor, following: torch.Tensor, marks: TokenMarks
) -> tuple[torch.Tensor, ...]:
    """Return, each of shape (b, n), the fields of `Prediction` for the tokens `following`.

    Compares with the highest logit where it can: finding which one that is takes longer.
    """
    import torch

    own = logits.gather(2, following[..., None])[..., 0]
    right = own == logits.amax(dim=-1)
    after_space = own == (logits + marks.lacks_space).amax(dim=-1)
    # Only behind a token that was right does it matter how the model would go on.
    behind = torch.ones_like(right)
    behind[:, 1:] = (right | after_space)[:, :-1]
    in_word = torch.zeros_like(right)
    in_word[behind] = marks.in_word[logits[behind].argmax(dim=-1)]
    return own - logits.logsumexp(dim=-1), right, after_space, in_word
