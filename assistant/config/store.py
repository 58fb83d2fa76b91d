"""Keeps the settings in a TOML file that a person can read and edit.

A value that makes no sense falls back to its default or its bound; keys that are not known stay as
they are. A file that is damaged, or written by a newer Inkling, is put aside, and said so once.
"""

from __future__ import annotations

import dataclasses
import logging
import tomllib
import types
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
T = TypeVar("T")


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
            table = tomllib.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return Loaded(Settings())
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            _log.warning("settings cannot be read: %s", type(error).__name__)
            return Loaded(Settings(), self._put_aside("damaged"))
        version = table.get("version", VERSION)
        if not isinstance(version, int) or version > VERSION:
            return Loaded(Settings(), self._put_aside("newer"))
        return Loaded(_from_table(Settings, table))

    def save(self, settings: Settings) -> None:
        """Write the settings; raises `SettingsError` and leaves the old file when it cannot."""
        import tomlkit

        try:
            document = tomlkit.parse(self._path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomlkit.exceptions.TOMLKitError):
            document = tomlkit.document()
        document["version"] = VERSION
        _merge(document, _to_table(settings))
        try:
            write_text(self._path, tomlkit.dumps(document))
        except OSError as error:
            sentence = tr(
                "The settings could not be saved to {path}: {reason}. Make room or allow writing "
                "there, then change them again.",
                path=self._path,
                reason=error.strerror or error,
            )
            raise SettingsError(sentence) from error

    def _put_aside(self, why: str) -> str:
        """Rename the file so that nothing of it is lost, and return the sentence that says so."""
        number = 1
        while (aside := self._path.with_name(f"settings.{why}-{number}.toml")).exists():
            number += 1
        try:
            self._path.rename(aside)
        except OSError:
            return tr("The settings file {path} cannot be used.", path=self._path)
        if why == "newer":
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
        texts = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        return dict(value) if texts else None
    return _simple(hint, value, bounds)


def _simple(hint: Any, value: Any, bounds: Mapping[str, Any]) -> Any:
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint or value != value:  # noqa: PLR0124 - true of NaN alone
        return None
    if bounds:
        return hint(min(max(value, bounds["minimum"]), bounds["maximum"]))
    return value


def _to_table(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: _to_table(getattr(value, field.name)) for field in fields}
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping | types.MappingProxyType):
        return dict(value)
    return value


# Tables that hold the user's own keys: what is not in them any more is gone.
_OWN_KEYS = frozenset({"per_task", "kinds"})


def _merge(document: Any, table: Mapping[str, Any]) -> None:
    """Put `table` into the TOML `document`, keeping comments and keys that are not known."""
    for key, value in table.items():
        if isinstance(value, dict) and key not in _OWN_KEYS and isinstance(document.get(key), dict):
            _merge(document[key], value)
        else:
            document[key] = value
