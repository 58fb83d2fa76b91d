"""The draft's own words: which of them come next, by counts of words and short sequences.

A unit is a word, as typed, or one Chinese or Japanese character. What came before is up to two
units, three where they are characters; letter case and the kind of apostrophe make no difference
there, and punctuation counts as a unit that nothing is predicted from but its place. The orders are
interpolated as Witten and Bell (1991) do: what one order has seen weighs as much as it saw uses,
the shorter order as much as it saw different words. What they leave over is for words that the
draft has not used yet.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from assistant.text.scripts import CJK_PUNCTUATION, PUNCTUATION, UNSPACED

# At most this many words are offered.
_OFFERED = 20
# The completion of a word without a model: from how many typed letters on, with how many letters
# left, and how sure. Less is typed sooner than it is read, and would only flicker at the caret.
_LETTERS_FIRST = 2
_LETTERS_LEFT = 3
_SURE = 0.6
_CHARACTERS_AT_MOST = 4
# What is longer is no word: a web address, a file in letters.
_LONGEST_WORD = 40
# As much of the text before as the units before are looked for in.
_REACH = 200

_LETTER = rf"[^\W\d_{UNSPACED}]"
_WORD = (
    rf"{_LETTER}(?:[^\s\d'{PUNCTUATION}{CJK_PUNCTUATION}{UNSPACED}]"
    rf"|['’\-\u2010\u2011](?={_LETTER}))*"
)
_UNIT = re.compile(
    rf"(?P<word>{_WORD})|(?P<character>[{UNSPACED}])|(?P<number>\d+)|(?P<marks>[^\w\s]+)"
)
_TYPED = re.compile(rf"(?<![^\W_{UNSPACED}])(?<![^\W_{UNSPACED}]['’-])(?:{_WORD})['’-]?$")
_CHARACTER = re.compile(f"[{UNSPACED}]")
_ENDS = re.compile("[.!?…。！？｡]")
_QUOTES = re.compile("[\"“”„«»‘’'「」『』]")

# Units that are no words: the end of a sentence (and the start of a paragraph), a quotation mark,
# any other mark, a number.
_END, _QUOTE, _MARK, _NUMBER = ".", '"', ",", "0"
_STARTS = frozenset((_END, _QUOTE))
# Words by their first letter: inside a sentence, and where one starts.
_INSIDE, _AT_START = "\n", "\r"

_Counts = dict[str, "str | dict[str, int]"]


@dataclass(frozen=True, slots=True, eq=False)
class DraftWords:
    """The counts of a draft at one moment; it never changes, so any thread may ask it.

    `counts` holds what followed each sequence of units, and how often; a lone follower that was
    met once stands there by itself.
    """

    counts: Mapping[str, str | Mapping[str, int]]

    def next_words(self, before: str, typed: str) -> Mapping[str, float]:
        """Return whole words that begin with `typed`, the likeliest first, with probabilities.

        They are those among all words of the draft that begin with `typed`; 20 words at most. The
        word at the caret is taken to be in the draft too: one use of `typed` itself is left out.
        With nothing typed and nothing known of what came before, there are none.
        """
        units = _context(before)
        odds = self._single_words(units, typed) if typed else {}
        for key in _keys(units):
            odds = _interpolated(_matching(self._followers(key), typed), odds)
        return dict(heapq.nsmallest(_OFFERED, odds.items(), key=_by_odds))

    def complete_word(self, before: str) -> tuple[str, float] | None:
        """Return the rest of the word at the end of `before`, and how likely it is.

        None where the draft alone is not sure, less than two letters of it are typed, or less than
        three are left. Chinese and Japanese characters go on with those that have followed them.
        """
        tail = before[-_REACH:]
        if tail and _CHARACTER.match(tail[-1]):
            return self._more_characters(tail)
        match = _TYPED.search(tail)
        if match is None or match.end() - match.start() < _LETTERS_FIRST:
            return None
        typed = match.group()
        odds = self.next_words(tail[: match.start()], typed)
        word, likely = next(iter(odds.items()), (typed, 0.0))
        if len(word) < len(typed) + _LETTERS_LEFT or likely < _SURE:
            return None
        return word[len(typed) :], likely

    def _more_characters(self, before: str) -> tuple[str, float] | None:
        rest, product = "", 1.0
        while len(rest) < _CHARACTERS_AT_MOST:
            odds = self.next_words(before + rest, "")
            character, likely = next(iter(odds.items()), ("", 0.0))
            # One use before may be the one that is being typed over.
            key = _key(_context(before + rest)[-1:])
            known = self._followers(key).get(character, 0) > 1
            if product * likely < _SURE or not known or not _CHARACTER.match(character):
                break
            rest += character
            product *= likely
        return (rest, product) if rest else None

    def _followers(self, key: str) -> Mapping[str, int]:
        """Return how often each word followed."""
        found = self.counts.get(key, {})
        return {found: 1} if isinstance(found, str) else found

    def _single_words(self, units: list[str], typed: str) -> dict[str, float]:
        """Return the odds of the words that begin with `typed`, wherever they stand.

        Where a sentence starts, those that are written small elsewhere are meant too. Elsewhere a
        word that started a sentence counts in the form that is more frequent inside of sentences,
        and in both where that tells nothing.
        """
        letter = typed[0].lower()
        inside = self._followers(_INSIDE + letter)
        starting = self._followers(_AT_START + letter)
        found: dict[str, int] = {}
        if units[-1] in _STARTS and typed[0].isupper():
            for word, count in chain(inside.items(), starting.items()):
                written = word[0].upper() + word[1:]
                found[written] = found.get(written, 0) + count
        else:
            found |= inside
            for word, count in starting.items():
                small = word[0].lower() + word[1:]
                as_name, as_word = inside.get(word, 0), inside.get(small, 0)
                if as_name >= as_word:
                    found[word] = found.get(word, 0) + count
                if as_word >= as_name:
                    found[small] = found.get(small, 0) + count
        return _interpolated(_matching(found, typed), {})


class DraftCounter:
    """Keeps the counts of a draft up to date, paragraph by paragraph; for one thread.

    A snapshot shares everything with the counter until the counter changes: then the outer
    dictionary is copied, and of the inner ones those that change.
    """

    def __init__(self, text: str = "") -> None:
        self._counts: _Counts = {}
        # The inner dictionaries that no snapshot shares.
        self._own: set[str] = set()
        self._snapshot: DraftWords | None = None
        self._add(_sequences(text))

    def set_text(self, text: str) -> None:
        """Forget what was counted and count `text`."""
        self._counts, self._own, self._snapshot = {}, set(), None
        self._add(_sequences(text))

    def replace(self, old: str, new: str) -> None:
        """Count `new` in the place of the paragraph `old`, which was counted; either may be ""."""
        if old == new:
            return
        if self._snapshot is not None:
            self._counts, self._own, self._snapshot = dict(self._counts), set(), None
        gone, come = list(_sequences(old)), list(_sequences(new))
        start = _common(gone, come)
        # A letter typed inside a paragraph changes a few sequences of many.
        end = _common(gone[start:][::-1], come[start:][::-1])
        for key, word in gone[start : len(gone) - end]:
            self._remove(key, word)
        self._add(come[start : len(come) - end])

    def snapshot(self) -> DraftWords:
        """Return the counts as they are now."""
        if self._snapshot is None:
            self._snapshot = DraftWords(self._counts)
        return self._snapshot

    def _add(self, sequences: Iterable[tuple[str, str]]) -> None:
        counts, own = self._counts, self._own
        for key, word in sequences:
            found = counts.get(key)
            if found is None:
                counts[key] = word
                continue
            if isinstance(found, str):
                found = counts[key] = {found: 1}
                own.add(key)
            elif key not in own:
                found = counts[key] = dict(found)
                own.add(key)
            found[word] = found.get(word, 0) + 1

    def _remove(self, key: str, word: str) -> None:
        found = self._counts.get(key)
        if isinstance(found, str):
            if found == word:
                del self._counts[key]
            return
        if found is None or word not in found:
            return
        if key not in self._own:
            found = self._counts[key] = dict(found)
            self._own.add(key)
        found[word] -= 1
        if not found[word]:
            del found[word]
        if len(found) == 1 and (lone := next(iter(found.items())))[1] == 1:
            self._counts[key] = lone[0]


def _sequences(text: str) -> Iterator[tuple[str, str]]:
    """Yield each word of `text` with each key under which it is counted."""
    for line in text.splitlines():
        units = [_END]
        for kind, unit, word in _units(line):
            if kind in ("word", "character"):
                start = units[-1] in _STARTS and word[0].isupper()
                yield (_AT_START if start else _INSIDE) + word[0].lower(), word
                for key in _keys(units):
                    yield key, word
            if unit != units[-1] or kind in ("word", "character"):
                units = [*units[-2:], unit]


def _units(line: str) -> Iterator[tuple[str | None, str, str]]:
    """Yield the kind, the unit as it is looked up, and the text of each unit of a line."""
    for match in _UNIT.finditer(line):
        kind, text = match.lastgroup, match.group()
        if kind == "word" and len(text) <= _LONGEST_WORD:
            yield kind, text.lower().replace("’", "'"), text
        elif kind == "character":
            yield kind, text, text
        elif kind == "marks":
            ends, quotes = _ENDS.search(text), _QUOTES.search(text)
            yield kind, _END if ends else _QUOTE if quotes else _MARK, text
        else:
            yield "number", _NUMBER, text


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """Return how many elements both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _context(before: str) -> list[str]:
    """Return the last units of the text before the caret, the nearest last."""
    line = (before[-_REACH:] + "|").splitlines()[-1][:-1]
    units = [_END]
    for kind, unit, _ in _units(line):
        if unit != units[-1] or kind in ("word", "character"):
            units.append(unit)
    return units[-3:]


