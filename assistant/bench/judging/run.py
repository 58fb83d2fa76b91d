"""Judging one model: the door of this package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.bench.judging.passages import Prose
from assistant.bench.judging.registry import TASKS
from assistant.bench.judging.selection import learned_by
from assistant.bench.judging.subject import Bench, Scores
from assistant.core.errors import Cancelled, TaskNotPossible, TrainingError, UsageError
from assistant.core.i18n import tr

if TYPE_CHECKING:
    from assistant.bench.judging.subject import Report
    from assistant.core.jobs import EngineSpec
    from assistant.core.requests import ShouldStop
    from assistant.tasks.desk import Engines

LIMIT = 200


@dataclass(slots=True)
class Verdicts:
    """What came of judging: the scores of each task, what could not be done and why.

    `stopped` says that it was ended before all was done.
    """

    scores: dict[str, Scores] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    stopped: bool = False


def judge(
    spec: EngineSpec,
    engines: Engines,
    data: Path,
    report: Report,
    should_stop: ShouldStop,
    *,
    tasks: Sequence[str] = (),
    limit: int = LIMIT,
    beside: Sequence[EngineSpec] = (),
) -> Verdicts:
    """Judge the model of `spec` on the files in `data`, on `limit` items for each task.

    The items are those that suit the models `beside` as well, so that all are judged on the same.
    Without `tasks`, all those are done whose files are there and that the model can do; a task that
    was named and cannot be done is an error. Raises `InklingError`.
    """
    names = _chosen(tasks, data)
    bench = bench_for(spec, engines, data, report, should_stop, limit=limit, beside=beside)
    verdicts = Verdicts()
    for name in names:
        try:
            scores = TASKS[name].judge(bench)
        except Cancelled:
            scores = {}
        except TaskNotPossible as error:
            if tasks:
                raise
            verdicts.notes[name] = str(error)
            continue
        if scores:
            verdicts.scores[name] = scores
        if should_stop():
            verdicts.stopped = True
            break
    return verdicts


def bench_for(
    spec: EngineSpec,
    engines: Engines,
    data: Path,
    report: Report,
    should_stop: ShouldStop,
    *,
    limit: int = LIMIT,
    beside: Sequence[EngineSpec] = (),
) -> Bench:
    """Return what the tasks of judging work with for the model of `spec`; see `judge`."""
    adapters = [engines.describe(one).adapter for one in (spec, *beside)]
    learned = learned_by(adapter.path for adapter in adapters if adapter is not None)
    return Bench(
        spec=spec,
        engines=engines,
        data=data,
        limit=limit,
        learned=learned,
        prose=Prose(data, learned),
        report=report,
        should_stop=should_stop,
        known={},
    )


def _chosen(tasks: Sequence[str], data: Path) -> list[str]:
    """Return the tasks to do, in the order of the registry."""
    if not data.is_dir():
        raise TrainingError(tr("There is no folder {folder}.", folder=data))
    unknown = [name for name in tasks if name not in TASKS]
    if unknown:
        raise UsageError(
            tr(
                "There is no task “{name}” to judge by. Choose from: {names}.",
                name=unknown[0],
                names=", ".join(TASKS),
            )
        )
    for name in tasks:
        if not TASKS[name].can_run(data):
            raise TrainingError(
                tr(
                    "“{task}” cannot be judged: {folder} has none of the files {files} (.jsonl or "
                    ".tsv, perhaps with .xz or .gz).",
                    task=name,
                    folder=data,
                    files=", ".join(TASKS[name].files),
                )
            )
    return [name for name in TASKS if name in tasks or (not tasks and TASKS[name].can_run(data))]
