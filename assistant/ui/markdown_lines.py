"""What the marks in one line of Markdown mean: which part is a heading, emphasis, code, a mark.

Pure functions on a line; they need what the line before has left open, and know no Qt. Covers
what writers use, not all of CommonMark: nothing here changes the text, it is only drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_QUOTE = re.compile(r" {0,3}(?:>[ \t]?)+")
_LIST = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]+\[[ xX]\])?(?=[ \t])")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
# What is marked is bounded: a line with many lone marks must not cost the square of its length.
_CODE = re.compile(r"(`+)(?!`)(.{1,400}?)(?<!`)\1(?!`)")
_LINK = re.compile(r"(!?\[)([^\[\]\n]{0,400})(\]\([^()\n]{0,1000}\))")
# The mark, then what it marks; an underscore within a word marks nothing.
_EMPHASIS = (
    (re.compile(r"(\*\*\*)(?=\S)(.{1,800}?)(?<=\S)\*\*\*"), "emphasis"),
    (re.compile(r"(\*\*|(?<!\w)__)(?=\S)(.{1,800}?)(?<=\S)\1"), "strong"),
    (re.compile(r"(?<![*\\])(\*)(?![*\s])((?:[^*]|\*\*){1,800}?)(?<![\s*])\*(?!\*)"), "emphasis"),
    (re.compile(r"(?<![\w\\])(_)(?![_\s])([^_]{1,800}?)(?<![\s_])_(?!\w)"), "emphasis"),
    (re.compile(r"(~~)(?=\S)(.{1,800}?)(?<=\S)~~"), "struck"),
)
_INLINE_MARKS = "`*_~["


class Within(IntEnum):
    """What a line leaves open for the next one; the values are Qt's block states."""

    PROSE = 0
    CODE = 1


class Part(NamedTuple):
    """Code points `start` to `end` of a line and what they are.

    `name` is one of `heading1` … `heading6`, `mark`, `quote`, `code`, `strong`, `emphasis`,
    `struck`, `link`. Parts may overlap; a later one counts over an earlier one.
    """

    start: int
    end: int
    name: str


def line_parts(text: str, before: Within) -> tuple[list[Part], Within]:
    """Return the parts of the line `text`, and what it leaves open."""
    if _FENCE.match(text):
        after = Within.PROSE if before is Within.CODE else Within.CODE
        return [Part(0, len(text), "code"), Part(0, len(text), "mark")], after
    if before is Within.CODE:
        return [Part(0, len(text), "code")], Within.CODE
    if _RULE.match(text):
        return [Part(0, len(text), "mark")], Within.PROSE
    parts, start = _opening(text)
    if any(mark in text for mark in _INLINE_MARKS):
        parts.extend(_inline(text, start))
    return parts, Within.PROSE


def _opening(text: str) -> tuple[list[Part], int]:
    """Return what the line begins with, and where its prose starts."""
    if heading := _HEADING.match(text):
        name = f"heading{len(heading[1])}"
        return [Part(0, len(text), name), Part(0, heading.end(), "mark")], heading.end()
    parts, start = [], 0
    if quote := _QUOTE.match(text):
        start = quote.end()
        parts.append(Part(0, len(text), "quote"))
    if item := _LIST.match(text, start):
        start = item.end()
        parts.append(Part(item.start(), start, "mark"))
    return parts, start


def _inline(text: str, start: int) -> Iterator[Part]:
    for code in _CODE.finditer(text, start):
        yield Part(code.start(), code.end(), "code")
        yield Part(code.start(), code.start(2), "mark")
        yield Part(code.end(2), code.end(), "mark")
    # Nothing within code is a mark; blanks of the same length keep every offset.
    text = _CODE.sub(_blank, text)
    for link in _LINK.finditer(text, start):
        yield Part(link.start(2), link.end(2), "link")
        yield Part(link.start(), link.start(2), "mark")
        yield Part(link.end(2), link.end(), "mark")
    text = _LINK.sub(lambda found: found[1] + found[2] + " " * len(found[3]), text)
    for pattern, name in _EMPHASIS:
        for found in pattern.finditer(text, start):
            yield Part(found.start(2), found.end(2), name)
            yield Part(found.start(), found.start(2), "mark")
            yield Part(found.end(2), found.end(), "mark")


def _blank(code: re.Match[str]) -> str:
    return " " * len(code[0])
