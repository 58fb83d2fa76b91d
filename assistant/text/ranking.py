"""The sentences of a text that say the most of what it says: LexRank.

Erkan and Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization",
2004: sentences are the nodes of a graph, those with an idf-modified cosine above 0.1 are joined,
and the walk that ends most often at a sentence makes it central. Nothing is invented.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from assistant.core.errors import Cancelled
from assistant.core.tasks import Span
from assistant.text import language as languages
from assistant.text.counts import count_words
from assistant.text.sentences import ends_a_sentence, split
from assistant.text.words import content_words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Row: TypeAlias = npt.NDArray[np.float64]

_FEWEST_WORDS = 8
_FEWEST_CONTENT_WORDS = 5
_THRESHOLD = 0.1
_DAMPING = 0.15
_ENOUGH = 1e-6
_MOST_STEPS = 100
# Two sentences more alike than this say the same; only the better is taken.
_SAME = 0.8
# Joining sentences takes the square of their number: longer texts are ranked in parts of equal
# length, and the best of the parts among themselves.
_LARGEST_PART = 5000
_FINALISTS = 500
_ROWS = 256


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence and its content words."""

    span: Span
    words: tuple[str, ...]


def key_sentences(
    text: str,
    count: int,
    *,
    language: str | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[Span, ...]:
    """Return the `count` most central sentences in the order of the text.

    None is under 8 words (Chinese: characters) long, a heading or a line of verse, so there may be
    fewer, or none at all. Raises Cancelled when `should_stop` says so.
    """
    language = language or languages.detect(text)
    candidates = _candidates(text, language)
    chosen = _most_central([one.words for one in candidates], count, should_stop)
    return tuple(candidates[index].span for index in sorted(chosen))


def _candidates(text: str, language: str | None) -> list[_Candidate]:
    """Return the sentences that are worth showing alone."""
    found = [
        _Candidate(span, content_words(text[span.start : span.end], language))
        for span in split(text, language)
        if count_words(text[span.start : span.end]) >= _FEWEST_WORDS
    ]
    # A text without any full stop is a list: its lines are all there is. “Is it you, then, or is it
    # he?” is joined to many others by its few words, and says nothing without them.
    for is_worth in (_is_finished(text), _says_something):
        found = [one for one in found if is_worth(one)] or found
    return found


def _is_finished(text: str) -> Callable[[_Candidate], bool]:
    return lambda one: ends_a_sentence(text[one.span.start : one.span.end])


def _says_something(candidate: _Candidate) -> bool:
    return len(set(candidate.words)) >= _FEWEST_CONTENT_WORDS


def _most_central(
    words: list[tuple[str, ...]], count: int, should_stop: Callable[[], bool]
) -> list[int]:
    """Return the indices of the `count` most central of some sentences, the best first."""
    if len(words) > _LARGEST_PART:
        parts = math.ceil(len(words) / _LARGEST_PART)
        size = math.ceil(len(words) / parts)
        # Half a part's worth of finalists at the most, so that each round has fewer.
        share = min(max(count, _FINALISTS // parts), size // 2)
        finalists = [
            start + index
            for start in range(0, len(words), size)
            for index in _most_central(words[start : start + size], share, should_stop)
        ]
        finalists.sort()
        best = _most_central([words[index] for index in finalists], count, should_stop)
        return [finalists[index] for index in best]
    return _ranked(words, count, should_stop)


def _ranked(words: list[tuple[str, ...]], count: int, should_stop: Callable[[], bool]) -> list[int]:
    """Return the indices of the most central sentences of one part, no two of them alike."""
    import numpy as np

    similarity = _Similarity(words)
    blocks = list(_graph(similarity, len(words), should_stop))
    centrality = _walk(blocks, len(words), should_stop)
    # Rounded, so that equals are taken in the order of the text.
    order = np.argsort(-np.round(centrality * len(words), 4), kind="stable")
    chosen: list[int] = []
    alike = np.zeros(len(words))
    for index in map(int, order):
        if len(chosen) >= count:
            break
        if alike[index] <= _SAME:
            chosen.append(index)
            alike = np.maximum(alike, similarity.row(index))
    return chosen


@dataclass(frozen=True, slots=True)
class _Block:
    """Some rows of the graph: the sentences joined to each, where each row starts, its length."""

    joined: npt.NDArray[np.int16]
    starts: npt.NDArray[np.intp]
    degrees: npt.NDArray[np.intp]


class _Similarity:
    """The idf-modified cosine between sentences, by an index from each word to its sentences."""

    def __init__(self, words: list[tuple[str, ...]]) -> None:
        import numpy as np

        frequencies = [Counter(sentence) for sentence in words]
        spread = Counter(word for frequency in frequencies for word in frequency)
        # The paper counts words in a large collection. Within one short text the plain logarithm
        # would take all weight from the very words that join its sentences, so it is smoothed.
        idf = {
            word: 1 + math.log((1 + len(words)) / (1 + sentences))
            for word, sentences in spread.items()
        }
        self._vectors: list[dict[str, float]] = []
        postings: dict[str, tuple[list[int], list[float]]] = {word: ([], []) for word in spread}
        for index, frequency in enumerate(frequencies):
            vector = {word: times * idf[word] for word, times in frequency.items()}
            norm = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
            self._vectors.append({word: weight / norm for word, weight in vector.items()})
            for word, weight in self._vectors[-1].items():
                postings[word][0].append(index)
                postings[word][1].append(weight)
        self._postings = {
            word: (np.array(at, dtype=np.int32), np.array(weights))
            for word, (at, weights) in postings.items()
        }

    def row(self, index: int) -> Row:
        """Return how alike one sentence is to every other, 0 to 1."""
        import numpy as np

        row: Row = np.zeros(len(self._vectors))
        for word, weight in self._vectors[index].items():
            at, weights = self._postings[word]
            row[at] += weight * weights
        return row


def _graph(similarity: _Similarity, size: int, should_stop: Callable[[], bool]) -> Iterator[_Block]:
    """Yield the graph a few rows at a time: 2 bytes for each two sentences that are joined."""
    import numpy as np

    for first in range(0, size, _ROWS):
        if should_stop():
            raise Cancelled
        neighbours = []
        for index in range(first, min(first + _ROWS, size)):
            row = similarity.row(index)
            # Every sentence is joined to itself, those without any content word too.
            row[index] = 1
            neighbours.append(np.flatnonzero(row > _THRESHOLD).astype(np.int16))
        degrees = np.array([len(joined) for joined in neighbours])
        yield _Block(np.concatenate(neighbours), np.cumsum(degrees) - degrees, degrees)


def _walk(blocks: Sequence[_Block], size: int, should_stop: Callable[[], bool]) -> Row:
    """Return how often a random walk over the graph comes by each sentence (power iteration)."""
    import numpy as np

    if not blocks:
        return np.zeros(0)
    degrees = np.concatenate([block.degrees for block in blocks])
    centrality: Row = np.full(size, 1 / size)
    for _ in range(_MOST_STEPS):
        if should_stop():
            raise Cancelled
        leaving = centrality / degrees
        arriving = [np.add.reduceat(leaving[block.joined], block.starts) for block in blocks]
        step = _DAMPING / size + (1 - _DAMPING) * np.concatenate(arriving)
        moved = float(np.abs(step - centrality).sum())
        centrality = step
        if moved < _ENOUGH:
            break
    return centrality
