"""The settings of the program as a whole: the interface's language, and where things are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from assistant.config.paths import config_folder, models_folder
from assistant.config.settings import Settings
from assistant.core.i18n import tr
from assistant.ui.settings_page import SettingsPage, choice, choose, chosen, muted_label


class GeneralPage(SettingsPage):
    """What concerns the program as a whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("General"), parent)
        # Each language by its own name, so that it can be found from any other.
        self._language = choice(
            {"system": tr("As the system"), "en": "English", "zh_CN": "简体中文"}
        )
        group = self.add_group()
        group.add_row(
            tr("&Language"), self._language, tr("Takes effect the next time Inkling starts.")
        )
        group = self.add_group(tr("Where things are kept"))
        group.add_content(_place(tr("Settings"), str(config_folder())))
        group.add_content(_place(tr("Models"), str(models_folder())))
        self.add_note(
            tr(
                "Text, settings and models stay on this computer. Only getting a model uses the "
                "network."
            )
        )

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        choose(self._language, settings.language)

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        language: Any = chosen(self._language)
        return replace(settings, language=language)

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        return replace(settings, language=Settings().language)


def _place(name: str, path: str) -> QWidget:
    place = muted_label(path)
    place.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    place.setAccessibleName(name)
    result = QWidget()
    layout = QVBoxLayout(result)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(1)
    layout.addWidget(QLabel(name))
    layout.addWidget(place)
    return result
