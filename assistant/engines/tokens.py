"""What a loaded model's configurations say about its tokens and its context."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assistant.models.description import ModelDescription

# Where neither the description nor the configuration knows: relative positions have no limit of
# their own, and a page of text fits.
_UNKNOWN_CONTEXT = 2048


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return every token that ends a text, whichever configuration names it."""
    config = model.config.get_text_config(decoder=True)
    named: list[Any] = [
        model.generation_config.eos_token_id,
        getattr(config, "eos_token_id", None),
        tokenizer.eos_token_id,
    ]
    return frozenset(_flat(named))


def context_of(model: Any, description: ModelDescription) -> int:
    """Return how many tokens fit, never more than the model has positions for."""
    config = model.config.get_text_config(decoder=True)
    positions = getattr(config, "max_position_embeddings", None)
    known = [length for length in (description.context_length, positions) if length]
    return min(known, default=_UNKNOWN_CONTEXT)


def _flat(values: Iterable[Any]) -> Iterable[int]:
    for value in values:
        if isinstance(value, int):
            yield value
        elif value is not None:
            yield from (int(token) for token in value)
