"""The story notes of the document in the editor: what steers it, read and kept beside its file.

Notes are kept by themselves, a moment after they changed: saving the text is another matter. Those
of a document that has no file yet go with its draft, and beside the file once there is one.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from assistant.core.errors import DocumentError
from assistant.core.steering import NO_STEERING, Steering
from assistant.documents import story_notes
from assistant.ui.document_session import DocumentSession

_KEPT_AFTER_MS = 800


class StoryKeeper(QObject):
    """Knows what steers the document of `session`.

    Signals: `changed()` when that is something else now; `failed(sentence)`.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, session: DocumentSession, parent: QObject | None = None) -> None:
        super().__init__(parent or session)
        self._session = session
        self._steering = NO_STEERING
        self._path = session.path
        self._unkept = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_KEPT_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        session.shown.connect(self._on_shown)
        session.written.connect(self._on_written)

    def steering(self) -> Steering:
        """Return what steers the document."""
        return self._steering

    def steer(self, steering: Steering) -> None:
        """Let `steering` steer the document from now on."""
        if steering == self._steering:
            return
        self._steering = steering
        self._session.keep_notes(steering)
        self._unkept = True
        self._timer.start()
        self.changed.emit()

    @Slot()
    def keep(self) -> None:
        """Write what has changed, now."""
        self._timer.stop()
        if not self._unkept or self._path is None:
            return
        try:
            story_notes.write(self._path, self._steering)
        except DocumentError as error:
            self.failed.emit(str(error))
            return
        self._unkept = False

    @Slot(object)
    def _on_shown(self, notes: Steering) -> None:
        # What has changed belongs to the document that was there before.
        self.keep()
        self._path = self._session.path
        self._unkept = False
        if self._path is not None:
            try:
                notes = story_notes.read(self._path)
            except DocumentError as error:
                self.failed.emit(str(error))
        self._steering = notes
        self._session.keep_notes(notes)
        self.changed.emit()

    @Slot()
    def _on_written(self) -> None:
        """Take the notes along to where the document is saved."""
        if self._session.path != self._path:
            self._path = self._session.path
            self._unkept = True
            self.keep()
