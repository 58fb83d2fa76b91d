"""Grey text at the caret: part of the layout, not of the document, gone before it is in the way.

With real events; what is drawn is read back from the layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QInputMethodEvent,
    QMouseEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QApplication

from assistant.config.settings import EditorSettings
from assistant.core.tasks import Span
from assistant.ui import theme
from assistant.ui.editor import Editor
from assistant.ui.ghost_text import GhostText
from assistant.ui.page_marks import mark
from assistant.ui.streaming_edit import StreamingEdit
from assistant.ui.word_count import WordCount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

START = "😀 Once upon a time"
GHOST = " there was a 灯塔 😀 by the sea"


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(900, 500)
    editor.show()
    editor.setFocus()
    editor.set_text(START)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QApplication.processEvents()
    return editor


@pytest.fixture
def ghost(editor: Editor) -> GhostText:
    return GhostText(editor)


@pytest.fixture
def dress(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Return what dresses the application, and leave it as the other tests found it."""
    font, palette = qapp.font(), qapp.palette()
    yield lambda name: theme.apply(qapp, name)
    theme.apply(qapp, "light")
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet("")
    qapp.setPalette(palette)
    qapp.setFont(font)


def place_caret(editor: Editor, code_point: int) -> None:
    editor.select_span(Span(code_point, code_point))


def shown(editor: Editor) -> str:
    """Return what all paragraphs show that is not text."""
    found = []
    block = editor.document().firstBlock()
    while block.isValid():
        found.append(block.layout().preeditAreaText())
        block = block.next()
    return "".join(found)


def looks(editor: Editor) -> list[tuple[str, str]]:
    """Return how the caret's line is drawn: pieces of text, and what is special about each."""
    layout = editor.textCursor().block().layout()
    position, text = layout.preeditAreaPosition(), layout.preeditAreaText()
    units = editor.textCursor().block().text().encode("utf-16-le")
    whole = units[: 2 * position] + text.encode("utf-16-le") + units[2 * position :]
    if not text:
        whole = units
    found = []
    for one in layout.formats():
        piece = whole[2 * one.start : 2 * (one.start + one.length)].decode("utf-16-le")
        look = QTextCharFormat(one.format)
        if look.underlineStyle() == QTextCharFormat.UnderlineStyle.WaveUnderline:
            found.append((piece, "wrong"))
        elif look.fontWeight() > 500:
            found.append((piece, "bold"))
        elif look.foreground().color() == QColor(theme.current().muted):
            found.append((piece, "grey"))
    return found


