"""The editor: text as typed, selections in code points, every edit one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu

from assistant.core.tasks import Replacement, Span
from assistant.ui.editor import Editor

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MIXED = "Él dijo:\u00a0« sí »\t😀\n第二行，有字。\n\nfin"


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(900, 600)
    editor.show()
    editor.setFocus()
    return editor


def compose(editor: Editor, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(editor, event)


def select(editor: Editor, start: int, end: int) -> None:
    editor.select_span(Span(start, end))


def test_text_comes_back_as_it_was_set(editor: Editor) -> None:
    """No-break spaces, tabs, emoji and Chinese survive the way through the document."""
    editor.set_text(MIXED)
    assert editor.text() == MIXED


def test_a_fresh_text_has_nothing_to_undo(editor: Editor, qtbot: QtBot) -> None:
    """Spacing the lines is no step: Ctrl+Z on a text just opened leaves it as it is."""
    editor.set_text(MIXED)
    assert not editor.document().isUndoAvailable()
    assert not editor.document().isModified()
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text() == MIXED


def test_every_line_keeps_its_height(editor: Editor, qtbot: QtBot) -> None:
    """Typed, pasted and undone lines are spaced like those that were opened."""
    editor.set_text("one\ntwo")
    expected = editor.document().firstBlock().blockFormat().lineHeight()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, "\rthree\r")
    QGuiApplication.clipboard().setText("four\nfive\n")
    editor.paste()
    editor.selectAll()
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    qtbot.keyClicks(editor, "again\r")
    editor.undo()
    editor.undo()
    block = editor.document().firstBlock()
    heights = set()
    while block.isValid():
        heights.add(block.blockFormat().lineHeight())
        block = block.next()
    assert heights == {expected}
    assert expected >= 125


def test_typing_is_undone_and_redone(editor: Editor, qtbot: QtBot) -> None:
    """The keys for undo and redo work on what was typed."""
    editor.set_text("")
    qtbot.keyClicks(editor, "Once upon")
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text() == ""
    editor.redo()
    assert editor.text() == "Once upon"


def test_tab_and_both_returns_are_characters(editor: Editor, qtbot: QtBot) -> None:
    """Tab puts in a tab; Shift+Return breaks the line as Return does."""
    qtbot.keyClicks(editor, "a")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    qtbot.keyClicks(editor, "b")
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(editor, "c")
    assert editor.text() == "a\tb\nc"


def test_positions_are_code_points(editor: Editor) -> None:
    """A caret behind an emoji and a selection around one count characters as Python does."""
    text = "a😀b😀c"
    editor.set_text(text)
    select(editor, 3, 4)
    assert editor.selection_span() == Span(3, 4)
    assert editor.selected_text() == "😀"
    assert editor.caret() == 4
    assert editor.text_before_caret() == text[:4]
    select(editor, 5, 5)
    assert editor.selection_span() is None
    assert editor.caret() == 5


def test_a_span_beyond_the_text_selects_what_is_there(editor: Editor) -> None:
    """A span from an older text is kept within the present one."""
    editor.set_text("short")
    select(editor, 2, 900)
    assert editor.selected_text() == "ort"


def test_selected_lines_are_parted_by_line_breaks(editor: Editor) -> None:
    """A selection over lines reads as text, no-break spaces kept."""
    editor.set_text("a\u00a0b\nc")
    editor.selectAll()
    assert editor.selected_text() == "a\u00a0b\nc"
    assert editor.text_before_caret() == "a\u00a0b\nc"


def test_chinese_is_composed_and_committed(editor: Editor) -> None:
    """What is being composed is not text yet; what is committed is, as one step."""
    editor.set_text("他说：")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    compose(editor, "ni'hao")
    assert editor.text() == "他说："
    compose(editor, "", "你好")
    assert editor.text() == "他说：你好"
    editor.undo()
    assert editor.text() == "他说："


def test_rich_text_is_pasted_plain(editor: Editor, qtbot: QtBot) -> None:
    """Fonts and colours of another program stay there; its line ends become ours."""
    source = QMimeData()
    source.setHtml("<h1>Title</h1><p>And <b>bold</b></p>")
    editor.insertFromMimeData(source)
    assert editor.text() == "Title\nAnd bold"
    source = QMimeData()
    source.setText("x\r\ny\rz")
    editor.set_text("")
    editor.insertFromMimeData(source)
    assert editor.text() == "x\ny\nz"
    qtbot.keyClicks(editor, "!")
    editor.undo()
    assert editor.text() == "x\ny\nz"
    editor.undo()
    assert editor.text() == ""


def test_copying_gives_plain_text(editor: Editor) -> None:
    """Other programs get the characters, without a font."""
    editor.set_text("a\u00a0b\nc")
    editor.selectAll()
    data = editor.createMimeDataFromSelection()
    assert data.text() == "a\u00a0b\nc"
    assert not data.hasHtml()


def test_dropped_files_are_left_to_the_window(editor: Editor) -> None:
    """A file is opened by whoever owns the documents, its address is no text."""
    files, text = QMimeData(), QMimeData()
    files.setUrls([QUrl.fromLocalFile("/somewhere/story.md")])
    text.setText("words")
    assert not editor.canInsertFromMimeData(files)
    assert editor.canInsertFromMimeData(text)


def test_replacing_is_one_step_and_typing_after_it_another(editor: Editor, qtbot: QtBot) -> None:
    """One undo takes back what was typed behind a replacement, the next the replacement."""
    editor.set_text("a😀 cat sat")
    assert editor.replace_span(Span(3, 6), "dog")
    assert editor.text() == "a😀 dog sat"
    assert editor.caret() == 6
    qtbot.keyClicks(editor, "gy")
    editor.undo()
    assert editor.text() == "a😀 dog sat"
    editor.undo()
    assert editor.text() == "a😀 cat sat"


def test_replacements_are_made_at_once(editor: Editor) -> None:
    """Changes of different lengths land where they were meant to, and go in one undo."""
    editor.set_text("Intro. He go home. 😀 She have ran.")
    passage = 7
    changes = [
        Replacement(Span(16, 20), "has"),
        Replacement(Span(3, 5), "goes"),
        Replacement(Span(21, 24), "run"),
    ]
    assert editor.text()[passage + 3 : passage + 5] == "go"
    assert editor.text()[passage + 18 : passage + 22] == "have"
    changes[0] = Replacement(Span(18, 22), "has")
    changes[2] = Replacement(Span(23, 26), "run")
    assert editor.apply_replacements(changes, offset=passage)
    assert editor.text() == "Intro. He goes home. 😀 She has run."
    assert editor.text_before_caret().endswith("has run")
    editor.undo()
    assert editor.text() == "Intro. He go home. 😀 She have ran."
    editor.redo()
    assert editor.text() == "Intro. He goes home. 😀 She has run."


@pytest.mark.parametrize(
    ("before", "caret", "after"),
    [
        ("One.\n\nTwo.", 2, "One.\n\nNew.\n\nTwo."),
        ("One.\nTwo.", 2, "One.\nNew.\nTwo."),
        ("One.", 2, "One.\n\nNew."),
        ("One.\n", 5, "One.\n\nNew."),
        ("", 0, "New."),
        ("One.\n\n\n\nTwo.", 6, "One.\n\nNew.\n\nTwo."),
    ],
)
def test_a_paragraph_is_put_below(editor: Editor, before: str, caret: int, after: str) -> None:
    """Paragraphs are parted as the text parts them; the caret ends behind the new one."""
    editor.set_text(before)
    select(editor, caret, caret)
    assert editor.insert_below("New.")
    assert editor.text() == after
    assert editor.text_before_caret().endswith("New.")
    editor.undo()
    assert editor.text() == before


def test_a_locked_page_keeps_its_text(editor: Editor, qtbot: QtBot) -> None:
    """Typing, pasting, undo, redo and replacing do nothing until the lock is off."""
    editor.set_text("start")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, " more")
    with qtbot.waitSignal(editor.lock_changed) as locked:
        editor.set_locked(True)
    assert locked.args == [True]
    qtbot.keyClicks(editor, "x\r")
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    compose(editor, "", "字")
    editor.undo()
    assert not editor.replace_span(Span(0, 1), "S")
    assert not editor.insert_below("below")
    assert editor.text() == "start more"
    editor.set_locked(False)
    editor.undo()
    assert editor.text() == "start"


def test_edits_are_told_from_drawing(editor: Editor, qtbot: QtBot) -> None:
    """`edited` comes with a typed letter, not with Markdown being drawn nor with composing."""
    editor.set_text("# Title")
    with qtbot.assertNotEmitted(editor.edited):
        editor.set_markdown(True)
        compose(editor, "pin")
        compose(editor, "")
    with qtbot.waitSignal(editor.edited):
        qtbot.keyClicks(editor, "x")


def test_the_context_menu_says_what_is_possible(editor: Editor, qtbot: QtBot) -> None:
    """Undo, redo, cut and copy are greyed out where they would do nothing; others may add."""
    editor.set_text("text")
    asked: list[int] = []

    def add(menu: QMenu, position: int) -> None:
        asked.append(position)
        menu.addAction("More")

    editor.menu_opened.connect(add)
    titles = {
        action.text().split("\t")[0].replace("&", ""): action.isEnabled()
        for action in editor.context_menu(2).actions()
        if not action.isSeparator()
    }
    assert asked == [2]
    assert titles["More"]
    assert titles["Select all"]
    assert not any(titles[name] for name in ("Undo", "Redo", "Cut", "Copy"))
    qtbot.keyClicks(editor, "new")
    editor.selectAll()
    editor.undo()
    editor.selectAll()
    titles = {
        action.text().split("\t")[0].replace("&", ""): action.isEnabled()
        for action in editor.context_menu(0).actions()
    }
    assert all(titles[name] for name in ("Redo", "Cut", "Copy"))
    assert not titles["Undo"]


def test_a_new_text_lets_go_of_the_lock_and_the_marks(editor: Editor, qtbot: QtBot) -> None:
    """Opening another text while something is written into this one leaves a page in order."""
    editor.set_text("old text")
    editor.mark_new(0, 3)
    editor.set_locked(True)
    with qtbot.waitSignal(editor.text_set):
        editor.set_text("new")
    assert not editor.locked
    assert editor.extraSelections() == []
