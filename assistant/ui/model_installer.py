"""Getting a model from the window: the program's own command line, run as a child process.

A child can be stopped at any moment and takes nothing of the window down with it. It prints one
JSON object a line: `{"stage", "done", "total", "seconds_left"}` while it works and at the end
`{"installed": NAME}`, `{"terms": TEXT}` when these have to be accepted first, or
`{"error": SENTENCE}`. Knows nothing of how a model is fetched.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal, Slot

from assistant.core.i18n import tr
from assistant.models.child import module_command, module_environment
from assistant.models.progress import Progress, Stage

_log = logging.getLogger(__name__)

_GRACE_MILLISECONDS = 3000
# A child that never ends its line must not fill the memory.
_LONGEST_LINE = 1 << 20
_KEPT_ERRORS = 4000
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
        self._process: QProcess | None = None
        self._cancelled = False
        self._reset("")
        self._kill_timer = QTimer(self)
        self._kill_timer.setSingleShot(True)
        self._kill_timer.setInterval(_GRACE_MILLISECONDS)
        self._kill_timer.timeout.connect(self._on_grace_over)

    @property
    def busy(self) -> bool:
        """Whether a model is being installed."""
        return self._process is not None

    def start(self, name: str, *, accept_terms: bool = False) -> None:
        """Install `name`: a catalogue name, a folder, a GGUF file or a hub name."""
        if self.busy:
            message = "one model is installed at a time"
            raise RuntimeError(message)
        self._reset(name)
        process = QProcess(self)
        environment = QProcessEnvironment()
        for variable, value in module_environment().items():
            environment.insert(variable, value)
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_error_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_process_error)
        self._process = process
        program, *arguments = self._command
        arguments += [name, "--progress", "json"]
        if accept_terms:
            arguments.append("--accept-terms")
        self.started.emit(name)
        process.start(program, arguments)

    def cancel(self) -> None:
        """Stop the installation: ask the child to end, and end it when it does not."""
        if self._process is None or self._cancelled:
            return
        self._cancelled = True
        self._process.terminate()
        self._kill_timer.start()

    def close(self) -> None:
        """End the child before the program goes; nothing is emitted any more."""
        process = self._process
        if process is None:
            return
        self._kill_timer.stop()
        self._process = None
        process.blockSignals(True)
        process.terminate()
        if not process.waitForFinished(_GRACE_MILLISECONDS):
            process.kill()
            process.waitForFinished(_GRACE_MILLISECONDS)
        process.deleteLater()

    def _reset(self, name: str) -> None:
        self.name = name
        self._pending = b""
        self._errors = b""
        self._installed = ""
        self._terms = ""
        self._error = ""
        self._cancelled = False

    @Slot()
    def _on_output(self) -> None:
        if self._process is None:
            return
        self._pending += bytes(self._process.readAllStandardOutput().data())
        *lines, self._pending = self._pending.split(b"\n")
        if len(self._pending) > _LONGEST_LINE:
            self._pending = b""
        for line in lines:
            self._read(line)

    @Slot()
    def _on_error_output(self) -> None:
        if self._process is not None:
            said = bytes(self._process.readAllStandardError().data())
            self._errors = (self._errors + said)[-_KEPT_ERRORS:]

    def _read(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            # Libraries print to standard output too.
            return
        if not isinstance(message, dict):
            return
        if isinstance(message.get("error"), str):
            self._error = message["error"]
        elif isinstance(message.get("installed"), str):
            self._installed = message["installed"]
        elif isinstance(message.get("terms"), str):
            self._terms = message["terms"]
        elif str(message.get("stage")) in _STAGES and not self._cancelled:
            self.progressed.emit(_progress(message))

    @Slot(int, QProcess.ExitStatus)
    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_output()
        self._on_error_output()
        # The last line may lack its line break.
        self._read(self._pending)
        self._end(code, crashed=status == QProcess.ExitStatus.CrashExit)

    @Slot(QProcess.ProcessError)
    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._error = tr(
                "The program that gets models did not start: {program} is missing or may not be "
                "run. Install Inkling again, then try once more.",
                program=self._command[0],
            )
            self._end(-1, crashed=True)

    @Slot()
    def _on_grace_over(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _end(self, code: int, *, crashed: bool) -> None:
        process = self._process
        if process is None:
            return
        self._kill_timer.stop()
        self._process = None
        process.deleteLater()
        if self._installed and not self._error:
            # A child that was told to stop after the last step has finished all the same.
            self.installed.emit(self._installed)
        elif self._cancelled:
            self.cancelled.emit()
        elif self._terms:
            self.terms_asked.emit(self.name, self._terms)
        else:
            self._log_failure(code, crashed=crashed)
            self.failed.emit(self._error or self._unexplained())

    def _log_failure(self, code: int, *, crashed: bool) -> None:
        _log.warning(
            "getting a model %s with code %d: %s",
            "crashed" if crashed else "ended",
            code,
            self._errors.decode("utf-8", "replace"),
        )

    def _unexplained(self) -> str:
        return tr(
            "Getting the model stopped unexpectedly. Try again; if it stops again, run "
            "“inkling models get {name}” in a terminal to see why.",
            name=self.name,
        )


def _progress(message: dict[str, Any]) -> Progress:
    left = message.get("seconds_left")
    return Progress(
        stage=Stage(message["stage"]),
        done=int(_number(message.get("done"))),
        total=int(_number(message.get("total"))),
        seconds_left=_number(left) if isinstance(left, int | float) else None,
    )


def _number(value: object) -> float:
    return value if isinstance(value, int | float) and 0 < value < _MOST else 0
