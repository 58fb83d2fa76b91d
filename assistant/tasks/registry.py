"""Which module carries out which task: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.core.tasks import (
    Ask,
    Complete,
    Continue,
    Form,
    LoadModel,
    Outcome,
    Rewrite,
    ShowPrompt,
    Summarize,
    Translate,
)
from assistant.models.description import Verdict
from assistant.tasks import (
    asking,
    completing,
    continuing,
    rewriting,
    showing,
    summarizing,
    translating,
)
from assistant.tasks.assessment import Assessment

if TYPE_CHECKING:
    from assistant.models.description import ModelDescription
    from assistant.tasks.assessment import Installed
    from assistant.tasks.desk import Desk


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be done with one type of task.

    The task's own type stands where `Any` does: the registry's key is that type.
    """

    run: Callable[[Any, Desk], Outcome]
    assess: Callable[[Any, ModelDescription | None, Installed], Assessment]


def _load(_task: LoadModel, desk: Desk) -> Outcome:
    desk.engine()
    return Outcome("", Form.MODEL)


def _assess_load(
    _task: LoadModel, _description: ModelDescription | None, _installed: Installed
) -> Assessment:
    return Assessment(Verdict.GOOD)


TASKS: dict[type, Entry] = {
    Continue: Entry(continuing.run, continuing.assess),
    Complete: Entry(completing.run, completing.assess),
    Summarize: Entry(summarizing.run, summarizing.assess),
    Translate: Entry(translating.run, translating.assess),
    Ask: Entry(asking.run, asking.assess),
    Rewrite: Entry(rewriting.run, rewriting.assess),
    ShowPrompt: Entry(showing.run, showing.assess),
    LoadModel: Entry(_load, _assess_load),
}
