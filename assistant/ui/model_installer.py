"""Getting a model from the window: the program's own command line, run as a child process.

The child prints `{"stage", "done", "total", "seconds_left"}` while it works and at the end
`{"installed": NAME}`, `{"terms": TEXT}` when these have to be accepted first, or
`{"error": SENTENCE}`. Knows nothing of how a model is fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from assistant.core.i18n import tr
from assistant.models.child import module_command
from assistant.models.progress import Progress, Stage
from assistant.ui.json_child import JsonChild

_log = logging.getLogger(__name__)

# More bytes than any disk holds: such a number is a slip.
_MOST = 1e18
_STAGES = frozenset(stage.value for stage in Stage)


class ModelInstaller(QObject):
    """Runs one installation at a time.

    Attributes: `name`, what is being installed; `busy`.
    Signals: `started(name)`, `progressed(Progress)`, then exactly one of `installed(name)`,
    `terms_asked(name, text)`, `failed(sentence)` and `cancelled()`. After `terms_asked` it may be
    started again with `accept_terms`.
    """

    started = Signal(str)
    progressed = Signal(object)
    installed = Signal(str)
    terms_asked = Signal(str, str)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(
        self, parent: QObject | None = None, *, command: Sequence[str] | None = None
    ) -> None:
        super().__init__(parent)
        self.name = ""
        self._command = tuple(command or module_command("assistant", "models", "get"))
        self._child = JsonChild(self)
        self._child.starting.connect(self._on_starting)
        self._child.said.connect(self._on_said)
        self._child.ended.connect(self._on_ended)
        self._child.not_started.connect(self._on_not_started)
        self._reset("")

    @property
    def busy(self) -> bool:
        """Whether a model is being installed."""
        return self._child.busy

    def start(self, name: str, *, accept_terms: bool = False) -> None:
        """Install `name`: a catalogue name, a folder, a GGUF file or a hub name."""
        if self.busy:
            message = "one model is installed at a time"
            raise RuntimeError(message)
        self._reset(name)
        terms = ["--accept-terms"] if accept_terms else []
        self._child.start([*self._command, name, "--progress", "json", *terms])

    def cancel(self) -> None:
        """Stop the installation: ask the child to end, and end it when it does not."""
        if self.busy:
            self._cancelled = True
            self._child.end()

    def close(self) -> None:
        """End the child before the program goes; nothing is emitted any more."""
        self._child.close()

    def _reset(self, name: str) -> None:
        self.name = name
        self._installed = ""
        self._terms = ""
        self._error = ""
        self._cancelled = False

    @Slot()
    def _on_starting(self) -> None:
        self.started.emit(self.name)

    @Slot(object)
    def _on_said(self, message: Mapping[str, Any]) -> None:
        if isinstance(message.get("error"), str):
            self._error = message["error"]
        elif isinstance(message.get("installed"), str):
            self._installed = message["installed"]
        elif isinstance(message.get("terms"), str):
            self._terms = message["terms"]
        elif str(message.get("stage")) in _STAGES and not self._cancelled:
            self.progressed.emit(_progress(message))

    @Slot()
    def _on_not_started(self) -> None:
        self._error = tr(
            "The program that gets models did not start: {program} is missing or may not be "
            "run. Install Inkling again, then try once more.",
            program=self._command[0],
        )
        self._on_ended(-1, True)

    @Slot(int, bool)
    def _on_ended(self, code: int, crashed: bool) -> None:  # noqa: FBT001 - Qt's signal
        if self._installed and not self._error:
            # A child that was told to stop after the last step has finished all the same.
            self.installed.emit(self._installed)
        elif self._cancelled:
            self.cancelled.emit()
        elif self._terms:
            self.terms_asked.emit(self.name, self._terms)
        else:
            how = "crashed" if crashed else "ended"
            _log.warning("getting a model %s with code %d: %s", how, code, self._child.errors)
            self.failed.emit(self._error or self._unexplained())

    def _unexplained(self) -> str:
        return tr(
            "Getting the model stopped unexpectedly. Try again; if it stops again, run "
            "“inkling models get {name}” in a terminal to see why.",
            name=self.name,
        )


def _progress(message: Mapping[str, Any]) -> Progress:
    left = message.get("seconds_left")
    return Progress(
        stage=Stage(message["stage"]),
        done=int(_number(message.get("done"))),
        total=int(_number(message.get("total"))),
        seconds_left=_number(left) if isinstance(left, int | float) else None,
    )


def _number(value: object) -> float:
    return value if isinstance(value, int | float) and 0 < value < _MOST else 0
