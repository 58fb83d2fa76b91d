"""A recipe says everything about a run: what is learned from, how it is asked, and the schedule.

Read from `resources/recipes/*.toml` or any other file of the form; written beside what it made.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from assistant.config.paths import resource
from assistant.core.errors import TrainingError
from assistant.core.i18n import tr


@dataclass(frozen=True, slots=True)
class AdapterShape:
    """Rank and strength of the adapter: the layers' change is alpha / rank · B A."""

    rank: int = 16
    alpha: float = 32.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast is learned.

    Lengths are in tokens: all of them, those of one step, of one block, between two looks at the
    held-out loss, and held out. `rate` is the learning rate after `warm_up` and before `decay`, the
    shares of the run in which it rises from and falls to nothing; `patience` is how many looks in a
    row may be worse than the best before the run ends by itself.
    """

    tokens: int
    batch: int = 4096
    block: int = 512
    rate: float = 5e-4
    warm_up: float = 0.02
    decay: float = 0.5
    check_every: int = 100_000
    held_out: int = 16_000
    patience: int = 3
    weight_decay: float = 0.0


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One kind of examples, by its builder's name, and its share of the tokens."""

    examples: str
    share: float


@dataclass(frozen=True, slots=True)
class Source:
    """A text that is learned from: the file's name in the data folder, its licence, its origin."""

    name: str
    title: str
    licence: str
    attribution: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run. `base` is the model, `start` the adapter that is gone on from, if any."""

    name: str
    base: str
    schedule: Schedule
    mix: tuple[Ingredient, ...]
    data: tuple[Source, ...] = ()
    adapter: AdapterShape = field(default_factory=AdapterShape)
    start: str = ""
    seed: int = 1

    def to_toml(self) -> str:
        """Return the recipe as a file."""
        return tomlkit.dumps(_plain(dataclasses.asdict(self)))


def find(name: str) -> Recipe:
    """Return the recipe that ships under `name`, or the one in the file of that path."""
    shipped = resource("recipes", f"{name}.toml")
    path = shipped if shipped.is_file() else Path(name)
    try:
        return parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(
            tr("There is no recipe “{name}”, neither by name nor as a file.", name=name)
        ) from error


def parse(text: str) -> Recipe:
    """Return the recipe in the TOML document `text`; raise `TrainingError` for any other."""
    try:
        document = tomllib.loads(text)
        return Recipe(
            name=document["name"],
            base=document["base"],
            schedule=Schedule(**document["schedule"]),
            mix=tuple(Ingredient(**part) for part in document["mix"]),
            data=tuple(Source(**part) for part in document.get("data", ())),
            adapter=AdapterShape(**document.get("adapter", {})),
            start=document.get("start", ""),
            seed=document.get("seed", 1),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise TrainingError(tr("The recipe cannot be used: {error}.", error=error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
