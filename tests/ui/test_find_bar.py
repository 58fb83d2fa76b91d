"""Finding and replacing: as one types, round the ends, in any script, undone in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from assistant.core.tasks import Span
from assistant.ui.editor import Editor
from assistant.ui.find_bar import FindBar
from assistant.ui.text_search import Query, find_all, replacements

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

TEXT = "The cat sat. 😀 A Cat\u00a0ran.\n第二行有猫cat。\nConcatenate the cat"


class Desk(QWidget):
    """An editor with its bar, and what a person sees and does there."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        self._qtbot = qtbot
        self.editor = Editor()
        self.bar = FindBar(self.editor)
        layout = QVBoxLayout(self)
        layout.addWidget(self.editor)
        layout.addWidget(self.bar)
        self.field, self.new = self.bar.findChildren(QLineEdit)[:2]

    def type(self, text: str) -> None:
        self.field.clear()
        if text.isascii():
            self._qtbot.keyClicks(self.field, text)
            return
        composed = QInputMethodEvent()
        composed.setCommitString(text)
        QApplication.sendEvent(self.field, composed)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        self._qtbot.keyClick(self.field, key, modifier or Qt.KeyboardModifier.NoModifier)

    def click(self, name: str) -> None:
        for button in self.bar.findChildren(QAbstractButton):
            title = (button.accessibleName() or button.text()).replace("&", "")
            if title == name or (title.startswith(name) and "(" in title):
                assert button.isEnabled(), name
                self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
                return
        pytest.fail(f"no button {name}")

    def count(self) -> str:
        return next(
            label.text()
            for label in self.bar.findChildren(QLabel)
            if label.property("look") == "muted"
        )

    def problem(self) -> str:
        return next(
            label.text() if label.isVisible() else ""
            for label in self.bar.findChildren(QLabel)
            if label.property("look") == "error"
        )

    def marked(self) -> list[str]:
        return [each.cursor.selectedText() for each in self.editor.extraSelections()]


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    desk = Desk(qtbot)
    qtbot.addWidget(desk)
    desk.resize(900, 600)
    desk.show()
    qtbot.waitExposed(desk)
    desk.activateWindow()
    desk.editor.set_text(TEXT)
    desk.editor.setFocus()
    return desk


def test_it_finds_while_one_types(desk: Desk) -> None:
    """Each letter narrows the search from where the caret was; all matches are marked."""
    desk.editor.select_span(Span(5, 5))
    desk.bar.open_find()
    assert desk.field.hasFocus()
    desk.type("c")
    assert desk.editor.selection_span() == Span(17, 18)
    desk.type("cat")
    assert desk.editor.selected_text() == "Cat"
    assert desk.count() == "2 of 5"
    assert desk.marked() == ["cat", "Cat", "cat", "cat", "cat"]
    desk.type("cats")
    assert desk.count() == "Not found"
    assert desk.marked() == []
    assert desk.editor.selection_span() is None


