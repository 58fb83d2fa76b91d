"""Requests to `inkling complete`: from a line of JSON to a task, or to what is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from assistant.core.errors import UsageError
from assistant.core.i18n import tr
from assistant.core.steering import Lore
from assistant.core.suggestions import WordOdds
from assistant.core.tasks import Complete
from assistant.text.draft_words import DraftCounter, DraftWords
from assistant.text.scripts import whole_characters
from assistant.text.windows import window_start

MOST_ALTERNATIVES = 3
LORE_EXAMPLE = '[{"keywords": ["Anna", "the smith"], "text": "Anna is a smith."}]'
# Of a longer text the draft's words are counted in the end alone, in code points.
_MOST_COUNTED = 1_000_000

_MOST_WORDS = 100
_LONGEST = 600.0


def fields_of(line: bytes) -> dict[str, Any]:
    """Return the JSON object on `line`; raises `UsageError` where there is none."""
    try:
        fields = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise UsageError(tr("The line is not UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(tr("The line is not JSON.")) from error
    if not isinstance(fields, dict):
        raise UsageError(tr("The line is no JSON object."))
    return fields


def task_of(fields: Mapping[str, Any], defaults: Complete) -> Complete:
    """Return the task that `fields` ask for; what they do not say is as in `defaults`.

    Raises `UsageError` with what is wrong about them.
    """
    unknown = next((name for name in fields if name not in _CHECKS), None)
    if unknown is not None:
        raise UsageError(
            tr(
                "A request has no “{name}”. Known are: {names}.",
                name=whole_characters(unknown),
                names=", ".join((*_CHECKS, "id")),
            )
        )
    if "before" not in fields:
        raise UsageError(tr("“{name}” is missing.", name="before"))
    checked = {name: _CHECKS[name](name, fields[name]) for name in fields}
    steering = {name: checked.pop(name) for name in _STEERING if name in checked}
    return replace(defaults, **checked, steering=replace(defaults.steering, **steering))


class Draft:
    """Counts the words of the text that requests come from, and follows its changes."""

    def __init__(self) -> None:
        self._counter = DraftCounter()
        self._paragraphs: Counter[str] = Counter()

    def words(self, task: Complete) -> WordOdds:
        """Return the words of the text around the task's caret."""
        text = task.before + task.after
        start = window_start(text, task.offset, _MOST_COUNTED, _MOST_COUNTED // 2)
        paragraphs = Counter(text[start:].splitlines())
        gone = list((self._paragraphs - paragraphs).elements())
        come = list((paragraphs - self._paragraphs).elements())
        for number in range(max(len(gone), len(come))):
            old, new = (lines[number] if number < len(lines) else "" for lines in (gone, come))
            self._counter.replace(old, new)
        self._paragraphs = paragraphs
        words: DraftWords = self._counter.snapshot()
        return words


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(tr("“{name}” has to be text.", name=name))
    return whole_characters(value).replace("\r\n", "\n").replace("\r", "\n")


def _lore(name: str, value: object) -> tuple[Lore, ...]:
    if not isinstance(value, list):
        _refuse_lore(name)
    return tuple(_entry(name, entry) for entry in value)


def _entry(name: str, value: object) -> Lore:
    if not isinstance(value, dict) or value.keys() != {"keywords", "text"}:
        _refuse_lore(name)
    keywords, text = value["keywords"], value["text"]
    if not isinstance(keywords, list):
        _refuse_lore(name)
    if not all(isinstance(one, str) for one in (*keywords, text)):
        _refuse_lore(name)
    return Lore(tuple(_text(name, word) for word in keywords), _text(name, text))


def _refuse_lore(name: str) -> NoReturn:
    raise UsageError(
        tr("“{name}” has to be a list such as {example}.", name=name, example=LORE_EXAMPLE)
    )


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageError(tr("“{name}” has to be true or false.", name=name))
    return value


def _whole(low: int, high: int) -> Callable[[str, object], int]:
    def whole_number(name: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise UsageError(
                tr(
                    "“{name}” has to be a whole number from {low} to {high}.",
                    name=name,
                    low=low,
                    high=high,
                )
            )
        return value

    return whole_number


def _number(low: float, high: float) -> Callable[[str, object], float]:
    def number(name: str, value: object) -> float:
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not low <= value <= high
        ):
            raise UsageError(
                tr(
                    "“{name}” has to be a number from {low} to {high}.",
                    name=name,
                    low=low,
                    high=high,
                )
            )
        return float(value)

    return number


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "before": _text,
    "after": _text,
    "offset": _whole(0, 2**53),
    "words": _whole(1, _MOST_WORDS),
    "threshold": _number(0.0, 1.0),
    "seconds": _number(0.01, _LONGEST),
    "alternatives": _whole(1, MOST_ALTERNATIVES),
    "by_hand": _flag,
    "markdown": _flag,
    "memory": _text,
    "note": _text,
    "lore": _lore,
}
_STEERING = ("memory", "note", "lore")
