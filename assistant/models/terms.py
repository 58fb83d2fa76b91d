"""Makes the text of a model's terms readable: from the web page in its package to plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "li", "ul", "ol", "div", "tr", "table"})
_SILENT = frozenset({"script", "style", "head", "nav", "button", "devsite-feedback"})
# The text begins with its title; pages without one are taken whole.
_TITLE = "h1"
_END = "article"


class _Text(HTMLParser):
    """Collects a page's text from its title on, one line a block; list items get a dash."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._inside = begun
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == _TITLE:
            self._inside = True
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.pieces.append("\n– " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == _END:
            self._inside = False
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self._inside and not self._silent:
            self.pieces.append(re.sub(r"\s+", " ", data))


def readable(page: str) -> str:
    """Return the text of an HTML page, paragraphs parted by an empty line."""
    parser = _Text(begun=f"<{_TITLE}" not in page)
    parser.feed(page)
    parser.close()
    lines = (line.strip() for line in "".join(parser.pieces).split("\n"))
    return "\n\n".join(line for line in lines if line.strip("– "))
