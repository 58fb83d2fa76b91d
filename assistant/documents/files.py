r"""Text files: read whole, written so that the former file stands until the new one is complete.

A document remembers how its file was written (encoding, byte order mark, line ends) and is saved
in the same way. Its text has `\n` between lines. Every failure is a `DocumentError` that says what
to do; Markdown is plain text here.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from assistant.config.atomic import replace_file
from assistant.core.errors import DocumentError
from assistant.core.i18n import tr
from assistant.documents.encodings import decode, encode
from assistant.text.scripts import whole_characters

MOST_BYTES = 64 * 2**20
_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looked like on disk: size in bytes and time of its last change in ns."""

    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text and how its file is written.

    `encoding` is a name of Python's codecs, `newline` what ends most lines in the file and all of
    them when it is saved. `stamp` is None where the file has not been read or written yet.
    """

    text: str
    path: Path
    encoding: str = "utf-8"
    newline: str = "\n"
    has_bom: bool = False
    stamp: Stamp | None = None


class DiskState(Enum):
    """How a document's file compares with when it was read or written last."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


def read(path: Path) -> Document:
    """Read a text file."""
    data, stamp = _bytes_of(path)
    decoded = decode(data)
    if decoded is None:
        raise DocumentError(
            tr(
                "{path} is not a text file, or its encoding is not known. Open it in the program "
                "that made it and save it there as plain text in UTF-8.",
                path=path,
            )
        )
    newline = _newline_of(decoded.text)
    text = _with_newline(decoded.text, "\n")
    return Document(text, path, decoded.encoding, newline, decoded.has_bom, stamp)


def write(document: Document) -> Document:
    """Write the document's text to its path and return the document as it is on disk now.

    UTF-8 takes the place of an encoding in which the text could not be written or read again.
    """
    path = document.path
    data = _encoded(document)
    if data is None:
        document = replace(document, encoding="utf-8", has_bom=False)
        data = _encoded(document)
        assert data is not None
    try:
        _check_may_replace(path)
        state = replace_file(path, data)
    except OSError as error:
        raise DocumentError(_not_written(path, error)) from error
    return replace(document, stamp=Stamp(state.st_size, state.st_mtime_ns))


def state_on_disk(document: Document) -> DiskState:
    """Return whether another program has changed or removed the document's file."""
    try:
        state = document.path.stat()
    except OSError:
        return DiskState.SAME if document.stamp is None else DiskState.GONE
    if Stamp(state.st_size, state.st_mtime_ns) == document.stamp:
        return DiskState.SAME
    return DiskState.CHANGED


def _encoded(document: Document) -> bytes | None:
    """Return the file's bytes, or None where its encoding would not bring the text back."""
    text = whole_characters(document.text).replace("\0", "\ufffd")
    text = _with_newline(text, document.newline)
    try:
        data = encode(text, document.encoding, has_bom=document.has_bom)
    except UnicodeEncodeError:
        return None
    if document.encoding == "utf-8" or document.has_bom:
        return data
    # Without a mark the encoding is guessed from the text, and the text is another one now.
    decoded = decode(data)
    return data if decoded is not None and decoded.text == text else None


def _bytes_of(path: Path) -> tuple[bytes, Stamp]:
    try:
        # A pipe would be waited for without end, so what it is comes before opening it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise DocumentError(tr("{path} is not a file. Choose a text file.", path=path))
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
            state = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        raise DocumentError(_not_read(path, error)) from error
    if len(data) > MOST_BYTES:
        raise DocumentError(
            tr(
                "{path} has {size} MB; the most that can be opened is {limit} MB. Split it into "
                "smaller files.",
                path=path,
                size=state.st_size // 2**20,
                limit=MOST_BYTES // 2**20,
            )
        )
    return data, Stamp(state.st_size, state.st_mtime_ns)


def _newline_of(text: str) -> str:
    """Return how most lines of `text` end."""
    windows = text.count("\r\n")
    counts = {
        "\n": text.count("\n") - windows,
        "\r\n": windows,
        "\r": text.count("\r") - windows,
    }
    return max(counts, key=lambda newline: counts[newline])


def _with_newline(text: str, newline: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return plain if newline == "\n" else plain.replace("\n", newline)


def _check_may_replace(path: Path) -> None:
    """Refuse to put a file in place of what is write-protected or no file."""
    if not path.exists():
        return
    if not path.is_file():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _not_read(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return tr("There is no file {path}. Check its name and folder.", path=path)
    if isinstance(error, PermissionError):
        return tr(
            "You are not allowed to read {path}. Change its permissions or open a copy.", path=path
        )
    return tr(
        "{path} cannot be read ({reason}). Check the name and the disk it is on.",
        path=path,
        reason=_reason(error),
    )


def _not_written(path: Path, error: OSError) -> str:
    if error.errno in _NO_ROOM:
        return tr(
            "There is no room to save {path}. Free some space or save to another disk; the file is "
            "as it was before.",
            path=path,
        )
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return tr(
            "The folder {folder} is not there any more. Save the text to another one.",
            folder=path.parent,
        )
    if isinstance(error, IsADirectoryError):
        return tr("{path} is not a file. Save the text under another name.", path=path)
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return tr(
            "You are not allowed to write {path}. Save the text under another name or in another "
            "folder.",
            path=path,
        )
    return tr(
        "{path} cannot be saved ({reason}). Save the text under another name or in another folder; "
        "the file is as it was before.",
        path=path,
        reason=_reason(error),
    )


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
