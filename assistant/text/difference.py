"""What changed from one text to another, word by word.

A change is a `Replacement` in the former text; changes come in order and do not overlap, and
carrying them all out gives the latter text exactly. Words that changed side by side are one change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import accumulate

from assistant.core.tasks import Replacement, Span
from assistant.text.scripts import UNSPACED

# From coarse to fine: lines, sentences, words. Only what differs is looked at more closely. A word
# takes the white space before it along, so that one that goes leaves no gap behind.
_GRAINS = (
    re.compile(r"[^\n]*\n|[^\n]+"),
    re.compile(r"[^.!?。！？\n]*[.!?。！？\n]+\s*|[^.!?。！？\n]+"),
    re.compile(rf"\s*(?:[{UNSPACED}]|[^\W{UNSPACED}]+(?:['’][^\W{UNSPACED}]+)*|[^\w\s])|\s+"),
)
# Passages with more pieces than this that have no sentence in common are one change: comparing
# them would take minutes and show nothing.
_MOST_PIECES = 10_000
# From here on difflib sets pieces aside that come up all the time.
_MANY_PIECES = 2000


def replacements(before: str, after: str) -> tuple[Replacement, ...]:
    """Return the changes that turn `before` into `after`."""
    spans = [(Span(0, len(before)), Span(0, len(after)))]
    for grain in _GRAINS:
        spans = [
            changed for old, new in spans for changed in _changed(before, after, old, new, grain)
        ]
    return tuple(_as_replacement(before, after, old, new) for old, new in spans)


def apply(before: str, changes: Iterable[Replacement]) -> str:
    """Return `before` with the changes carried out; ValueError when they overlap or lie outside."""
    parts: list[str] = []
    end = 0
    for change in sorted(changes, key=lambda change: (change.span.start, change.span.end)):
        span = change.span
        if not end <= span.start <= span.end <= len(before):
            msg = f"a change at {span.start}-{span.end} overlaps another or lies outside"
            raise ValueError(msg)
        parts += (before[end : span.start], change.text)
        end = span.end
    return "".join((*parts, before[end:]))


def _changed(
    before: str, after: str, old: Span, new: Span, grain: re.Pattern[str]
) -> Iterator[tuple[Span, Span]]:
    """Yield where a passage of each text differs in the pieces that `grain` cuts."""
    old_pieces = grain.findall(before, old.start, old.end)
    new_pieces = grain.findall(after, new.start, new.end)
    count = max(len(old_pieces), len(new_pieces))
    if count > _MOST_PIECES and grain is _GRAINS[-1]:
        yield old, new
        return
    old_at = [*accumulate(map(len, old_pieces), initial=old.start)]
    new_at = [*accumulate(map(len, new_pieces), initial=new.start)]
    matcher = SequenceMatcher(None, old_pieces, new_pieces, autojunk=count > _MANY_PIECES)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield (
                Span(old_at[old_start], old_at[old_end]),
                Span(new_at[new_start], new_at[new_end]),
            )


def _as_replacement(before: str, after: str, old: Span, new: Span) -> Replacement:
    """Return a change without the white space and the whole words that it leaves as they were."""
    removed, text = before[old.start : old.end], after[new.start : new.end]
    lead = _common_space(removed, text)
    tail = _common_words(removed[lead:], text[lead:])
    return Replacement(Span(old.start + lead, old.end - tail), text[lead : len(text) - tail])


def _common_space(one: str, other: str) -> int:
    """Return how much white space two strings both begin with."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b or not a.isspace():
            break
        shared += 1
    return shared


def _common_words(one: str, other: str) -> int:
    """Return how long the whole words are that two strings both end with."""
    words = 0
    for shared, (a, b) in enumerate(zip(reversed(one), reversed(other), strict=False), start=1):
        if a != b:
            break
        if all(len(text) == shared or text[-shared - 1].isspace() for text in (one, other)):
            words = shared
    return words
