"""What is judged and on what: the model, the data, how many items, whom to tell, when to stop.

A *task* of judging is a function from a `Bench` to its `Scores`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from assistant.core.errors import Cancelled, PromptTooLong
from assistant.tasks.run import run

if TYPE_CHECKING:
    from assistant.bench.judging.passages import Prose
    from assistant.bench.judging.selection import Learned
    from assistant.core.jobs import EngineSpec
    from assistant.core.requests import Event, ShouldStop
    from assistant.core.tasks import Outcome, Task
    from assistant.engines.base import Engine
    from assistant.models.description import ModelDescription
    from assistant.tasks.desk import Engines

# Names of numbers; shares are per cent.
Scores: TypeAlias = dict[str, float]
Report: TypeAlias = Callable[[str, int, int], None]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a task of judging works with.

    `report` hears the name of the task, how many items are done and of how many. `learned` says
    which texts the model has learned from, `prose` has the books. `known` are the answers that were
    given already in this run, for tasks that ask the same questions.
    """

    spec: EngineSpec
    engines: Engines
    data: Path
    limit: int
    learned: Learned
    prose: Prose
    report: Report
    should_stop: ShouldStop
    known: dict[Task, Outcome]

    def describe(self) -> ModelDescription:
        """Return what is known of the model without loading it."""
        return self.engines.describe(self.spec)

    def engine(self) -> Engine:
        """Return the model's engine, loaded."""
        return self.engines.engine_for(self.spec, _ignore, self.should_stop)

    def outcome(self, task: Task) -> Outcome:
        """Return what the program makes of `task` with the model: what a writer gets.

        Raises `Cancelled` where it was stopped on the way.
        """
        if task not in self.known:
            found = run(task, self.spec, self.engines, _ignore, self.should_stop)
            if self.should_stop():
                raise Cancelled
            self.known[task] = found
        return self.known[task]


class Judging(Protocol):
    """One task of judging."""

    def __call__(self, bench: Bench) -> Scores:
        """Return the scores; of what there is where it was stopped, none where that is nothing."""


def each(
    name: str, items: Sequence[Item], bench: Bench, measure: Callable[[Item], Scores]
) -> list[Scores]:
    """Return what `measure` says of each item, of those before the stop where it was stopped.

    An item that does not fit the model's context counts as `too_long` and for nothing else.
    """
    found: list[Scores] = []
    for done, item in enumerate(items):
        bench.report(name, done, len(items))
        if bench.should_stop():
            break
        try:
            found.append(measure(item))
        except Cancelled:
            break
        except PromptTooLong:
            found.append({"too_long": 1})
    bench.report(name, len(found), len(items))
    return found


def averaged(measured: Iterable[Mapping[str, float]]) -> Scores:
    """Return the mean of each score over the items that have it, and how many `items` there were.

    Empty where there was none.
    """
    items = list(measured)
    counted = [scores for scores in items if "too_long" not in scores]
    left_out = len(items) - len(counted)
    names = dict.fromkeys(name for scores in counted for name in scores)
    result: Scores = {
        name: fmean(scores[name] for scores in counted if name in scores) for name in names
    }
    if counted:
        result["items"] = len(counted)
    if left_out:
        result["too_long"] = left_out
    return result


def percent(condition: bool) -> float:  # noqa: FBT001 - the value itself
    """Return 100 for true, 0 for false: their mean is a share in per cent."""
    return 100.0 if condition else 0.0


def _ignore(_event: Event) -> None:
    """Take an event of a task: judging shows its own progress."""
