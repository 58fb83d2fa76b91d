"""Options that several commands share: which model runs, what steers it, numbers with bounds."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import get_args, get_type_hints

from assistant.config.settings import ModelSettings, Settings
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.steering import Steering
from assistant.tasks import choices

PRECISIONS = get_args(get_type_hints(ModelSettings)["precision"])


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which model runs, and how."""
    run = parser.add_argument_group(tr("model"))
    run.add_argument("--model", help=tr("a name from “inkling models”, a folder or a hub name"))
    run.add_argument(
        "--strength",
        type=between(0, 1.5),
        help=tr("by how much an adapter changes its base, from 0 to 1.5"),
    )
    run.add_argument("--device", help=tr("auto, cpu, cuda, cuda:1, mps"))
    run.add_argument("--precision", choices=PRECISIONS)


def engine_spec(options: argparse.Namespace, settings: Settings, key: str) -> EngineSpec:
    """Return the engine for the task `key`: by these options, else by `settings`."""
    spec = choices.engine_spec(settings, key, options.model)
    if options.strength is not None:
        spec = replace(spec, strength=options.strength)
    return replace(
        spec,
        device=options.device or spec.device,
        precision=options.precision or spec.precision,
    )


def add_steering_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for what steers a story."""
    steering = parser.add_argument_group(tr("story notes"))
    steering.add_argument(
        "--memory",
        default="",
        metavar=tr("TEXT"),
        help=tr("facts that stand before everything that is read"),
    )
    steering.add_argument(
        "--note",
        default="",
        metavar=tr("TEXT"),
        help=tr("style and mood, put a little before the end of the text"),
    )


def steering_of(options: argparse.Namespace) -> Steering:
    """Return what steers a story by these options."""
    return Steering(memory=options.memory, note=options.note)


def at_least(minimum: int) -> Callable[[str], int]:
    """Return what reads a whole number that is not below `minimum`."""

    def whole_number(word: str) -> int:
        number = int(word)
        if number < minimum:
            raise argparse.ArgumentTypeError(tr("at least {minimum}", minimum=minimum))
        return number

    return whole_number


def between(low: float, high: float) -> Callable[[str], float]:
    """Return what reads a number from `low` to `high`."""

    def number(word: str) -> float:
        value = float(word)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(tr("from {low} to {high}", low=low, high=high))
        return value

    return number
