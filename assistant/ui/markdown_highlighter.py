"""Markdown as it is read: headings larger, emphasis shown, marks dimmed, the text untouched.

Draws one document through its lines' layouts, whatever changes, and keeps what an input method or
a suggestion shows in them. What a line means is `assistant.ui.markdown_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QColor, QFont, QTextBlock, QTextCharFormat, QTextDocument, QTextLayout

from assistant.text.offsets import Offsets
from assistant.ui.markdown_lines import Part, Within, line_parts
from assistant.ui.page_font import code_families

_HEADING_SCALE = {1: 1.5, 2: 1.28, 3: 1.12}
_CODE_SCALE = 0.88


class MarkdownHighlighter(QObject):
    """Draws one document's Markdown.

    `dress` says with which font and colours; `set_enabled` whether at all. Qt's own highlighter
    lays the document out anew for each line, seconds for a long one.
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._document = document
        self._enabled = False
        self._looks: dict[str, QTextCharFormat] = {}
        self._merged: dict[tuple[str, ...], QTextCharFormat] = {}
        self._dressed: tuple[object, ...] = ()
        document.contentsChange.connect(self._on_contents_change)

    @property
    def enabled(self) -> bool:
        """Whether Markdown is shown."""
        return self._enabled

    def set_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - a setter
        """Show Markdown, or leave the text plain."""
        if enabled == self._enabled:
            return
        self._enabled = enabled
        self._draw_all()

    def dress(self, font: QFont, muted: QColor, accent: QColor) -> None:
        """Draw with `font` and these colours from now on."""
        dressed = (font.key(), muted.rgba(), accent.rgba())
        if dressed == self._dressed:
            return
        self._dressed = dressed
        self._looks = dict(_looks(font, muted, accent))
        self._merged = {}
        if self._enabled:
            self._draw_all()

    def is_code(self, block: QTextBlock) -> bool:
        """Return whether `block` is code or the fence around it."""
        if not self._enabled:
            return False
        return Within.CODE in (block.userState(), block.previous().userState())

    def _draw_all(self) -> None:
        self._draw(self._document.firstBlock(), self._document.characterCount())

    def _draw(self, first: QTextBlock, end: int) -> None:
        """Draw the lines from `first` up to position `end`, and on while their state changes."""
        block = first
        carried = False
        while block.isValid() and (block.position() < end or carried):
            former = block.userState()
            self._draw_line(block)
            carried = block.userState() != former
            block = block.next()
        last = block.position() if block.isValid() else self._document.characterCount()
        self._document.markContentsDirty(first.position(), last - first.position())

    def _draw_line(self, block: QTextBlock) -> None:
        ranges: list[QTextLayout.FormatRange] = []
        if self._enabled:
            text = block.text()
            before = Within.CODE if block.previous().userState() == Within.CODE else Within.PROSE
            parts, after = line_parts(text, before)
            block.setUserState(after)
            if parts:
                ranges = self._ranges(parts, Offsets(text))
        layout = block.layout()
        formats = layout.formats()
        if layout.preeditAreaText():
            ranges = _around_preedit(ranges, layout)
        if ranges or formats:
            layout.setFormats(ranges)

    def _ranges(self, parts: list[Part], offsets: Offsets) -> list[QTextLayout.FormatRange]:
        """Return the parts as ranges that follow each other, each with all that it is."""
        borders = sorted({part.start for part in parts} | {part.end for part in parts})
        waiting = sorted(enumerate(parts), key=lambda item: item[1].start, reverse=True)
        open_parts: list[tuple[int, Part]] = []
        ranges = []
        for start, end in pairwise(borders):
            open_parts = [item for item in open_parts if item[1].end > start]
            while waiting and waiting[-1][1].start <= start:
                open_parts.append(waiting.pop())
            names = tuple(part.name for _, part in sorted(open_parts))
            if names:
                first = offsets.to_utf16(start)
                ranges.append(_range(first, offsets.to_utf16(end) - first, self._look(names)))
        return ranges

    def _look(self, names: tuple[str, ...]) -> QTextCharFormat:
        if names not in self._merged:
            merged = QTextCharFormat()
            for name in names:
                merged.merge(self._looks[name])
            self._merged[names] = merged
        return self._merged[names]

    @Slot(int, int, int)
    def _on_contents_change(self, position: int, _removed: int, added: int) -> None:
        if self._enabled:
            self._draw(self._document.findBlock(position), position + added + 1)


def _looks(font: QFont, muted: QColor, accent: QColor) -> Iterator[tuple[str, QTextCharFormat]]:
    """Yield how each kind of part is drawn."""
    for level in range(1, 7):
        heading = QTextCharFormat()
        heading.setFontWeight(QFont.Weight.Bold)
        heading.setFontPointSize(font.pointSizeF() * _HEADING_SCALE.get(level, 1.0))
        yield f"heading{level}", heading
    dim, code, strong, emphasis, struck, link = (QTextCharFormat() for _ in range(6))
    dim.setForeground(muted)
    code.setFontFamilies(code_families())
    code.setFontPointSize(font.pointSizeF() * _CODE_SCALE)
    strong.setFontWeight(QFont.Weight.Bold)
    emphasis.setFontItalic(True)
    struck.setFontStrikeOut(True)
    struck.setForeground(muted)
    link.setForeground(accent)
    yield from (("mark", dim), ("quote", dim), ("code", code), ("strong", strong))
    yield from (("emphasis", emphasis), ("struck", struck), ("link", link))


def _range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    result = QTextLayout.FormatRange()
    result.start = start
    result.length = length
    result.format = look
    return result


def _around_preedit(
    ranges: list[QTextLayout.FormatRange], layout: QTextLayout
) -> list[QTextLayout.FormatRange]:
    """Move `ranges` out of the way of what is shown but not text yet, and keep how that looks."""
    start, length = layout.preeditAreaPosition(), Offsets(layout.preeditAreaText()).utf16_length
    moved = []
    for each in ranges:
        end = each.start + each.length
        if each.start >= start:
            each.start += length
        elif end > start:
            each.length += length
        moved.append(each)
    shown = [
        each
        for each in layout.formats()
        if each.start >= start and each.start + each.length <= start + length
    ]
    return moved + shown
