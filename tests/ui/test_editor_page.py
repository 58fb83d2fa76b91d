"""The page: a column in the middle, zoom, Markdown that is only drawn, marks that go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QApplication

from assistant.config.settings import EditorSettings
from assistant.ui import theme
from assistant.ui.editor import Editor
from assistant.ui.page_font import column_width, line_height_percent, page_font
from assistant.ui.page_marks import mark

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(1200, 500)
    editor.show()
    editor.setFocus()
    return editor


def formats(editor: Editor, line: int) -> dict[str, QTextCharFormat]:
    """Return how the pieces of a line are drawn, by their text."""
    block = editor.document().findBlockByNumber(line)
    raw = block.text().encode("utf-16-le")
    return {
        raw[2 * part.start : 2 * (part.start + part.length)].decode("utf-16-le"): QTextCharFormat(
            part.format
        )
        for part in block.layout().formats()
    }


def wheel(editor: Editor, delta: int, modifiers: Qt.KeyboardModifier) -> None:
    middle = QPointF(editor.viewport().rect().center())
    event = QWheelEvent(
        middle,
        editor.viewport().mapToGlobal(middle),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(editor.viewport(), event)


def test_the_column_stays_in_the_middle(editor: Editor) -> None:
    """Its width is that of the settings in any wide window, and the window's in a narrow one."""
    widths = []
    for width in (1200, 900, 1600):
        editor.resize(width, 500)
        left = editor.viewport().x()
        right = width - left - editor.viewport().width()
        assert abs(left - right) <= 1
        widths.append(editor.viewport().width())
    assert len(set(widths)) == 1
    editor.resize(320, 500)
    assert 240 <= editor.viewport().width() <= 320


def test_the_scroll_bar_does_not_move_the_column(editor: Editor) -> None:
    """A text that outgrows the window stays where it is."""
    place = editor.viewport().geometry()
    editor.set_text("line\n" * 200)
    QApplication.processEvents()
    assert editor.verticalScrollBar().isVisible()
    assert editor.viewport().geometry() == place


def test_lines_are_broken_at_the_columns_width(qtbot: QtBot) -> None:
    """Also where the text came before the window was shown, and all of it fits in."""
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(1000, 900)
    editor.set_text("# Title\n\n" + "many words in a row " * 30)
    editor.show()
    QApplication.processEvents()
    for width in (1000, 500, 1400):
        editor.resize(width, 900)
        QApplication.processEvents()
        assert editor.document().textWidth() == editor.viewport().width()


def test_a_wider_line_asked_for_is_given(editor: Editor) -> None:
    """Settings take effect at once, without a step to undo."""
    narrow = editor.viewport().width()
    editor.apply_settings(EditorSettings(line_width=90, font_size=12))
    font = page_font("", 12)
    assert abs(editor.viewport().width() - column_width(font, 90)) < 20
    assert editor.document().defaultFont().pointSizeF() == 12
    editor.apply_settings(EditorSettings(line_width=50))
    assert editor.viewport().width() < narrow
    assert not editor.document().isUndoAvailable()


def test_a_change_of_font_keeps_the_undo_steps(editor: Editor, qtbot: QtBot) -> None:
    """What was typed can be undone after the font has changed."""
    qtbot.keyClicks(editor, "typed")
    editor.apply_settings(EditorSettings(font_family="DejaVu Sans", font_size=20))
    assert editor.document().defaultFont().families()[0] == "DejaVu Sans"
    editor.undo()
    assert editor.text() == ""


def test_lines_of_every_font_are_spaced_for_reading() -> None:
    """The lines stand about 1.6 times the letters' size apart, whatever the font says."""
    for family in ("", "DejaVu Sans", "DejaVu Serif"):
        assert 125 <= line_height_percent(page_font(family, 14)) <= 150


def test_the_font_survives_a_change_of_theme(editor: Editor) -> None:
    """Dressing the application anew leaves the page's own letters."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = editor.document().defaultFont().families()
    try:
        theme.apply(app, "dark")
        QApplication.processEvents()
        assert editor.document().defaultFont().families() == before
    finally:
        theme.apply(app, "light")


def test_zoom_has_steps_bounds_and_a_way_back(editor: Editor, qtbot: QtBot) -> None:
    """Letters and column grow together; the signal says how much."""
    size = editor.document().defaultFont().pointSizeF()
    width = editor.viewport().width()
    with qtbot.waitSignal(editor.zoom_changed) as zoomed:
        editor.zoom_in()
    assert zoomed.args == [110]
    assert editor.document().defaultFont().pointSizeF() == pytest.approx(size * 1.1)
    assert editor.viewport().width() > width
    for _ in range(40):
        editor.zoom_out()
    assert editor.zoom == 50
    for _ in range(40):
        editor.zoom_in()
    assert editor.zoom == 300
    editor.reset_zoom()
    assert editor.document().defaultFont().pointSizeF() == size
    assert not editor.document().isUndoAvailable()


def test_the_wheel_zooms_with_ctrl_and_scrolls_without(editor: Editor) -> None:
    """A touchpad's small turns add up to a step."""
    editor.set_text("line\n" * 200)
    QApplication.processEvents()
    for _ in range(4):
        wheel(editor, 30, Qt.KeyboardModifier.ControlModifier)
    assert editor.zoom == 110
    wheel(editor, -240, Qt.KeyboardModifier.ControlModifier)
    assert editor.zoom == 90
    assert editor.verticalScrollBar().value() == 0
    wheel(editor, -240, Qt.KeyboardModifier.NoModifier)
    assert editor.zoom == 90
    assert editor.verticalScrollBar().value() > 0


