"""Keeps the settings in a TOML file that a person can read and edit.

A value that makes no sense falls back to its default or its bound; keys that are not known stay as
they are. A file that is damaged, or written by a newer Inkling, is put aside, and said so once.
"""

from __future__ import annotations

import dataclasses
import logging
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from assistant.config.atomic import write_text
from assistant.config.settings import Settings
from assistant.core.errors import SettingsError
from assistant.core.i18n import tr

_log = logging.getLogger(__name__)

VERSION = 1
_DAMAGED, _NEWER = "damaged", "newer"
T = TypeVar("T")


class _Unusable(Exception):
    """The file is `why`: damaged or newer."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and a sentence for the user when the file could not be taken as it was."""

    settings: Settings
    notice: str | None = None


class SettingsStore:
    """Reads and writes the settings in `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Loaded:
        """Return what the file says; the defaults where there is none. Never raises."""
        try:
            return Loaded(_from_table(Settings, self._table()))
        except OSError as error:
            return Loaded(Settings(), self._unreadable(error))
        except _Unusable as error:
            return Loaded(Settings(), self._kept_aside(error.why))

    def save(self, settings: Settings) -> None:
        """Write the settings; raises `SettingsError` and leaves the old file when it cannot."""
        table = {"version": VERSION, **_to_table(settings)}
        try:
            write_text(self._path, self._merged(table))
        except OSError as error:
            sentence = tr(
                "The settings could not be saved to {path}: {reason}. Make room or allow writing "
                "there, then change them again.",
                path=self._path,
                reason=error.strerror or error,
            )
            raise SettingsError(sentence) from error

    def _merged(self, table: Mapping[str, Any]) -> str:
        """Return the file as it is, comments and unknown keys included, with `table` put into it.

        It may have been edited, or written by another version, since it was loaded.
        """
        import tomlkit

        try:
            document = tomlkit.parse(self._text()) if self._table() else tomlkit.document()
            _merge(document, table)
            text = document.as_string()
            if _holds(tomllib.loads(text), table):
                return text
            self._put_aside(_DAMAGED)
        except _Unusable as error:
            self._put_aside(error.why)
        except (tomlkit.exceptions.TOMLKitError, ValueError):
            # Valid, and laid out in a way that tomlkit cannot change.
            self._put_aside(_DAMAGED)
        return tomlkit.dumps(table)

    def _text(self) -> str:
        return self._path.read_bytes().decode("utf-8-sig")

    def _table(self) -> dict[str, Any]:
        """Return what the file holds, nothing where there is none."""
        try:
            table = tomllib.loads(self._text())
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError) as error:
            raise _Unusable(_DAMAGED) from error
        version = table.get("version", VERSION)
        if type(version) is not int:
            raise _Unusable(_DAMAGED)
        if version > VERSION:
            raise _Unusable(_NEWER)
        return table

    def _unreadable(self, error: OSError) -> str:
        return tr(
            "The settings file {path} cannot be read ({reason}); Inkling starts with fresh "
            "settings. Allow reading it, then start Inkling again.",
            path=self._path,
            reason=error.strerror or error,
        )

    def _kept_aside(self, why: str) -> str:
        """Put the file aside and return the sentence that says so."""
        try:
            aside = self._put_aside(why)
        except OSError as error:
            return self._unreadable(error)
        if why == _NEWER:
            return tr(
                "The settings come from a newer Inkling. They are kept as {path}; this one starts "
                "with its own.",
                path=aside,
            )
        return tr(
            "The settings file was damaged. It is kept as {path}; Inkling starts with fresh "
            "settings.",
            path=aside,
        )

    def _put_aside(self, why: str) -> Path:
        """Rename the file, so that nothing of it is lost, and return its new path."""
        number = 1
        while (aside := self._path.with_name(f"settings.{why}-{number}.toml")).exists():
            number += 1
        _log.warning("the settings file is %s and put aside", why)
        return self._path.rename(aside)


def _from_table(kind: type[T], table: Mapping[str, Any]) -> T:
    """Return the dataclass `kind` with what `table` says, where that makes sense."""
    hints = typing.get_type_hints(kind)
    assert dataclasses.is_dataclass(kind)
    values = {}
    for field in dataclasses.fields(kind):
        if field.name in table:
            value = _sensible(hints[field.name], table[field.name], field.metadata)
            if value is not None:
                values[field.name] = value
    return kind(**values)


def _sensible(hint: Any, value: Any, bounds: Mapping[str, Any]) -> Any:
    """Return `value` as the type `hint` within its bounds, or None where it makes no sense."""
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        return _from_table(hint, value) if isinstance(value, dict) else None
    origin = typing.get_origin(hint)
    if origin is Literal:
        return value if value in typing.get_args(hint) else None
    if origin is tuple:
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return tuple(value) if texts else None
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            return None
        _, item = typing.get_args(hint)
        items = {key: _simple(item, one, bounds) for key, one in value.items()}
        return {key: one for key, one in items.items() if one is not None}
    return _simple(hint, value, bounds)


def _simple(hint: Any, value: Any, bounds: Mapping[str, Any]) -> Any:
    whole_float = hint is float and type(value) is int
    if (type(value) is not hint and not whole_float) or value != value:  # noqa: PLR0124 - NaN
        return None
    if bounds:
        # A number of a thousand digits fits no float: bounds first.
        value = min(max(value, bounds["minimum"]), bounds["maximum"])
    return hint(value)


def _to_table(value: Any) -> Any:
    """Return `value` as TOML has it; names that are not valid Unicode cannot be kept."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: _to_table(getattr(value, field.name)) for field in fields}
    if isinstance(value, tuple):
        return [item for item in value if _is_unicode(item)]
    if isinstance(value, Mapping):
        return {key: item for key, item in value.items() if _is_unicode(f"{key}{item}")}
    return value if not isinstance(value, str) or _is_unicode(value) else ""


def _is_unicode(text: str) -> bool:
    """Return whether `text` is whole; file names need not be."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


# Tables that hold the user's own keys: what is not in them any more is gone.
_OWN_KEYS = frozenset({"per_task", "kinds", "strengths"})


def _merge(document: Any, table: Mapping[str, Any]) -> None:
    """Put `table` into the TOML `document`, keeping comments and keys that are not known."""
    for key, value in table.items():
        if isinstance(value, dict) and key not in _OWN_KEYS and isinstance(document.get(key), dict):
            _merge(document[key], value)
        else:
            document[key] = value


def _holds(table: Any, wanted: Any) -> bool:
    """Return whether `table` has all that is `wanted`, and perhaps more."""
    if not isinstance(wanted, Mapping):
        return bool(table == wanted)
    if not isinstance(table, Mapping):
        return False
    return all(key in table and _holds(table[key], item) for key, item in wanted.items())
