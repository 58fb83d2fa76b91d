"""Example translations for models that are prompted with them, from `resources/examples/`.

The file holds the same sentences in several languages, so that any two of them make pairs. The
pairs nearest to a sentence are found by its rare words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from assistant.config.paths import resource
from assistant.text.scripts import UNSPACED

_FILE = "everyday.tsv"
_WORD = re.compile(rf"[{UNSPACED}]+|[^\W{UNSPACED}]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence and its translation."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class _Pool:
    """All pairs of two languages, with the features of their sources and how rare each is."""

    pairs: tuple[Pair, ...]
    features: tuple[frozenset[str], ...]
    rarity: dict[str, float]


def languages() -> tuple[str, ...]:
    """Return the languages that there are examples in, as ISO 639-1 codes."""
    return _table()[0]


def nearest(sentence: str, source: str, target: str, count: int) -> tuple[Pair, ...]:
    """Return `count` pairs from `source` to `target`, the nearest to `sentence` last.

    Nearness is the rarity (IDF) of the words in common over the square root of the length.
    Languages without examples give none.
    """
    pool = _pool(source, target)
    if not pool.pairs:
        return ()
    wanted = _features(sentence)

    def score(index: int) -> float:
        own = pool.features[index]
        common = sum(pool.rarity[feature] for feature in wanted & own)
        return common / math.sqrt(len(own))

    best = sorted(range(len(pool.pairs)), key=lambda index: (-score(index), index))[:count]
    return tuple(pool.pairs[index] for index in reversed(best))


def _features(sentence: str) -> frozenset[str]:
    """Return the words of a sentence; of a script without spaces, its pairs of characters."""
    features: set[str] = set()
    for word in _WORD.findall(sentence.casefold()):
        if _UNSPACED.match(word) and len(word) > 1:
            features.update(word[at : at + 2] for at in range(len(word) - 1))
        else:
            features.add(word)
    return frozenset(features)


@cache
def _table() -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    lines = resource("examples", _FILE).read_text("utf-8").splitlines()
    head, *rows = (tuple(line.split("\t")) for line in lines)
    return head, tuple(rows)


@cache
def _pool(source: str, target: str) -> _Pool:
    head, rows = _table()
    if source not in head or target not in head:
        return _Pool((), (), {})
    columns = head.index(source), head.index(target)
    pairs = tuple(Pair(row[columns[0]], row[columns[1]]) for row in rows)
    features = tuple(_features(pair.source) for pair in pairs)
    seen = Counter(feature for own in features for feature in own)
    rarity = {feature: math.log(len(pairs) / count) + 1 for feature, count in seen.items()}
    return _Pool(pairs, features, rarity)
