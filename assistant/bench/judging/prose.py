"""How well a model knows what prose is like: the next token, the next word, and its own texts.

Bits per UTF-8 byte are those of the tokens 257 to 512 of each passage, after 256 tokens of context.
Scores, of the first manner of prose that is there (children's books): `bits_per_byte_unseen`,
`bits_per_byte_seen` (works that were learned from), `difference` (unseen less seen), `next_word`
(the whole next word after a typed space, in per cent), `repeated_8grams` (of 200-token samples at
temperature 0.8 and top-p 0.95, without a penalty, the share that says some eight words twice). The
same of the other manners, from a quarter of the items: `bits_per_byte_novels`, `next_word_stories`,
`repeated_8grams_stories`, … Rivals: `rival_bits_per_byte` (xz, having read the seen passages),
`rival_next_word` (the word that followed the last one most often in the seen passages),
`rival_repeated_8grams` (the books' own next 200 words).
"""

from __future__ import annotations

import lzma
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from assistant.bench.judging.subject import Scores, each, percent
from assistant.core.errors import TaskNotPossible
from assistant.core.i18n import tr
from assistant.core.requests import Sampling
from assistant.engines.base import Predictor

if TYPE_CHECKING:
    from assistant.bench.judging.passages import Passage
    from assistant.bench.judging.subject import Bench
    from assistant.engines.predictions import Prediction

NAME = "prose"

_CONTEXT, _TOKENS = 256, 512
# In characters: shorter texts have hardly any tokens left to score.
_LONG = 1300
# A text that ends before is of no use.
_FEWEST_SCORED = 32
# Passages that go through the model between two reports.
_TOGETHER = 4
_SAMPLING = Sampling(temperature=0.8, top_p=0.95, repetition_penalty=1.0, seed=1)
_SAMPLE_TOKENS = 200
_OPENING_TOKENS = 80
_SAMPLES_TOGETHER = 20
_LOOP = 8
_WORD = re.compile(r"\w+(?:['’]\w+)*")
# A word in the middle of a sentence, with the space that was typed before it.
_TYPED = re.compile(r"(?<=[\w,;]) (\w+(?:['’]\w+)*)")


@dataclass(frozen=True, slots=True)
class _Read:
    """One passage and what the model expected in it."""

    passage: Passage
    predictions: tuple[Prediction, ...]

    @property
    def begins(self) -> int:
        """Where what is scored begins in the text."""
        return self.predictions[_CONTEXT - 1].end


def judge(bench: Bench) -> Scores:
    """Return how well the model expects prose, and how it writes."""
    first, *others = bench.prose.manners()
    unseen = _read(bench, tr("prose, unseen"), bench.prose.unseen(first, bench.limit))
    if not unseen:
        return {}
    known = bench.prose.seen(first, bench.limit)
    seen = _read(bench, tr("prose, seen"), known)
    scores = {
        "bits_per_byte_unseen": _bits_per_byte(unseen),
        "next_word": _next_word(unseen),
        "items": len(unseen),
        "rival_bits_per_byte": _bits_of_xz(known, unseen),
        "rival_next_word": _next_word_by_pairs(known, unseen),
    }
    if seen:
        scores["bits_per_byte_seen"] = _bits_per_byte(seen)
        scores["difference"] = scores["bits_per_byte_unseen"] - scores["bits_per_byte_seen"]
    scores |= _loops(bench, unseen)
    for manner in others:
        scores |= _of_other(bench, manner)
    return {name: value for name, value in scores.items() if not math.isnan(value)}


