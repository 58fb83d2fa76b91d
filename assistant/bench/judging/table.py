"""The scores as a table for reading, the trivial rival beside each."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.bench.judging.registry import TASKS, Line
from assistant.bench.judging.subject import Scores
from assistant.core.i18n import tr, trn

_AGAINST = "against_"


def against(scores: Mapping[str, Scores], others: Mapping[str, Scores]) -> dict[str, Scores]:
    """Return `scores` with another model's beside them, as `against_…`; rivals are the same."""
    return {
        task: {
            **own,
            **{
                f"{_AGAINST}{name}": value
                for name, value in others.get(task, {}).items()
                if not name.startswith(("rival_", "harper_"))
            },
        }
        for task, own in scores.items()
    }


def table(scores: Mapping[str, Scores], model: str, other: str = "") -> str:
    """Return the table; `model` heads the column of the model, `other` that of a second one."""
    rows = [("", model, *([other] if other else []), tr("without a model"))]
    for task, own in scores.items():
        rows.append((_heading(task, own), "", *([""] if other else []), ""))
        rows += [
            _row(line, own, with_other=bool(other))
            for line in TASKS[task].lines()
            if line.score in own
        ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "\n".join(_laid_out(row, widths) for row in rows)


def _heading(task: str, scores: Scores) -> str:
    if "items" not in scores:
        return task
    count = trn("{n} item", "{n} items", int(scores["items"]))
    return f"{task} ({count})"


def _row(line: Line, scores: Scores, *, with_other: bool) -> tuple[str, ...]:
    rivals = (
        f"{_number(scores[name], line)} {title}" for title, name in line.rivals if name in scores
    )
    second = scores.get(_AGAINST + line.score)
    others = [_number(second, line) if second is not None else ""] if with_other else []
    return (f"  {line.title}", _number(scores[line.score], line), *others, ", ".join(rivals))


def _number(value: float, line: Line) -> str:
    return f"{value:,.{line.places}f}"


def _laid_out(row: tuple[str, ...], widths: list[int]) -> str:
    first, *numbers, rivals = row
    cells = [
        first.ljust(widths[0]),
        *(n.rjust(w) for n, w in zip(numbers, widths[1:], strict=True)),
    ]
    return "  ".join([*cells, rivals]).rstrip()
