"""Learning a voice from the window: the program's own command line, run as a child process.

The child prints `assistant.training.voice_messages`, or `{"error": SENTENCE}`. Asked to end, it
writes its checkpoint first: nothing is lost by pausing. Knows nothing of how a voice is learned.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from assistant.core.i18n import tr
from assistant.models.child import module_command
from assistant.training.voice_messages import Learned, Paused, from_table
from assistant.ui.json_child import JsonChild

_log = logging.getLogger(__name__)

# A step of training and the checkpoint after it take this long on a slow machine.
_GRACE_MILLISECONDS = 20_000


class VoiceLearner(QObject):
    """Learns one voice at a time.

    Attributes: `name`, the voice that is being learned; `held`, whether it waits in its place.
    Signals: `started(name)`, `said(Message)` for what it says on its way, then exactly one of
    `learned(Learned)`, `paused(Paused)` and `failed(sentence)`; besides `noted(sentence)` for what
    should be known before, and `held_changed(bool)`.
    """

    started = Signal(str)
    said = Signal(object)
    noted = Signal(str)
    learned = Signal(object)
    paused = Signal(object)
    failed = Signal(str)
    held_changed = Signal(bool)

    def __init__(
        self, parent: QObject | None = None, *, command: Sequence[str] | None = None
    ) -> None:
        super().__init__(parent)
        self.name = ""
        self.held = False
        self._command = tuple(command or module_command("assistant", "learn"))
        self._child = JsonChild(self, grace=_GRACE_MILLISECONDS)
        self._child.starting.connect(self._on_starting)
        self._child.said.connect(self._on_said)
        self._child.ended.connect(self._on_ended)
        self._child.not_started.connect(self._on_not_started)
        self._end: Learned | Paused | None = None
        self._error = ""
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether a voice is being learned, held or not."""
        return self._child.busy

    def start(self, name: str, documents: Sequence[Path], base: str) -> None:
        """Learn the voice `name` from documents, over the model `base`."""
        files = [str(path) for path in documents]
        self._start(name, "--name", name, "--base", base, "--", *files)

    def resume(self, name: str) -> None:
        """Go on with a voice that was begun."""
        self._start(name, "--resume", name)

    def pause(self) -> None:
        """End the child; it keeps what it has learned and can be gone on with."""
        if self.busy:
            self._stopping = True
            self.let_go()
            self._child.end()

    def hold(self) -> None:
        """Have the child wait where it is, with all that it has in memory."""
        if self.busy and not self.held and not self._stopping and self._suspend("suspend"):
            self.held = True
            self.held_changed.emit(True)

    def let_go(self) -> None:
        """Have a child that was held go on."""
        if self.held:
            self._suspend("resume")
            self.held = False
            self.held_changed.emit(False)

    def close(self) -> None:
        """Pause before the program goes; nothing is emitted any more."""
        if self.held:
            self._suspend("resume")
        self._child.close()

    def _start(self, name: str, *arguments: str) -> None:
        self.name = name
        self.held = False
        self._end = None
        self._error = ""
        self._stopping = False
        self._child.start([*self._command, "--progress", "json", *arguments])

    def _suspend(self, what: str) -> bool:
        import psutil

        with suppress(psutil.Error, OSError):
            getattr(psutil.Process(self._child.pid), what)()
            return True
        return False

    @Slot()
    def _on_starting(self) -> None:
        self.started.emit(self.name)

    @Slot(object)
    def _on_said(self, table: Mapping[str, Any]) -> None:
        if isinstance(table.get("error"), str):
            self._error = table["error"]
            return
        if isinstance(table.get("note"), str):
            self.noted.emit(table["note"])
            return
        message = from_table(table)
        if isinstance(message, Learned | Paused):
            self._end = message
        elif message is not None:
            self.said.emit(message)

    @Slot()
    def _on_not_started(self) -> None:
        self._error = tr(
            "The program that learns did not start: {program} is missing or may not be run. "
            "Install Inkling again, then try once more.",
            program=self._command[0],
        )
        self._on_ended(-1, True)

    @Slot(int, bool)
    def _on_ended(self, code: int, crashed: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.held = False
        match self._end:
            case Learned():
                self.learned.emit(self._end)
            case Paused():
                self.paused.emit(self._end)
            case None:
                how = "crashed" if crashed else "ended"
                _log.warning("learning %s with code %d: %s", how, code, self._child.errors)
                self.failed.emit(self._error or self._unexplained())

    def _unexplained(self) -> str:
        return tr(
            "Learning stopped unexpectedly. Go on with it; if it stops again, run “inkling learn "
            "--resume {name}” in a terminal to see why.",
            name=self.name,
        )
