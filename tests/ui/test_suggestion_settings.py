"""The settings of suggestions in their dialog: by mouse and keys, and what cannot be applied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QWidget

from assistant.config.settings import Settings, SuggestionKeys, SuggestionSettings
from assistant.ui.key_checks import problem_of, warnings_of
from assistant.ui.settings_dialog import SettingsDialog
from assistant.ui.suggestion_keys import Wish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

MENUS = {"Ctrl+S": "Save", "Esc": "Stop", "F9": "Assistant"}
NAMES = {wish: wish.value for wish in Wish}
_Key = Qt.Key
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


class Page:
    """The dialog, open at its page."""

    def __init__(self, qtbot: QtBot, own: SuggestionSettings | None = None) -> None:
        self.qtbot = qtbot
        settings = Settings(suggestions=own or SuggestionSettings())
        self.dialog = SettingsDialog(settings, (), menu_keys=MENUS)
        self.dialog.show()
        self.dialog.activateWindow()
        qtbot.waitUntil(self.dialog.isActiveWindow)
        self.page = self.dialog._suggestions
        titles = [page.title for page in self.dialog._pages.values()]
        self.dialog._navigation.setCurrentRow(titles.index(self.page.title))
        self.applied: list[SuggestionSettings] = []
        self.dialog.applied.connect(lambda found: self.applied.append(found.suggestions))

    def press(self, wish: Wish, key: Qt.Key, held: Any = Qt.KeyboardModifier.NoModifier) -> None:
        edit = self.page._keys[wish]
        edit.setFocus()
        self.qtbot.keyClick(QApplication.focusWidget(), key, held)

    def click(self, widget: QWidget) -> None:
        if isinstance(widget, QCheckBox):
            widget.click()
        else:
            self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)

    def pick(self, box: QComboBox, key: Qt.Key) -> None:
        box.setFocus()
        self.qtbot.keyClick(box, key)

    def apply(self) -> SuggestionSettings:
        self.click(self.dialog._apply)
        return self.applied[-1]


@pytest.fixture
def make_page(qtbot: QtBot) -> Iterator[Any]:
    pages: list[Page] = []

    def make(own: SuggestionSettings | None = None) -> Page:
        pages.append(Page(qtbot, own))
        return pages[-1]

    yield make
    for page in pages:
        page.dialog.reject()


def test_every_control_changes_its_setting(make_page: Any, qtbot: QtBot) -> None:
    """And nothing else."""
    desk = make_page()
    page = desk.page
    assert not desk.dialog._apply.isEnabled()
    desk.click(page._enabled)
    assert not page._pace.isEnabled()
    assert desk.apply() == SuggestionSettings(enabled=False)
    desk.click(page._enabled)
    desk.pick(page._pace, _Key.Key_End)
    desk.pick(page._eagerness, _Key.Key_End)
    desk.click(page._own_words)
    desk.click(page._ahead)
    page._words.setFocus()
    page._words.selectAll()
    qtbot.keyClicks(page._words, "20")
    assert desk.apply() == SuggestionSettings(True, "calm", "eager", 20, False, False)


def test_a_key_is_chosen_by_pressing_it(make_page: Any, qtbot: QtBot) -> None:
    """Escape and Return too; Backspace leaves none, and the button brings the usual one back."""
    desk = make_page()
    desk.press(Wish.ACCEPT, _Key.Key_G, CONTROL)
    desk.press(Wish.NEXT, _Key.Key_Escape)
    desk.press(Wish.DISMISS, _Key.Key_Backspace)
    assert desk.dialog.isVisible()
    assert desk.apply().keys == SuggestionKeys(accept="Ctrl+G", next="Esc", dismiss="")
    desk.press(Wish.PREVIOUS, _Key.Key_Return, ALT)
    assert desk.apply().keys.previous == "Alt+Return"
    reset = desk.page._keys[Wish.ACCEPT].reset
    assert "Tab" in reset.toolTip()
    reset.setFocus()
    qtbot.keyClick(reset, _Key.Key_Space)
    assert not reset.isEnabled()
    assert desk.apply().keys.accept == "Tab"


def test_tab_leaves_the_field(make_page: Any) -> None:
    """Who has no mouse goes on to the next one."""
    desk = make_page()
    desk.press(Wish.NEXT, _Key.Key_Tab)
    assert desk.page._keys[Wish.NEXT].key() == "Alt+]"
    assert QApplication.focusWidget() is not desk.page._keys[Wish.NEXT]


def test_a_key_for_two_things_cannot_be_applied(make_page: Any) -> None:
    """It is said which, until one of them has another key or none."""
    desk = make_page()
    desk.press(Wish.ACCEPT, _Key.Key_Escape)
    assert desk.page._problem.isVisible()
    assert "Take all of it" in desk.page._problem.text()
    assert "Send it away" in desk.page._problem.text()
    assert not desk.dialog._apply.isEnabled()
    assert not desk.dialog._ok.isEnabled()
    desk.press(Wish.DISMISS, _Key.Key_Delete)
    assert not desk.page._problem.isVisible()
    assert desk.apply().keys == SuggestionKeys(accept="Esc", dismiss="")


def test_what_a_key_does_elsewhere_is_told(make_page: Any) -> None:
    """It may be taken nevertheless."""
    desk = make_page()
    assert not desk.page._warnings.isVisibleTo(desk.page)
    desk.press(Wish.ASK, _Key.Key_S, CONTROL)
    assert "Save" in desk.page._warnings.text()
    assert desk.apply().keys.ask == "Ctrl+S"


def test_the_defaults_come_back(make_page: Any, qtbot: QtBot) -> None:
    """The keys among them, with what was wrong about them."""
    odd = SuggestionSettings(False, "quick", "eager", 3, False, False)
    desk = make_page(replace(odd, keys=SuggestionKeys(accept="F2", ask="F2")))
    assert desk.page._problem.isVisible()
    desk.click(desk.dialog._restore)
    assert not desk.page._problem.isVisible()
    assert desk.apply() == SuggestionSettings()


def test_what_is_switched_elsewhere_is_shown(make_page: Any) -> None:
    """And what was changed here meanwhile is still to be applied."""
    desk = make_page()
    desk.pick(desk.page._pace, _Key.Key_End)
    desk.dialog.set_suggesting(False)
    assert not desk.page._enabled.isChecked()
    assert desk.apply() == SuggestionSettings(enabled=False, pace="calm")


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        (SuggestionKeys(), False),
        (SuggestionKeys(accept="", dismiss="", next=""), False),
        (SuggestionKeys(accept="Ctrl+G", ask="Ctrl+G"), True),
        # One key, whichever it is called.
        (SuggestionKeys(accept="Return", next="Enter"), True),
        (SuggestionKeys(next="Alt+Shift+["), True),
        (SuggestionKeys(ask="G"), True),
        (SuggestionKeys(accept="Shift+G"), True),
        (SuggestionKeys(accept="Space"), True),
        (SuggestionKeys(accept="Right", ask="F2"), False),
    ],
)
def test_which_keys_go_together(keys: SuggestionKeys, wrong: bool) -> None:
    """No two the same, none that writes."""
    assert bool(problem_of(keys, NAMES)) is wrong


@pytest.mark.parametrize(
    ("keys", "warnings"),
    [
        (SuggestionKeys(), 0),
        (SuggestionKeys(accept="F9"), 1),
        (SuggestionKeys(ask="F9", accept="Right", next="Down"), 3),
        (SuggestionKeys(ask="Tab", accept="F2"), 1),
        (SuggestionKeys(accept="Alt+G"), 0),
    ],
)
def test_which_keys_do_something_else(keys: SuggestionKeys, warnings: int) -> None:
    """Of the menus or of the page; the usual keys are well known."""
    assert len(warnings_of(keys, MENUS)) == warnings
