"""“Why no suggestion?”: a reason for every silence, listed as they come, and kept nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from assistant.config.paths import config_folder
from assistant.config.settings import ModelSettings, Settings, SuggestionKeys, SuggestionSettings
from assistant.config.store import SettingsStore
from assistant.core.suggestions import Silence, Source, Suggestion
from assistant.engines.pool import EnginePool
from assistant.ui import suggestion_manners
from assistant.ui.main_window import MainWindow
from assistant.ui.silence_texts import silence_text
from assistant.ui.silence_view import KEPT, SilenceView
from assistant.ui.suggestion_record import SuggestionRecord, shown, silent
from assistant.worker.queue import JobQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

TYPED = "Once upon a time there was a lighthouse keeper who"


@pytest.fixture
def view(qtbot: QtBot) -> SilenceView:
    view = SilenceView()
    qtbot.addWidget(view)
    return view


@pytest.fixture
def open_window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(suggestion_manners, "PAUSES_MS", {"quick": 5, "normal": 10, "calm": 20})
    opened: list[tuple[MainWindow, JobQueue]] = []

    def open_one(model: str = "scripted", **own: Any) -> MainWindow:
        settings = Settings(
            model=ModelSettings(default=model), suggestions=SuggestionSettings(**own)
        )
        queue = JobQueue(EnginePool)
        store = SettingsStore(config_folder() / "settings.toml")
        window = MainWindow(store, settings, queue)
        window.show()
        window.activateWindow()
        window._show_desk()
        qtbot.waitUntil(window.isActiveWindow)
        opened.append((window, queue))
        return window

    yield open_one
    for window, queue in opened:
        window._editor.document().setModified(False)
        window.close()
        assert queue.shutdown()
        window.deleteLater()


def cells(view: SilenceView, row: int) -> list[str]:
    item = view._list.topLevelItem(row)
    assert item is not None
    return [item.text(column) for column in range(view._list.columnCount())]


@pytest.mark.parametrize("silence", Silence)
def test_every_silence_has_a_sentence_of_its_own(silence: Silence) -> None:
    """A whole one, and no other has the same."""
    text = silence_text(silence)
    assert text.endswith(".")
    assert [other for other in Silence if silence_text(other) == text] == [silence]


def test_what_was_decided_is_told(view: SilenceView) -> None:
    """With its probability where there is one, the newest on top."""
    view.show_now()
    view.add(silent(TYPED, Silence.UNSURE, "", 123.4, -1.0))
    view.add(silent(TYPED, Silence.NO_MODEL, "Choose one in the settings."))
    view.add(shown(TYPED, Suggestion(" waited", -0.5, source=Source.MODEL), 41.0))
    assert cells(view, 0)[1:] == ["41 ms", f"…{TYPED[-28:]}", " waited", "61%"]
    assert cells(view, 1)[3].endswith("Choose one in the settings.")
    assert cells(view, 1)[4] == ""
    assert cells(view, 2)[3:] == [silence_text(Silence.UNSURE), "37%"]
    assert cells(view, 2)[1] == "123 ms"


def test_the_last_ones_are_kept_while_nobody_looks(view: SilenceView) -> None:
    """So many and no more, in view or not; they can be forgotten."""
    for number in range(KEPT + 50):
        view.add(SuggestionRecord(0.0, "", float(number), Silence.OFF))
    view.show_now()
    assert view._list.topLevelItemCount() == KEPT
    assert cells(view, 0)[1] == f"{KEPT + 49} ms"
    view.add(SuggestionRecord(0.0, "", 9999.0, Silence.OFF))
    assert view._list.topLevelItemCount() == KEPT
    assert cells(view, 0)[1] == "9999 ms"
    view._clear.click()
    view.hide()
    view.show_now()
    assert view._list.topLevelItemCount() == 0


def test_the_menu_tells_why_there_is_none(open_window: Any, qtbot: QtBot) -> None:
    """While one writes, beside the page, which stays usable; nothing is written to disk."""
    window = open_window()
    before = {path: path.read_bytes() for path in config_folder().rglob("*") if path.is_file()}
    window._actions.silences.trigger()
    view = window._suggestions.silences
    assert view.isVisible()
    assert not view.isModal()
    qtbot.waitUntil(view.isActiveWindow)
    window.activateWindow()
    qtbot.waitUntil(window._editor.hasFocus)
    qtbot.keyClicks(window._editor, TYPED)
    qtbot.waitUntil(lambda: view._list.topLevelItemCount() > 0, timeout=20_000)
    qtbot.keyClick(window._editor, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: cells(view, 0)[3] == silence_text(Silence.DELETED), timeout=20_000)
    after = {path: path.read_bytes() for path in config_folder().rglob("*") if path.is_file()}
    assert after == before
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()


def test_suggestions_are_switched_from_the_menu(open_window: Any, qtbot: QtBot) -> None:
    """It is a setting: kept, and shown in the dialog that is open."""
    window = open_window()
    window._preferences.show_dialog()
    dialog = window._preferences._dialog
    assert window._actions.suggest.isChecked()
    window._actions.suggest.trigger()
    assert not window._preferences.settings.suggestions.enabled
    assert not SettingsStore(config_folder() / "settings.toml").load().settings.suggestions.enabled
    assert not dialog._suggestions._enabled.isChecked()
    dialog._suggestions._enabled.click()
    dialog._apply.click()
    assert window._actions.suggest.isChecked()
    dialog.reject()


def test_one_is_asked_for_from_the_menu(open_window: Any, qtbot: QtBot) -> None:
    """Also when they do not come by themselves; the menu shows the key that does the same."""
    window = open_window(enabled=False, keys=SuggestionKeys(ask="Ctrl+G"))
    assert window._actions.suggest_here.text().endswith("\tCtrl+G")
    qtbot.keyClicks(window._editor, TYPED)
    ghost = window._suggestions.autocomplete._ghost
    assert ghost.text == ""
    window._actions.suggest_here.trigger()
    qtbot.waitUntil(lambda: bool(ghost.text), timeout=20_000)
    qtbot.keyClick(window._editor, Qt.Key.Key_Escape)
    qtbot.keyClick(window._editor, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(ghost.text), timeout=20_000)


def test_the_drafts_own_words_complete_a_name(open_window: Any, qtbot: QtBot) -> None:
    """Without a model, as soon as it has been used."""
    window = open_window("")
    window._editor.set_text("Ysolde slept. Nobody knew Ysolde.\n")
    draft = window._suggestions._draft
    qtbot.waitUntil(lambda: bool(draft.words().counts), timeout=20_000)
    window._editor.moveCursor(window._editor.textCursor().MoveOperation.End)
    qtbot.keyClicks(window._editor, "They woke Yso")
    assert window._suggestions.autocomplete._ghost.text == "lde"
