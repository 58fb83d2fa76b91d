"""How a token and its probability are shown: signs for what cannot be seen, bands of colour."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtGui import QColor

from assistant.core.i18n import tr
from assistant.core.requests import TokenOption
from assistant.tasks.cleaning import is_ideographic
from assistant.ui import theme

_SIGNS = str.maketrans({"\n": "↵", "\t": "⇥", "\r": "↵", "\u3000": "␣"})


@dataclass(frozen=True, slots=True)
class Band:
    """Probabilities from `least` up to the next band: the theme's colour, and words for it."""

    least: float
    colour_name: str
    title: str

    @property
    def colour(self) -> QColor | None:
        """What lies behind such a token; None where nothing does."""
        return QColor(getattr(theme.current(), self.colour_name)) if self.colour_name else None


_BANDS = (
    Band(0.5, "", "≥ 50%"),
    Band(0.2, "odds_20", "≥ 20%"),
    Band(0.05, "odds_5", "≥ 5%"),
    Band(0.01, "odds_1", "≥ 1%"),
    Band(0.0, "odds_0", "< 1%"),
)


def bands() -> tuple[Band, ...]:
    """Return the bands of probability, the likeliest first."""
    return _BANDS


def band_of(log_probability: float) -> Band:
    """Return the band that a probability, given in nats, is in."""
    probability = math.exp(log_probability)
    return next(band for band in _BANDS if probability >= band.least)


def percent(log_probability: float) -> str:
    """Return a probability, given in nats, in per cent; small ones with a decimal."""
    probability = math.exp(log_probability)
    if probability < 0.001:
        return "< 0.1%"
    return f"{probability:.0%}" if probability >= 0.1 else f"{probability:.1%}"


def words_of(option: TokenOption, before: str) -> str:
    """Return how `option` is shown where the text ends in the character `before`.

    A blank before a word goes without saying; its lack within a word is shown.
    """
    text = option.text
    if not option.whole:
        return f"{text.strip()}…"
    if not text:
        return tr("the text ends here")
    word = text.removeprefix(" ").translate(_SIGNS)
    if not word.strip(" "):
        return "␣" * len(text)
    inside = _is_spaced_letter(before) and _is_spaced_letter(text[0])
    return f"…{word}" if inside else word


def _is_spaced_letter(character: str) -> bool:
    return character.isalnum() and not is_ideographic(character)
