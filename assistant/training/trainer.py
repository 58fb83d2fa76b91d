"""The loop of a run: steps, looks at the held-out loss, checkpoints; stops and goes on."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, TrainingError
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.training import checkpoint
from assistant.training.checkpoint import Standing
from assistant.training.curve import Curve, Point, draw, read
from assistant.training.export import write_adapter
from assistant.training.pack import Blocks
from assistant.training.progress import Ended, Progress, Report
from assistant.training.recipe import Recipe
from assistant.training.schedule import rate_at

if TYPE_CHECKING:
    from assistant.training.network.tuning import Tuning

# A run that is killed loses at most this much.
_SECONDS_BETWEEN_CHECKPOINTS = 60.0
ADAPTER = "adapter"
CURVE, PICTURE = "curve.csv", "curve.svg"


class Trainer:
    """Carries a run on from where its folder stands.

    `folder/adapter` always holds the adapter that did best on the held-out blocks.
    """

    def __init__(
        self, folder: Path, recipe: Recipe, tuning: Tuning, train: Blocks, held_out: Blocks
    ) -> None:
        self._folder = folder
        self._recipe = recipe
        self._tuning = tuning
        self._train = train
        self._held_out = held_out
        self._curve = Curve(folder / CURVE)
        self._standing = Standing()
        self._saved = time.monotonic()

    def run(self, report: Report, should_stop: ShouldStop) -> Ended:
        """Learn until the end, until the held-out loss rises or until stopped."""
        self._resume()
        standing, schedule = self._standing, self._recipe.schedule
        rows = max(1, schedule.batch // schedule.block)
        total = min(schedule.tokens, len(self._train) * schedule.block)
        try:
            if standing.steps == 0:
                self._begin(total, report, should_stop)
            while standing.tokens < total and not standing.rose:
                start = standing.steps * rows
                blocks = self._train.rows(start, start + rows)
                self._step(blocks, total, report, should_stop)
            self._save()
        except Cancelled:
            self._leave()
            return Ended.STOPPED
        return Ended.ROSE if standing.rose else Ended.DONE

    def _resume(self) -> None:
        kept = checkpoint.load(self._folder)
        if kept is not None:
            self._standing, state = kept
            self._tuning.restore(state)
        self._curve.begin(self._standing.tokens)

    def _begin(self, total: int, report: Report, should_stop: ShouldStop) -> None:
        """Look at the held-out text before anything is learned, so that gain and harm are seen.

        The curve's first point is this; no step was made, so it stands for the step's loss too.
        """
        self._curve.begin(-1)
        loss = self._look(should_stop)
        if loss is not None:
            self._curve.add(Point(0, 0.0, 0.0, loss, loss))
            report(Progress(0, total, loss, loss, 0.0, 0.0, 0.0))

    def _step(self, blocks: Blocks, total: int, report: Report, should_stop: ShouldStop) -> None:
        standing, schedule = self._standing, self._recipe.schedule
        began = time.monotonic()
        rate = rate_at(schedule, standing.tokens)
        loss = self._tuning.step(blocks, rate, should_stop)
        if not math.isfinite(loss):
            raise TrainingError(
                tr("Learning went astray: the loss is no number any more. Choose a smaller rate.")
            )
        standing.steps += 1
        standing.tokens += blocks.tokens.numel()
        due = standing.tokens - standing.looked_at >= schedule.check_every
        due = due or standing.tokens >= total
        held_out = self._look(should_stop) if due else None
        spent = time.monotonic() - began
        standing.seconds += spent
        self._curve.add(Point(standing.tokens, standing.seconds, rate, loss, held_out))
        speed = standing.tokens / max(standing.seconds, 1e-9)
        left = (total - standing.tokens) / speed
        report(Progress(standing.tokens, total, loss, held_out, rate, speed, left))
        if time.monotonic() - self._saved >= _SECONDS_BETWEEN_CHECKPOINTS:
            self._save()

    def _look(self, should_stop: ShouldStop) -> float | None:
        """Look at the held-out loss and keep the adapter if it was never lower."""
        standing = self._standing
        if not len(self._held_out):
            self._export()
            standing.looked_at = standing.tokens
            return None
        loss = self._tuning.loss(self._held_out, should_stop)
        standing.looked_at = standing.tokens
        if standing.best is None or loss < standing.best:
            standing.best, standing.worse = loss, 0
            self._export()
        else:
            standing.worse += 1
            standing.rose = standing.worse >= self._recipe.schedule.patience
        return loss

    def _leave(self) -> None:
        """Save where the run stands; what it has learned can be used, too."""
        self._save()
        if not self._standing.looked_at:
            self._export()

    def _save(self) -> None:
        checkpoint.save(self._folder, self._standing, self._tuning.state())
        picture = draw(read(self._folder / CURVE))
        (self._folder / PICTURE).write_text(picture, encoding="utf-8")
        self._saved = time.monotonic()

    def _export(self) -> None:
        write_adapter(self._folder / ADAPTER, self._recipe, self._tuning.lora.tensors())
