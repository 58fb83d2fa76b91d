"""The letters of the page: which font, how wide a column, how far apart the lines.

Pure functions of the editor's settings and of the fonts that this machine has.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

# Drawn for reading on a screen first; then what each system brings along.
_SERIFS = (
    "Source Serif 4",
    "Source Serif Pro",
    "Literata",
    "Charter",
    "Iowan Old Style",
    "Georgia",
    "Noto Serif",
    "Libertinus Serif",
    "Cambria",
    "DejaVu Serif",
    "Liberation Serif",
)
# Qt falls back by glyph: the first family that has a character draws it.
_CJK = (
    "Source Han Serif SC",
    "Noto Serif CJK SC",
    "Songti SC",
    "SimSun",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "WenQuanYi Micro Hei",
)
_FIXED = (
    "JetBrains Mono",
    "SF Mono",
    "Menlo",
    "Cascadia Mono",
    "Consolas",
    "Noto Sans Mono",
    "DejaVu Sans Mono",
    "Liberation Mono",
)
_SAMPLE = "The quick brown fox jumps over a lazy dog, and she went on reading until the evening. "
_LINE_HEIGHT_EM = 1.6
_LINE_HEIGHT_PERCENT = (125.0, 150.0)


def page_font(family: str, points: float) -> QFont:
    """Return the page's font; an empty `family` is the best serif that this machine has."""
    font = QFont()
    font.setFamilies([family or _serif(), *_installed(_CJK)])
    font.setPointSizeF(points)
    # Serifs on a page want their true widths; hinted ones space the letters unevenly.
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font


def code_families() -> list[str]:
    """Return the families of letters of one width, the best that this machine has first."""
    return [*_installed(_FIXED), "monospace", *_installed(_CJK)]


def column_width(font: QFont, characters: int) -> float:
    """Return the width in pixels of a line of `characters` average ones, as English prose goes."""
    return QFontMetricsF(font).horizontalAdvance(_SAMPLE) / len(_SAMPLE) * characters


def line_height_percent(font: QFont) -> float:
    """Return how far apart the lines of `font` read best, in per cent of its own spacing.

    Fonts come with quite different spacings of their own, so the aim is in terms of their size.
    """
    metrics = QFontMetricsF(font)
    em = metrics.fontDpi() / 72 * font.pointSizeF()
    lowest, highest = _LINE_HEIGHT_PERCENT
    return min(max(100 * _LINE_HEIGHT_EM * em / metrics.lineSpacing(), lowest), highest)


@cache
def _installed(families: tuple[str, ...]) -> tuple[str, ...]:
    there = set(QFontDatabase.families())
    return tuple(name for name in families if name in there)


def _serif() -> str:
    found = _installed(_SERIFS)
    return found[0] if found else "serif"
