"""Where the paragraphs and sentences of a text stand, as spans of code points.

No text is changed and none but white space is left out. A paragraph ends at a line break, unless
the break only wraps lines of equal width, as in books in plain text; sentences end within their
paragraph. Chinese and Japanese have rules here; `sentencex` has those of the other languages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from assistant.core.tasks import Span
from assistant.text import language as languages
from assistant.text.scripts import UNSPACED, mostly_unspaced, whole_characters

_LINE = re.compile(r"[^\r\n\u2028\u2029]+")
_ENDS = re.compile(r"[.!?…。！？｡।؟][\"'”’»」』）)\]*_]*\s*$")
# What begins a line of its own in plain text or Markdown, or goes in to begin a paragraph.
_OWN_LINE = re.compile(r"[ ]?(?:[-*+•–—]\s|[>|]|#{1,6}\s|[-=~`]{3}|\d+[.)]\s)|[ ]{2}|[\t\u3000]")
_HEADING = re.compile(r"[#|]")
_WRAP_WIDTHS = range(50, 101)

_BETWEEN_QUOTES = re.compile(r"(?<=[.!?…][”»\"])\s+(?=[“«\"])")
_TITLE = re.compile(r"(?:^|\s)(?:Dr|Mr|Mrs|Mme|Mlle|MM|M|Mgr|Prof)\.\s*$")
_LETTER = re.compile(r"[^\W\d_]")

_CJK_END = re.compile(rf"(?:[。！？!?｡]|(?<=[{UNSPACED}])\.(?=[{UNSPACED}\s]|$))[。！？!?｡…]*|…+")
_CJK_CLOSING = re.compile("[”’」』）)*_]+")
# Speech, titles and asides up to this long are not split inside.
_CJK_QUOTED = re.compile(
    "|".join(
        f"{opening}[^{opening}{closing}]{{1,120}}{closing}"
        for opening, closing in ("“”", "「」", "『』", "《》", "（）", '""')
    )
)
# A comma, and where speech is reported: “……”的声音, 「……」と言った.
_CJK_GOES_ON = tuple("，、；：,;:")
_CJK_GOES_ON_QUOTED = tuple("的と")


def paragraphs(text: str) -> tuple[Span, ...]:
    """Return the paragraphs, without the white space around them."""
    found: list[Span] = []
    for block in _blocks(text):
        lines = [text[line.start : line.end] for line in block]
        for first, last in _wrapped(lines):
            if span := _stripped(text, block[first].start, block[last].end):
                found.append(span)
    return tuple(found)


def split(text: str, language: str | None = None) -> tuple[Span, ...]:
    """Return the sentences, without the white space around them.

    `language`, an ISO 639-1 code, decides which abbreviations are known; None is detected.
    """
    if language is None:
        language = languages.detect(text)
    found: list[Span] = []
    for paragraph in paragraphs(text):
        content = text[paragraph.start : paragraph.end]
        edges = (_cjk_edges if mostly_unspaced(content) else _edges)(content, language)
        start = 0
        for end in (*edges, len(content)):
            if span := _stripped(text, paragraph.start + start, paragraph.start + end):
                found.append(span)
            start = end
    return tuple(found)


def ends_a_sentence(text: str) -> bool:
    """Return whether `text` ends as sentences do; headings and most lines of verse do not."""
    return _ENDS.search(text, max(0, len(text) - 20)) is not None


def _blocks(text: str) -> Iterator[list[Span]]:
    """Yield the lines that no blank line parts."""
    block: list[Span] = []
    end = 0
    for match in _LINE.finditer(text):
        line = match.group()
        between = text[end : match.start()]
        end = match.end()
        if block and (len(between) > 1 and between != "\r\n"):
            yield block
            block = []
        if line.isspace():
            if block:
                yield block
            block = []
            continue
        block.append(Span(match.start(), match.end()))
    if block:
        yield block


def _wrapped(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each paragraph: most often a line is one of its own."""
    width = max(len(line.rstrip()) for line in lines)
    wraps = len(lines) > 1 and width in _WRAP_WIDTHS and not mostly_unspaced("".join(lines))
    first = 0
    for last, line in enumerate(lines):
        if wraps and last + 1 < len(lines) and _goes_on(line, lines[last + 1], width):
            continue
        # A row of whole sentences, one a line, is more likely meant as it stands.
        if all(ends_a_sentence(inner) for inner in lines[first:last]):
            yield from ((index, index) for index in range(first, last + 1))
        else:
            yield first, last
        first = last + 1


def _goes_on(line: str, following: str, width: int) -> bool:
    """Return whether a line was broken because the next word no longer fitted."""
    if _HEADING.match(line) or _OWN_LINE.match(following):
        return False
    return len(line.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) > width


def _stripped(text: str, start: int, end: int) -> Span | None:
    part = text[start:end]
    if not part or part.isspace():
        return None
    return Span(start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip()))


def _edges(content: str, language: str | None) -> list[int]:
    """Return where one sentence of a paragraph ends and the next begins."""
    from sentencex import get_sentence_boundaries

    boundaries = get_sentence_boundaries(language or "en", whole_characters(content))
    ends = {boundary["end_index"] for boundary in boundaries}
    ends.update(match.end() for match in _BETWEEN_QUOTES.finditer(content))
    return _joined(content, sorted(ends))


def _joined(content: str, ends: Iterable[int]) -> list[int]:
    """Drop the edges that part a title from its name, or a number or marks from their sentence."""
    edges: list[int] = []
    start = 0
    lettered = False
    for former, end in pairwise((0, *ends)):
        piece = content[former:end]
        lettered = lettered or bool(_LETTER.search(piece))
        if lettered:
            if not _TITLE.search(piece):
                edges.append(end)
                start, lettered = end, False
        elif edges and start == former and not any(map(str.isalnum, piece)):
            edges[-1] = start = end
    return edges


def _cjk_edges(content: str, language: str | None) -> list[int]:
    """Return the ends of sentences in Chinese or Japanese, and in what is quoted in between."""
    quoted = {match.end(): match.start() for match in _CJK_QUOTED.finditer(content)}
    closes = sorted(quoted)
    edges: list[int] = []
    start = 0
    for match in _CJK_END.finditer(content):
        end = _behind_quotes(content, match.end(), quoted)
        goes_on = _CJK_GOES_ON if end == match.end() else _CJK_GOES_ON + _CJK_GOES_ON_QUOTED
        # Dots alone are a pause, unless speech ends with them.
        pause = match.group().startswith("…") and end == match.end()
        if pause or content.startswith(goes_on, end):
            continue
        index = bisect_right(closes, end)
        if index < len(closes) and quoted[closes[index]] < end:
            continue
        edges += _foreign_edges(content, start, end, language)
        edges.append(end)
        start = end
    return [*edges, *_foreign_edges(content, start, len(content), language)]


def _behind_quotes(content: str, end: int, quoted: Mapping[int, int]) -> int:
    """Return where the quotation marks and brackets that close at `end` end themselves."""
    closing = _CJK_CLOSING.match(content, end)
    if closing:
        return closing.end()
    # A straight quotation mark closes only what one has opened.
    return end + 1 if end + 1 in quoted and content[end] == '"' else end


def _foreign_edges(content: str, start: int, end: int, language: str | None) -> list[int]:
    """Return the edges inside a Chinese or Japanese sentence that holds others with full stops."""
    part = content[start:end]
    if ". " not in part:
        return []
    return [start + edge for edge in _edges(part, language) if edge < len(part)]
