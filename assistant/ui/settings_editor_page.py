"""The settings of the page: its letters, its width, its colours, and what is checked on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from assistant.config.settings import EditorSettings, Settings
from assistant.core.i18n import tr
from assistant.ui import theme
from assistant.ui.page_font import page_font
from assistant.ui.settings_page import SettingsPage, choice, choose, chosen, whole_number
from assistant.ui.word_list import WordList

_SAMPLE_HEIGHT = 76


class EditorPage(SettingsPage):
    """How the page looks and what is checked on it.

    The words to ignore are no part of the settings: they are given and asked for apart.
    """

    def __init__(self, ignored_words: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(tr("Editor"), parent)
        self._font = choice({"": tr("The best serif here")})
        for family in _families():
            self._font.addItem(family, family)
        self._size = whole_number(EditorSettings, "font_size")
        self._size.setSuffix(tr(" pt"))
        self._width = whole_number(EditorSettings, "line_width")
        self._theme = choice(
            {"system": tr("As the system"), "light": tr("Light"), "dark": tr("Dark")}
        )
        self._check = QCheckBox(tr("Check &grammar and spelling while writing"))
        self._dialect = choice(
            {
                "american": tr("American"),
                "british": tr("British"),
                "australian": tr("Australian"),
                "canadian": tr("Canadian"),
                "indian": tr("Indian"),
            }
        )
        self._words = WordList()
        self._sample = QLabel(tr("She put the kettle on and opened the window."))
        self._build_page_group()
        self._build_checking_group()
        self._words.set_words(ignored_words)
        self._words.changed.connect(self.changed)
        self._font.currentIndexChanged.connect(self._on_letters_changed)
        self._size.valueChanged.connect(self._on_letters_changed)
        self._check.toggled.connect(self._on_check_toggled)

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        own = settings.editor
        choose(self._font, own.font_family, tr("{font} (not here)", font=own.font_family))
        choose(self._theme, own.theme)
        choose(self._dialect, own.dialect)
        self._check.setChecked(own.check_grammar)
        for box, value in ((self._size, own.font_size), (self._width, own.line_width)):
            with QSignalBlocker(box):
                box.setValue(value)
        self._on_letters_changed()
        self._on_check_toggled(own.check_grammar)

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        look: Any = chosen(self._theme)
        dialect: Any = chosen(self._dialect)
        editor = replace(
            settings.editor,
            font_family=chosen(self._font),
            font_size=self._size.value(),
            line_width=self._width.value(),
            theme=look,
            check_grammar=self._check.isChecked(),
            dialect=dialect,
        )
        return replace(settings, editor=editor)

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        return replace(settings, editor=EditorSettings())

    def ignored_words(self) -> tuple[str, ...]:
        """Return the words to ignore as the user has them now."""
        return self._words.words()

    def _build_page_group(self) -> None:
        group = self.add_group(tr("Page"))
        group.add_row(tr("&Font"), self._font)
        group.add_row(tr("&Size"), self._size)
        self._sample.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sample.setFixedHeight(_SAMPLE_HEIGHT)
        self._sample.setAccessibleName(tr("How the page’s letters look"))
        group.add_content(self._sample)
        group.add_row(
            tr("Line &width"), self._width, tr("In characters. Some 70 read most easily.")
        )
        group.add_row(tr("T&heme"), self._theme)

    def _build_checking_group(self) -> None:
        group = self.add_group(tr("Grammar and spelling"))
        group.add_check(self._check, tr("For English text. Nothing leaves this computer."))
        group.add_row(tr("&Kind of English"), self._dialect)
        heading = QLabel(tr("Words to ignore"))
        heading.setContentsMargins(2, 12, 0, 0)
        theme.set_look(heading, "heading")
        self.add_widget(heading)
        self.add_widget(self._words)

    @Slot()
    def _on_letters_changed(self) -> None:
        self._sample.setFont(page_font(chosen(self._font), self._size.value()))

    @Slot(bool)
    def _on_check_toggled(self, checked: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._dialect.setEnabled(checked)


def _families() -> list[str]:
    return [
        family
        for family in QFontDatabase.families()
        if QFontDatabase.isSmoothlyScalable(family) and not QFontDatabase.isPrivateFamily(family)
    ]