def test_a_click_beside_the_column_reaches_its_line(editor: Editor, qtbot: QtBot) -> None:
    """The margins belong to the page: left of a line is its start, right of it its end."""
    editor.set_text("first line\nsecond line")
    QApplication.processEvents()
    block = editor.document().findBlockByNumber(1)
    height = editor.cursorRect(QTextCursor(block)).center().y()
    qtbot.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(20, height))
    assert editor.caret() == len("first line\n")
    qtbot.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(editor.width() - 40, height))
    assert editor.caret() == len("first line\nsecond line")


def test_typing_on_the_last_line_leaves_room_below(editor: Editor, qtbot: QtBot) -> None:
    """The line that is written on does not stick to the window's edge."""
    qtbot.keyClicks(editor, "line\r" * 40)
    room = editor.viewport().height() - editor.cursorRect().bottom()
    assert room >= editor.viewport().height() * 0.1
    assert editor.verticalScrollBar().maximum() > 0


def test_revealing_scrolls_only_where_it_must(editor: Editor) -> None:
    """A place in view leaves the view alone; one out of view comes to the upper middle."""
    editor.set_text("\n".join(f"line {number}" for number in range(300)))
    QApplication.processEvents()
    bar = editor.verticalScrollBar()
    near, far = (QTextCursor(editor.document().findBlockByNumber(n)) for n in (3, 250))
    editor.reveal(near)
    assert bar.value() == 0
    editor.reveal(far)
    assert 0 < editor.cursorRect().top() < editor.viewport().height() * 0.7
    first, last = editor.visible_range()
    assert first < far.position() < last
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    assert bar.value() == 0


def test_markdown_is_drawn_and_not_changed(editor: Editor) -> None:
    """Headings grow, emphasis leans, marks fade; the text stays as it is, and so does undo."""
    text = (
        "# Title 😀 **x**\n"
        "A 😀 *word* and **two** `co*d*e` in snake_case_name, 2 * 3 * 4.\n"
        "> said she\n"
        "- [x] item\n"
        "```\n"
        "*code*\n"
        "```\n"
        "see [the page](http://x.org/a_b_c) ~~gone~~ ***both*** *a **b** c*"
    )
    editor.set_text(text)
    editor.set_markdown(True)
    muted = QColor(theme.current().muted)
    size = editor.document().defaultFont().pointSizeF()
    title = formats(editor, 0)
    assert title["Title 😀 "].fontPointSize() > size * 1.3
    assert title["# "].foreground().color() == muted
    prose = formats(editor, 1)
    assert prose["word"].fontItalic()
    assert prose["two"].fontWeight() == QFont.Weight.Bold
    assert "co*d*e" in prose
    assert not any("snake" in piece or "3" in piece for piece in prose)
    assert formats(editor, 2)["> said she"].foreground().color() == muted
    assert formats(editor, 3)["- [x]"].foreground().color() == muted
    assert "*code*" in formats(editor, 5)
    last = formats(editor, 7)
    assert last["the page"].foreground().color() == QColor(theme.current().accent)
    assert "](http://x.org/a_b_c)" in last
    assert last["gone"].fontStrikeOut()
    assert last["both"].fontItalic()
    assert last["both"].fontWeight() == QFont.Weight.Bold
    assert last["b"].fontItalic()
    assert last["b"].fontWeight() == QFont.Weight.Bold
    code = [editor.is_code(editor.document().findBlockByNumber(n)) for n in range(8)]
    assert code == [False, False, False, False, True, True, True, False]
    assert editor.text() == text
    assert not editor.document().isUndoAvailable()
    assert not editor.document().isModified()
    editor.set_markdown(False)
    assert formats(editor, 0) == {}


def test_an_opened_fence_makes_the_rest_code(editor: Editor, qtbot: QtBot) -> None:
    """Typing a fence redraws the lines below it."""
    editor.set_text("\n*one*\n*two*")
    editor.set_markdown(True)
    assert formats(editor, 2)["two"].fontItalic()
    qtbot.keyClicks(editor, "```")
    assert "*two*" in formats(editor, 2)


def test_marks_of_different_layers_are_shown_together(editor: Editor) -> None:
    """Each layer replaces only its own marks."""
    editor.set_text("one two three")
    look = QTextCharFormat()
    editor.marks.set_layer("grammar", [mark(editor.cursor_over(8, 13), look)])
    editor.marks.set_layer("find", [mark(editor.cursor_over(4, 7), look)])
    editor.mark_new(0, 3)

    def marked() -> list[str]:
        return [each.cursor.selectedText() for each in editor.extraSelections()]

    assert marked() == ["one", "two", "three"]
    editor.marks.set_layer("find", [])
    assert marked() == ["one", "three"]
    editor.marks.set_layer("grammar", [])
    editor.marks.set_layer("grammar", [])
    assert marked() == ["one"]


def test_the_hint_and_the_caret_are_drawn(editor: Editor) -> None:
    """An empty page says what it is for until the first letter; the caret is in the accent."""
    accent = QColor(theme.current().accent)
    empty = editor.viewport().grab().toImage()
    place = editor.caret_bar.rectangle().center().toPoint()
    shade = editor.viewport().grab().toImage().pixelColor(place)
    assert abs(shade.hue() - accent.hue()) < 12
    editor.hint = "Start writing"
    editor.viewport().update()
    assert editor.viewport().grab().toImage() != empty
