"""Books, stories and picture books made clean: paragraphs of prose, without what was never told.

Hard-wrapped lines are joined, marks of italics, notes, captions, contents and what the makers of
an edition left behind are dropped; chapter headings are told from prose. Quotation marks, dashes
and spelling stay as the author had them. Knows nothing of examples or files.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from assistant.training.split import book_group, group_name


class Kind(Enum):
    """What a block of a book is."""

    PROSE = "prose"
    HEADING = "heading"
    VERSE = "verse"
    # Titles, signatures, lines of tables: neither prose nor surely a heading.
    SCRAP = "scrap"


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two empty lines, cleaned."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of prose under one heading; `heading` is empty before the first."""

    heading: str
    paragraphs: tuple[str, ...]


_START = re.compile(r"\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG.*", re.IGNORECASE)
_END = re.compile(
    r"\n\W*(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG"
    r"|End of (?:the |this )?Project Gutenberg)",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"\[(?:Illustrations?|Picture|Frontispiece|Music|Map)\b[^\]]*\]", re.IGNORECASE
)
_NOTE = re.compile(
    r" ?\[(?:Footnote[^\]]*|Note[:.][^\]]*|\d{1,3}|[A-Z*†‡]|sic|Pg ?\d+)\]", re.IGNORECASE
)
_EDITORS = re.compile(
    r"transcriber|project gutenberg|gutenberg-tm|distributed proofread|e-?text prepared"
    r"|produced by .{0,80}(?:proofread|pgdp)|printed in (?:the united states|great britain)"
    r"|all rights reserved|^copyright\b|copyright,? (?:18|19)\d\d|\$ ?\d+\.\d\d.{0,20}\bvol",
    re.IGNORECASE,
)
# What follows a note of this kind at a book's end belongs to it.
_LAST_NOTE = re.compile(r"^\W*(?:transcriber'?’?s?'? notes?|footnotes?)\b", re.IGNORECASE)
_ITALICS = re.compile(r"(?<![\w_])_([^_\n]{1,400}?)_(?![\w_])")
_BOLD = re.compile(r"(?<![\w=])=([^=\n]{1,200}?)=(?![\w=])")
_SPACE = re.compile(r"[ \t\u00a0\u2000-\u200b\ufeff]+")
_EMPTY_LINES = re.compile(r"\n[ \t]*\n\s*")
_LEADERS = re.compile(r"(?:\. ?){5,}\s*(?:\d+|[A-Z])|\.{4,} ?\d|\s{3,}\d+$")

_NUMBER = (
    r"(?:[IVXLC]+|\d{1,3}|(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
    r"|tenth|eleventh|twelfth|last)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    r"|(?:twenty|thirty|forty|fifty|sixty)(?:[- ]?\w{3,7})?)"
)
_CHAPTER = re.compile(
    rf"^\W{{0,3}}(?:chapter\b(?=[\s.:—-]*{_NUMBER}\b)"
    rf"|(?:book|part|letter|volume|canto|act|scene|section|stave|adventure)\s+{_NUMBER}\b(?![a-z]))",
    re.IGNORECASE,
)
_NUMERAL = re.compile(r"^(?:[IVXLC]+|\d{1,3})(?:[.:]?$|(?:[.:]|\.?\s?[—–-]+)\s?\S.*$|\s[^a-z]+$)")
_NAMED = re.compile(
    r"^\W{0,3}(?:preface|introduction|introductory|contents|table of contents|illustrations"
    r"|list of illustrations|prologue|epilogue|conclusion|appendix|postscript|dedication|index"
    r"|the end|finis|l'envoi|notes?)\W{0,3}$",
    re.IGNORECASE,
)
_WITHOUT_NUMBER = re.compile(rf"^\W{{0,3}}(?:chapter\s+)?{_NUMBER}?\b[\s.:—–-]*", re.IGNORECASE)
# How old novels begin to say what a chapter holds.
_TELLS = re.compile(
    r"^(?:in which|wherein|how|showing|shows|shewing|containing|contains|of (?:the|a|an|what|how)"
    r"|what|treats|treating|concerning|relates|relating|describes|describing|is |being|introduces"
    r"|tells|telling|narrates|gives|describes|explains|wherefore|whereby)\b",
    re.IGNORECASE,
)
_ENDS = (".", "!", "?", '"', "'", "”", "’", ")", ":", ";", ",", "—", "-", "…", "»", "]", "*")
_TOKENIZED = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r" +([,.!?;:%)\]}])", r"\1"),
        (r"([(\[{$]) +", r"\1"),
        (r"(?<=\w) (n't|'(?:s|m|re|ve|ll|d))\b", r"\1"),
        (r"(?<=\w) - (?=\w)", "-"),
        (r"[ \t]+", " "),
    )
)
_LONGEST_HEADING = 120
_LONGEST_TITLE = 300


