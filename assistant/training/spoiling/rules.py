"""One way to err: where it can happen in a sentence, and what is written there instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Wrong = Sequence[str]

# What a pattern calls the part of its match that is replaced; all of it where there is none.
HERE = "here"


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake: `text` at the place of what stands between `start` and `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A named way to err.

    `wrong` says what could stand at the place of a match of `pattern`, in small letters; nothing
    where the match is no place for the mistake. `weight` is how often it is tried beside others.
    A capital where the right text has one is put back unless the rule is about capitals (`cased`).
    """

    name: str
    weight: float
    pattern: re.Pattern[str]
    wrong: Callable[[re.Match[str]], Wrong]
    cased: bool = False

    def slips(self, sentence: str) -> list[Slip]:
        """Return every mistake of this kind that `sentence` has room for."""
        named = HERE in self.pattern.groupindex
        found = []
        for match in self.pattern.finditer(sentence):
            start, end = match.span(HERE) if named else match.span()
            right = sentence[start:end]
            for text in self.wrong(match):
                slip = text if self.cased else like(right, text)
                if slip != right:
                    found.append(Slip(start, end, slip))
        return found


def like(right: str, wrong: str) -> str:
    """Return `wrong` with a capital where `right` has one."""
    if right[:1].isupper() and not right.startswith(("I ", "I'")):
        return wrong[:1].upper() + wrong[1:]
    return wrong


def rule(name: str, weight: float, pattern: str, wrong: Callable[[re.Match[str]], Wrong]) -> Rule:
    """Return a rule whose pattern takes capitals and small letters for the same."""
    return Rule(name, weight, re.compile(pattern, re.IGNORECASE), wrong)


def fixed(name: str, weight: float, pattern: str, *wrong: str) -> Rule:
    """Return a rule that puts one of `wrong` at the place of a match; groups as in `re.sub`."""
    return rule(name, weight, pattern, lambda match: [match.expand(text) for text in wrong])


def swapped(name: str, weight: float, pattern: str, table: Mapping[str, Wrong]) -> Rule:
    """Return a rule that takes what stands `HERE` for something else, by a table."""
    return rule(name, weight, pattern, lambda match: table.get(match[HERE].lower(), ()))


def listed(lines: str) -> dict[str, tuple[str, ...]]:
    """Return a table from lines of the form `right: wrong, wrong`."""
    table = {}
    for line in lines.strip().splitlines():
        right, _, wrong = line.partition(":")
        table[right.strip()] = tuple(text.strip() for text in wrong.split(","))
    return table


def one_of(words: Sequence[str] | str) -> str:
    """Return a pattern for any of `words`, whole."""
    choices = words.split() if isinstance(words, str) else words
    return rf"\b(?:{'|'.join(choices)})\b"
