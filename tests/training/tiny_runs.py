"""A recipe, data and a model so small that a whole run takes a second or two."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assistant.training.recipe import AdapterShape, Ingredient, Recipe, Schedule
from assistant.training.split import Part
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path

_ANIMALS = ("fox", "hen", "bear", "wolf", "mouse", "goose")
_THINGS = ("a golden ring", "three eggs", "an old boot", "a pot of soup", "the key", "a lamp")


def model(folder: Path) -> Path:
    """Save the base model."""
    return tiny_models.llama(folder / "base", max_position_embeddings=512)


def data(folder: Path) -> Path:
    """Write a file of questions on a few stories, some of which are held out."""
    folder = folder / "data"
    folder.mkdir()
    rows = []
    for number in range(80):
        animal, thing = _ANIMALS[number % 6], _THINGS[number * 5 % 6]
        rows += [
            {
                "story": f"tale {number}",
                "context": f"Once a {animal} found {thing} and went home. It was glad all night.",
                "question": question,
                "answer": answer,
            }
            for question, answer in ((f"What did the {animal} find?", thing), ("Who?", animal))
        ]
    assert any(Part.VALIDATION.has(row["story"]) for row in rows)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "fairytaleqa_train.jsonl").write_text(text, "utf-8")
    return folder


def recipe(base: Path, **schedule: float) -> Recipe:
    """Return a recipe of a dozen steps."""
    plan = {"tokens": 12_000, "batch": 1024, "block": 256, "rate": 0.02, "check_every": 4096}
    return Recipe(
        name="tiny",
        base=str(base),
        schedule=Schedule(**{**plan, "held_out": 1024, **schedule}),  # type: ignore[arg-type]
        mix=(Ingredient("questions", 1.0),),
        adapter=AdapterShape(4, 8),
    )
