"""A child process of the window that says how far it is, one JSON object a line.

A child can be stopped at any moment and takes nothing of the window down with it. Knows nothing of
what the child does or says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal, Slot

from assistant.models.child import module_environment

_GRACE_MILLISECONDS = 3000
# A child that never ends its line must not fill the memory.
_LONGEST_LINE = 1 << 20
_KEPT_ERRORS = 4000


class JsonChild(QObject):
    """Runs one child at a time.

    Attributes: `errors`, the end of what the child printed to standard error.
    Signals: `starting()`; `said(dict)` for each JSON object that it prints; then exactly one of
    `ended(code, crashed)` and `not_started()`. Neither comes after `close`.
    """

    starting = Signal()
    said = Signal(object)
    ended = Signal(int, bool)
    not_started = Signal()

    def __init__(self, parent: QObject | None = None, *, grace: int = _GRACE_MILLISECONDS) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._pending = b""
        self._errors = b""
        self.grace_timer = QTimer(self)
        self.grace_timer.setSingleShot(True)
        self.grace_timer.setInterval(grace)
        self.grace_timer.timeout.connect(self._on_grace_over)

    @property
    def busy(self) -> bool:
        """Whether a child runs."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The child's process id, 0 where none runs."""
        return 0 if self._process is None else int(self._process.processId())

    @property
    def errors(self) -> str:
        """The end of what the child printed to standard error."""
        return self._errors.decode("utf-8", "replace")

    def start(self, command: Sequence[str]) -> None:
        """Run `command`, a program and its arguments."""
        if self.busy:
            message = "one child runs at a time"
            raise RuntimeError(message)
        self._pending = self._errors = b""
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
        self.starting.emit()
        program, *arguments = command
        process.start(program, arguments)

    def end(self) -> None:
        """Ask the child to end, and end it when it does not."""
        if self._process is not None and not self.grace_timer.isActive():
            self._process.terminate()
            self.grace_timer.start()

    def close(self) -> None:
        """End the child before the program goes; nothing is emitted any more."""
        process = self._process
        if process is None:
            return
        self.grace_timer.stop()
        self._process = None
        process.blockSignals(True)
        process.terminate()
        if not process.waitForFinished(self.grace_timer.interval()):
            process.kill()
            process.waitForFinished(self.grace_timer.interval())
        process.deleteLater()

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
        if isinstance(message, dict):
            self.said.emit(message)

    @Slot(int, QProcess.ExitStatus)
    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_output()
        self._on_error_output()
        # The last line may lack its line break.
        self._read(self._pending)
        if self._forget():
            self.ended.emit(code, status == QProcess.ExitStatus.CrashExit)

    @Slot(QProcess.ProcessError)
    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._forget():
            self.not_started.emit()

    @Slot()
    def _on_grace_over(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _forget(self) -> bool:
        """Let go of the child that has ended; False where that was done before."""
        process, self._process = self._process, None
        if process is None:
            return False
        self.grace_timer.stop()
        process.deleteLater()
        return True
