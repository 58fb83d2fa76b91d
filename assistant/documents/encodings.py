"""How the bytes of a text file become characters, and back.

Owns the guess of an encoding. A byte order mark decides, then UTF-8, whose rules hardly any other
file fulfils; then GB 18030 and Windows-1252, which are told apart by what they would say.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

# UTF-32 before UTF-16: its mark begins with the same two bytes.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# What proves that bytes are no text, though an encoding that fits anything would take them: other
# controls than bell to carriage return, end of file and escape; the beginning of a PDF.
_NEVER_IN_TEXT = re.compile(rb"[\x00-\x06\x0e-\x19\x1c-\x1f]|^%PDF-")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Characters and how they were written."""

    text: str
    encoding: str
    has_bom: bool


def decode(data: bytes) -> Decoded | None:
    """Return the text in `data`, or None where it is no text."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            text = _decoded(data[len(mark) :], encoding)
            return None if text is None else Decoded(text, encoding, has_bom=True)
    text = _decoded(data, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8", has_bom=False)
    if _NEVER_IN_TEXT.search(data):
        return None
    encoding = _guess(data)
    text = _decoded(data, encoding)
    return None if text is None else Decoded(text, encoding, has_bom=False)


def encode(text: str, encoding: str, *, has_bom: bool) -> bytes:
    """Return `text` as bytes; UnicodeEncodeError where the encoding lacks a character."""
    mark = next((mark for mark, name in _MARKS.items() if name == encoding), b"")
    return (mark if has_bom else b"") + text.encode(encoding)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _guess(data: bytes) -> str:
    """Return GB 18030 where the bytes make common Chinese in it, else Windows-1252.

    An accented letter between others makes a character too, but one that hardly anybody uses.
    """
    try:
        other = "".join(char for char in data.decode("gb18030") if not char.isascii())
    except UnicodeDecodeError:
        return "cp1252"
    common = other.encode("gb2312", "ignore").decode("gb2312")
    return "gb18030" if 2 * len(common) > len(other) else "cp1252"
