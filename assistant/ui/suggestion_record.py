"""What was decided about suggesting at one moment; for the view that tells why there is nothing."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from assistant.core.suggestions import Silence, Source, Suggestion

_BEFORE = 60


@dataclass(frozen=True, slots=True)
class SuggestionRecord:
    """One decision: `text` was shown, or there was `silence`, of which `detail` says more.

    `when` is in seconds since the epoch, `before` the end of the text before the caret.
    `milliseconds` went by from the question to the answer. `probability` is that of the text, or of
    the likeliest word where that was not enough; None where nobody knows.
    """

    when: float
    before: str
    milliseconds: float
    silence: Silence | None = None
    detail: str = ""
    text: str = ""
    source: Source | None = None
    probability: float | None = None


def shown(before: str, suggestion: Suggestion, milliseconds: float) -> SuggestionRecord:
    """Return the record of a suggestion that is in view from now on."""
    return SuggestionRecord(
        time.time(),
        before[-_BEFORE:],
        milliseconds,
        text=suggestion.text,
        source=suggestion.source,
        probability=suggestion.probability,
    )


def silent(
    before: str,
    silence: Silence,
    detail: str = "",
    milliseconds: float = 0.0,
    log_probability: float | None = None,
) -> SuggestionRecord:
    """Return the record of a silence."""
    odds = None if log_probability is None else math.exp(log_probability)
    return SuggestionRecord(
        time.time(), before[-_BEFORE:], milliseconds, silence, detail, probability=odds
    )
