"""How near a text comes to what people wrote: the measures of SQuAD and ROUGE.

Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text"; Lin 2004,
"ROUGE: A Package for Automatic Evaluation of Summaries". Shares from 0 to 1, the best over several
references.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_MARKS = str.maketrans("", "", string.punctuation + "“”‘’«»…—–")
_ROUGE_WORD = re.compile(r"[a-z0-9]+")


def token_f1(answer: str, golds: Sequence[str]) -> float:
    """Return how much `answer` and the nearest of `golds` share, as the F1 of their words."""
    own = normalized(answer).split()
    return max((_f1_of_words(own, normalized(gold).split()) for gold in golds), default=0.0)


def is_exact(answer: str, golds: Sequence[str]) -> bool:
    """Return whether `answer` is one of `golds` but for case, marks and articles."""
    return normalized(answer) in {normalized(gold) for gold in golds}


def normalized(text: str) -> str:
    """Return `text` as SQuAD compares it: small letters, no marks, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_MARKS)).split())


def rouge_l(summary: str, references: Sequence[str]) -> float:
    """Return ROUGE-L, the F1 of the longest common subsequence of words, without stemming."""
    own = _ROUGE_WORD.findall(summary.lower())
    return max((_rouge_l(own, _ROUGE_WORD.findall(one.lower())) for one in references), default=0.0)


def _f1_of_words(one: Sequence[str], other: Sequence[str]) -> float:
    if not one or not other:
        return float(one == other)
    return _f1((Counter(one) & Counter(other)).total(), len(one), len(other))


def _rouge_l(one: Sequence[str], other: Sequence[str]) -> float:
    lengths = [0] * (len(other) + 1)
    for word in one:
        diagonal = 0
        for at, against in enumerate(other, 1):
            above = lengths[at]
            lengths[at] = diagonal + 1 if word == against else max(above, lengths[at - 1])
            diagonal = above
    return _f1(lengths[-1], len(one), len(other))


def _f1(common: int, one: int, other: int) -> float:
    return 2 * common / (one + other) if common else 0.0
