"""One model in a list: one of the catalogue to get, or an installed one to set up or remove."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from assistant.core.i18n import tr
from assistant.models.catalogue import CatalogueEntry
from assistant.models.description import Kind, ModelDescription
from assistant.ui import theme
from assistant.ui.install_progress import InstallProgress
from assistant.ui.language_names import language_names
from assistant.ui.model_texts import kind_text, model_line, size_text
from assistant.ui.settings_page import choice, chosen, muted_label

_KIND_WIDTH = 176


class CatalogueRow(QWidget):
    """A model of the catalogue with its size, licence and languages, and a button to get it.

    Attributes: `progress`, shown while the model is being got.
    Signals: `get_requested(name)`.
    """

    get_requested = Signal(str)

    def __init__(self, entry: CatalogueEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        title = QLabel(entry.title)
        self._get = QPushButton(tr("Get"))
        self._get.setAutoDefault(False)
        self._get.setAccessibleName(tr("Get {model}", model=entry.title))
        self._get.setAccessibleDescription(catalogue_line(entry))
        self._get.clicked.connect(self._on_get_clicked)
        self._there = QLabel(tr("On this computer"))
        theme.set_look(self._there, "success")
        self.progress = InstallProgress()
        self.progress.hide()
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(title)
        # The catalogue's sentences are messages of their own.
        words.addWidget(muted_label(tr(entry.summary)))
        words.addWidget(muted_label(catalogue_line(entry)))
        line = QHBoxLayout()
        line.setSpacing(20)
        line.addLayout(words, 1)
        line.addWidget(self._get, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._there, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.progress)
        self.set_installed(installed=False)

    def set_installed(self, *, installed: bool) -> None:
        """Show whether the model is on this computer already."""
        self._get.setVisible(not installed)
        self._there.setVisible(installed)

    def set_may_get(self, *, may: bool) -> None:
        """Offer the button, or not while another model is being got."""
        self._get.setEnabled(may)

    @Slot()
    def _on_get_clicked(self) -> None:
        self.get_requested.emit(self.entry.name)


class InstalledRow(QWidget):
    """An installed model with its kind, which can be overridden, and a button to remove it.

    Signals: `kind_chosen(reference, kind)`, where "" is the detected one;
    `remove_requested(reference)`.
    """

    kind_chosen = Signal(str, str)
    remove_requested = Signal(str)

    def __init__(self, model: ModelDescription, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self._kind = _kind_box(model.kind)
        self._kind.setFixedWidth(_KIND_WIDTH)
        self._kind.setCurrentIndex(max(self._kind.findData(kind), 0))
        self._kind.setAccessibleName(tr("Kind of {model}", model=model.title))
        self._kind.activated.connect(self._on_kind_activated)
        self._remove = QPushButton(tr("Remove…"))
        self._remove.setAutoDefault(False)
        self._remove.setAccessibleName(tr("Remove {model}", model=model.title))
        theme.set_look(self._remove, "quiet")
        self._remove.clicked.connect(self._on_remove_clicked)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(QLabel(model.title))
        words.addWidget(muted_label(model_line(model)))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(words, 1)
        layout.addWidget(self._kind, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignVCenter)

    @property
    def kind_box(self) -> QComboBox:
        """The box of kinds, for the page to keep the wheel off."""
        return self._kind

    @Slot()
    def _on_kind_activated(self) -> None:
        self.kind_chosen.emit(self.model.reference, chosen(self._kind))

    @Slot()
    def _on_remove_clicked(self) -> None:
        self.remove_requested.emit(self.model.reference)


def catalogue_line(entry: CatalogueEntry) -> str:
    """Return one line on what getting a model means: size, licence, languages."""
    names = language_names()
    languages = ", ".join(names.get(code, code) for code in entry.languages)
    return " · ".join(
        (
            tr("{size} to download", size=size_text(entry.download_size)),
            tr("{size} on disk", size=size_text(entry.installed_size)),
            entry.licence,
            languages,
        )
    )


def _kind_box(detected: Kind) -> QComboBox:
    kinds = {kind.value: kind_text(kind) for kind in Kind}
    return choice({"": tr("{kind} (detected)", kind=kind_text(detected)), **kinds})
