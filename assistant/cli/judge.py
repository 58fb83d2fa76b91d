"""`inkling judge MODEL --data DIR`: how good a model is, beside what needs none."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.exits import Exit
from assistant.cli.options import PRECISIONS
from assistant.core.i18n import tr
from assistant.core.tasks import TaskName
from assistant.tasks import choices

if TYPE_CHECKING:
    from assistant.bench.judging.run import Verdicts
    from assistant.cli.tasks import Commands
    from assistant.config.settings import Settings
    from assistant.core.jobs import EngineSpec

_CLEAR_LINE = "\r\x1b[K"
_NAMES = ("answers", "refusal", "summaries", "editor", "prose", "gap", "translations",
          "efficiency")  # fmt: skip
_LIMIT = 200


def add_judge_command(commands: Commands) -> None:
    """Add `judge`."""
    text = tr("measure how good a model is, beside what needs none")
    parser = commands.add_parser("judge", help=text, description=text)
    parser.set_defaults(run=_judge)
    parser.add_argument("model", metavar=tr("MODEL"), help=tr("a name, a folder or a hub name"))
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar=tr("FOLDER"),
        help=tr("the folder with the files to judge by"),
    )
    parser.add_argument(
        "--tasks",
        type=_names,
        default=(),
        metavar=",".join(_NAMES),
        help=tr("what to judge; else all of which the folder has files"),
    )
    parser.add_argument(
        "--limit",
        type=_count,
        default=_LIMIT,
        metavar="N",
        help=tr("so many items for each task ({n} otherwise)", n=_LIMIT),
    )
    parser.add_argument("--against", metavar=tr("MODEL"), help=tr("a second model beside it"))
    parser.add_argument("--strength", type=float, help=tr("how much of an adapter, 0 to 1.5"))
    parser.add_argument("--device", help=tr("auto, cpu, cuda, cuda:1, mps"))
    parser.add_argument("--precision", choices=PRECISIONS)
    parser.add_argument(
        "--card",
        type=Path,
        metavar=tr("FOLDER"),
        help=tr("write the adapter's card and its scores into this folder"),
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object at the end"))


def _names(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


def _count(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(tr("at least {minimum}", minimum=1))
    return number


def _judge(options: argparse.Namespace, settings: Settings, cancel: threading.Event) -> int:
    from assistant.bench.judging import table

    both = [options.model, *([options.against] if options.against else [])]
    beside = [_spec(model, options, settings) for model in both]
    verdicts = _verdicts(options.model, beside, options, settings, cancel)
    scores = verdicts.scores
    if options.against and not cancel.is_set():
        others = _verdicts(options.against, beside, options, settings, cancel)
        scores = table.against(scores, others.scores)
    if options.card is not None and scores:
        _write_card(options, settings, scores, cancel)
    if options.json:
        print(json.dumps(_rounded(scores), ensure_ascii=False))
    elif scores:
        print(table.table(scores, options.model, options.against or ""))
    return Exit.INTERRUPTED if cancel.is_set() else Exit.DONE


def _verdicts(
    model: str,
    beside: Sequence[EngineSpec],
    options: argparse.Namespace,
    settings: Settings,
    cancel: threading.Event,
) -> Verdicts:
    from assistant.bench.judging.run import judge
    from assistant.engines.pool import EnginePool

    progress = _Progress(model)
    verdicts = judge(
        _spec(model, options, settings),
        EnginePool(max_loaded=1),
        options.data,
        progress,
        cancel.is_set,
        tasks=options.tasks,
        limit=options.limit,
        beside=beside,
    )
    progress.end()
    for task, note in verdicts.notes.items():
        print(f"{task}: {note}", file=sys.stderr)
    if verdicts.stopped:
        print(tr("Stopped. These are the scores of what was done."), file=sys.stderr)
    return verdicts


def _write_card(
    options: argparse.Namespace,
    settings: Settings,
    scores: dict[str, dict[str, float]],
    cancel: threading.Event,
) -> None:
    from assistant.bench.card import write_card
    from assistant.bench.judging.run import bench_for
    from assistant.engines.pool import EnginePool

    spec = _spec(options.model, options, settings)
    progress = _Progress(options.model)
    bench = bench_for(spec, EnginePool(max_loaded=1), options.data, progress, cancel.is_set)
    write_card(options.card, bench, _rounded(scores))


def _spec(model: str, options: argparse.Namespace, settings: Settings) -> EngineSpec:
    spec = choices.engine_spec(settings, TaskName.ASK, model)
    if options.strength is not None:
        spec = replace(spec, strength=options.strength)
    return replace(
        spec,
        device=options.device or spec.device,
        precision=options.precision or spec.precision,
    )


def _rounded(scores: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {
        task: {name: round(value, 4) for name, value in values.items()}
        for task, values in scores.items()
    }


class _Progress:
    """Shows how far a task is on standard error: live at a terminal, else its first and last."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._live = sys.stderr.isatty()

    def __call__(self, task: str, done: int, total: int) -> None:
        line = tr("{model}, {task}: {done} of {total}", model=self._model, task=task, done=done,
                  total=total)  # fmt: skip
        if self._live:
            sys.stderr.write(_CLEAR_LINE + line)
            sys.stderr.flush()
        elif done == total:
            print(line, file=sys.stderr)

    def end(self) -> None:
        """Take the line away."""
        if self._live:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()
