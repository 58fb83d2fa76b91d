"""The settings in use, and how they change: a dialog, a store, a model that proves itself.

A model or device counts only when it has been loaded: until then, and when that fails, the former
one stays in use.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from assistant.config.ignored_words import IgnoredWords
from assistant.config.settings import Settings
from assistant.config.store import SettingsStore
from assistant.core.devices import Device
from assistant.core.errors import InklingError, SettingsError
from assistant.core.holding import Holding
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.tasks import LoadModel, Outcome, TaskName
from assistant.models.library import installed
from assistant.tasks import choices
from assistant.ui.model_installer import ModelInstaller
from assistant.ui.settings_dialog import SettingsDialog
from assistant.worker.queue import JobQueue


class Preferences(QObject):
    """Holds the settings and shows the dialog that changes them.

    Signals: `changed(Settings)`, `failed(sentence)`, `said(sentence)`.
    """

    changed = Signal(object)
    failed = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        store: SettingsStore,
        settings: Settings,
        queue: JobQueue,
        installer: ModelInstaller,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._store = store
        self._settings = settings
        self._queue = queue
        self._installer = installer
        self._window = window
        self._ignored_words = IgnoredWords()
        self._dialog: SettingsDialog | None = None
        self._devices: tuple[Device, ...] | None = None
        self._trial: Settings | None = None
        self._trial_job: int | None = None
        # What a model that is being fetched is wanted for.
        self._wanted: tuple[TaskName, str] | None = None
        queue.devices_listed.connect(self._on_devices_listed)
        queue.holding_found.connect(self._on_holding_found)
        queue.models_changed.connect(self._on_models_in_memory_changed)
        queue.job_finished.connect(self._on_job_finished)
        queue.job_failed.connect(self._on_job_failed)
        queue.job_cancelled.connect(self._on_job_cancelled)
        installer.installed.connect(self._on_installed)

    @property
    def settings(self) -> Settings:
        """The settings in use."""
        return self._settings

    @property
    def ignored_words(self) -> tuple[str, ...]:
        """The words that the grammar check leaves alone."""
        return self._ignored_words.words()

    @Slot()
    def show_dialog(self) -> None:
        """Show the settings; the window stays usable behind them."""
        if self._dialog is None:
            self._dialog = self._new_dialog()
            if self._devices is None:
                self._queue.list_devices()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    @Slot(object, str)
    def get_model(self, task: TaskName, name: str) -> None:
        """Fetch a model for a task in the dialog, where its terms and progress are shown."""
        self._wanted = (task, name)
        self.show_dialog()
        if self._dialog is not None:
            self._dialog.get_model(name)

    @Slot(object)
    def use_model(self, reference: str) -> None:
        """Write with another model from now on."""
        self.apply(replace(self._settings, model=replace(self._settings.model, default=reference)))

    @Slot(bool)
    def show_probabilities(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal
        """Colour what a model has written by probability from now on, or do not."""
        editor = replace(self._settings.editor, show_probabilities=shown)
        self.keep(replace(self._settings, editor=editor))

    @Slot(bool)
    def suggest(self, enabled: bool) -> None:  # noqa: FBT001 - Qt's signal
        """Suggest while one writes from now on, or do not."""
        suggestions = replace(self._settings.suggestions, enabled=enabled)
        self.keep(replace(self._settings, suggestions=suggestions))
        if self._dialog is not None:
            self._dialog.set_suggesting(enabled)

    @Slot(object)
    def apply(self, settings: Settings) -> None:
        """Take `settings`; another model or device only once it has been loaded."""
        # What the dialog does not show stays as it is.
        shown = self._settings.editor.show_probabilities
        settings = replace(
            settings,
            editor=replace(settings.editor, show_probabilities=shown),
            recent_files=self._settings.recent_files,
        )
        spec = _continue_spec(settings)
        if spec == _continue_spec(self._settings):
            self.keep(settings)
            return
        self.keep(replace(settings, model=self._settings.model))
        self._trial = settings
        self._trial_job = self._queue.submit(LoadModel(), spec).id

    def keep(self, settings: Settings) -> None:
        """Use `settings` from now on and write them to the user's file."""
        if settings == self._settings:
            return
        self._settings = settings
        try:
            self._store.save(settings)
        except SettingsError as error:
            self.failed.emit(str(error))
        self.changed.emit(settings)

    def _new_dialog(self) -> SettingsDialog:
        dialog = SettingsDialog(
            self._settings,
            installed(),
            devices=self._devices,
            parent=self._window,
            installer=self._installer,
            ignored_words=self.ignored_words,
            menu_keys=_keys_of(self._window),
        )
        dialog.applied.connect(self.apply)
        dialog.ignored_words_changed.connect(self._on_ignored_words_changed)
        dialog.models_changed.connect(self._on_models_changed)
        dialog.holding_wanted.connect(self._queue.find_holding)
        dialog.finished.connect(self._on_dialog_finished)
        return dialog

    def _end_trial(self, job_id: int) -> Settings | None:
        """Return the settings that `job_id` tried, if it did."""
        if job_id != self._trial_job:
            return None
        trial, self._trial, self._trial_job = self._trial, None, None
        return trial

    @Slot(int, object)
    def _on_job_finished(self, job_id: int, _outcome: Outcome) -> None:
        trial = self._end_trial(job_id)
        if trial is not None:
            self.keep(replace(self._settings, model=trial.model))
            self.said.emit(tr("The new model is in use."))

    @Slot(int, object)
    def _on_job_failed(self, job_id: int, error: InklingError) -> None:
        if self._end_trial(job_id) is None:
            return
        sentence = tr("{reason} The former model stays in use.", reason=error)
        if self._dialog is not None:
            self._dialog.set_settings(self._settings)
            self._dialog.show_problem(sentence)
        else:
            self.failed.emit(sentence)

    @Slot(int, object)
    def _on_job_cancelled(self, job_id: int, _outcome: object) -> None:
        self._end_trial(job_id)

    @Slot(object)
    def _on_devices_listed(self, devices: tuple[Device, ...]) -> None:
        self._devices = devices
        if self._dialog is not None:
            self._dialog.set_devices(devices)

    @Slot(object, object)
    def _on_holding_found(self, spec: EngineSpec, holding: Holding | None) -> None:
        if self._dialog is not None:
            self._dialog.show_holding(spec, holding)

    @Slot(object)
    def _on_models_in_memory_changed(self, _models: object) -> None:
        # What was loaded has been measured.
        if self._dialog is not None:
            self._dialog.ask_holding()

    @Slot(object)
    def _on_ignored_words_changed(self, words: tuple[str, ...]) -> None:
        try:
            self._ignored_words.replace(words)
        except OSError as error:
            self.failed.emit(tr("The list of words could not be saved: {reason}", reason=error))
        self.changed.emit(self._settings)

    @Slot()
    def _on_models_changed(self) -> None:
        self.changed.emit(self._settings)

    @Slot(str)
    def _on_installed(self, name: str) -> None:
        if self._wanted is not None and self._wanted[1] == name:
            model = self._settings.model
            per_task = {**model.per_task, self._wanted[0].value: name}
            self._wanted = None
            self.keep(replace(self._settings, model=replace(model, per_task=per_task)))
        self.changed.emit(self._settings)

    @Slot(int)
    def _on_dialog_finished(self, _result: int) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


def _keys_of(window: QWidget) -> dict[str, str]:
    """Return the keys of the window's actions, in Qt's portable text, with what they do."""
    return {
        keys.toString(): action.iconText()
        for action in window.actions()
        for keys in action.shortcuts()
    }


def _continue_spec(settings: Settings) -> EngineSpec:
    return choices.engine_spec(settings, TaskName.CONTINUE)
