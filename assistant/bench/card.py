"""The card of an adapter: what it learned from, how, how good it is and what it is bad at.

Written beside the adapter as `card.md`, the scores as `scores.json`. What it is bad at is a list
`weaknesses` in its `adapter.toml`, which a person has to write.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.bench.judging.registry import TASKS
from assistant.bench.samples import COUNT, samples
from assistant.config.atomic import write_text
from assistant.core.errors import NotAModel, TrainingError
from assistant.core.i18n import tr
from assistant.models.adapters import PURPOSE
from assistant.training import recipe

if TYPE_CHECKING:
    from assistant.bench.judging.registry import Line
    from assistant.bench.judging.subject import Bench, Scores
    from assistant.bench.samples import Sample
    from assistant.training.recipe import Recipe

CARD, SCORES, CURVE, PICTURE, RECIPE = (
    "card.md", "scores.json", "curve.csv", "curve.svg", "recipe.toml",
)  # fmt: skip
_AGAINST = "against_"


def write_card(folder: Path, bench: Bench, scores: Mapping[str, Scores]) -> None:
    """Write the card of the adapter in `folder` and its scores, with samples drawn on `bench`.

    Scores of tasks that were not judged this time are kept from before. Raises `InklingError`.
    """
    purpose = _purpose(folder)
    learned = _recipe(folder)
    kept = _scores(folder) | {task: dict(values) for task, values in scores.items()}
    keys = tuple(str(key) for key in purpose.get("default_for", ()))
    made = samples(bench, keys)
    write_text(folder / SCORES, json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    parts = (
        _head(purpose, learned),
        _data(learned),
        _training(folder, learned),
        _results(kept),
        _samples(made),
        _weaknesses(purpose),
    )
    write_text(folder / CARD, "\n\n".join("\n".join(part) for part in parts) + "\n")


def _head(purpose: Mapping[str, Any], learned: Recipe) -> Iterator[str]:
    yield f"# {purpose.get('title') or learned.name}"
    yield ""
    if purpose.get("summary"):
        yield str(purpose["summary"])
    shape = learned.adapter
    yield (
        f"An adapter (LoRA, Hu et al. 2021; rank {shape.rank}, alpha {shape.alpha:g}) over the "
        f"frozen model {learned.base}."
    )


def _data(learned: Recipe) -> Iterator[str]:
    yield "## What it learned from"
    yield ""
    for source in learned.data:
        parts = (f"Licence: {source.licence}", source.attribution, source.source)
        yield f"- **{source.title}** (`{source.name}`). " + ". ".join(p for p in parts if p) + "."


def _training(folder: Path, learned: Recipe) -> Iterator[str]:
    schedule = learned.schedule
    yield "## How it was trained"
    yield ""
    mix = ", ".join(f"{part.share:.0%} {part.examples}" for part in learned.mix)
    yield (
        f"Up to {schedule.tokens:,} tokens in steps of {schedule.batch:,}, learning rate "
        f"{schedule.rate:g}, falling to nothing over the last {schedule.decay:.0%}; seed "
        f"{learned.seed}. Of the tokens: {mix}. All of it is in `{RECIPE}`; `trained_on.txt` has "
        "the hashes of the works that were learned from."
    )
    rows = _rows(folder / CURVE)
    if rows:
        yield ""
        yield f"It ended after {int(float(rows[-1]['tokens'])):,} tokens."
    if (folder / PICTURE).is_file():
        yield ""
        yield f"![Training and held-out loss]({PICTURE})"


def _results(scores: Mapping[str, Scores]) -> Iterator[str]:
    yield "## How good it is"
    yield ""
    yield "| | this adapter | its base | without a model |"
    yield "|---|---|---|---|"
    for task, entry in TASKS.items():
        own = scores.get(task, {})
        lines = [line for line in entry.lines() if line.score in own]
        if lines:
            items = f", {own['items']:.0f} items" if "items" in own else ""
            yield f"| **{task}**{items} | | | |"
        yield from (_result(line, own) for line in lines)


def _result(line: Line, scores: Scores) -> str:
    base = scores.get(_AGAINST + line.score)
    rivals = [f"{scores[name]:,.{line.places}f} ({title})" for title, name in line.rivals
              if name in scores]  # fmt: skip
    cells = (
        line.title,
        f"{scores[line.score]:,.{line.places}f}",
        f"{base:,.{line.places}f}" if base is not None else "",
        ", ".join(rivals),
    )
    return "| " + " | ".join(cells) + " |"


def _samples(made: Sequence[Sample]) -> Iterator[str]:
    yield f"## {COUNT} samples as they came" if made else "## Samples"
    for number, sample in enumerate(made, 1):
        how = f"seed {sample.seed}" if sample.seed is not None else "the likeliest token each time"
        yield ""
        yield f"{number}. Given ({how}):"
        yield ""
        yield _quoted(sample.given)
        yield ""
        yield "   Written:"
        yield ""
        yield _quoted(sample.written)


def _weaknesses(purpose: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it is bad at"
    yield ""
    for weakness in purpose.get("weaknesses", ()):
        yield f"- {weakness}"


def _quoted(text: str) -> str:
    return "\n".join(f"   > {line}".rstrip() for line in text.split("\n"))


def _purpose(folder: Path) -> Mapping[str, Any]:
    path = folder / PURPOSE
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotAModel(
            tr("The file {path} cannot be read ({error}).", path=path, error=error)
        ) from error


def _recipe(folder: Path) -> Recipe:
    path = folder / RECIPE
    try:
        return recipe.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(
            tr("The file {path} cannot be read ({error}).", path=path, error=error)
        ) from error


def _scores(folder: Path) -> dict[str, Scores]:
    """Return the scores of before; none where there are none that make sense."""
    try:
        found = json.loads((folder / SCORES).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {task: values for task, values in found.items() if task in TASKS}


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
