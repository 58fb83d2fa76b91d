"""Text that streams into the page: seen live, locked meanwhile, one step to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from assistant.core.tasks import Span
from assistant.ui.editor import Editor
from assistant.ui.streaming_edit import StreamingEdit

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

START = "Once upon a time 😀"


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(900, 400)
    editor.show()
    editor.setFocus()
    editor.set_text(START)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    return editor


@pytest.fixture
def stream(editor: Editor) -> StreamingEdit:
    return StreamingEdit(editor)


def new_text(editor: Editor) -> str:
    """Return what is tinted as new."""
    return "|".join(mark.cursor.selectedText() for mark in editor.extraSelections())


def test_chunks_are_seen_as_they_come(editor: Editor, stream: StreamingEdit) -> None:
    """Each chunk stands in the page at once, tinted, with the caret behind it."""
    stream.start()
    assert editor.locked
    for chunk in (" there was", " 一座桥", "\nand more"):
        stream.append(chunk)
        assert editor.text().endswith(chunk)
        assert editor.caret() == len(editor.text())
        assert new_text(editor) == stream.text().replace("\n", "\u2029")
    stream.finish()
    assert not editor.locked
    assert editor.text() == START + " there was 一座桥\nand more"
    assert editor.document().isModified()


def test_one_undo_takes_it_away_and_one_redo_brings_it_back(
    editor: Editor, stream: StreamingEdit, qtbot: QtBot
) -> None:
    """However many chunks came, and although letters were typed just before and after."""
    qtbot.keyClicks(editor, ", he")
    typed = editor.text()
    stream.start()
    for chunk in (" said", "\n", "a", " word"):
        stream.append(chunk)
    stream.finish()
    written = editor.text()
    qtbot.keyClicks(editor, "!?")
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text() == written
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text() == typed
    assert editor.caret() == len(typed)
    editor.undo()
    assert editor.text() == START
    editor.redo()
    editor.redo()
    assert editor.text() == written
    assert editor.caret() == len(written)


def test_the_tint_goes_with_the_next_edit(
    editor: Editor, stream: StreamingEdit, qtbot: QtBot
) -> None:
    """Moving the caret, composing and Markdown leave it; a typed letter takes it away."""
    stream.start()
    stream.append(" new")
    stream.finish()
    editor.set_markdown(True)
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    QApplication.sendEvent(editor, QInputMethodEvent("pin", []))
    QApplication.sendEvent(editor, QInputMethodEvent("", []))
    assert new_text(editor) == " new"
    qtbot.keyClicks(editor, "x")
    assert new_text(editor) == ""


def test_the_final_text_takes_the_place_of_what_was_streamed(
    editor: Editor, stream: StreamingEdit
) -> None:
    """A trimmed or mended result still belongs to the one step."""
    stream.start()
    stream.append(" was 😀 a bri")
    stream.append("dge. And th")
    stream.finish(" was 😀 a bridge.")
    assert editor.text() == START + " was 😀 a bridge."
    assert editor.caret() == len(editor.text())
    assert new_text(editor) == " was 😀 a bridge."
    editor.undo()
    assert editor.text() == START
    editor.redo()
    assert editor.text() == START + " was 😀 a bridge."


def test_a_result_may_come_without_chunks(editor: Editor, stream: StreamingEdit) -> None:
    """A task that streams nothing still ends in its text."""
    stream.start()
    stream.finish(" all at once")
    assert editor.text() == START + " all at once"
    editor.undo()
    assert editor.text() == START


def test_nothing_written_is_no_step(editor: Editor, stream: StreamingEdit, qtbot: QtBot) -> None:
    """A run without text leaves the page unmodified and what was undone can still be redone."""
    qtbot.keyClicks(editor, "x")
    editor.undo()
    editor.document().setModified(False)
    stream.start()
    stream.append("")
    stream.finish()
    assert not editor.document().isModified()
    editor.redo()
    assert editor.text() == START + "x"


@pytest.mark.parametrize("how", ["abandon", "empty"])
def test_abandoning_takes_everything_back(editor: Editor, stream: StreamingEdit, how: str) -> None:
    """The text is as before and the half-written one cannot be redone."""
    stream.start()
    stream.append(" half")
    stream.append(" writ")
    if how == "abandon":
        stream.abandon()
    else:
        stream.finish("")
    assert editor.text() == START
    assert editor.caret() == len(START)
    assert not editor.locked
    assert not editor.document().isRedoAvailable()
    assert not editor.document().isUndoAvailable()
    assert new_text(editor) == ""
    assert stream.text() == ""


def test_the_writer_cannot_interfere(editor: Editor, stream: StreamingEdit, qtbot: QtBot) -> None:
    """Keys and undo between two chunks change nothing."""
    stream.start()
    stream.append(" one")
    qtbot.keyClicks(editor, "zzz")
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    editor.undo()
    stream.append(" two")
    stream.finish()
    assert editor.text() == START + " one two"


def test_it_goes_on_behind_a_selection(editor: Editor, stream: StreamingEdit) -> None:
    """What is selected stays; the text comes after it, in the middle of the page if need be."""
    editor.select_span(Span(0, 4))
    stream.start()
    stream.append(", just once,")
    stream.finish()
    assert editor.text() == "Once, just once," + START[4:]
    assert editor.caret() == len("Once, just once,")
    editor.undo()
    assert editor.text() == START


def test_a_selection_made_while_it_streams_is_kept(editor: Editor, stream: StreamingEdit) -> None:
    """Who reads and selects further up is left alone by the next chunk."""
    stream.start()
    stream.append(" one")
    editor.select_span(Span(0, 4))
    stream.append(" two")
    stream.finish()
    assert editor.selected_text() == "Once"
    assert editor.text() == START + " one two"


def test_another_version_takes_its_place(
    editor: Editor, stream: StreamingEdit, qtbot: QtBot
) -> None:
    """Versions change places as often as one likes; one undo leads to before the first."""
    stream.start()
    stream.append(" first 😀")
    stream.finish()
    for version in (" second, longer", " 第三", " first 😀"):
        assert stream.replace_last(version)
        assert editor.text() == START + version
        assert editor.caret() == len(editor.text())
        assert new_text(editor) == version
    assert stream.replace_last(" last")
    qtbot.keyClicks(editor, ".")
    editor.undo()
    assert editor.text() == START + " last"
    editor.undo()
    assert editor.text() == START
    editor.redo()
    assert editor.text() == START + " last"


def test_a_version_that_was_edited_is_not_replaced(
    editor: Editor, stream: StreamingEdit, qtbot: QtBot
) -> None:
    """The writer's own words are never swapped away."""
    stream.start()
    stream.append(" first")
    stream.finish()
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    assert not stream.replace_last(" second")
    assert editor.text() == START + " firs"
    editor.undo()
    editor.undo()
    assert not stream.replace_last(" second")
    assert editor.text() == START


