"""The stream of examples of a recipe: each kind in its share, pass after pass over the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from assistant.core.errors import TrainingError
from assistant.core.i18n import tr
from assistant.training.builders.registry import BUILDERS
from assistant.training.encode import Encoded
from assistant.training.examples import Builder, Example
from assistant.training.recipe import Ingredient
from assistant.training.split import Part

# Tokens of one kind in a row: the questions on a few passages.
_RUN = 4096


def mixed(
    mix: tuple[Ingredient, ...],
    data: Path,
    part: Part,
    seed: int,
    encode: Callable[[Example], Encoded],
) -> Iterator[tuple[Example, Encoded]]:
    """Yield examples for ever; the same arguments give the same ones.

    Next comes always the kind whose share of the tokens, before neighbours that begin alike are
    packed together, is furthest behind, for as long as keeps such neighbours together. Raises
    `TrainingError` for a kind that nobody makes or that finds nothing in the data.
    """
    streams = [
        _passes(_builder(kind), kind.examples, data, part, Random(f"{seed} {kind.examples}"))  # noqa: S311 - no secret
        for kind in mix
    ]
    given = [0] * len(mix)
    while True:
        next_one = min(range(len(mix)), key=lambda i: given[i] / mix[i].share)
        enough = given[next_one] + _RUN
        while given[next_one] < enough:
            example = next(streams[next_one])
            encoded = encode(example)
            given[next_one] += len(encoded.tokens)
            yield example, encoded


def _builder(kind: Ingredient) -> Builder:
    if kind.examples not in BUILDERS:
        raise TrainingError(
            tr(
                "Nobody makes examples called “{name}”. There are: {names}.",
                name=kind.examples,
                names=", ".join(sorted(BUILDERS)),
            )
        )
    return BUILDERS[kind.examples]


def _passes(build: Builder, name: str, data: Path, part: Part, random: Random) -> Iterator[Example]:
    while True:
        found = False
        for example in build(data, part, random):
            found = True
            yield example
        if not found:
            raise TrainingError(
                tr("There are no examples of “{name}” in {folder}.", name=name, folder=data)
            )