def click(editor: Editor, point: QPoint, *kinds: QEvent.Type) -> None:
    """Send the left mouse button's events at `point` of the viewport."""
    for kind in kinds:
        event = QMouseEvent(
            kind,
            QPointF(point),
            QPointF(editor.viewport().mapToGlobal(point)),
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(editor.viewport(), event)


def test_the_document_never_knows(editor: Editor, ghost: GhostText, qtbot: QtBot) -> None:
    """Text, undo, selection, `modified`, `edited` and the word count are as without it."""
    heard: list[str] = []
    editor.edited.connect(lambda: heard.append("edited"))
    editor.document().modificationChanged.connect(lambda _: heard.append("modified"))
    editor.selectionChanged.connect(lambda: heard.append("selection"))
    count = WordCount(editor)
    with qtbot.waitSignal(count.counted) as before:
        pass
    edits = editor.edits
    ghost.show(GHOST)
    assert shown(editor) == GHOST
    ghost.show(" something else")
    with qtbot.waitSignal(count.counted) as during:
        count._on_pause()
    assert during.args == before.args
    assert editor.text() == START
    assert editor.edits == edits
    ghost.clear()
    assert shown(editor) == ""
    assert heard == []
    assert not editor.document().isModified()
    assert not editor.document().isUndoAvailable()
    assert editor.textCursor().position() == len(START) + 1


def test_it_wraps_and_pushes_down_what_follows(editor: Editor, ghost: GhostText) -> None:
    """A long one takes lines; a break in it is a line; the next paragraph stands further down."""
    editor.set_text(START + "\nThe second paragraph")
    place_caret(editor, len(START))
    first = editor.document().firstBlock()
    second = len(START) + 2

    def top() -> int:
        return editor.cursorRect(editor.cursor_over(second, second)).top()

    was = top()
    ghost.show(" and so it went on and on" * 8)
    assert first.layout().lineCount() >= 3
    assert top() > was
    ghost.show(" one\ntwo")
    assert first.layout().lineCount() == 2
    ghost.clear()
    assert top() == was


@pytest.mark.parametrize("text", [START, "שלום עולם", "从前有一座灯塔"])
def test_the_caret_stays_before_it(editor: Editor, ghost: GhostText, text: str) -> None:
    """In every script."""
    editor.set_text(text)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    place = editor.cursorRect()
    ghost.show(" ועוד" if "ש" in text else " and more")
    assert editor.cursorRect() == place


def test_it_is_grey_amid_the_text(
    editor: Editor, ghost: GhostText, dress: Callable[[str], None]
) -> None:
    """In the colour of the theme, which it follows."""
    place_caret(editor, 6)
    ghost.show(GHOST)
    for name in ("light", "dark"):
        dress(name)
        assert looks(editor) == [(GHOST, "grey")]
    assert theme.LIGHT.muted != theme.DARK.muted


def test_markdown_keeps_its_look_around_it(
    editor: Editor, ghost: GhostText, dress: Callable[[str], None]
) -> None:
    """Ranges behind it move along and return; a theme that changes meanwhile upsets nothing."""
    editor.set_markdown(True)
    editor.set_text("a **b** word and **strong 😀 words** here")
    place_caret(editor, 12)
    before = looks(editor)
    assert ("strong 😀 words", "bold") in before
    ghost.show(GHOST)
    assert [one for one in looks(editor) if one != (GHOST, "grey")] == before
    dress("dark")
    assert (GHOST, "grey") in looks(editor)
    assert ("strong 😀 words", "bold") in looks(editor)
    dress("light")
    ghost.clear()
    assert looks(editor) == before


def test_it_stands_in_bold_where_the_text_would(editor: Editor, ghost: GhostText) -> None:
    """Inside of emphasis it looks as it will when it is taken."""
    editor.set_markdown(True)
    editor.set_text("very **strong words** here")
    place_caret(editor, 13)
    ghost.show(" and plain")
    assert ("strong and plain words", "bold") in looks(editor)
    ghost.clear()
    assert ("strong words", "bold") in looks(editor)


def test_underlines_stay_with_their_words(editor: Editor, ghost: GhostText) -> None:
    """Those before it, those behind it, which move, and those that come while it is shown."""
    editor.set_text("A wrogn word, a caret and a wrogn word.\nThird wrogn.")
    wave = QTextCharFormat()
    wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    first, second, third = 2, 28, 46
    marks = [mark(editor.cursor_over(at, at + 5), wave) for at in (first, second, third)]
    editor.marks.set_layer("grammar", marks)
    place_caret(editor, 21)

    def drawn_by_qt() -> list[int]:
        return [QTextCursor(one.cursor).selectionStart() for one in editor.extraSelections()]

    ghost.show(GHOST)
    assert drawn_by_qt() == [first, third]
    assert ("wrogn", "wrong") in looks(editor)
    editor.marks.set_layer("grammar", [])
    assert ("wrogn", "wrong") not in looks(editor)
    editor.marks.set_layer("grammar", marks)
    assert ("wrogn", "wrong") in looks(editor)
    ghost.clear()
    assert drawn_by_qt() == [first, second, third]
    assert looks(editor) == []


def test_a_mark_around_the_caret_is_parted(editor: Editor, ghost: GhostText) -> None:
    """What was found goes on behind what is shown."""
    wave = QTextCharFormat()
    wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    editor.marks.set_layer("find", [mark(editor.cursor_over(0, 19), wave)])
    place_caret(editor, 6)
    ghost.show(GHOST)
    assert looks(editor) == [(" upon a time", "wrong"), (GHOST, "grey")]
    assert editor.extraSelections()[0].cursor.selectedText() == "😀 Once"


@pytest.mark.parametrize(
    "key", [Qt.Key.Key_X, Qt.Key.Key_Left, Qt.Key.Key_Backspace, Qt.Key.Key_F5]
)
def test_it_is_gone_before_a_key(
    editor: Editor, ghost: GhostText, qtbot: QtBot, key: Qt.Key
) -> None:
    """Whatever the key does, it does to a page without it; holding Shift or Alt is no key."""
    qtbot.keyPress(editor, Qt.Key.Key_Shift)
    ghost.show(GHOST)
    qtbot.keyPress(editor, Qt.Key.Key_Alt)
    assert ghost.text == GHOST
    qtbot.keyClick(editor, key)
    assert ghost.text == ""
    assert shown(editor) == ""


def test_it_is_gone_before_composing(editor: Editor, ghost: GhostText) -> None:
    """Pinyin takes its place, what is committed is text, and none is shown meanwhile."""
    ghost.show(GHOST)
    QApplication.sendEvent(editor, QInputMethodEvent("deng", []))
    assert shown(editor) == "deng"
    ghost.show(GHOST)
    assert shown(editor) == "deng"
    commit = QInputMethodEvent("", [])
    commit.setCommitString("灯")
    QApplication.sendEvent(editor, commit)
    assert editor.text() == START + "灯"
    ghost.show(GHOST)
    assert shown(editor) == GHOST


def test_an_input_method_that_says_nothing_leaves_it(editor: Editor, ghost: GhostText) -> None:
    """Some send an empty event after each key."""
    ghost.show(GHOST)
    QApplication.sendEvent(editor, QInputMethodEvent("", []))
    assert shown(editor) == GHOST
    assert looks(editor) == [(GHOST, "grey")]


def test_markdown_is_drawn_right_after_composing_an_emoji(editor: Editor) -> None:
    """What an input method shows is counted as Qt counts."""
    editor.set_markdown(True)
    editor.set_text("see **strong** here")
    place_caret(editor, 4)
    QApplication.sendEvent(editor, QInputMethodEvent("😀", []))
    assert ("strong", "bold") in looks(editor)


def test_it_is_gone_when_the_caret_moves_or_the_focus(editor: Editor, ghost: GhostText) -> None:
    """By whichever way, selecting included; another width leaves it."""
    ghost.show(GHOST)
    editor.resize(500, 400)
    QApplication.processEvents()
    assert ghost.text == GHOST
    place_caret(editor, 3)
    assert shown(editor) == ""
    ghost.show(GHOST)
    editor.selectAll()
    assert shown(editor) == ""
    ghost.show(GHOST)
    assert shown(editor) == "", "nothing is shown where something is selected"
    editor.moveCursor(QTextCursor.MoveOperation.End)
    ghost.show(GHOST)
    QApplication.sendEvent(editor, QFocusEvent(QEvent.Type.FocusOut))
    assert shown(editor) == ""


def test_edits_of_others_leave_nothing_behind(editor: Editor, ghost: GhostText) -> None:
    """Not even one that splits or removes its paragraph under it."""
    for change in (
        lambda: editor.replace_span(Span(2, 6), "Never"),
        lambda: editor.replace_span(Span(6, 7), "\n"),
        lambda: editor.replace_span(Span(0, 14), "All anew"),
        lambda: editor.insert_below("another paragraph"),
        lambda: editor.set_text("Other\nfile"),
        lambda: editor.apply_settings(EditorSettings(font_size=20)),
    ):
        editor.set_text("First\n" + START + "\nLast")
        place_caret(editor, 6 + len(START))
        ghost.show(GHOST)
        change()
        editor.textCursor().insertText("x")
        assert ghost.text == ""
        assert shown(editor) == ""


def test_nothing_is_shown_while_something_is_written(editor: Editor, ghost: GhostText) -> None:
    """What streams into the page takes its place."""
    ghost.show(GHOST)
    stream = StreamingEdit(editor)
    stream.start()
    assert shown(editor) == ""
    ghost.show(GHOST)
    assert shown(editor) == ""
    stream.append(" then")
    stream.finish()
    assert editor.text() == START + " then"


def test_a_click_hits_what_it_was_aimed_at(editor: Editor, ghost: GhostText) -> None:
    """Though the words stand elsewhere once the suggestion has gone; a nudge selects nothing."""
    editor.set_text("Once upon a time there was a keeper of lamps")
    place_caret(editor, 4)
    aim = editor.text().index("keeper")
    word = editor.cursorRect(editor.cursor_over(aim, aim)).center()
    ghost.show(", they said,")
    moved = next(
        point
        for x in range(word.x(), 900)
        if editor.position_at(point := QPoint(x, word.y())) == aim + 3
    )
    assert moved.x() > word.x() + 30
    press, move = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove
    click(editor, moved, press)
    click(editor, moved + QPoint(2, 0), move, QEvent.Type.MouseButtonRelease)
    assert ghost.text == ""
    assert editor.caret() == aim + 3
    assert editor.selected_text() == ""
    click(editor, moved, QEvent.Type.MouseButtonDblClick)
    assert editor.selected_text() == "keeper"


def test_a_click_at_it_puts_it_away(editor: Editor, ghost: GhostText) -> None:
    """The caret stays where it is; what lies in view can be asked without a warning."""
    place = editor.cursorRect().center()
    ghost.show(GHOST)
    assert editor.visible_range()[1] == len(START) + 1
    click(editor, place + QPoint(60, 0), QEvent.Type.MouseButtonPress)
    assert ghost.text == ""
    assert editor.caret() == len(START)


def test_a_screen_reader_is_told(
    editor: Editor, ghost: GhostText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads no layout: what is shown is announced."""
    from assistant.ui import ghost_text

    told: list[str] = []

    class Accessible:
        @staticmethod
        def updateAccessibility(event: object) -> None:  # noqa: N802 - Qt's name
            told.append(event.message())

    monkeypatch.setattr(ghost_text, "QAccessible", Accessible)
    ghost.announce()
    ghost.show(GHOST)
    ghost.announce()
    assert told == [GHOST]