def test_enter_goes_round_both_ends(desk: Desk) -> None:
    """Enter and F3 go on, with Shift back; behind the last comes the first."""
    desk.bar.open_find()
    desk.type("cat")
    places = [desk.count()]
    for _ in range(5):
        desk.press(Qt.Key.Key_Return)
        places.append(desk.count())
    assert places == ["1 of 5", "2 of 5", "3 of 5", "4 of 5", "5 of 5", "1 of 5"]
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert desk.count() == "5 of 5"
    desk.press(Qt.Key.Key_F3)
    assert desk.count() == "1 of 5"
    desk.press(Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert desk.count() == "5 of 5"
    desk.click("Next match")
    assert desk.count() == "1 of 5"


def test_options_narrow_the_search(desk: Desk) -> None:
    """Capitals and whole words count when they are asked to."""
    desk.bar.open_find()
    desk.type("cat")
    desk.click("Match capital and small letters")
    assert desk.count() == "1 of 4"
    desk.click("Whole words only")
    assert desk.marked() == ["cat", "cat"]
    desk.click("Match capital and small letters")
    assert desk.marked() == ["cat", "Cat", "cat"]


def test_a_space_finds_a_no_break_space(desk: Desk) -> None:
    """What the keyboard gives finds what good typesetting has put in its place."""
    desk.bar.open_find()
    desk.type("cat ran")
    assert desk.editor.selected_text() == "Cat\u00a0ran"


@pytest.mark.parametrize("what", ["有猫", "😀", "。"])
def test_any_script_is_found(desk: Desk, what: str) -> None:
    """Chinese and emoji are selected exactly."""
    desk.bar.open_find()
    desk.type(what)
    assert desk.editor.selected_text() == what
    assert desk.count() == "1 of 1"


def test_a_regular_expression_is_used_and_its_faults_are_told(desk: Desk) -> None:
    """Lines begin and end where the writer sees them; a broken expression finds nothing."""
    desk.bar.open_find()
    desk.click("Regular expression")
    desk.type("cat$")
    assert desk.editor.selected_text() == "cat"
    assert desk.count() == "1 of 1"
    desk.type("(c.t")
    assert "expression" in desk.problem()
    assert desk.marked() == []
    desk.type("x*")
    assert desk.problem() == ""
    assert desk.count() == "Not found"


def test_plain_text_is_no_expression(desk: Desk) -> None:
    """A full stop finds full stops."""
    desk.bar.open_find()
    desk.type(".")
    assert desk.count().endswith("of 2")


def test_escape_gives_the_focus_back(desk: Desk, qtbot: QtBot) -> None:
    """The match stays selected and the marks go."""
    desk.bar.open_find()
    desk.type("ran")
    with qtbot.waitSignal(desk.bar.closed):
        desk.press(Qt.Key.Key_Escape)
    assert desk.bar.isHidden()
    assert desk.editor.hasFocus()
    assert desk.editor.selected_text() == "ran"
    assert desk.marked() == []


def test_a_selection_is_what_to_look_for(desk: Desk) -> None:
    """Opening the bar on a word looks for it and stays there."""
    desk.editor.select_span(Span(4, 7))
    desk.bar.open_find()
    assert desk.field.text() == "cat"
    assert desk.count() == "1 of 5"
    assert desk.editor.selection_span() == Span(4, 7)


def test_the_last_search_goes_on_without_the_bar(desk: Desk) -> None:
    """F3 from the menu finds on with the bar closed, and asks where there is nothing to find."""
    desk.bar.find_next()
    assert not desk.bar.isHidden()
    desk.type("cat")
    desk.press(Qt.Key.Key_Escape)
    desk.bar.find_next()
    assert desk.editor.selected_text() == "Cat"
    desk.bar.find_previous()
    assert desk.editor.selection_span() == Span(4, 7)
    assert desk.marked() == []


def test_replacing_goes_from_match_to_match(desk: Desk, qtbot: QtBot) -> None:
    """Enter in the second field replaces what is selected and shows the next."""
    desk.bar.open_replace()
    desk.type("cat")
    desk.new.setFocus()
    qtbot.keyClicks(desk.new, "dog")
    qtbot.keyClick(desk.new, Qt.Key.Key_Return)
    assert desk.editor.text().startswith("The dog sat. 😀 A Cat")
    assert desk.editor.selected_text() == "Cat"
    desk.click("Replace")
    assert "A dog\u00a0ran" in desk.editor.text()
    assert desk.count() == "1 of 3"
    desk.editor.undo()
    assert "A Cat\u00a0ran" in desk.editor.text()


def test_replacing_all_is_one_step(desk: Desk, qtbot: QtBot) -> None:
    """The count is told; one undo brings all of them back, one redo takes them again."""
    desk.bar.open_replace()
    desk.type("cat")
    desk.new.setText("小猫😀")
    desk.click("Replace all")
    changed = TEXT.replace("cat", "小猫😀").replace("Cat", "小猫😀")
    assert desk.editor.text() == changed
    assert desk.count() == "5 replaced"
    desk.editor.undo()
    assert desk.editor.text() == TEXT
    desk.editor.redo()
    assert desk.editor.text() == changed


def test_a_replacement_may_contain_what_is_looked_for(desk: Desk) -> None:
    """Replacing does not go on for ever in its own words."""
    desk.bar.open_replace()
    desk.type("cat")
    desk.new.setText("cat cat")
    desk.click("Replace all")
    assert desk.editor.text().lower().count("cat") == 10


def test_groups_stand_in_replacements(desk: Desk) -> None:
    """Both ways of writing a group work, and so does a line break."""
    desk.bar.open_replace()
    desk.click("Regular expression")
    desk.type(r"(\w+) (sat)\.")
    desk.new.setText(r"$2: \1\n")
    desk.click("Replace all")
    assert desk.editor.text().startswith("The sat: cat\n 😀")


def test_a_locked_page_is_not_replaced_in(desk: Desk) -> None:
    """While text is being written the buttons are off and nothing changes."""
    desk.bar.open_replace()
    desk.type("cat")
    desk.editor.set_locked(True)
    assert not any(
        button.isEnabled()
        for button in desk.bar.findChildren(QAbstractButton)
        if button.text().replace("&", "") in ("Replace", "Replace all") and button.text()
    )
    assert desk.bar.finder.replace_all("dog") == 0
    desk.bar.finder.replace("dog")
    assert desk.editor.text() == TEXT


def test_matches_follow_the_text(desk: Desk, qtbot: QtBot) -> None:
    """What is typed while the bar is open is found too."""
    desk.bar.open_find()
    desk.type("cat")
    desk.editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(desk.editor, " and a cat")
    qtbot.waitUntil(lambda: desk.count() == "6 matches")
    desk.press(Qt.Key.Key_Return)
    assert desk.count() == "1 of 6"


def test_only_matches_in_view_are_marked(desk: Desk) -> None:
    """A long text with a match on each line is not drawn over as a whole; scrolling goes on."""
    desk.editor.set_text("\n".join(f"cat {number}" for number in range(3000)))
    desk.bar.open_find()
    desk.type("cat")
    assert desk.count() == "1 of 3000"
    assert 5 < len(desk.marked()) < 100
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert desk.count() == "3000 of 3000"
    places = [each.cursor.position() for each in desk.editor.extraSelections()]
    assert max(places) > len(desk.editor.text()) - 20


def test_expressions_work_in_utf16() -> None:
    """Positions behind an emoji are Qt's."""
    text = "😀 ab 😀 AB"
    pattern = Query("(a)b", regular=True).pattern()
    assert find_all(text, pattern) == [(3, 5), (9, 11)]
    assert replacements(text, pattern, r"[\1|$0|\\|$$|\t|$7]") == [
        (3, 5, "[a|ab|\\|$|\t|]"),
        (9, 11, "[A|AB|\\|$|\t|]"),
    ]


def test_straight_quotes_find_curly_ones() -> None:
    """It's found in it’s, and a curly one only finds itself."""
    assert len(find_all("it's it’s", Query("it's").pattern())) == 2
    assert len(find_all("it's it’s", Query("it’s").pattern())) == 1
