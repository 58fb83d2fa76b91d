"""Whether a prompt fits a model's context, and what the writer is told when it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.errors import PromptTooLong, UsageError
from assistant.core.i18n import tr
from assistant.models.description import Kind

if TYPE_CHECKING:
    from assistant.core.requests import Prompt
    from assistant.engines.base import Engine


def room_for_prompt(engine: Engine, new_tokens: int) -> int:
    """Return how many tokens a prompt may have when the answer may have `new_tokens`.

    An encoder-decoder reads with one half and writes with the other: nothing is shared.
    """
    if engine.model.kind is Kind.SEQ2SEQ:
        return engine.context_length
    return max(engine.context_length - new_tokens, 0)


def require_room(engine: Engine, prompt: Prompt, new_tokens: int, advice: str) -> None:
    """Refuse a prompt that does not fit; `advice` is the sentence that says what to do instead."""
    tokens = engine.count_tokens(prompt)
    limit = room_for_prompt(engine, new_tokens)
    if tokens <= limit:
        return
    sentence = tr(
        "The text is {over} tokens too long: with the instruction it takes {tokens}, and {model} "
        "reads {limit} at a time.",
        over=tokens - limit,
        tokens=tokens,
        model=engine.model.title,
        limit=limit,
    )
    raise PromptTooLong(f"{sentence} {advice}", tokens=tokens, limit=limit)


def require_text(text: str) -> None:
    """Refuse a text that holds nothing but blanks."""
    if not text.strip():
        raise UsageError(tr("There is no text to work on: write or select some first."))
