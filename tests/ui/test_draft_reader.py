"""The draft's own words as a real page changes: whatever is done, they are those of its text."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from assistant.config.settings import SuggestionSettings
from assistant.core.tasks import Replacement, Span
from assistant.text.draft_words import DraftCounter
from assistant.ui.draft_reader import DraftReader
from assistant.ui.editor import Editor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

STORY = "Margaret came home.\n\nNobody but Margaret knew Ysolde’s name.\n😀 Ysolde slept."
_WRITTEN = ("Ida ", "\n", "a\n\nb", " ", "x", "Ysolde’s ", "字\n")
_Key = Qt.Key


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(700, 500)
    editor.show()
    editor.setFocus()
    return editor


@pytest.fixture
def reader(editor: Editor) -> Iterator[DraftReader]:
    reader = DraftReader(editor)
    reader.apply_settings(SuggestionSettings())
    yield reader
    reader.shutdown()


def settle(qtbot: QtBot, reader: DraftReader) -> None:
    """Wait until everything is counted, and see that it is what the text has."""
    qtbot.waitUntil(lambda: not reader._counting and not reader._changes, timeout=20_000)
    expected = DraftCounter(reader._editor.text()).snapshot()
    assert reader.words().counts == expected.counts
    assert reader._paragraphs == reader._editor.text().split("\n")


def completed(reader: DraftReader, before: str) -> str:
    found = reader.words().complete_word(before)
    return found[0] if found else ""


def test_a_name_that_was_typed_is_known(editor: Editor, reader: DraftReader, qtbot: QtBot) -> None:
    """Without a model, and no longer once it is taken out."""
    qtbot.keyClicks(editor, "Ysolde and Ysolde ")
    settle(qtbot, reader)
    assert completed(reader, "There was Yso") == "lde"
    editor.selectAll()
    qtbot.keyClick(editor, _Key.Key_Delete)
    settle(qtbot, reader)
    assert completed(reader, "There was Yso") == ""
    editor.undo()
    settle(qtbot, reader)
    assert completed(reader, "There was Yso") == "lde"
    editor.redo()
    settle(qtbot, reader)
    assert not reader.words().counts


def test_another_text_brings_its_own_words(
    editor: Editor, reader: DraftReader, qtbot: QtBot
) -> None:
    """Those of the former are forgotten at once."""
    qtbot.keyClicks(editor, "Ottokar and Ottokar")
    settle(qtbot, reader)
    editor.set_text(STORY)
    assert completed(reader, "Then Otto") == ""
    settle(qtbot, reader)
    assert completed(reader, "Then Marg") == "aret"
    assert completed(reader, "Then Otto") == ""


def test_every_way_to_change_the_text_is_kept_up_with(
    editor: Editor, reader: DraftReader, qtbot: QtBot
) -> None:
    """Lines that are parted and joined, passages replaced, pasted, composed, written by a job."""
    editor.set_text(STORY)
    editor.select_span(Span(8, 8))
    qtbot.keyClick(editor, _Key.Key_Return)
    settle(qtbot, reader)
    qtbot.keyClick(editor, _Key.Key_Backspace)
    settle(qtbot, reader)
    editor.apply_replacements((Replacement(Span(0, 8), "Ann"), Replacement(Span(21, 27), "Ida\nB")))
    settle(qtbot, reader)
    editor.insert_below("A new paragraph.\nAnd one more.")
    settle(qtbot, reader)
    QApplication.clipboard().setText("one\ntwo\nthree")
    editor.select_span(Span(2, 30))
    editor.paste()
    settle(qtbot, reader)
    event = QInputMethodEvent("han", [])
    QApplication.sendEvent(editor, event)
    settle(qtbot, reader)
    event = QInputMethodEvent()
    event.setCommitString("汉字")
    QApplication.sendEvent(editor, event)
    settle(qtbot, reader)
    while editor.document().isUndoAvailable():
        editor.undo()
    settle(qtbot, reader)
    assert editor.text() == STORY


def test_random_edits_leave_the_words_of_the_text(
    editor: Editor, reader: DraftReader, qtbot: QtBot
) -> None:
    """However they touch, and while others are still being counted."""
    chance = random.Random(6)
    editor.set_text(STORY)
    for step in range(300):
        length = editor.document().characterCount() - 1
        at = sorted((chance.randrange(length + 1), chance.randrange(length + 1)))
        cursor = editor.cursor_over(at[0], min(at[1], at[0] + 40))
        kind = chance.random()
        if kind < 0.6:
            cursor.insertText(chance.choice(_WRITTEN))
        elif kind < 0.8:
            cursor.removeSelectedText()
        elif kind < 0.9:
            editor.undo()
        elif kind < 0.97:
            editor.redo()
        else:
            editor.moveCursor(QTextCursor.MoveOperation.End)
            qtbot.keyClick(editor, _Key.Key_Return)
        if step % 30 == 0:
            settle(qtbot, reader)
        QApplication.processEvents()
    settle(qtbot, reader)


def test_only_what_has_changed_crosses_over(
    editor: Editor, reader: DraftReader, qtbot: QtBot
) -> None:
    """A word in a text of 50,000 costs its paragraph, once, however many letters it has."""
    editor.set_text("\n".join([STORY.replace("\n", " ")] * 5000))
    settle(qtbot, reader)
    sent: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    reader._replaced.connect(lambda _number, gone, come: sent.append((gone, come)))
    former = editor.text().split("\n")[0]
    editor.select_span(Span(0, 0))
    qtbot.keyClicks(editor, "Igraine ")
    settle(qtbot, reader)
    assert all(len(gone) == len(come) == 1 for gone, come in sent)
    assert (sent[0][0], sent[-1][1]) == ((former,), ("Igraine " + former,))
    qtbot.keyClicks(editor, "Igraine ")
    settle(qtbot, reader)
    assert completed(reader, "Here is Igr") == "aine"


def test_what_was_wanted_of_a_text_ends_with_it(
    editor: Editor, reader: DraftReader, qtbot: QtBot
) -> None:
    """A long text that is left before it is counted does not come back."""
    editor.set_text("\n".join([STORY] * 3000))
    editor.set_text("Only Ida.")
    settle(qtbot, reader)
    assert completed(reader, "Then Marg") == ""


def test_it_can_be_switched_off_and_on(editor: Editor, reader: DraftReader, qtbot: QtBot) -> None:
    """Without the wish for own words there are none, and nothing is counted."""
    editor.set_text(STORY)
    settle(qtbot, reader)
    with qtbot.waitSignal(reader.changed):
        reader.apply_settings(SuggestionSettings(own_words=False))
    assert not reader.words().counts
    with qtbot.assertNotEmitted(reader.changed):
        qtbot.keyClicks(editor, "Ida ")
        editor.set_text(STORY)
    assert not reader._paragraphs
    reader.apply_settings(SuggestionSettings())
    settle(qtbot, reader)
    assert completed(reader, "Then Marg") == "aret"


def test_it_ends_in_the_middle_of_a_text(editor: Editor, reader: DraftReader) -> None:
    """Nothing is left running, and what is done to the page later is of no consequence."""
    editor.set_text("\n".join([STORY] * 3000))
    thread = reader._thread
    assert thread is not None
    assert thread.isRunning()
    reader.shutdown()
    assert thread.isFinished()
    editor.set_text(STORY)
    reader.shutdown()
