"""Markdown as it is read: headings larger, emphasis shown, marks dimmed, the text untouched.

Only how the text is drawn changes, never the text. Block states: 0 prose, 1 within a code fence.
"""

from __future__ import annotations

import re

from PySide6.QtGui import (
    QColor,
    QFont,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
)
from PySide6.QtGui import QTextDocument as Document

from assistant.text.offsets import Offsets
from assistant.ui.page_font import code_families

PROSE, CODE = 0, 1

_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_QUOTE = re.compile(r" {0,3}(?:>[ \t]?)+")
_LIST = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]+\[[ xX]\])?(?=[ \t])")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
# What is marked is bounded: a line with many lone marks must not cost the square of its length.
_CODE = re.compile(r"(`+)(?!`)(.{1,400}?)(?<!`)\1(?!`)")
_LINK = re.compile(r"(!?\[)([^\[\]\n]{0,400})(\]\([^()\n]{0,1000}\))")
# The mark, what it marks; an underscore within a word marks nothing.
_EMPHASIS = (
    (re.compile(r"(\*\*\*)(?=\S)(.{1,800}?)(?<=\S)\*\*\*"), "emphasis"),
    (re.compile(r"(\*\*|(?<!\w)__)(?=\S)(.{1,800}?)(?<=\S)\1"), "strong"),
    (re.compile(r"(?<![*\\])(\*)(?![*\s])((?:[^*]|\*\*){1,800}?)(?<![\s*])\*(?!\*)"), "emphasis"),
    (re.compile(r"(?<![\w\\])(_)(?![_\s])([^_]{1,800}?)(?<![\s_])_(?!\w)"), "emphasis"),
    (re.compile(r"(~~)(?=\S)(.{1,800}?)(?<=\S)~~"), "struck"),
)
_SCALE = {1: 1.5, 2: 1.28, 3: 1.12}


class MarkdownHighlighter(QSyntaxHighlighter):
    """Draws one document's Markdown.

    `dress` says with which font and colours; `set_enabled` whether at all.
    """

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._enabled = False
        self._formats: dict[str, QTextCharFormat] = {}
        self._headings: dict[int, QTextCharFormat] = {}
        self._look: tuple[object, ...] = ()
        self._offsets = Offsets("")

    @property
    def enabled(self) -> bool:
        """Whether Markdown is shown."""
        return self._enabled

    def set_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - a setter
        """Show Markdown, or leave the text plain."""
        if enabled != self._enabled:
            self._enabled = enabled
            self.rehighlight()

    def dress(self, font: QFont, muted: QColor, accent: QColor) -> None:
        """Draw with `font` and these colours from now on."""
        look = (font.key(), muted.rgba(), accent.rgba())
        if look == self._look:
            return
        self._look = look
        dim, code, strong, emphasis, struck, link = (QTextCharFormat() for _ in range(6))
        dim.setForeground(muted)
        code.setFontFamilies(code_families())
        code.setFontPointSize(font.pointSizeF() * 0.88)
        strong.setFontWeight(QFont.Weight.Bold)
        emphasis.setFontItalic(True)
        struck.setFontStrikeOut(True)
        struck.setForeground(muted)
        link.setForeground(accent)
        self._formats = {
            "dim": dim,
            "code": code,
            "strong": strong,
            "emphasis": emphasis,
            "struck": struck,
            "link": link,
        }
        self._headings = {}
        for level in range(1, 7):
            heading = QTextCharFormat()
            heading.setFontWeight(QFont.Weight.Bold)
            heading.setFontPointSize(font.pointSizeF() * _SCALE.get(level, 1.0))
            self._headings[level] = heading
        if self._enabled:
            self.rehighlight()

    def is_code(self, block: QTextBlock) -> bool:
        """Return whether `block` is code or the fence around it."""
        return self._enabled and CODE in (block.userState(), block.previous().userState())

    def _draw(self, start: int, end: int, name: str) -> None:
        """Draw code points `start` to `end` as `name` and nothing else."""
        start, end = self._offsets.to_utf16(start), self._offsets.to_utf16(end)
        self.setFormat(start, end - start, self._formats[name])

    def _overlay(self, start: int, end: int, name: str) -> None:
        """Add the format `name` to code points `start` to `end`, over what is there."""
        start, end = self._offsets.to_utf16(start), self._offsets.to_utf16(end)
        while start < end:
            there = self.format(start)
            stop = start + 1
            while stop < end and self.format(stop) == there:
                stop += 1
            there.merge(self._formats[name])
            self.setFormat(start, stop - start, there)
            start = stop

    def _whole_line(self, text: str) -> bool:
        """Draw `text` where it is one thing as a whole: code, a rule, a fence."""
        if _FENCE.match(text):
            self.setCurrentBlockState(PROSE if self.previousBlockState() == CODE else CODE)
            self._draw(0, len(text), "code")
            self._overlay(0, len(text), "dim")
            return True
        if self.previousBlockState() == CODE:
            self.setCurrentBlockState(CODE)
            self._draw(0, len(text), "code")
            return True
        if _RULE.match(text):
            self._draw(0, len(text), "dim")
            return True
        return False

    def _line_start(self, text: str) -> int:
        """Draw what the line begins with; return where its prose starts."""
        if heading := _HEADING.match(text):
            self.setFormat(0, self._offsets.utf16_length, self._headings[len(heading[1])])
            self._overlay(0, heading.end(), "dim")
            return heading.end()
        start = 0
        if quote := _QUOTE.match(text):
            start = quote.end()
            self._draw(0, len(text), "dim")
        if item := _LIST.match(text, start):
            start = item.end()
            self._overlay(item.start(), start, "dim")
        return start

    def _inline(self, text: str, start: int) -> None:
        for code in _CODE.finditer(text, start):
            self._overlay(code.start(), code.end(), "code")
            self._overlay(code.start(1), code.end(1), "dim")
            self._overlay(code.end(2), code.end(), "dim")
        # Nothing within code is a mark; blanks of the same length keep every offset.
        text = _CODE.sub(lambda found: " " * len(found[0]), text)
        for link in _LINK.finditer(text, start):
            self._overlay(link.start(2), link.end(2), "link")
            self._overlay(link.start(1), link.end(1), "dim")
            self._overlay(link.start(3), link.end(3), "dim")
        text = _LINK.sub(_without_address, text)
        for pattern, name in _EMPHASIS:
            for found in pattern.finditer(text, start):
                self._overlay(found.start(2), found.end(2), name)
                self._overlay(found.start(), found.start(2), "dim")
                self._overlay(found.end(2), found.end(), "dim")

    def highlightBlock(self, text: str) -> None:
        """Draw one line."""
        self.setCurrentBlockState(PROSE)
        if not self._enabled:
            return
        self._offsets = Offsets(text)
        if not self._whole_line(text):
            start = self._line_start(text)
            if any(mark in text for mark in "`*_~["):
                self._inline(text, start)


def _without_address(link: re.Match[str]) -> str:
    """Blank a link's address, so that an underscore in it marks nothing."""
    return link[1] + link[2] + " " * len(link[3])
