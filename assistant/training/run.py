"""A run's folder: made ready from a recipe and data, then trained in, as often as it takes.

The folder has all that is needed to go on, on another machine too: the recipe, the packed blocks,
the last checkpoint. The program's own base model must be there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config.atomic import write_text
from assistant.core.errors import Cancelled, TrainingError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Event, ShouldStop
from assistant.models import adapters, library
from assistant.training import recipe as recipes
from assistant.training.encode import Encoded, Encoder
from assistant.training.export import read_adapter
from assistant.training.mix import mixed
from assistant.training.pack import Block, Blocks, pack, stack
from assistant.training.progress import Ended, Report
from assistant.training.recipe import Recipe
from assistant.training.split import Part
from assistant.training.trainer import Trainer

if TYPE_CHECKING:
    from assistant.engines.loading import Loaded

RECIPE, TRAIN, HELD_OUT, GROUPS = (
    "recipe.toml", "train.safetensors", "held_out.safetensors", "trained_on.txt",
)  # fmt: skip


def is_prepared(folder: Path) -> bool:
    """Return whether `folder` holds a run that can be started or gone on with."""
    return (folder / RECIPE).is_file()


def prepare(recipe: Recipe, data: Path, folder: Path, should_stop: ShouldStop) -> None:
    """Make the examples, encode and pack them, and write all into `folder`.

    The same recipe and data give the same blocks. Raises `TrainingError`, `ModelError`, or
    `Cancelled` with nothing to be gone on with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    encoder = _encoder(recipe)
    groups: set[str] = set()

    def blocks(part: Part, tokens: int) -> Blocks:
        length = recipe.schedule.block
        seen = groups if part is Part.TRAIN else set()
        examples = _examples(recipe, data, part, encoder, seen, should_stop)
        return stack(_first(pack(examples, length), max(1, tokens // length)), length)

    if recipe.schedule.held_out:
        blocks(Part.VALIDATION, recipe.schedule.held_out).save(folder / HELD_OUT)
    else:
        stack([], recipe.schedule.block).save(folder / HELD_OUT)
    blocks(Part.TRAIN, recipe.schedule.tokens).save(folder / TRAIN)
    write_text(folder / GROUPS, "".join(f"{group}\n" for group in sorted(groups)))
    # Written last: a folder with a recipe is whole.
    write_text(folder / RECIPE, recipe.to_toml())


def train(
    folder: Path,
    report: Report,
    should_stop: ShouldStop,
    *,
    threads: int = 0,
    device: str = "auto",
    precision: str = "auto",
) -> Ended:
    """Train in `folder` from where it stands and return how it ended.

    `threads` 0 leaves the number to torch. Raises `TrainingError` or `ModelError`.
    """
    if not is_prepared(folder):
        raise TrainingError(tr("{folder} holds no run that could be gone on with.", folder=folder))
    recipe = recipes.parse((folder / RECIPE).read_text("utf-8"))
    train_blocks, held_out = Blocks.load(folder / TRAIN), Blocks.load(folder / HELD_OUT)
    loaded = _loaded(recipe, EngineSpec(recipe.base, device, precision, threads), should_stop)

    import torch

    from assistant.training.network.tuning import Tuning

    if threads:
        torch.set_num_threads(threads)
    tuning = Tuning(loaded.model, recipe.adapter, recipe.seed, recipe.schedule.weight_decay)
    if recipe.start:
        tuning.lora.load(read_adapter(_start(recipe)))
    return Trainer(folder, recipe, tuning, train_blocks, held_out).run(report, should_stop)


def group_digest(group: str) -> str:
    """Return how `trained_on.txt` names a group: 16 hexadecimal digits, and not its title."""
    return hashlib.blake2b(group.encode(), digest_size=8).hexdigest()


def _examples(
    recipe: Recipe,
    data: Path,
    part: Part,
    encoder: Encoder,
    groups: set[str],
    should_stop: ShouldStop,
) -> Iterator[Encoded]:
    for example, encoded in mixed(recipe.mix, data, part, recipe.seed, encoder.encode):
        if should_stop():
            raise Cancelled
        groups.add(group_digest(example.group))
        yield encoded


def _first(blocks: Iterator[Block], count: int) -> Iterator[Block]:
    for _, block in zip(range(count), blocks, strict=False):
        yield block


def _encoder(recipe: Recipe) -> Encoder:
    from transformers import AutoTokenizer

    model = library.resolve(recipe.base)
    tokenizer = AutoTokenizer.from_pretrained(
        model.path, trust_remote_code=False, local_files_only=True
    )
    return Encoder(model, tokenizer, int(tokenizer.eos_token_id))


def _loaded(recipe: Recipe, spec: EngineSpec, should_stop: ShouldStop) -> Loaded:
    from assistant.engines.devices import pick
    from assistant.engines.loading import load
    from assistant.engines.precision import choose

    def ignore(_event: Event) -> None:
        """Tell nobody: loading takes a second or two, the run reports from its first step on."""

    model = library.resolve(recipe.base)
    # A number format by its name: packed weights, which a setting may stand for, learn nothing.
    precision = choose(spec.precision, pick(spec.device), model.dtype)
    return load(model, replace(spec, precision=precision), "causal", ignore, should_stop)


def _start(recipe: Recipe) -> Path:
    shipped = adapters.shipped_folder(recipe.start)
    return shipped if shipped is not None else Path(recipe.start)
