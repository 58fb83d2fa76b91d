"""The story notes of a document, in a file beside it: `NAME.inkling.json`.

The file is there only where there is something to keep. One that cannot be read, damaged or of a
newer program, is never written over: it is put aside first.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from assistant.config.atomic import replace_file
from assistant.core.errors import DocumentError
from assistant.core.i18n import tr
from assistant.core.steering import NO_STEERING, Lore, Steering

_VERSION = 1
_ENDING = ".inkling.json"
_ASIDE = ".inkling-aside"


def file_of(document: Path) -> Path:
    """Return where the notes of `document` are kept."""
    return document.with_name(document.name + _ENDING)


def to_json(steering: Steering) -> dict[str, Any]:
    """Return `steering` as JSON has it."""
    return {
        "version": _VERSION,
        "memory": steering.memory,
        "note": steering.note,
        "note_distance": steering.note_distance,
        "lore_reach": steering.lore_reach,
        "lore": [{"keywords": list(lore.keywords), "text": lore.text} for lore in steering.lore],
    }


def from_json(notes: Any) -> Steering:
    """Return what `to_json` has made of a steering; raises a `ValueError` for anything else."""
    try:
        if notes["version"] != _VERSION:
            raise ValueError
        return Steering(
            memory=_text(notes["memory"]),
            note=_text(notes["note"]),
            lore=tuple(
                Lore(tuple(map(_text, lore["keywords"])), _text(lore["text"]))
                for lore in notes["lore"]
            ),
            note_distance=_number(notes["note_distance"]),
            lore_reach=_number(notes["lore_reach"]),
        )
    except (TypeError, KeyError) as error:
        raise ValueError from error


def read(document: Path) -> Steering:
    """Return the notes of `document`; raises a `DocumentError` where they cannot be read."""
    file = file_of(document)
    try:
        return _read(file)
    except FileNotFoundError:
        return NO_STEERING
    except (OSError, ValueError, RecursionError) as error:
        raise DocumentError(
            tr(
                "The story notes in {file} cannot be read: they are damaged or were kept by a "
                "newer Inkling. They are left as they are; new ones will not be put over them.",
                file=file,
            )
        ) from error


def write(document: Path, steering: Steering) -> None:
    """Keep `steering` as the notes of `document`; without anything in it, keep no file."""
    file = file_of(document)
    try:
        if _is_up_to_date(file, steering):
            return
        if steering.empty:
            file.unlink()
            return
        text = json.dumps(to_json(steering), ensure_ascii=False, indent=1)
        replace_file(file, text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise DocumentError(
            tr(
                "The story notes cannot be kept in {file} ({reason}). They stay until you close "
                "the document: save it in another folder to keep them.",
                file=file,
                reason=error.strerror or str(error),
            )
        ) from error


def _is_up_to_date(file: Path, steering: Steering) -> bool:
    """Return whether nothing is to be done; puts aside what cannot be read and is in the way."""
    try:
        kept = _read(file)
    except FileNotFoundError:
        return steering.empty
    except (ValueError, RecursionError):
        if steering.empty:
            return True
        file.replace(_place_aside(file))
        return False
    return kept == steering


def _read(file: Path) -> Steering:
    return from_json(json.loads(file.read_bytes().decode("utf-8", "surrogatepass")))


def _place_aside(file: Path) -> Path:
    name = file.name.removesuffix(_ENDING)
    places = (
        file.with_name(f"{name}{_ASIDE}{f'-{number}' if number > 1 else ''}.json")
        for number in itertools.count(1)
    )
    return next(place for place in places if not place.exists())


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value
