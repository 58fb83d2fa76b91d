"""The settings of the models: which one writes, which does which task, and getting more of them.

Getting and removing models happens at once, outside of what Cancel takes back; which of them are
used is part of the settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from assistant.config.settings import ModelSettings, Settings
from assistant.core.errors import InklingError
from assistant.core.i18n import tr
from assistant.core.tasks import TaskName
from assistant.models import library
from assistant.models.catalogue import CatalogueEntry
from assistant.models.description import ModelDescription
from assistant.models.progress import Progress
from assistant.tasks import choices
from assistant.ui import theme
from assistant.ui.adapter_row import AdapterRow
from assistant.ui.install_progress import InstallProgress
from assistant.ui.model_installer import ModelInstaller
from assistant.ui.model_rows import CatalogueRow, InstalledRow
from assistant.ui.other_models import OtherModels
from assistant.ui.settings_page import SettingsPage, choice, choose, chosen, muted_label
from assistant.ui.terms_dialog import accept_terms

# Room in the list of a box for its frame and scroll bar.
_POPUP_MARGIN = 24
_PURPOSE_ROLES = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole)


class ModelPage(SettingsPage):
    """Which model does what, and which models there are.

    Signals: `models_changed()` when one was got or removed.
    """

    models_changed = Signal()

    def __init__(
        self,
        models: tuple[ModelDescription, ...],
        entries: Iterable[CatalogueEntry],
        installer: ModelInstaller,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Models"), parent)
        self._models = models
        self._kinds: dict[str, str] = {}
        self._strengths: dict[str, float] = {}
        # What was chosen by hand for one form of a task has no box here.
        self._by_hand: dict[str, str] = {}
        self._installer = installer
        self._asked_for = ""
        self._build_notices()
        self._build_use()
        self._installed = self.add_group(tr("On this computer"))
        self._build_catalogue(entries)
        self._build_other()
        self._connect_installer()
        self._show_models()
        self._show_busy()

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        own = settings.model
        self._kinds = dict(own.kinds)
        self._strengths = dict(own.strengths)
        self._by_hand = {key: own.per_task[key] for key in own.per_task if "." in key}
        self._skills.setChecked(own.use_skills)
        _choose_model(self._default, own.default)
        for task, box in self._per_task.items():
            _choose_model(box, own.per_task.get(task, ""))
        self._show_installed()
        self._show_skills()

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        per_task = {task.value: chosen(box) for task, box in self._per_task.items()}
        model = replace(
            settings.model,
            default=chosen(self._default),
            per_task=self._by_hand | {task: model for task, model in per_task.items() if model},
            kinds={model: kind for model, kind in self._kinds.items() if kind},
            use_skills=self._skills.isChecked(),
            strengths={model: by for model, by in self._strengths.items() if by != 1.0},
        )
        return replace(settings, model=model)

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        first = ModelSettings()
        model = replace(
            settings.model,
            default=first.default,
            per_task=first.per_task,
            kinds=first.kinds,
            use_skills=first.use_skills,
            strengths=first.strengths,
        )
        return replace(settings, model=model)

    def show_problem(self, sentence: str) -> None:
        """Say at the top what went wrong; an empty sentence takes it away."""
        self._problem_text.setText(sentence)
        self._problem.setVisible(bool(sentence))
        if sentence:
            self.verticalScrollBar().setValue(0)

    def get_model(self, name: str) -> None:
        """Begin to get a model, as if its button had been pressed."""
        if self._installer.busy:
            return
        self.show_problem("")
        self._asked_for = name
        self._installer.start(name)

    # Building

    def _build_notices(self) -> None:
        self._problem = QFrame()
        theme.set_look(self._problem, "problem")
        self._problem_text = QLabel()
        self._problem_text.setWordWrap(True)
        self._problem_text.setTextFormat(Qt.TextFormat.PlainText)
        self._problem_text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self._problem)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addWidget(self._problem_text)
        self._problem.hide()
        self.add_widget(self._problem)

    def _build_use(self) -> None:
        group = self.add_group()
        self._default = choice({})
        group.add_row(
            tr("&Model"), self._default, tr("Writes, and does every task that has none of its own.")
        )
        self._skills = QCheckBox(tr("Use the s&kills that come with Inkling"))
        group.add_check(
            self._skills,
            tr(
                "Small adapters to the model, each trained for one thing that the model alone does "
                "badly. They work as fast as the model."
            ),
        )
        self._default.activated.connect(self._show_skills)
        self._skills.toggled.connect(self._show_skills)
        group = self.add_group(tr("A model of its own for a task"))
        labels = {
            TaskName.CONTINUE: tr("&Continue"),
            TaskName.COMPLETE: tr("Suggesti&ons"),
            TaskName.SUMMARIZE: tr("&Summarize"),
            TaskName.TRANSLATE: tr("&Translate"),
            TaskName.ASK: tr("&Ask"),
            TaskName.REWRITE: tr("&Rewrite"),
        }
        self._per_task = {task: choice({}) for task in labels}
        for task, label in labels.items():
            group.add_row(label, self._per_task[task])

    def _build_catalogue(self, entries: Iterable[CatalogueEntry]) -> None:
        group = self.add_group(tr("Get a model"))
        self._rows: dict[str, CatalogueRow] = {}
        for entry in entries:
            row = CatalogueRow(entry)
            row.get_requested.connect(self.get_model)
            row.progress.cancel_requested.connect(self._installer.cancel)
            self._rows[entry.name] = row
            group.add_content(row)

    def _build_other(self) -> None:
        self._other = OtherModels()
        self._other.wanted.connect(self.get_model)
        self._other.progress.cancel_requested.connect(self._installer.cancel)
        self.add_group(tr("Other models")).add_content(self._other)

    def _connect_installer(self) -> None:
        self._installer.started.connect(self._on_started)
        self._installer.progressed.connect(self._on_progressed)
        self._installer.installed.connect(self._on_installed)
        self._installer.terms_asked.connect(self._on_terms_asked)
        self._installer.failed.connect(self._on_failed)
        self._installer.cancelled.connect(self._show_busy)

    # Showing

    def _show_models(self) -> None:
        """Offer the installed models wherever one is chosen, keeping what is chosen."""
        for box, nothing in (
            (self._default, ""),
            *((box, tr("As above")) for box in self._per_task.values()),
        ):
            current = chosen(box) if box.count() else ""
            box.clear()
            if nothing:
                box.addItem(nothing, "")
            for model in self._models:
                box.addItem(model.title, model.reference)
                if model.adapter is not None:
                    for role in _PURPOSE_ROLES:
                        box.setItemData(box.count() - 1, model.adapter.summary, role)
            box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + _POPUP_MARGIN)
            if current or nothing:
                _choose_model(box, current)
        self._show_installed()
        self._show_skills()
        there = {model.catalogue_name for model in self._models}
        for name, row in self._rows.items():
            row.set_installed(installed=name in there)

    def _show_installed(self) -> None:
        self._installed.clear()
        for model in self._models:
            self._installed.add_content(
                self._installed_row(model) if model.adapter is None else self._adapter_row(model)
            )
        if not self._models:
            self._installed.add_content(muted_label(tr("No model yet. Get one below.")))

    def _installed_row(self, model: ModelDescription) -> QWidget:
        row = InstalledRow(model, self._kinds.get(model.reference, ""))
        row.kind_chosen.connect(self._on_kind_chosen)
        row.remove_requested.connect(self._on_remove_requested)
        self.watch(row.kind_box)
        return row

    def _adapter_row(self, model: ModelDescription) -> QWidget:
        strength = self._strengths.get(model.reference, 1.0)
        below = any(base.adapter is None and base.path == model.path for base in self._models)
        row = AdapterRow(model, strength, title="" if below else model.title)
        row.strength_chosen.connect(self._on_strength_chosen)
        row.remove_requested.connect(self._on_remove_requested)
        self.watch(row.slider)
        return row

    @Slot()
    def _show_skills(self) -> None:
        """Say which model a task gets that has none of its own."""
        titles = {model.reference: model.adapter.title for model in self._models if model.adapter}
        own = replace(self.collected(Settings()).model, per_task={})
        for task, box in self._per_task.items():
            reference = choices.engine_spec(Settings(model=own), task).model
            skill = titles.get(reference) if reference != own.default else None
            text = tr("As above: {skill}", skill=skill) if skill else tr("As above")
            box.setItemText(0, text)

    @Slot()
    def _show_busy(self) -> None:
        """Offer to get models, or show how far the one is that is being got."""
        busy = self._installer.busy
        for name, row in self._rows.items():
            row.set_may_get(may=not busy)
            row.progress.setVisible(busy and name == self._installer.name)
        other = busy and self._installer.name not in self._rows
        self._other.progress.setVisible(other)
        self._other.set_may_get(may=not busy)

    def _shown_progress(self) -> InstallProgress:
        row = self._rows.get(self._installer.name)
        return row.progress if row is not None else self._other.progress

    # What happens

    @Slot(str)
    def _on_started(self, _: str) -> None:
        self._shown_progress().begin()
        self._show_busy()

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        self._shown_progress().show_progress(progress)

    @Slot(str)
    def _on_installed(self, name: str) -> None:
        self._show_busy()
        self._models = library.installed()
        self._show_models()
        there = {model.reference for model in self._models}
        # The first model there is, is the one to write with.
        if chosen(self._default) not in there and name in there:
            _choose_model(self._default, name)
        self._other.clear()
        self.changed.emit()
        self.models_changed.emit()

    @Slot(str, str)
    def _on_terms_asked(self, name: str, text: str) -> None:
        self._show_busy()
        if name != self._asked_for:
            return
        if accept_terms(name, text, self):
            self._installer.start(name, accept_terms=True)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._show_busy()
        self.show_problem(sentence)

    @Slot(str, str)
    def _on_kind_chosen(self, reference: str, kind: str) -> None:
        self._kinds[reference] = kind
        self.changed.emit()

    @Slot(str, float)
    def _on_strength_chosen(self, reference: str, strength: float) -> None:
        self._strengths[reference] = strength

    @Slot(str)
    def _on_remove_requested(self, reference: str) -> None:
        title = next(m.title for m in self._models if m.reference == reference)
        answer = QMessageBox.question(
            self,
            tr("Remove {model}?", model=title),
            tr(
                "{model} is removed from this computer at once. A folder or file of yours that it "
                "was taken from stays where it is.",
                model=title,
            ),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            QMessageBox.StandardButton.No,
        )
        if answer != QMessageBox.StandardButton.Yes:
            return
        try:
            library.remove(reference)
        except InklingError as error:
            self.show_problem(str(error))
            return
        self._models = library.installed()
        self._show_models()
        self.models_changed.emit()


def _choose_model(box: QComboBox, reference: str) -> None:
    """Show a model that is chosen, also one that is not on this computer."""
    choose(box, reference, tr("{model} (not here)", model=reference))
