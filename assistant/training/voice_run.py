"""A voice that is being learned, as it stands on disk until it is done.

Its folder holds the plan, the pages, the index against copying and the trainer's run. One process
at a time works in it. Standard library only: the window asks here what was left unfinished.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assistant.config.atomic import write_text
from assistant.config.paths import voices_folder
from assistant.core.errors import TrainingError
from assistant.core.i18n import tr
from assistant.documents.locks import FileLock
from assistant.models.staging import folder_name
from assistant.text.copying import COPY_INDEX, CopyIndex
from assistant.training.pages import Page, page_from, write_pages
from assistant.training.split import Part

_log = logging.getLogger(__name__)

_PLAN, _STATE, _LOCK, _PAGES, _TRAINER = "plan.json", "state.json", "lock", "pages", "run"


@dataclass(frozen=True, slots=True)
class VoicePlan:
    """What is to be learned: the voice's name, from which texts, over which model.

    `base` is the model's reference, `start` the adapter that the voice begins from, empty for none.
    `words` and `held_out_words` count the texts, `pages` their pages; `tokens` are read in all, on
    `pass_tokens` once. `minutes` 0 sets no limit.
    """

    name: str
    base: str
    start: str
    documents: tuple[str, ...]
    words: int
    held_out_words: int
    pages: int
    pass_tokens: int
    tokens: int
    passage_words: int
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class VoiceState:
    """How far it is: tokens learned from, seconds worked."""

    tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class VoiceRun:
    """A run in its folder."""

    folder: Path
    plan: VoicePlan
    state: VoiceState = VoiceState()

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        return min(1.0, self.state.tokens / self.plan.tokens) if self.plan.tokens else 0.0

    @property
    def data(self) -> Path:
        """The folder in which the builder finds the pages."""
        return self.folder

    @property
    def trainer(self) -> Path:
        """The trainer's own folder."""
        return self.folder / _TRAINER

    @property
    def copy_index(self) -> Path:
        """The index against copying."""
        return self.folder / COPY_INDEX

    def pages(self) -> tuple[Page, ...]:
        """Return the pages; raises `TrainingError` where they are damaged."""
        from assistant.training import corpora

        return tuple(map(page_from, corpora.rows(self.folder, _PAGES)))

    def reached(self, state: VoiceState) -> VoiceRun:
        """Write down how far it is."""
        with suppress(OSError):
            write_text(self.folder / _STATE, json.dumps(asdict(state)))
        return replace(self, state=state)


def begin(plan: VoicePlan, pages: Sequence[Page]) -> VoiceRun:
    """Make the folder of a new run, in place of an older one of that name."""
    folder = _folder(plan.name)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        write_pages(pages, folder / f"{_PAGES}.jsonl", plan.passage_words)
        CopyIndex.of(page.text for page in pages if page.part is Part.TRAIN).save(
            folder / COPY_INDEX
        )
        # Last: a folder without a plan is no run.
        write_text(folder / _PLAN, json.dumps(asdict(plan), ensure_ascii=False))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise TrainingError(
            tr(
                "The texts cannot be made ready in {folder}: {reason}. Make room there and try "
                "again.",
                folder=folder.parent,
                reason=error.strerror or error,
            )
        ) from error
    return VoiceRun(folder, plan)


def find(name: str) -> VoiceRun:
    """Return the unfinished run of that name; raises `TrainingError` where there is none."""
    run = _read(_folder(name))
    if run is None:
        raise TrainingError(
            tr(
                "There is no voice {name} that was begun. Begin it with: inkling learn --name "
                "{name} FILE…",
                name=name,
            )
        )
    return run


def unfinished() -> tuple[VoiceRun, ...]:
    """Return the runs that can be gone on with, by name."""
    found = (_read(folder) for folder in sorted(voices_folder().iterdir()) if folder.is_dir())
    return tuple(run for run in found if run is not None)


def discard(run: VoiceRun) -> None:
    """Delete what a run has left on disk; the voice in the library stays."""
    shutil.rmtree(run.folder, ignore_errors=True)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Be the only process that learns the voice `name`; raises `TrainingError` where another is."""
    path = voices_folder() / f".{folder_name(name)}.{_LOCK}"
    lock = FileLock.acquire(path)
    if lock is None:
        raise TrainingError(
            tr("The voice {name} is being learned already. Wait or stop that first.", name=name)
        )
    try:
        yield
    finally:
        lock.release()


def _folder(name: str) -> Path:
    return voices_folder() / folder_name(name)


def _read(folder: Path) -> VoiceRun | None:
    table = _table(folder / _PLAN)
    if table is None:
        return None
    try:
        plan = VoicePlan(**{**table, "documents": tuple(table["documents"])})
    except (KeyError, TypeError):
        _log.warning("the plan in %s cannot be read", folder)
        return None
    state = _table(folder / _STATE) or {}
    try:
        return VoiceRun(folder, plan, VoiceState(int(state["tokens"]), float(state["seconds"])))
    except (KeyError, TypeError, ValueError):
        return VoiceRun(folder, plan)


def _table(path: Path) -> dict[str, Any] | None:
    try:
        table = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return table if isinstance(table, dict) else None
