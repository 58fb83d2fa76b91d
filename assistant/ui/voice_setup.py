"""What a voice is to be learned from: documents, a name, and when the machine may be used for it.

Reads the documents to count their words; learns nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import psutil
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from assistant.config.settings import LearningSettings
from assistant.core.errors import InklingError
from assistant.core.i18n import tr
from assistant.training import voice_pace
from assistant.training.pages import (
    FEWEST_WORDS,
    Section,
    read_document,
    without_repeats,
    words_in,
)
from assistant.ui import theme
from assistant.ui.settings_page import muted_label
from assistant.ui.voice_texts import duration_text, words_text

_PATH = Qt.ItemDataRole.UserRole
_LIST_HEIGHT = 132


class VoiceSetup(QWidget):
    """Collects documents and a name.

    Attributes: `base`, the reference of the model that the voice is to change.
    Signals: `start_requested(name, tuple of Path)`, `options_changed(LearningSettings)`.
    """

    start_requested = Signal(str, object)
    options_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.base = ""
        self._sections: dict[Path, tuple[Section, ...]] = {}
        self._options = LearningSettings()
        self._build_documents()
        self._build_name()
        self._build_options()
        self._lay_out()
        self.setAcceptDrops(True)
        self._show_sum()

    def set_options(self, options: LearningSettings) -> None:
        """Show these options, without `options_changed`."""
        self._options = options
        for box, on in (
            (self._idle, options.only_when_idle),
            (self._mains, options.only_on_mains),
            (self._tasks, options.wait_for_tasks),
        ):
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)

    def offer(self, path: Path) -> None:
        """Put a document into an empty list."""
        if not self._sections:
            self.add([path])

    def add(self, paths: Iterable[Path]) -> None:
        """Put documents into the list; what cannot be read is said."""
        problems = []
        for path in (path.resolve() for path in paths):
            if path in self._sections:
                continue
            try:
                self._sections[path] = read_document(path)
            except InklingError as error:
                problems.append(str(error))
                continue
            words = words_text(words_in(self._sections[path]))
            item = QListWidgetItem(f"{path.name} · {words}")
            item.setData(_PATH, str(path))
            item.setToolTip(str(path))
            self._list.addItem(item)
        self._show_sum()
        if problems:
            self.show_problem(" ".join(problems))

    def show_problem(self, sentence: str) -> None:
        """Say what went wrong; an empty sentence hides it."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    def documents(self) -> tuple[Path, ...]:
        """Return the documents in the list."""
        return tuple(self._sections)

    def clear(self) -> None:
        """Begin anew with an empty list."""
        self._sections.clear()
        self._list.clear()
        self._name.setText(tr("My voice"))
        self._show_sum()

    # How it is made

    def _build_documents(self) -> None:
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Documents to learn from"))
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setMinimumHeight(_LIST_HEIGHT)
        self._list.itemSelectionChanged.connect(self._on_selection_changed)
        self._add = QPushButton(tr("&Add…"))
        self._remove = QPushButton(tr("&Remove"))
        self._remove.setEnabled(False)
        self._add.clicked.connect(self._on_add)
        self._remove.clicked.connect(self._on_remove)
        self._sum = QLabel()
        self._sum.setWordWrap(True)
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_look(self._problem, "error")
        self._problem.hide()

    def _build_name(self) -> None:
        self._name = QLineEdit(tr("My voice"))
        self._name.setMaxLength(40)
        self._name.textChanged.connect(self._on_name_changed)
        self._name_label = QLabel(tr("&Name of the voice"))
        self._name_label.setBuddy(self._name)
        self._start = QPushButton(tr("&Start learning"))
        theme.set_look(self._start, "primary")
        self._start.clicked.connect(self._on_start)

    def _build_options(self) -> None:
        self._tasks = QCheckBox(tr("Wait w&hile the model writes"))
        self._idle = QCheckBox(tr("Only while &I am not writing"))
        self._mains = QCheckBox(tr("Only on mains &power"))
        # A machine without a battery is always on mains power.
        self._mains.setVisible(psutil.sensors_battery() is not None)
        for box in (self._tasks, self._idle, self._mains):
            box.toggled.connect(self._on_option_toggled)

    def _lay_out(self) -> None:
        buttons = QVBoxLayout()
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch()
        documents = QHBoxLayout()
        documents.addWidget(self._list, 1)
        documents.addLayout(buttons)
        name = QHBoxLayout()
        name.addWidget(self._name_label)
        name.addWidget(self._name, 1)
        name.addWidget(self._start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(
            muted_label(tr("Choose what you have written yourself: chapters, stories, letters."))
        )
        layout.addLayout(documents, 1)
        layout.addWidget(self._sum)
        layout.addWidget(self._problem)
        for box in (self._tasks, self._idle, self._mains):
            layout.addWidget(box)
        layout.addLayout(name)

    # What happens

    def _show_sum(self) -> None:
        """Say how much there is and how long it will take, or how much is missing."""
        sections = without_repeats(s for each in self._sections.values() for s in each)
        words = words_in(sections)
        enough = words >= FEWEST_WORDS
        if enough:
            seconds = voice_pace.seconds_for(words, self.base)
            text = tr(
                "{words} to learn from, {time} on this computer.",
                words=words_text(words),
                time=duration_text(seconds),
            )
        elif words:
            text = tr(
                "{words} so far. At least {fewest} are needed; ten times as many are better.",
                words=words_text(words),
                fewest=words_text(FEWEST_WORDS),
            )
        else:
            text = tr("Text and Markdown files. They stay on this computer and unchanged.")
        self._sum.setText(text)
        theme.set_look(self._sum, "" if enough else "muted")
        self.show_problem("")
        self._start.setEnabled(enough and bool(self._name.text().strip()))

    @Slot()
    def _on_add(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self,
            tr("Documents to learn from"),
            "",
            f"{tr('Texts (*.md *.markdown *.txt)')};;{tr('All files (*)')}",
        )
        self.add(map(Path, names))

    @Slot()
    def _on_remove(self) -> None:
        for item in self._list.selectedItems():
            del self._sections[Path(item.data(_PATH))]
            self._list.takeItem(self._list.row(item))
        self._show_sum()

    @Slot()
    def _on_selection_changed(self) -> None:
        self._remove.setEnabled(bool(self._list.selectedItems()))

    @Slot(str)
    def _on_name_changed(self, _: str) -> None:
        self._show_sum()

    @Slot(bool)
    def _on_option_toggled(self, _: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._options = replace(
            self._options,
            only_when_idle=self._idle.isChecked(),
            only_on_mains=self._mains.isChecked(),
            wait_for_tasks=self._tasks.isChecked(),
        )
        self.options_changed.emit(self._options)

    @Slot()
    def _on_start(self) -> None:
        self.start_requested.emit(self._name.text().strip(), self.documents())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that are dragged here."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the files that were dropped into the list."""
        event.acceptProposedAction()
        urls = event.mimeData().urls()
        self.add(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
