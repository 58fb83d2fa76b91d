"""`inkling train RECIPE`: carry out a recipe, or go on with a run that was stopped."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.exits import Exit
from assistant.core.errors import InklingError
from assistant.core.i18n import tr

if TYPE_CHECKING:
    from assistant.cli.tasks import Commands
    from assistant.config.settings import Settings
    from assistant.training.progress import Ended, Progress

_CLEAR_LINE = "\r\x1b[K"


def add_train_command(commands: Commands) -> None:
    """Add `train` with its options."""
    parser = commands.add_parser(
        "train",
        help=tr("train an adapter by a recipe"),
        description=tr(
            "Train an adapter by a recipe. Ctrl-C stops; the same command goes on from there. The "
            "adapter that did best so far is in the run's folder, under adapter."
        ),
    )
    parser.add_argument(
        "recipe", metavar=tr("RECIPE"), help=tr("a recipe that ships (reader) or a file")
    )
    parser.add_argument(
        "--data", type=Path, required=True, help=tr("the folder with the texts to learn from")
    )
    parser.add_argument(
        "--run", type=Path, dest="folder", required=True, help=tr("the run's folder")
    )
    parser.add_argument("--tokens", type=int, help=tr("how much is read, instead of the recipe's"))
    parser.add_argument("--device", help=tr("auto, cpu, cuda, cuda:N or mps"))
    parser.add_argument("--threads", type=int, help=tr("processor threads; 0 leaves it to torch"))
    parser.add_argument("--progress", choices=("auto", "json"), default="auto")
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace, settings: Settings, cancel: threading.Event) -> int:
    report = _ReportAsJson() if options.progress == "json" else _ReportToReader()
    try:
        ended = _carry_out(options, settings, report, cancel)
    except InklingError as error:
        if options.progress != "json":
            raise
        print(json.dumps({"error": str(error)}, ensure_ascii=False), flush=True)
        return Exit.FAILED
    report.close(ended, options.folder)
    return Exit.INTERRUPTED if cancel.is_set() else Exit.DONE


def _carry_out(
    options: argparse.Namespace,
    settings: Settings,
    report: _ReportToReader | _ReportAsJson,
    cancel: threading.Event,
) -> Ended:
    from assistant.training import recipe as recipes
    from assistant.training import run

    if not run.is_prepared(options.folder):
        recipe = recipes.find(options.recipe)
        if options.tokens:
            recipe = replace(recipe, schedule=replace(recipe.schedule, tokens=options.tokens))
        run.prepare(recipe, options.data, options.folder, cancel.is_set)
    return run.train(
        options.folder,
        report,
        cancel.is_set,
        threads=settings.model.threads if options.threads is None else options.threads,
        device=options.device or settings.model.device,
    )


class _ReportAsJson:
    """One JSON object a line on standard output."""

    def __call__(self, progress: Progress) -> None:
        print(json.dumps(asdict(progress)), flush=True)

    def close(self, ended: Ended, folder: Path) -> None:
        print(
            json.dumps({"ended": ended.value, "run": str(folder)}, ensure_ascii=False), flush=True
        )


class _ReportToReader:
    """One line on standard error that changes, and a line for each look at the held-out text."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        line = tr(
            "{tokens:,} of {total:,} tokens, loss {loss:.3f}, {speed:.0f} tokens/s, {minutes:.0f} "
            "minutes left",
            tokens=progress.tokens,
            total=progress.total,
            loss=progress.loss,
            speed=progress.tokens_per_second,
            minutes=progress.seconds_left / 60,
        )
        if progress.held_out is not None:
            held_out = tr("held-out loss {loss:.4f}", loss=progress.held_out)
            print(f"{_CLEAR_LINE if self._live else ''}{line}; {held_out}", file=sys.stderr)
        elif self._live:
            print(f"{_CLEAR_LINE}{line}", end="", file=sys.stderr, flush=True)

    def close(self, ended: Ended, folder: Path) -> None:
        from assistant.training.progress import Ended

        if self._live:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)
        said = {
            Ended.DONE: tr("Done. The adapter is in {folder}.", folder=folder / "adapter"),
            Ended.ROSE: tr(
                "Stopped where the held-out text got worse. The best adapter is in {folder}.",
                folder=folder / "adapter",
            ),
            Ended.STOPPED: tr(
                "Stopped; the same command goes on from here. The adapter so far is in {folder}.",
                folder=folder / "adapter",
            ),
        }
        print(said[ended])
