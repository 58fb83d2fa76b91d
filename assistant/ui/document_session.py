"""The document in the editor: where it is kept, whether it is saved, and never losing it.

Owns the path, the modified mark, the recent files and the draft that outlives a crash. Asks
through `Questions`; what went wrong is said through `failed`. The story notes of the document are
`assistant.ui.story_keeper`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from assistant.config.paths import data_folder
from assistant.core.errors import DocumentError
from assistant.core.i18n import tr
from assistant.core.steering import NO_STEERING, Steering
from assistant.core.tasks import Span
from assistant.documents.files import DiskState, Document, Stamp, read, state_on_disk, write
from assistant.documents.recovery import Recovered
from assistant.ui.document_questions import Changes, DialogQuestions, Draft, Questions
from assistant.ui.draft_keeper import DraftKeeper
from assistant.ui.editor import Editor

# From the first change; a slow disk may take the rest of the two seconds.
_DRAFT_AFTER_MS = 1500
_DRAFT_RETRY_MS = 300
_MOST_RECENT = 10
_LONGEST_NAME = 40
_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn"})
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|#\x00-\x1f]+')


class DocumentSession(QObject):
    """Opens, saves and guards the document of one editor.

    Signals: `title_changed(str)`, a window title with Qt's place for the modified mark;
    `modified_changed(bool)`; `recent_changed(tuple of str)`, the latest first;
    `disk_changed(sentence)` when another program has changed or removed the file, see `reload`;
    `shown(Steering)` when another document is in the editor, with the story notes of its draft;
    `written()` after saving; `failed(sentence)`.
    """

    title_changed = Signal(str)
    modified_changed = Signal(bool)
    recent_changed = Signal(object)
    disk_changed = Signal(str)
    shown = Signal(object)
    written = Signal()
    failed = Signal(str)

    def __init__(
        self,
        editor: Editor,
        ask: Questions | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent or editor)
        self._editor = editor
        self._ask = ask or DialogQuestions(editor)
        self._document: Document | None = None
        self._recent: tuple[str, ...] = ()
        self._noticed: object = None
        self._loading = False
        # Those of a document that has no file go with its draft.
        self._notes = NO_STEERING
        self._drafts = DraftKeeper(data_folder() / "recovery", self)
        self._drafts.failed.connect(self.failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_draft_due)
        editor.document().modificationChanged.connect(self._on_modification_changed)
        editor.edited.connect(self._on_edited)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._on_application_state_changed)
        editor.set_markdown(True)

    # What it is

    @property
    def path(self) -> Path | None:
        """Where the document is kept; None before it is saved for the first time."""
        return self._document.path if self._document else None

    @property
    def name(self) -> str:
        """What the document is called."""
        return self.path.name if self.path else tr("Untitled")

    @property
    def modified(self) -> bool:
        """Whether there are changes that were not saved."""
        return self._editor.document().isModified()

    def title(self) -> str:
        """Return the window's title, with Qt's place for the modified mark."""
        # A name that contains the mark itself must not become one.
        return tr("{name} — Inkling", name=self.name.replace("[*]", "[*][*]") + "[*]")

    @property
    def recent(self) -> tuple[str, ...]:
        """The files opened or saved last, the latest first."""
        return self._recent

    def set_recent(self, paths: Sequence[str]) -> None:
        """Take the list of recent files as it was kept."""
        recent = tuple(paths[:_MOST_RECENT])
        if recent != self._recent:
            self._recent = recent
            self.recent_changed.emit(recent)

    def keep_notes(self, notes: Steering) -> None:
        """Keep the story notes with the draft of a document that has no file beside it."""
        if notes == self._notes:
            return
        self._notes = notes
        if self.path is None:
            self._editor.document().setModified(True)
            self._on_edited()

    # Open and save

    @Slot()
    def new(self) -> bool:
        """Begin an empty document; False when the writer would rather keep this one."""
        if not self._may_leave():
            return False
        self._show(None, "")
        return True

    @Slot()
    def ask_and_open(self) -> bool:
        """Ask for a file and open it."""
        path = self._ask.file_to_open(self._folder())
        return path is not None and self.open(path)

    def open(self, path: Path) -> bool:
        """Open `path` in place of this document; False when that cannot or must not be."""
        path = path.absolute()
        try:
            document = read(path)
        except DocumentError as error:
            self.failed.emit(str(error))
            if not path.exists():
                self._forget(path)
            return False
        if not self._may_leave():
            return False
        self._show(document, document.text)
        self._remember(path)
        return True

    @Slot()
    def save(self) -> bool:
        """Save the document where it is kept, or ask where; False when it was not saved."""
        if self._document is None:
            return self.save_as()
        changed = state_on_disk(self._document) is DiskState.CHANGED
        if changed and not self._ask.save_over(self.name):
            return False
        return self._write(self._document)

    @Slot()
    def save_as(self) -> bool:
        """Ask for a name and save the document under it; False when it was not saved."""
        path = self._ask.file_to_save(self.path or self._folder() / f"{self._first_words()}.md")
        if path is None:
            return False
        document = self._document or Document("", path)
        return self._write(replace(document, path=path.absolute()))

    @Slot()
    def reload(self) -> bool:
        """Take the file as it is on disk now; unsaved changes are asked about."""
        if self.path is None or not self.path.exists():
            return False
        caret = self._editor.caret()
        if not self.open(self.path):
            return False
        self._editor.select_span(Span(caret, caret))
        return True

    def may_close(self) -> bool:
        """Ask about unsaved changes and put everything in order; False when the window stays."""
        if not self._may_leave():
            return False
        self._drop_draft()
        self._drafts.close()
        return True

    def _may_leave(self) -> bool:
        """Return whether this document can go, after saving it or being told not to."""
        if not self.modified or (self._document is None and self._is_blank()):
            return True
        answer = self._ask.changes(self.name)
        if answer is Changes.SAVE:
            return self.save()
        return answer is Changes.DISCARD

    def _is_blank(self) -> bool:
        return not self._editor.text().strip() and self._notes.empty

    def _write(self, document: Document) -> bool:
        try:
            written = write(replace(document, text=self._editor.text()))
        except DocumentError as error:
            self.failed.emit(str(error))
            return False
        self._document = written
        self._noticed = None
        self._editor.document().setModified(False)
        self._editor.set_markdown(written.path.suffix.lower() in _MARKDOWN)
        self._drop_draft()
        self._remember(written.path)
        self.title_changed.emit(self.title())
        self.written.emit()
        return True

    def _show(self, document: Document | None, text: str, notes: Steering = NO_STEERING) -> None:
        """Put another document in the editor."""
        self._drop_draft()
        self._document = document
        self._noticed = None
        self._editor.set_markdown(document is None or document.path.suffix.lower() in _MARKDOWN)
        self._loading = True
        self._editor.set_text(text)
        self._loading = False
        self._notes = notes
        self.shown.emit(notes)
        self.title_changed.emit(self.title())
        self.modified_changed.emit(False)

    def _folder(self) -> Path:
        """Return the folder to begin in: this document's, else the last one's, else Documents."""
        if self.path is not None:
            return self.path.parent
        for recent in self._recent:
            if Path(recent).parent.is_dir():
                return Path(recent).parent
        location = QStandardPaths.StandardLocation.DocumentsLocation
        return Path(QStandardPaths.writableLocation(location) or Path.home())

    def _first_words(self) -> str:
        """Return a name for a file that has none: how its text begins."""
        first = next((line for line in self._editor.text().splitlines() if line.strip()), "")
        name = " ".join(_NOT_IN_NAMES.sub(" ", first).split())
        if len(name) > _LONGEST_NAME:
            name = name[:_LONGEST_NAME].rpartition(" ")[0] or name[:_LONGEST_NAME]
        return name.strip(" .") or tr("Untitled")

    def _remember(self, path: Path) -> None:
        self.set_recent((str(path), *(other for other in self._recent if other != str(path))))

    def _forget(self, path: Path) -> None:
        self.set_recent([other for other in self._recent if other != str(path)])

    # Drafts

    def offer_recovery(self) -> bool:
        """Ask about drafts that a crash has left, the latest first; True when one was restored."""
        for draft in self._drafts.pending():
            if self._is_saved(draft):
                self._drafts.discard(draft.session)
                continue
            answer = self._ask.draft(draft)
            if answer is Draft.LATER:
                return False
            if answer is Draft.RESTORE and self._may_leave():
                self._restore(draft)
                return True
            if answer is Draft.DISCARD:
                self._drafts.discard(draft.session)
        return False

    def _is_saved(self, draft: Recovered) -> bool:
        """Return whether the draft's file has its very text, or there is nothing in either."""
        if draft.path is None:
            return not draft.text.strip() and draft.steering.empty
        try:
            return read(draft.path).text == draft.text
        except DocumentError:
            return False

    def _restore(self, draft: Recovered) -> None:
        self._show(_document_of(draft), draft.text, draft.steering)
        self._editor.select_span(Span(draft.caret, draft.caret))
        self._editor.document().setModified(True)
        self._drafts.keep(
            draft.text, draft.path, draft.caret, draft.session, self._notes_for_draft()
        )

    def _drop_draft(self) -> None:
        self._timer.stop()
        self._drafts.discard()

    @Slot()
    def _on_draft_due(self) -> None:
        if self._drafts.busy:
            self._timer.start(_DRAFT_RETRY_MS)
        elif self.modified:
            text, caret = self._editor.text(), self._editor.caret()
            self._drafts.keep(text, self.path, caret, steering=self._notes_for_draft())
        else:
            self._drafts.discard()

    def _notes_for_draft(self) -> Steering:
        return self._notes if self.path is None else NO_STEERING

    # What happens around it

    @Slot()
    def _on_edited(self) -> None:
        if not self._loading and not self._timer.isActive():
            self._timer.start(_DRAFT_AFTER_MS)

    @Slot(bool)
    def _on_modification_changed(self, modified: bool) -> None:  # noqa: FBT001 - Qt's signal
        if not self._loading:
            self.modified_changed.emit(modified)

    @Slot(Qt.ApplicationState)
    def _on_application_state_changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.check_disk()

    @Slot()
    def check_disk(self) -> None:
        """Say, once for each change, when the file is not as it was read or written last."""
        if self._document is None:
            return
        state = state_on_disk(self._document)
        noticed = (state, _stamp(self._document.path))
        if state is DiskState.SAME or noticed == self._noticed:
            return
        self._noticed = noticed
        if state is DiskState.GONE:
            self._editor.document().setModified(True)
            self.disk_changed.emit(
                tr(
                    "{name} is no longer there. Your text is: save it to have it back.",
                    name=self.name,
                )
            )
            return
        self.disk_changed.emit(
            tr(
                "{name} was changed by another program. Reload it, or save to keep your own text.",
                name=self.name,
            )
        )


def _document_of(draft: Recovered) -> Document | None:
    """Return the document that a draft belongs to, written as its file is where there is one."""
    if draft.path is None:
        return None
    try:
        document = read(draft.path)
    except DocumentError:
        return Document(draft.text, draft.path)
    changed_since = document.stamp and document.stamp.modified > draft.saved_at.timestamp() * 1e9
    # Without a stamp, saving asks before it puts the draft in the place of something newer.
    return replace(document, stamp=None) if changed_since else document


def _stamp(path: Path) -> Stamp | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return Stamp(state.st_size, state.st_mtime_ns)
