"""The settings of the other tasks: how a summary is made, and the languages of a translation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from assistant.config.settings import Settings, TaskSettings
from assistant.core.i18n import tr
from assistant.ui.language_names import language_names
from assistant.ui.settings_page import SettingsPage, choice, choose, chosen, whole_number


class TasksPage(SettingsPage):
    """How the other tasks are asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Tasks"), parent)
        self._form = choice(
            {
                "auto": tr("What suits the model"),
                "extract": tr("Key sentences"),
                "model": tr("In its own words"),
            }
        )
        self._sentences = whole_number(TaskSettings, "summary_sentences")
        names = language_names()
        self._source = choice({"auto": tr("Detected"), **names})
        self._target = choice(names)
        group = self.add_group(tr("Summarize"))
        group.add_row(
            tr("Ki&nd of summary"),
            self._form,
            tr("Key sentences are the text’s own: nothing is invented and no model is needed."),
        )
        group.add_row(tr("S&entences"), self._sentences, tr("About how many a summary has."))
        group = self.add_group(tr("Translate"))
        group.add_row(tr("&From"), self._source, tr("What a new translation begins with."))
        group.add_row(tr("&To"), self._target)

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        own = settings.tasks
        choose(self._form, own.summary_form)
        choose(self._source, own.source_language)
        choose(self._target, own.target_language)
        with QSignalBlocker(self._sentences):
            self._sentences.setValue(own.summary_sentences)

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        form: Any = chosen(self._form)
        tasks = replace(
            settings.tasks,
            summary_form=form,
            summary_sentences=self._sentences.value(),
            source_language=chosen(self._source),
            target_language=chosen(self._target),
        )
        return replace(settings, tasks=tasks)

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        return replace(settings, tasks=TaskSettings())
