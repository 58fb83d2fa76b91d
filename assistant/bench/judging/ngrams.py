"""How near translations come to people's: BLEU and chrF, from 0 to 100, over all of them together.

Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation", in the words
of Post 2018 (sacreBLEU: tokens as in mteval-v13a, exponential smoothing), and Popović 2015, "chrF:
character n-gram F-score for automatic MT evaluation". One reference each.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TypeAlias

# A translation and its reference.
Compared: TypeAlias = tuple[str, str]

_LONGEST_OF_WORDS = 4
_LONGEST_OF_CHARACTERS = 6
# Recall counts twice as much as precision.
_BETA = 2

# Marks are tokens of their own, but for those within words and numbers.
_MARKS = (
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def bleu(pairs: Sequence[Compared]) -> float:
    """Return BLEU of up to four words in a row; 0 where no word is right, or all is shorter."""
    counted = [(_words(text), _words(reference)) for text, reference in pairs]
    common, found, _ = _counted(counted, _LONGEST_OF_WORDS)
    if not common[0] or not found[-1]:
        return 0.0
    logs, smooth = [], 1.0
    for right, of in zip(common, found, strict=True):
        if not right:
            smooth /= 2
        logs.append(math.log((right or smooth) / of))
    length = sum(len(text) for text, _ in counted)
    wanted = sum(len(reference) for _, reference in counted)
    brevity = min(0.0, 1 - wanted / length)
    return 100 * math.exp(brevity + fmean(logs))


def chrf(pairs: Sequence[Compared]) -> float:
    """Return chrF of up to six characters in a row, blanks left out."""
    counted = [tuple("".join(text.split()) for text in pair) for pair in pairs]
    counts = zip(*_counted(counted, _LONGEST_OF_CHARACTERS), strict=True)
    shares = [(right / of, right / wanted) for right, of, wanted in counts if of and wanted]
    if not shares:
        return 0.0
    precision, recall = (fmean(values) for values in zip(*shares, strict=True))
    both = _BETA**2 * precision + recall
    return 100 * (1 + _BETA**2) * precision * recall / both if both else 0.0


def _counted(
    pairs: Iterable[Sequence[Sequence[str]]], longest: int
) -> tuple[list[int], list[int], list[int]]:
    """Return how many n-grams are common, in the translations, in the references, by length."""
    common, found, wanted = ([0] * longest for _ in range(3))
    for text, reference in pairs:
        for index in range(longest):
            own, theirs = _ngrams(text, index + 1), _ngrams(reference, index + 1)
            common[index] += (own & theirs).total()
            found[index] += own.total()
            wanted[index] += theirs.total()
    return common, found, wanted


def _ngrams(units: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(units[i : i + length]) for i in range(len(units) - length + 1))


def _words(text: str) -> list[str]:
    padded = f" {text} "
    for pattern, parted in _MARKS:
        padded = pattern.sub(parted, padded)
    return padded.split()
