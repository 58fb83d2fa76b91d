"""The settings of the program in one window: a list of pages, and the page.

Shows settings and hands over changed ones; keeps nothing itself. What a page shows and how it is
read is the page's own affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from assistant.config.settings import Settings
from assistant.core.devices import Device
from assistant.core.holding import Holding
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.tasks import TaskName
from assistant.models.catalogue import CatalogueEntry, load_catalogue
from assistant.models.description import ModelDescription
from assistant.tasks import choices
from assistant.ui import icons, theme
from assistant.ui.model_installer import ModelInstaller
from assistant.ui.settings_editor_page import EditorPage
from assistant.ui.settings_general_page import GeneralPage
from assistant.ui.settings_generation_page import GenerationPage
from assistant.ui.settings_model_page import ModelPage
from assistant.ui.settings_page import SettingsPage
from assistant.ui.settings_performance_page import PerformancePage
from assistant.ui.settings_suggestions_page import SuggestionsPage
from assistant.ui.settings_tasks_page import TasksPage

_SIZE = QSize(820, 640)
_SMALLEST = QSize(680, 420)
_NAVIGATION_WIDTH = 176


class SettingsDialog(QDialog):
    """Shows `settings` and says what the user made of them.

    `devices` may be told later by `set_devices`. `menu_keys` maps the keys that the window has
    already to what they do. With an `installer` of the caller's, a download
    goes on when the dialog is closed; its own one ends with it.

    Signals: `applied(Settings)`, `ignored_words_changed(tuple)` after Apply or OK;
    `models_changed()` as soon as a model was got or removed; `holding_wanted(EngineSpec)` where
    `show_holding` is to tell how a model would be held.
    """

    applied = Signal(object)
    ignored_words_changed = Signal(object)
    models_changed = Signal()
    holding_wanted = Signal(object)

    def __init__(
        self,
        settings: Settings,
        models: tuple[ModelDescription, ...],
        entries: Iterable[CatalogueEntry] | None = None,
        devices: tuple[Device, ...] | None = None,
        parent: QWidget | None = None,
        *,
        installer: ModelInstaller | None = None,
        ignored_words: tuple[str, ...] = (),
        menu_keys: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self._settings = settings
        self._words = tuple(sorted(set(ignored_words)))
        self._may_try_again = False
        self._held: EngineSpec | None = None
        self._titles = {model.reference: model.title for model in models}
        self._own_installer = None if installer is not None else ModelInstaller(self)
        installer = installer or self._own_installer
        assert installer is not None
        self._models = ModelPage(
            models, load_catalogue() if entries is None else entries, installer
        )
        self._performance = PerformancePage(devices)
        self._editor = EditorPage(self._words)
        self._suggestions = SuggestionsPage(menu_keys or {})
        self._pages: dict[str, SettingsPage] = {
            "model": self._models,
            "device": self._performance,
            "generation": GenerationPage(),
            "suggestions": self._suggestions,
            "translate": TasksPage(),
            "editor": self._editor,
            "general": GeneralPage(),
        }
        self._build_navigation()
        self._build_buttons()
        self._lay_out()
        self._connect()
        self._display(settings)
        self._show_icons()
        self._navigation.setCurrentRow(0)
        self._navigation.setFocus()

    def set_devices(self, devices: tuple[Device, ...]) -> None:
        """Offer the devices of this machine."""
        self._performance.set_devices(devices)

    def show_holding(self, spec: EngineSpec, holding: Holding | None) -> None:
        """Say how the model is held that was asked about last."""
        if spec == self._held:
            self._performance.show_holding(self._titles.get(spec.model, spec.model), holding)

    @Slot()
    def ask_holding(self) -> None:
        """Ask anew how the model is held that is chosen here, where that can be seen."""
        if self._stack.currentWidget() is not self._performance:
            return
        self._held = choices.engine_spec(self._collected(), TaskName.CONTINUE)
        self.holding_wanted.emit(self._held)

    def set_settings(self, settings: Settings) -> None:
        """Show settings that came from elsewhere; what was changed here and not applied is lost."""
        self._settings = settings
        self._display(settings)
        self._show_state()

    def set_suggesting(self, enabled: bool) -> None:  # noqa: FBT001 - a setter
        """Show that suggestions were switched on or off elsewhere."""
        own = replace(self._settings.suggestions, enabled=enabled)
        self._settings = replace(self._settings, suggestions=own)
        self._suggestions.set_enabled(enabled)
        self._show_state()

    def show_models(self) -> None:
        """Turn to the page of the models."""
        self._navigation.setCurrentRow(0)

    def get_model(self, name: str) -> None:
        """Turn to the page of the models and begin to get one."""
        self.show_models()
        self._models.get_model(name)

    def show_problem(self, sentence: str) -> None:
        """Say on the page of the models that one could not be used; Apply tries it again."""
        self._models.show_problem(sentence)
        self.show_models()
        self._may_try_again = True
        self._show_state()

    # Building

    def _build_navigation(self) -> None:
        self._navigation = QListWidget()
        theme.set_look(self._navigation, "navigation")
        self._navigation.setFixedWidth(_NAVIGATION_WIDTH)
        self._navigation.setIconSize(QSize(20, 20))
        self._navigation.setAccessibleName(tr("Pages of the settings"))
        self._navigation.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack = QStackedWidget()
        self._navigation.ensurePolished()
        for page in self._pages.values():
            self._navigation.addItem(QListWidgetItem(page.title))
            page.setAccessibleName(page.title)
            self._stack.addWidget(page)

    def _build_buttons(self) -> None:
        self._restore = QPushButton(tr("Restore &defaults"))
        self._restore.setAccessibleDescription(tr("Of this page"))
        theme.set_look(self._restore, "quiet")
        self._cancel = QPushButton(tr("Cancel"))
        self._apply = QPushButton(tr("Appl&y"))
        self._ok = QPushButton(tr("OK"))
        theme.set_look(self._ok, "primary")
        for button in (self._restore, self._cancel, self._apply):
            button.setAutoDefault(False)
        self._ok.setDefault(True)
        self._apply.setEnabled(False)

    def _lay_out(self) -> None:
        footer = QFrame()
        buttons = QHBoxLayout(footer)
        buttons.setContentsMargins(16, 12, 20, 14)
        buttons.setSpacing(8)
        buttons.addWidget(self._restore)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._apply)
        buttons.addWidget(self._ok)
        side = QFrame()
        theme.set_look(side, "panel")
        side_layout = QVBoxLayout(side)
        side_layout.setContentsMargins(8, 16, 4, 8)
        side_layout.addWidget(self._navigation)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(side)
        body.addWidget(_line(vertical=True))
        body.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(body, 1)
        layout.addWidget(_line(vertical=False))
        layout.addWidget(footer)
        self.setMinimumSize(_SMALLEST)
        self.resize(_SIZE)

    def _connect(self) -> None:
        self._navigation.currentRowChanged.connect(self._stack.setCurrentIndex)
        self._navigation.currentRowChanged.connect(self.ask_holding)
        for page in self._pages.values():
            page.changed.connect(self._show_state)
        self._performance.changed.connect(self.ask_holding)
        self._models.models_changed.connect(self.models_changed)
        self._restore.clicked.connect(self._on_restore_clicked)
        self._cancel.clicked.connect(self.reject)
        self._apply.clicked.connect(self._on_apply_clicked)
        self._ok.clicked.connect(self._on_ok_clicked)
        theme.appearance().changed.connect(self._show_icons)

    # Values

    def _display(self, settings: Settings) -> None:
        for page in self._pages.values():
            page.display(settings)

    def _collected(self) -> Settings:
        settings = self._settings
        for page in self._pages.values():
            settings = page.collected(settings)
        return settings

    def _hand_over(self) -> None:
        settings, words = self._collected(), self._editor.ignored_words()
        if settings != self._settings or self._may_try_again:
            self._settings = settings
            self._may_try_again = False
            self.applied.emit(settings)
        if words != self._words:
            self._words = words
            self.ignored_words_changed.emit(words)
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        """Offer Apply only where there is something to apply, and nothing that cannot be."""
        possible = not any(page.problem() for page in self._pages.values())
        same = (self._collected(), self._editor.ignored_words()) == (self._settings, self._words)
        self._apply.setEnabled(possible and (self._may_try_again or not same))
        self._ok.setEnabled(possible)

    @Slot()
    def _show_icons(self) -> None:
        for row, name in enumerate(self._pages):
            self._navigation.item(row).setIcon(icons.icon(name))

    # What happens

    @Slot()
    def _on_restore_clicked(self) -> None:
        page = list(self._pages.values())[self._stack.currentIndex()]
        page.display(page.defaults(self._collected()))
        self._show_state()
        self.ask_holding()

    @Slot()
    def _on_apply_clicked(self) -> None:
        self._models.show_problem("")
        self._hand_over()

    @Slot()
    def _on_ok_clicked(self) -> None:
        self._hand_over()
        self.accept()

    def done(self, result: int) -> None:
        """End a download of the dialog's own when it closes."""
        if self._own_installer is not None:
            self._own_installer.close()
        super().done(result)


def _line(*, vertical: bool) -> QFrame:
    line = QFrame()
    theme.set_look(line, "rule" if vertical else "line")
    return line
