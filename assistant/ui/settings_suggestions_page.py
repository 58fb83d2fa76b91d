"""The settings of suggestions at the caret: when they come, what they are made of, their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, QTimer, Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from assistant.config.settings import Settings, SuggestionKeys, SuggestionSettings
from assistant.core.i18n import tr
from assistant.ui import theme
from assistant.ui.key_checks import problem_of, warnings_of
from assistant.ui.key_edit import KeyEdit
from assistant.ui.mnemonics import without_mnemonic
from assistant.ui.settings_page import SettingsPage, choice, choose, chosen, whole_number
from assistant.ui.suggestion_keys import Wish


class SuggestionsPage(SettingsPage):
    """When suggestions come and with which keys they are taken.

    `menu_keys` maps the keys that the window has already to what they do.
    """

    def __init__(self, menu_keys: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(tr("Suggestions"), parent)
        self._menu_keys = menu_keys
        self._enabled = QCheckBox(tr("&Suggest while writing"))
        self._pace = choice({"quick": tr("Short"), "normal": tr("Medium"), "calm": tr("Long")})
        self._eagerness = choice({"sure": tr("Only when sure"), "eager": tr("More often")})
        self._words = whole_number(SuggestionSettings, "words")
        self._own_words = QCheckBox(tr("Use the draft’s &own words"))
        self._ahead = QCheckBox(tr("Work &ahead"))
        usual = asdict(SuggestionKeys())
        self._keys = {wish: KeyEdit(usual[wish.value]) for wish in Wish}
        self._build_times()
        self._build_contents()
        self._build_keys()
        self._enabled.toggled.connect(self._on_enabled_toggled)

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        own = settings.suggestions
        choose(self._pace, own.pace)
        choose(self._eagerness, own.eagerness)
        with QSignalBlocker(self._words):
            self._words.setValue(own.words)
        self._own_words.setChecked(own.own_words)
        self._ahead.setChecked(own.ahead)
        for wish, edit in self._keys.items():
            edit.show_key(getattr(own.keys, wish.value))
        self.set_enabled(own.enabled)
        self._show_checks()

    def set_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - a setter
        """Show whether there are suggestions at all."""
        self._enabled.setChecked(enabled)
        self._on_enabled_toggled(enabled)

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        pace: Any = chosen(self._pace)
        eagerness: Any = chosen(self._eagerness)
        own = replace(
            settings.suggestions,
            enabled=self._enabled.isChecked(),
            pace=pace,
            eagerness=eagerness,
            words=self._words.value(),
            own_words=self._own_words.isChecked(),
            ahead=self._ahead.isChecked(),
            keys=self._collected_keys(),
        )
        return replace(settings, suggestions=own)

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        return replace(settings, suggestions=SuggestionSettings())

    def problem(self) -> str:
        """Return why the keys cannot be used; empty where they can."""
        return problem_of(self._collected_keys(), _key_names())

    def _collected_keys(self) -> SuggestionKeys:
        return SuggestionKeys(**{wish.value: edit.key() for wish, edit in self._keys.items()})

    def _build_times(self) -> None:
        group = self.add_group()
        group.add_check(
            self._enabled,
            tr("What might come next is shown in grey at the caret when you pause."),
        )
        group.add_row(
            tr("&Pause before a suggestion"),
            self._pace,
            tr("A third of a second, twice that, or four times that."),
        )
        group.add_row(
            tr("S&how suggestions"),
            self._eagerness,
            tr("More often also brings more that do not fit."),
        )
        group.add_row(
            tr("Most &words"), self._words, tr("It ends sooner where the model is not sure.")
        )

    def _build_contents(self) -> None:
        group = self.add_group(tr("What they are made of"))
        group.add_check(
            self._own_words,
            tr("Its names and phrases come up again, and are completed at once."),
        )
        group.add_check(
            self._ahead,
            tr("The next one is found while you read this one. Uses more power."),
        )

    def _build_keys(self) -> None:
        group = self.add_group(tr("Keys while a suggestion is in view"))
        labels = _key_labels()
        hints = {
            Wish.ASK: tr("At any time, however unsure; it also wakes suggestions that rest."),
        }
        for wish, edit in self._keys.items():
            group.add_row(labels[wish], edit, hints.get(wish, ""), edit.reset)
            name = without_mnemonic(labels[wish])
            edit.reset.setAccessibleName(f"{name}: {edit.reset.toolTip()}")
            edit.setAccessibleDescription(tr("Press a key. Tab leaves, Backspace empties."))
            edit.key_changed.connect(self._on_key_changed)
        self.add_note(tr("Press a key in a field to choose it. Tab leaves, Backspace empties."))
        self._problem = self.add_note("")
        theme.set_look(self._problem, "error")
        self._warnings = self.add_note("")

    @Slot()
    def _on_key_changed(self) -> None:
        self._show_checks()
        # Once it has its place.
        QTimer.singleShot(0, self, self._reveal_checks)

    @Slot()
    def _reveal_checks(self) -> None:
        for note in (self._warnings, self._problem):
            if note.isVisibleTo(self):
                self.ensureWidgetVisible(note)

    def _show_checks(self) -> None:
        keys = self._collected_keys()
        problem = self.problem()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        warnings = warnings_of(keys, self._menu_keys)
        self._warnings.setText("\n".join(warnings))
        self._warnings.setVisible(bool(warnings))

    @Slot(bool)
    def _on_enabled_toggled(self, enabled: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._pace.setEnabled(enabled)


def _key_labels() -> dict[Wish, str]:
    return {
        Wish.ACCEPT: tr("&Take all of it"),
        Wish.ACCEPT_WORD: tr("Take the next wo&rd"),
        Wish.ACCEPT_SENTENCE: tr("Take the first se&ntence"),
        Wish.DISMISS: tr("Send &it away"),
        Wish.NEXT: tr("Show the ne&xt one"),
        Wish.PREVIOUS: tr("Show the pre&vious one"),
        Wish.ASK: tr("Su&ggest here"),
    }


def _key_names() -> dict[Wish, str]:
    return {wish: without_mnemonic(label) for wish, label in _key_labels().items()}
