"""What a run needs to go on, in one file that is the old one or the new one and never half."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config.atomic import replace_file
from assistant.core.errors import TrainingError
from assistant.core.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

FILE = "checkpoint.safetensors"
_KEY = "standing"


@dataclass(slots=True)
class Standing:
    """How far a run is: steps, tokens and seconds spent, and how its held-out loss went.

    `best` is the lowest held-out loss so far, `worse` how many looks in a row were above it,
    `looked_at` the tokens at the last look, `rose` that the run ended because of it.
    """

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best: float | None = None
    worse: int = 0
    looked_at: int = 0
    rose: bool = False


def save(folder: Path, standing: Standing, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write the checkpoint; raise `TrainingError` where the disk does not take it."""
    from safetensors.torch import save as serialize

    plain = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    try:
        replace_file(folder / FILE, serialize(plain, {_KEY: json.dumps(asdict(standing))}))
    except OSError as error:
        raise TrainingError(
            tr(
                "What was learned could not be saved in {folder} ({error}). Make room and start "
                "again: it goes on from the last time that it was saved.",
                folder=folder,
                error=error.strerror,
            )
        ) from error


def load(folder: Path) -> tuple[Standing, dict[str, torch.Tensor]] | None:
    """Return the checkpoint in `folder` if there is one; raise `TrainingError` if it is damaged."""
    from safetensors import SafetensorError, safe_open

    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            standing = Standing(**json.loads(file.metadata()[_KEY]))
            return standing, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            tr(
                "The checkpoint {path} cannot be read ({error}). Delete it to begin again.",
                path=path,
                error=error,
            )
        ) from error