def _of_other(bench: Bench, manner: str) -> Scores:
    long = [p for p in bench.prose.unseen(manner, 4 * bench.limit) if len(p.text) >= _LONG]
    found = _read(bench, f"{NAME}, {manner}", long[: max(1, bench.limit // 4)])
    if not found:
        return {}
    scores = {
        f"bits_per_byte_{manner}": _bits_per_byte(found),
        f"next_word_{manner}": _next_word(found),
        f"items_{manner}": float(len(found)),
    }
    if manner == "stories":
        loops_ = _loops(bench, found)
        scores |= {f"{name}_stories": value for name, value in loops_.items()}
    return scores


def predictor(bench: Bench) -> Predictor:
    """Return the model's engine; refuse one that cannot be held against texts."""
    engine = bench.engine()
    if not isinstance(engine, Predictor):
        raise TaskNotPossible(
            tr("{model} cannot say how likely a text is.", model=engine.model.title)
        )
    return engine


def _read(bench: Bench, name: str, passages: Sequence[Passage]) -> list[_Read]:
    """Return the passages that are long enough, with what the model expects in each."""
    engine = predictor(bench)
    batches = [passages[i : i + _TOGETHER] for i in range(0, len(passages), _TOGETHER)]
    found: list[_Read] = []

    def read(batch: Sequence[Passage]) -> Scores:
        texts = [passage.text for passage in batch]
        expected = engine.predictions(texts, _CONTEXT, _TOKENS, bench.should_stop)
        found.extend(map(_Read, batch, expected))
        return {}

    each(name, batches, bench, read)
    return [one for one in found if len(one.predictions) >= _CONTEXT + _FEWEST_SCORED]


def _bits_per_byte(read: Sequence[_Read]) -> float:
    nats = -sum(one.log_probability or 0.0 for part in read for one in part.predictions[_CONTEXT:])
    bytes_ = sum(len(_scored(one).encode()) for one in read)
    return nats / math.log(2) / bytes_ if bytes_ else math.nan


def _scored(read: _Read) -> str:
    return read.passage.text[read.begins : read.predictions[-1].end]


def _bits_of_xz(known: Sequence[Passage], read: Sequence[_Read]) -> float:
    before = "\n\n".join(passage.text for passage in known)
    own = "\n\n".join(_scored(one) for one in read)
    size = len(lzma.compress((before + own).encode())) - len(lzma.compress(before.encode()))
    return 8 * size / max(1, len(own.encode()))


def _next_word(read: Sequence[_Read]) -> float:
    """Return how many of the words after a typed space are right, in per cent."""
    found = [right for one in read for right in _words_right(one)]
    return 100 * fmean(found) if found else math.nan


def _words_right(read: _Read) -> list[bool]:
    """Return, for each word after a typed space, whether the model would write just that word."""
    text, predictions = read.passage.text, read.predictions
    # Which token each code point is in; the last of a character's where it takes several.
    token_at = {one.end: index for index, one in enumerate(predictions)}
    found = []
    for match in _TYPED.finditer(text, read.begins, predictions[-1].end):
        last = token_at.get(match.end())
        # Byte-level tokens take the space with the word; where it is one by itself, it was typed.
        typed = match.start(1) in token_at
        before = token_at.get(match.start(1) if typed else match.start())
        if last is None or before is None or last + 1 >= len(predictions):
            continue
        first = predictions[before + 1]
        rest = predictions[before + 2 : last + 1]
        begins_right = first.right if typed else first.right_after_space
        ends = not predictions[last + 1].in_word
        found.append(begins_right and all(one.right for one in rest) and ends)
    return found


def _next_word_by_pairs(known: Sequence[Passage], read: Sequence[_Read]) -> float:
    followers: dict[str, Counter[str]] = {}
    for passage in known:
        words = _WORD.findall(passage.text)
        for word, following in pairwise(words):
            followers.setdefault(word.lower(), Counter())[following] += 1
    likeliest = {word: counts.most_common(1)[0][0] for word, counts in followers.items()}
    found = []
    for one in read:
        text = one.passage.text
        for match in _TYPED.finditer(text, one.begins, one.predictions[-1].end):
            before = _WORD.findall(text, max(0, match.start() - 40), match.start())
            found.append(bool(before) and likeliest.get(before[-1].lower()) == match[1])
    return 100 * fmean(found) if found and known else math.nan


def _loops(bench: Bench, read: Sequence[_Read]) -> Scores:
    """Return how many texts of the model, and of the books, say the same words twice."""
    engine = predictor(bench)
    openings = [_opening(one) for one in read[: max(1, bench.limit // 2)]]
    batches = [
        openings[i : i + _SAMPLES_TOGETHER] for i in range(0, len(openings), _SAMPLES_TOGETHER)
    ]
    texts: list[str] = []

    def write(batch: Sequence[str]) -> Scores:
        texts.extend(engine.samples(batch, _SAMPLING, _SAMPLE_TOKENS, bench.should_stop))
        return {}

    each(tr("prose, samples"), batches, bench, write)
    if not texts:
        return {}
    return {
        "repeated_8grams": fmean(percent(loops(text)) for text in texts),
        "rival_repeated_8grams": fmean(percent(loops(_scored(one))) for one in read),
        "samples": len(texts),
    }


def _opening(read: _Read) -> str:
    """Return the first 80 tokens of a passage, fewer where they would break a word."""
    text = read.passage.text
    ends = [one.end for one in read.predictions[:_OPENING_TOKENS]]
    whole = (end for end in reversed(ends) if not text[end : end + 1].isalnum())
    return text[: next(whole, ends[-1])]


def loops(text: str) -> bool:
    """Return whether some eight words stand in `text` twice."""
    words = _WORD.findall(text.lower())
    runs = [tuple(words[i : i + _LOOP]) for i in range(len(words) - _LOOP + 1)]
    return len(set(runs)) < len(runs)
