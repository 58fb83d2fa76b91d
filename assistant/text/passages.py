"""Where a text speaks of what a question asks, found by the words they have in common.

Owns the measure of whether a text answers a question at all. No model is needed and nothing is
invented: what comes back stands in the text.
"""

from __future__ import annotations

from collections.abc import Collection

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
    language = _common_language(text, question)
    asked = list(dict.fromkeys(content_words(question, language)))
    sentences = split(text, language)
    words = [_words(text[one.start : one.end], asked, language) for one in sentences]
    if not asked or not any(set(asked).intersection(one) for one in words):
        return None
    from bm25s import BM25

    index = BM25()
    index.index(words, show_progress=False)
    return sentences[int(index.get_scores(asked).argmax())]


def _words(text: str, asked: Collection[str], language: str | None) -> list[str]:
    """Return the content words of `text`, and each single character of the question in it.

    Chinese is cut into pairs, of which a character that stands alone in a question is none.
    """
    alone = (word for word in asked if len(word) == 1 and not word.isascii() and word in text)
    return [*content_words(text, language), *alone]


def _common_language(text: str, question: str) -> str | None:
    """Return the language in which both are read: the text's, which is longer."""
    return languages.detect(text) or languages.detect(question)
