"""What to look for in a text, where it stands, and what a replacement comes to.

Pure functions in UTF-16 positions, as Qt's documents and expressions count. Plain words and
regular expressions go through the same engine, so that options mean the same for both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QRegularExpression, QRegularExpressionMatch

_Option = QRegularExpression.PatternOption

# What a keyboard gives, and what stands for it in a text that was set with care.
_ALIKE = {
    " ": "[ \u00a0\u202f]",
    "'": "['\u2018\u2019]",
    '"': '["\u201c\u201d]',
}
_ESCAPE = re.compile(r"\\(\d|n|t|\\)|\$(\d|\$)")


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and how; an empty `text` is nothing."""

    text: str = ""
    case_sensitive: bool = False
    whole_words: bool = False
    regular: bool = False

    def pattern(self) -> QRegularExpression:
        """Return the expression to search with; it may be invalid where the query is `regular`."""
        if self.regular:
            source = self.text
        else:
            source = "".join(_ALIKE.get(char) or _escaped(char) for char in self.text)
        if self.whole_words:
            source = rf"(?<!\w)(?:{source})(?!\w)"
        options = _Option.UseUnicodePropertiesOption | _Option.MultilineOption
        if not self.case_sensitive:
            options |= _Option.CaseInsensitiveOption
        return QRegularExpression(source, options)


def find_all(text: str, pattern: QRegularExpression) -> list[tuple[int, int]]:
    """Return where `pattern` stands in `text`, in order; matches of nothing are left out."""
    found = []
    matches = pattern.globalMatch(text)
    while matches.hasNext():
        match = matches.next()
        start, end = match.capturedStart(), match.capturedEnd()
        if end > start:
            found.append((start, end))
    return found


def replacements(
    text: str, pattern: QRegularExpression, template: str
) -> list[tuple[int, int, str]]:
    """Return where `pattern` stands in `text` and what `template` comes to there, in order."""
    found = []
    matches = pattern.globalMatch(text)
    while matches.hasNext():
        match = matches.next()
        start, end = match.capturedStart(), match.capturedEnd()
        if end > start:
            found.append((start, end, expand(template, match)))
    return found


def expand(template: str, match: QRegularExpressionMatch) -> str:
    r"""Return what a match of a regular expression is replaced by.

    `\\1` and `$1` are what the first group found, `\\0` is all of it; `\\n` and `\\t` are
    characters; `\\\\` and `$$` stand for themselves.
    """

    def one(found: re.Match[str]) -> str:
        what = found[1] or found[2]
        if what.isdigit():
            return match.captured(int(what))
        return {"n": "\n", "t": "\t"}.get(what, what)

    return _ESCAPE.sub(one, template)


def _escaped(char: str) -> str:
    return QRegularExpression.escape(char)
