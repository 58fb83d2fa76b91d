"""What the window says about models: sizes, times, kinds, how far a download is.

Pure functions from values to sentences in the interface's language.
"""

from __future__ import annotations

from assistant.core.i18n import tr, trn
from assistant.core.tasks import RewriteStyle, TaskName
from assistant.models.description import Kind, ModelDescription
from assistant.models.progress import Progress, Stage
from assistant.ui.task_options import style_name, task_title

_MEGABYTE = 1_000_000
_GIGABYTE = 1_000_000_000
_NEARLY_THERE = 3


def size_text(size: float) -> str:
    """Return a number of bytes as people say it: 93 MB, 1.2 GB."""
    if size >= _GIGABYTE:
        return tr("{number} GB", number=f"{size / _GIGABYTE:.1f}")
    if size >= _MEGABYTE:
        return tr("{number} MB", number=f"{size / _MEGABYTE:.0f}")
    return tr("{number} KB", number=f"{size / 1000:.0f}")


def memory_text(size: float) -> str:
    """Return an amount of memory as it is sold: 16 GB for 16 GiB."""
    return tr("{number} GB", number=f"{size / 2**30:.0f}")


def parameters_text(parameters: int) -> str:
    """Return a model's size as its makers say it: 135M, 1.5B parameters."""
    if parameters >= 1_000_000_000:
        return tr("{number}B parameters", number=f"{parameters / 1e9:.1f}")
    return tr("{number}M parameters", number=f"{parameters / 1e6:.0f}")


def time_left_text(seconds: float) -> str:
    """Return how long something will still take, not more precisely than anyone can know."""
    if seconds < _NEARLY_THERE:
        return tr("nearly there")
    if seconds < 60:
        rounded = max(5, round(seconds / 5) * 5)
        return trn("about {n} second left", "about {n} seconds left", rounded)
    if seconds < 3600:
        return trn("about {n} minute left", "about {n} minutes left", round(seconds / 60))
    return trn("about {n} hour left", "about {n} hours left", round(seconds / 3600))


def stage_text(stage: Stage) -> str:
    """Return what is being done to a model."""
    return {
        Stage.DOWNLOADING: tr("Downloading"),
        Stage.CHECKING: tr("Checking"),
        Stage.CONVERTING: tr("Preparing for this computer"),
        Stage.FINISHING: tr("Finishing"),
    }[stage]


def progress_text(progress: Progress) -> str:
    """Return one line on how far it is: Downloading, 41 of 93 MB, about 20 seconds left."""
    parts = [stage_text(progress.stage)]
    counts_bytes = progress.stage in (Stage.DOWNLOADING, Stage.CHECKING)
    if counts_bytes and progress.total > 0:
        parts.append(
            tr("{done} of {total}", done=size_text(progress.done), total=size_text(progress.total))
        )
    if progress.seconds_left is not None:
        parts.append(time_left_text(progress.seconds_left))
    return " · ".join(parts)


def kind_text(kind: Kind) -> str:
    """Return what the reader calls a kind of model."""
    return {
        Kind.CHAT: tr("Chat"),
        Kind.BASE: tr("Base"),
        Kind.SEQ2SEQ: tr("Encoder-decoder"),
    }[kind]


def model_line(model: ModelDescription) -> str:
    """Return one line on what a model is: its size, context and licence."""
    parts = []
    if model.parameters:
        parts.append(parameters_text(model.parameters))
    if model.size:
        parts.append(tr("{size} on disk", size=size_text(model.size)))
    if model.context_length:
        parts.append(tr("reads {n} tokens", n=f"{model.context_length:,}"))
    if model.licence:
        parts.append(model.licence)
    return " · ".join(parts)


def adapter_line(model: ModelDescription) -> str:
    """Return one line on what an adapter does unasked, and its size."""
    assert model.adapter is not None
    parts = []
    if model.adapter.default_for and model.adapter.ships:
        tasks = ", ".join(task_text(key) for key in model.adapter.default_for)
        parts.append(tr("Used for: {tasks}", tasks=tasks))
    parts.append(tr("{size} on disk", size=size_text(model.size)))
    return " · ".join(parts)


def task_text(key: str) -> str:
    """Return what the reader calls a task by its key: Ask, or Shorter for `rewrite.shorter`."""
    task, _, form = key.partition(".")
    if task == TaskName.REWRITE and form in tuple(RewriteStyle):
        return style_name(RewriteStyle(form))
    return task_title(TaskName(task)) if task in tuple(TaskName) else key
