"""What a text is made of, token by token, and what might have stood in each place.

Written down while the text is; tokens that give no whole character are joined with those that
follow. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.core.requests import TokenChoice, TokenOption
from assistant.engines.detokenizing import Detokenizer, Vocabulary

_BROKEN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The log-probability of a token that was chosen, and the likeliest tokens in its place."""

    log_probability: float
    likeliest: Iterable[tuple[int, float]]


class ChoiceLog:
    """Takes down choices: `weigh` before the detokenizer is given a token, `write` after.

    Without `weigh` there is nothing to tell.
    """

    def __init__(self, vocabulary: Vocabulary, detokenizer: Detokenizer) -> None:
        self._vocabulary = vocabulary
        self._detokenizer = detokenizer
        self._choices: list[TokenChoice] = []
        # Of the tokens that have given no text yet.
        self._options: tuple[TokenOption, ...] | None = None
        self._log_probability = 0.0

    def weigh(self, weighed: Weighed) -> None:
        """Take what the next token was weighed by."""
        if self._options is None:
            self._options = tuple(
                self._option(token, log_probability) for token, log_probability in weighed.likeliest
            )
        self._log_probability += weighed.log_probability

    def write(self, text: str) -> None:
        """Take the text that the tokens since the last time have given."""
        if not text:
            return
        if self._options is not None:
            self._choices.append(TokenChoice(text, self._log_probability, self._options))
            self._options, self._log_probability = None, 0.0
        elif self._choices:
            # What was left of a token's bytes, which make no character.
            last = self._choices[-1]
            self._choices[-1] = replace(last, text=last.text + text)

    def of(self, text: str) -> tuple[TokenChoice, ...]:
        """Return what `text` is made of: all that was written, or the beginning of it."""
        found: list[TokenChoice] = []
        left = len(text)
        for choice in self._choices:
            if left <= 0:
                break
            found.append(choice if len(choice.text) <= left else _cut(choice, left))
            left -= len(choice.text)
        return tuple(found)

    def _option(self, token: int, log_probability: float) -> TokenOption:
        text = self._detokenizer.reading(token)
        if _BROKEN not in text:
            return TokenOption(text, log_probability)
        spelled = self._vocabulary.spell(token).decode(errors="backslashreplace")
        return TokenOption(spelled, log_probability, whole=_BROKEN in spelled)


def _cut(choice: TokenChoice, length: int) -> TokenChoice:
    return replace(choice, text=choice.text[:length])
