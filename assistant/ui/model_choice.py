"""Which model does what: the settings' choice for each task and what that model makes of it.

The one place of the window that asks the library of models. Loads nothing.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from assistant.config.settings import Settings
from assistant.core.errors import ModelError, ModelNotFound
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling
from assistant.core.tasks import Task, TaskName
from assistant.models import library
from assistant.models.abilities import ability_for
from assistant.models.description import ModelDescription
from assistant.tasks import choices
from assistant.tasks.assess import Assessment, assess


class ModelChoice(QObject):
    """Answers for the settings of the moment.

    Signals: `settings_changed(Settings)` when a model was chosen for a task here,
    `install_requested(task, name)` when that model is not on this machine yet.
    """

    settings_changed = Signal(object)
    install_requested = Signal(object, str)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    def apply_settings(self, settings: Settings) -> None:
        """Answer for these settings from now on."""
        self._settings = settings

    def engine_for(self, key: str) -> EngineSpec:
        """Return the engine that the settings choose for a task: its name, or `rewrite.shorter`."""
        return choices.engine_spec(self._settings, key)

    def describe(self, key: str) -> ModelDescription:
        """Return what is known of the task's model; raises a `ModelError` when it is not there."""
        spec = self.engine_for(key)
        return library.resolve(spec.model, spec.kind)

    def title_for(self, task: Task) -> str:
        """Return what the task's model is called, with its base; nothing when it is not there."""
        try:
            return self.describe(choices.key_of(task)).title
        except ModelError:
            return ""

    def for_continue(self) -> tuple[EngineSpec, Sampling]:
        """Return the engine and the sampling of Continue; raises a `ModelError` without a model."""
        ability = ability_for(self.describe(TaskName.CONTINUE), TaskName.CONTINUE)
        return self.engine_for(TaskName.CONTINUE), choices.sampling(self._settings, ability)

    def for_complete(self) -> EngineSpec:
        """Return the engine of suggestions at the caret; raises a `ModelError` without a model."""
        self.describe(TaskName.COMPLETE)
        return self.engine_for(TaskName.COMPLETE)

    def assess(self, task: Task) -> Assessment:
        """Return what the task's model makes of it, or what can be done without one."""
        try:
            description = self.describe(choices.key_of(task))
        except ModelError:
            description = None
        return assess(task, description, library.installed())

    def use_model(self, task: TaskName, reference: str) -> None:
        """Use another model for a task from now on; ask for it where it is not there yet."""
        try:
            library.resolve(reference)
        except ModelNotFound:
            self.install_requested.emit(task, reference)
            return
        model = self._settings.model
        per_task = {**model.per_task, task.value: reference}
        self._settings = replace(self._settings, model=replace(model, per_task=per_task))
        self.settings_changed.emit(self._settings)
