"""A text as its sentences and what stands between them, so that both can be put together again.

White space is layout and so are Markdown's marks at the beginning of a line: they stay as they
are and no model sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.core.tasks import Replacement, Span
from assistant.text import sentences

_MARKS = re.compile(r"(?:(?:#{1,6}|[-*+>•]|\d{1,3}[.)]|\[[ xX]\])[ \t]+)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence or paragraph, and what stands in the source in front of it."""

    gap: str
    text: str
    span: Span

    @property
    def line(self) -> str:
        """The text on one line: breaks inside a sentence are layout."""
        return " ".join(self.text.split())

    @property
    def has_words(self) -> bool:
        """Whether there is anything to read in it."""
        return any(map(str.isalpha, self.text))


def by_sentence(text: str, language: str | None = None) -> tuple[Piece, ...]:
    """Return the sentences of `text`, in order."""
    return _pieces(text, sentences.split(text, language))


def by_paragraph(text: str) -> tuple[Piece, ...]:
    """Return the paragraphs of `text`, in order."""
    return _pieces(text, sentences.paragraphs(text))


def after(text: str, pieces: tuple[Piece, ...]) -> str:
    """Return what stands after the last of them."""
    return text[pieces[-1].span.end :] if pieces else text


def shifted(changes: Iterable[Replacement], offset: int) -> list[Replacement]:
    """Return changes of a piece as changes of the text in which it begins at `offset`."""
    return [
        replace(change, span=Span(change.span.start + offset, change.span.end + offset))
        for change in changes
    ]


def _pieces(text: str, spans: tuple[Span, ...]) -> tuple[Piece, ...]:
    pieces = []
    end = 0
    for span in spans:
        start = span.start
        marks = _MARKS.match(text, start, span.end)
        if marks and (start == 0 or "\n" in text[end:start]):
            start = marks.end()
        pieces.append(Piece(text[end:start], text[start : span.end], Span(start, span.end)))
        end = span.end
    return tuple(pieces)