def _keys(units: list[str]) -> Iterator[str]:
    """Yield the keys of the sequences before a word, the shortest first."""
    yield _key(units[-1:])
    if len(units) > 1:
        yield _key(units[-2:])
    if len(units) > 2 and all(_CHARACTER.match(unit) for unit in units[-3:]):
        yield _key(units[-3:])


def _key(units: list[str]) -> str:
    return " ".join(units)


def _matching(counts: Mapping[str, int], typed: str) -> Mapping[str, int]:
    """Return the words that begin with `typed`, without one use of `typed` itself."""
    if not typed:
        return counts
    found = {word: count for word, count in counts.items() if word.startswith(typed)}
    if found.get(typed):
        found[typed] -= 1
        if not found[typed]:
            del found[typed]
    return found


def _interpolated(counts: Mapping[str, int], lower: Mapping[str, float]) -> dict[str, float]:
    """Return the odds by `counts`, and by the shorter order's as far as words are often new."""
    if not counts:
        return dict(lower)
    kinds = len(counts)
    whole = sum(counts.values()) + kinds
    odds = {word: kinds * likely / whole for word, likely in lower.items()}
    for word, count in counts.items():
        odds[word] = odds.get(word, 0.0) + count / whole
    return odds


def _by_odds(item: tuple[str, float]) -> tuple[float, str]:
    word, likely = item
    return -likely, word
