"""Where a text speaks of what a question asks, found by the words they have in common.

Owns the measure of whether a text answers a question at all. No model is needed and nothing is
invented: what comes back stands in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from assistant.core.tasks import Span
from assistant.text import language as languages
from assistant.text.sentences import split
from assistant.text.words import content_words

# Of 300 questions on fairy tales 96 % have at least this share of their words in the passage that
# answers them, and 6 % in a passage of another story.
ANSWERABLE = 0.4


def as_one_line(text: str) -> str:
    """Return `text` with every run of white space, line breaks too, as one space.

    Passages and questions are read in this form by a model that has learned to answer them.
    """
    return " ".join(text.split())


def share_found(text: str, question: str) -> float:
    """Return which share, 0 to 1, of the question's content words stands in the text.

    A question without any content word finds nothing.
    """
    language = _common_language(text, question)
    asked = set(content_words(question, language))
    if not asked:
        return 0.0
    return len(asked.intersection(_words(text, asked, language))) / len(asked)


def best_sentence(text: str, question: str) -> Span | None:
    """Return the sentence that speaks most of what the question asks (BM25), the first of equals.

    None where no sentence has a word of the question.
    """
    spans, scores = _scored(text, question)
    if not any(scores):
        return None
    return spans[scores.index(max(scores))]


def best_passages(
    text: str, question: str, count: int, fits: Callable[[str], bool]
) -> tuple[Span, ...]:
    """Return the `count` stretches of `text` that speak most of what the question asks.

    The best comes first. Each begins as one sentence and takes in its neighbours, those first that
    speak more of it, as long as it `fits`; no two have a sentence in common. A sentence that does
    not fit by itself is a passage all the same.
    """
    if fits(text):
        return (Span(0, len(text)),)
    spans, scores = _scored(text, question)
    free = [True] * len(spans)
    found: list[Span] = []
    for index in sorted(range(len(spans)), key=lambda one: -scores[one]):
        if len(found) >= count or not scores[index]:
            break
        if free[index]:
            first, last = _grown(text, spans, scores, free, index, fits)
            free[first : last + 1] = [False] * (last + 1 - first)
            found.append(Span(spans[first].start, spans[last].end))
    return tuple(found)


def even_parts(text: str, count: int) -> tuple[Span, ...]:
    """Return `text` in `count` stretches of whole sentences, of about the same length, in order.

    There are fewer where it has fewer sentences, and none in a text without any.
    """
    spans = split(text)
    total = sum(span.end - span.start for span in spans)
    count = min(count, len(spans))
    parts: list[Span] = []
    first, taken = 0, 0
    for index, span in enumerate(spans):
        taken += span.end - span.start
        left = len(spans) - index - 1
        wanted = count - len(parts) - 1
        # As many sentences as parts that are still to come have to stay.
        full = taken * count >= total * (len(parts) + 1) or left == wanted
        if (full and left >= wanted) or not left:
            parts.append(Span(spans[first].start, span.end))
            first = index + 1
    return tuple(parts)


def _grown(
    text: str,
    spans: Sequence[Span],
    scores: Sequence[float],
    free: Sequence[bool],
    index: int,
    fits: Callable[[str], bool],
) -> tuple[int, int]:
    """Return the first and last of the free sentences around `index` that fit together."""
    first = last = index
    while True:
        sides = [at for at in (last + 1, first - 1) if 0 <= at < len(spans) and free[at]]
        for side in sorted(sides, key=lambda at: (-scores[at], abs(at - index))):
            wider = min(first, side), max(last, side)
            if fits(text[spans[wider[0]].start : spans[wider[1]].end]):
                first, last = wider
                break
        else:
            return first, last


def _scored(text: str, question: str) -> tuple[tuple[Span, ...], list[float]]:
    """Return the sentences, and of each how much it speaks of what the question asks (BM25)."""
    language = _common_language(text, question)
    asked = list(dict.fromkeys(content_words(question, language)))
    sentences = split(text, language)
    words = [_words(text[one.start : one.end], asked, language) for one in sentences]
    if not asked or not any(set(asked).intersection(one) for one in words):
        return sentences, [0.0] * len(sentences)
    from bm25s import BM25

    index = BM25()
    index.index(words, show_progress=False)
    return sentences, [float(score) for score in index.get_scores(asked)]


def _words(text: str, asked: Collection[str], language: str | None) -> list[str]:
    """Return the content words of `text`, and each single character of the question in it.

    Chinese is cut into pairs, of which a character that stands alone in a question is none.
    """
    alone = (word for word in asked if len(word) == 1 and not word.isascii() and word in text)
    return [*content_words(text, language), *alone]


def _common_language(text: str, question: str) -> str | None:
    """Return the language in which both are read: the text's, which is longer."""
    return languages.detect(text) or languages.detect(question)