def group_of(row: Mapping[str, Any]) -> str:
    """Return the group of a row of any corpus: its book, story, document or pair.

    A book goes by its title without the subtitle and its author's surname, so that two editions of
    it are one group; a story without a title by its first words, a pair of sentences by its English
    side.
    """
    if "story" in row:
        return group_name(row["story"])
    if "title" in row:
        return book_group(row["title"], row.get("author", ""))
    if "file" in row:
        return group_name(row["file"])
    if "english" in row:
        return group_name(row["english"])
    return group_name(row["text"][:120])


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of prose of a book or a story, each on one line."""
    return (block.text for block in blocks(text) if block.kind is Kind.PROSE)


def chapters(text: str) -> Iterator[Chapter]:
    """Yield the prose of a book by chapters; headings that follow each other are its lines."""
    heading: list[str] = []
    prose: list[str] = []
    for block in blocks(text):
        tells = not prose and heading and _is_telling(block.text)
        if block.kind is Kind.HEADING or tells:
            if prose:
                yield Chapter("\n".join(heading), tuple(prose))
                heading, prose = [], []
            heading.append(block.text)
        elif block.kind is Kind.PROSE:
            prose.append(block.text)
    if prose:
        yield Chapter("\n".join(heading), tuple(prose))


def title_of(heading: str) -> str:
    """Return what a chapter is called, without “Chapter IV.” in front; empty if it has no name."""
    lines = [_WITHOUT_NUMBER.sub("", line).strip() for line in heading.split("\n")]
    return next((line for line in reversed(lines) if line), "")


def passages(prose: Iterable[str], words: int) -> Iterator[str]:
    """Yield neighbouring paragraphs joined by empty lines into passages of about `words` words.

    A passage ends with the paragraph that fills it; one paragraph may be longer by itself.
    """
    held: list[str] = []
    size = 0
    for paragraph in prose:
        held.append(paragraph)
        size += paragraph.count(" ") + 1
        if size >= words:
            yield "\n\n".join(held)
            held, size = [], 0
    if held:
        yield "\n\n".join(held)


def blocks(text: str) -> Iterator[Block]:
    """Yield the cleaned blocks of a book or a story in their order, lazily."""
    pieces = _EMPTY_LINES.split(_inside(text))
    count = len(pieces)
    for at, piece in enumerate(pieces):
        if at > count * 0.9 and _LAST_NOTE.match(piece):
            return
        block = _block(piece)
        if block is not None:
            yield block


def detokenized(text: str) -> str:
    """Return `text` with the spaces taken out that a tokenizer put around marks and endings."""
    for pattern, put in _TOKENIZED:
        text = pattern.sub(put, text)
    return text.strip()


def _inside(text: str) -> str:
    """Return the book inside what an edition puts around it and into it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in text:
        text = html.unescape(text)
    if start := _START.search(text):
        text = text[start.end() :]
    if end := _END.search(text):
        text = text[: end.start()]
    return _NOTE.sub("", _CAPTION.sub("", text)).strip()


def _block(piece: str) -> Block | None:
    if len(piece) < 1200 and (_EDITORS.search(piece) or _LEADERS.search(piece)):
        return None
    lines = [line for line in (_line(line) for line in piece.split("\n")) if line]
    if not any(c.isalpha() for c in piece):
        return _heading_of_digits(lines)
    if len(lines) > 1:
        return _of_lines(lines)
    return Block(_kind(lines[0]), lines[0]) if lines else None


def _line(line: str) -> str:
    if "_" in line:
        line = _ITALICS.sub(r"\1", line)
    if "=" in line:
        line = _BOLD.sub(r"\1", line)
    return _SPACE.sub(" ", line).strip(" |\\~")


def _heading_of_digits(lines: list[str]) -> Block | None:
    """Return a block without letters as a heading if it numbers a chapter; rules are dropped."""
    if len(lines) == 1 and re.fullmatch(r"\d{1,2}\.?", lines[0]):
        return Block(Kind.HEADING, lines[0])
    return None


def _of_lines(lines: list[str]) -> Block | None:
    """Return several lines as wrapped prose, as verse, or as a heading; contents are dropped."""
    if sum(line[-1].isdigit() for line in lines) * 2 > len(lines):
        return None
    if all(len(line) <= _LONGEST_HEADING and _is_heading(line) for line in lines):
        return Block(Kind.HEADING, " ".join(lines))
    longest = max(map(len, lines))
    if (
        longest < 60
        and len(lines) > 2
        and sum(line[0].isupper() for line in lines) * 3 > len(lines) * 2
    ):
        return Block(Kind.VERSE, "\n".join(lines))
    joined = re.sub(r"(?<=\w)- (?=[a-z])", "-", " ".join(lines))
    return Block(_kind(joined), joined)


def _kind(line: str) -> Kind:
    if len(line) <= _LONGEST_TITLE and _is_heading(line):
        return Kind.HEADING
    if len(line) <= _LONGEST_HEADING and (not line.endswith(_ENDS) or _is_torn(line)):
        return Kind.SCRAP
    if not any(c.islower() for c in line):
        return Kind.SCRAP
    return Kind.PROSE


def _is_torn(line: str) -> bool:
    """Return whether a short `line` is a line of verse, or of a paragraph torn apart."""
    return line[0].islower() or (line.endswith(",") and len(line) < 70)


def _is_heading(line: str) -> bool:
    if _CHAPTER.match(line) or _NUMERAL.match(line) or _NAMED.match(line):
        return True
    letters = sum(c.isalpha() for c in line)
    shout = letters > 3 and line.upper() == line and line[0] not in "\"'“‘"
    return shout and len(line) <= _LONGEST_HEADING and not line.endswith(("!", "?", ":", ","))


def _is_telling(line: str) -> bool:
    """Return whether `line`, right behind a chapter's number, says what the chapter holds."""
    return len(line) <= _LONGEST_TITLE and _TELLS.match(line) is not None and '"' not in line
