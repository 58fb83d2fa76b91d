"""What a run of learning a voice says while it goes: values, and JSON objects of one key each.

The command line prints them, the window reads them. Whatever is no such message is None.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Planned:
    """What is about to be learned; `seconds` is what it will about take."""

    name: str
    words: int
    held_out_words: int
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Learning:
    """How far it is: tokens, losses in nats a token, time. `held_out` only where it was measured.

    `done` counts from the beginning of the voice, in former sittings too.
    """

    done: int
    total: int
    loss: float
    held_out: float | None
    tokens_per_second: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Checking:
    """How many continuations were tried for copies of the pages."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What became of it.

    `before` and `after` are the loss on the pages held out, `copied` the share of continuations
    (0 to 1) in which eight words or more stand verbatim in the pages, of `samples` tried.
    """

    name: str
    before: float | None
    after: float | None
    copied: float
    samples: int
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Paused:
    """It was stopped on the way; `usable` is whether there is something to write with already."""

    name: str
    fraction: float
    usable: bool


Message: TypeAlias = Planned | Learning | Checking | Learned | Paused

_KINDS: Mapping[str, type] = {
    kind.__name__.lower(): kind for kind in (Planned, Learning, Checking, Learned, Paused)
}


def to_table(message: Message) -> dict[str, Any]:
    """Return `message` as a JSON object."""
    values = {key: _finite(value) for key, value in asdict(message).items()}
    return {type(message).__name__.lower(): values}


def from_table(table: Mapping[str, Any]) -> Message | None:
    """Return the message that a JSON object is, None for any other."""
    for key, kind in _KINDS.items():
        values = table.get(key)
        if isinstance(values, dict):
            return _made(kind, values)
    return None


def _made(kind: Any, values: Mapping[str, Any]) -> Message | None:
    hints = typing.get_type_hints(kind)
    taken = {}
    for field in dataclasses.fields(kind):
        value = values.get(field.name)
        if not _fits(value, hints[field.name]):
            return None
        taken[field.name] = value
    made: Message = kind(**taken)
    return made


def _fits(value: object, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    if hint is float:
        return type(value) in (int, float) and math.isfinite(typing.cast("float", value))
    return type(value) is hint


def _finite(value: Any) -> Any:
    """Return `value`, None for a number that JSON cannot say."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