def test_a_version_is_replaced_after_edits_elsewhere(
    editor: Editor, stream: StreamingEdit, qtbot: QtBot
) -> None:
    """Where the text still stands, it is a step of its own and the edit stays."""
    stream.start()
    stream.append(" first")
    stream.finish()
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(editor, "Well. ")
    assert stream.replace_last(" second")
    assert editor.text() == "Well. " + START + " second"
    editor.undo()
    assert editor.text() == "Well. " + START + " first"


def test_a_new_text_ends_the_run(editor: Editor, stream: StreamingEdit) -> None:
    """Chunks that come late do not land in another document."""
    stream.start()
    stream.append(" one")
    editor.set_text("Other")
    assert not stream.active
    stream.append(" two")
    stream.finish(" two")
    assert not stream.replace_last(" three")
    assert editor.text() == "Other"
    assert not editor.document().isUndoAvailable()


def test_the_view_follows_only_who_looks(editor: Editor, stream: StreamingEdit) -> None:
    """Text growing out of view is scrolled to; who has scrolled up is not pulled back."""
    bar = editor.verticalScrollBar()
    stream.start()
    for _ in range(30):
        stream.append("\na line of new text")
    QApplication.processEvents()
    bottom = editor.cursorRect().bottom()
    assert bar.value() > 0
    assert bottom <= editor.viewport().height()
    bar.setValue(0)
    for _ in range(30):
        stream.append("\nmore that nobody looks at")
    assert bar.value() == 0
    stream.finish()
    assert bar.value() == 0


def test_line_breaks_are_the_documents(editor: Editor, stream: StreamingEdit) -> None:
    """A chunk with Windows line ends is taken as text with plain ones."""
    stream.start()
    stream.append("\r\nnext")
    stream.finish("\r\nnext line")
    assert editor.text() == START + "\nnext line"
    assert stream.replace_last("\r\nother")
    assert editor.text() == START + "\nother"
