"""Suggestions at the caret, as frozen values: what is asked for, what is offered, why nothing is.

A suggestion is text that would stand right behind the caret, blank before a word included. All
probabilities are natural logarithms (nats).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Silence(StrEnum):
    """Why nothing is suggested."""

    OFF = "off"
    NO_MODEL = "no model"
    LOCKED = "locked"
    EMPTY = "empty"
    COMPOSING = "composing"
    SELECTION = "selection"
    DELETED = "deleted"
    UNDONE = "undone"
    HEADING = "heading"
    CODE = "code"
    IN_WORD = "in a word"
    MID_LINE = "mid-line"
    UNSURE = "unsure"
    REPEATS_BEFORE = "repeats what stands before"
    REPEATS_AFTER = "repeats what follows"
    COPIES = "copies its training"
    TOO_SLOW = "too slow"
    REJECTED = "rejected"
    RESTING = "resting"


class Ending(StrEnum):
    """Why a suggestion is no longer than it is."""

    CLAUSE = "clause"
    WORDS = "words"
    UNSURE = "unsure"
    TIME = "time"
    LINE = "line"
    END = "end"


class Source(StrEnum):
    """Who made a suggestion: the model, the draft's own words, or a model that fills gaps."""

    MODEL = "model"
    DRAFT = "draft"
    GAP = "gap"


class WordOdds(Protocol):
    """Says which words are likely next; the draft's own words are one."""

    def next_words(self, before: str, typed: str) -> Mapping[str, float]:
        """Return whole words that begin with `typed`, with their probabilities.

        `before` is the text up to the word, its blank included. The probabilities are those among
        all words of the draft that begin with `typed`; they sum to 1 at most.
        """


@dataclass(frozen=True, slots=True)
class SuggestRequest:
    """Go on with `text` word after word for as long as the model is sure.

    `text` is all that the model reads; its last word may be unfinished, or be followed by blanks:
    what is written then goes on with what was typed (token healing). The text goes on while the
    product of the probabilities stays at `threshold` or above, and ends with a clause, a line, at
    `words` words or after `seconds`; never inside a word.

    With `rows` above 1 as many texts with different beginnings are written side by side, likeliest
    first; only the first has to keep to `threshold` from its beginning, the others from their
    second word on, their first word being a tenth as likely at least. With `temperature` above 0
    the rows are drawn instead, by `seed`. `odds` mixes the probabilities of whole words in, with
    the weight `odds_weight` from 0 to 1.
    """

    text: str
    words: int = 12
    threshold: float = 0.5
    seconds: float = 1.0
    rows: int = 1
    temperature: float = 0.0
    seed: int | None = None
    odds: WordOdds | None = None
    odds_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One text to put behind the caret; `log_probability` is that of the whole of it."""

    text: str
    log_probability: float
    ending: Ending = Ending.END
    source: Source = Source.MODEL

    @property
    def probability(self) -> float:
        """The probability of the whole text, from 0 to 1."""
        return math.exp(self.log_probability)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What an engine or a task suggests, the best first.

    `silence` says why there is nothing, and only then. `best_log_probability` is that of the
    likeliest next word where it was not likely enough to be shown. Of `prompt_tokens` the engine
    had `reused_tokens` in memory; `seconds` counts from the request.
    """

    texts: tuple[Suggestion, ...] = ()
    silence: Silence | None = None
    best_log_probability: float | None = None
    prompt_tokens: int = 0
    reused_tokens: int = 0
    seconds: float = 0.0
