"""Spoiling one sentence with one to three mistakes, drawn from all rules."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from assistant.training.spoiling import (
    agreement,
    comparison,
    keyboard,
    marks,
    nouns,
    order,
    prepositions,
    small_words,
    spelling,
    tenses,
)
from assistant.training.spoiling.rules import Rule, Slip

KEYBOARD = "keyboard"
# How often each kind of mistake is looked for, beside the others: what learners do above all.
# Many sentences have no room for a kind, and all have for slips of the fingers and of marks.
_KINDS: Mapping[str, tuple[int, Sequence[Rule]]] = {
    "agreement": (24, agreement.RULES),
    "tenses": (22, tenses.RULES),
    "nouns": (14, nouns.RULES),
    "small words": (9, small_words.RULES),
    "prepositions": (14, prepositions.RULES),
    "order": (8, order.RULES),
    "comparison": (12, comparison.RULES),
    "spelling": (6, spelling.RULES),
    "marks": (4, marks.RULES),
    KEYBOARD: (3, ()),
}
RULES: tuple[Rule, ...] = tuple(one for _, rules in _KINDS.values() for one in rules)
_NAMES = tuple(_KINDS)
_SHARES = tuple(accumulate(share for share, _ in _KINDS.values()))
_WEIGHTS = {
    kind: tuple(accumulate(one.weight for one in rules)) for kind, (_, rules) in _KINDS.items()
}

# How many mistakes a sentence gets.
_COUNTS = (1, 1, 1, 1, 2, 2, 2, 3)
# A short sentence with several would not be known again.
_WORDS_FOR_EACH = 3
_KINDS_DRAWN = 9
_RULES_DRAWN = 16
_WORD = re.compile(r"\b[a-z]+\b")


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A sentence with mistakes in it, and the names of the rules that put them there."""

    text: str
    rules: tuple[str, ...]


def spoil(sentence: str, random: Random, known: Container[str] = frozenset()) -> Spoilt | None:
    """Return `sentence` with a few mistakes; None where no rule has found a place for one.

    A slip of the fingers makes no word of `known`.
    """
    most = max(1, len(sentence.split()) // _WORDS_FOR_EACH)
    wanted = min(random.choice(_COUNTS), most)
    slips: list[tuple[str, Slip]] = []
    for _ in range(_KINDS_DRAWN):
        found = _drawn(sentence, random, known)
        if found is not None and not any(_touch(found[1], slip) for _, slip in slips):
            slips.append(found)
            if len(slips) == wanted:
                break
    if not slips:
        return None
    slips.sort(key=lambda found: found[1].start)
    return Spoilt(_written(sentence, [slip for _, slip in slips]), tuple(name for name, _ in slips))


def _drawn(sentence: str, random: Random, known: Container[str]) -> tuple[str, Slip] | None:
    """Return one mistake of a kind that is drawn, where the sentence has a place for it."""
    (kind,) = random.choices(_NAMES, cum_weights=_SHARES)
    if kind == KEYBOARD:
        return _mistyped(sentence, random, known)
    for drawn in random.choices(_KINDS[kind][1], cum_weights=_WEIGHTS[kind], k=_RULES_DRAWN):
        if slips := drawn.slips(sentence):
            return drawn.name, random.choice(slips)
    return None


def _mistyped(sentence: str, random: Random, known: Container[str]) -> tuple[str, Slip] | None:
    words = list(_WORD.finditer(sentence))
    if not words:
        return None
    word = random.choice(words)
    slip = keyboard.slip(word[0], word.start(), known, random)
    return (KEYBOARD, slip) if slip else None


def _touch(one: Slip, other: Slip) -> bool:
    """Return whether two mistakes would stand in the same word or side by side."""
    return one.start <= other.end + 1 and other.start <= one.end + 1


def _written(sentence: str, slips: list[Slip]) -> str:
    parts: list[str] = []
    end = 0
    for slip in slips:
        parts += (sentence[end : slip.start], slip.text)
        end = slip.end
    return "".join((*parts, sentence[end:]))
