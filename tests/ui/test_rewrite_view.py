"""The difference to choose from, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from assistant.core.tasks import Replacement, Span
from assistant.ui import theme
from assistant.ui.rewrite_view import RewriteView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

BEFORE = "He go too school. 😀 She very like the the book.\n\nThe end"


def change(old: str, new: str, reason: str = "", nth: int = 0) -> Replacement:
    """Replace the `nth` occurrence of `old` in BEFORE."""
    at = -1
    for _ in range(nth + 1):
        at = BEFORE.index(old, at + 1)
    return Replacement(Span(at, at + len(old)), new, reason)


CHANGES = (
    change("go", "goes", "The verb follows “he”."),
    change("too", "to"),
    change("very like", "likes", "Not a verb’s word."),
    change("the ", "", nth=1),
    Replacement(Span(len(BEFORE), len(BEFORE)), "."),
)
AFTER = "He goes to school. 😀 She likes the book.\n\nThe end."


Show = Callable[[RewriteView], RewriteView]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Show a view below a button and give it the focus."""
    windows = []

    def show(view: RewriteView) -> RewriteView:
        window = QWidget()
        windows.append(window)
        layout = QVBoxLayout(window)
        layout.addWidget(QPushButton("before"))
        layout.addWidget(view)
        window.resize(420, 560)
        window.show()
        window.activateWindow()
        view.setFocus()
        qtbot.waitUntil(view._page.hasFocus)
        return view

    yield show
    for window in windows:
        window.close()


@pytest.fixture
def view(show: Show) -> RewriteView:
    """A shown view of all the changes."""
    return show(RewriteView(BEFORE, CHANGES))


def text_of(view: RewriteView) -> str:
    """Return what stands on the page."""
    return view._page.toPlainText()


def centre(view: RewriteView, index: int) -> QPoint:
    """Return a point on the piece `index`."""
    return view._page._rectangles(index)[0].center().toPoint()


def click(qtbot: QtBot, view: RewriteView, index: int) -> None:
    """Click the piece `index`."""
    qtbot.mouseClick(view._page.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, index))


def test_everything_is_taken_at_first(view: RewriteView) -> None:
    """The view shows old and new together and proposes all of it."""
    assert view.result() == AFTER
    assert view.taken() == CHANGES
    assert text_of(view) == (
        "He gogoes tooto school. 😀 She very likelikes the the book.\n\nThe end."
    )


def test_clicking_a_piece_leaves_it_and_clicking_again_takes_it(
    qtbot: QtBot, view: RewriteView
) -> None:
    """A click switches one piece, and the others stay where they are."""
    click(qtbot, view, 1)
    assert view.result() == AFTER.replace("goes to", "goes too")
    assert "gogoes too school" in text_of(view)
    click(qtbot, view, 3)
    assert "likes the the book" in view.result()
    click(qtbot, view, 1)
    click(qtbot, view, 3)
    assert view.result() == AFTER


def test_a_change_that_only_adds_can_be_left_and_taken_back(
    qtbot: QtBot, view: RewriteView
) -> None:
    """A left addition keeps a mark to click on, which is not part of the text."""
    click(qtbot, view, 4)
    assert view.result().endswith("The end")
    assert "‸" in text_of(view)
    click(qtbot, view, 4)
    assert view.result() == AFTER


def test_clicking_beside_the_pieces_changes_nothing(qtbot: QtBot, view: RewriteView) -> None:
    """Unchanged words and the empty part of the page are no buttons."""
    page = view._page.viewport()
    qtbot.mouseClick(page, Qt.MouseButton.LeftButton, pos=QPoint(20, page.height() - 10))
    qtbot.mouseClick(page, Qt.MouseButton.RightButton, pos=centre(view, 0))
    assert view.result() == AFTER


def test_tab_goes_through_the_pieces_and_then_on(qtbot: QtBot, view: RewriteView) -> None:
    """Tab and Shift+Tab visit every piece once and let go of the page at its ends."""
    page = view._page
    visited = [page.current]
    for _ in range(4):
        qtbot.keyClick(page, Qt.Key.Key_Tab)
        visited.append(page.current)
    assert visited == [0, 1, 2, 3, 4]
    assert page.hasFocus()
    qtbot.keyClick(page, Qt.Key.Key_Tab)
    assert not page.hasFocus()
    qtbot.keyClick(view.window().focusWidget(), Qt.Key.Key_Backtab)
    assert page.hasFocus()
    assert page.current == 4


def test_arrows_move_and_space_or_enter_switches(qtbot: QtBot, view: RewriteView) -> None:
    """Everything can be chosen without a mouse."""
    page = view._page
    qtbot.keyClick(page, Qt.Key.Key_Right)
    qtbot.keyClick(page, Qt.Key.Key_Space)
    qtbot.keyClick(page, Qt.Key.Key_Down)
    qtbot.keyClick(page, Qt.Key.Key_Return)
    assert view.taken() == (CHANGES[0], CHANGES[3], CHANGES[4])
    qtbot.keyClick(page, Qt.Key.Key_Left)
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert view.taken() == (CHANGES[0], CHANGES[1], CHANGES[3], CHANGES[4])
    qtbot.keyClick(page, Qt.Key.Key_End)
    assert page.current == 4
    qtbot.keyClick(page, Qt.Key.Key_Right)
    assert page.current == 4
    qtbot.keyClick(page, Qt.Key.Key_Home)
    qtbot.keyClick(page, Qt.Key.Key_Up)
    assert page.current == 0


def test_the_reason_of_the_current_piece_is_shown(qtbot: QtBot, view: RewriteView) -> None:
    """What changes, why, and which of how many."""
    assert view._what.text() == "“go” → “goes”"
    assert view._reason.text() == "The verb follows “he”."
    assert view._place.text() == "1 of 5"
    qtbot.mouseClick(view._next, Qt.MouseButton.LeftButton)
    assert view._reason.isHidden()
    for _ in range(2):
        qtbot.mouseClick(view._next, Qt.MouseButton.LeftButton)
    assert view._what.text() == "Leave out “the ”"
    qtbot.mouseClick(view._next, Qt.MouseButton.LeftButton)
    assert view._what.text() == "Add “.”"
    assert not view._next.isEnabled()
    qtbot.mouseClick(view._previous, Qt.MouseButton.LeftButton)
    assert view._place.text() == "4 of 5"
    assert "Leave out" in view._page.accessibleDescription()


def test_the_box_and_the_page_say_the_same(qtbot: QtBot, view: RewriteView) -> None:
    """The check box switches the current piece, and shows what the page switched."""
    qtbot.mouseClick(view._keep, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert view.taken() == CHANGES[1:]
    qtbot.keyClick(view._page, Qt.Key.Key_Space)
    assert view._keep.isChecked()


def test_none_all_and_making_the_changes(qtbot: QtBot, view: RewriteView) -> None:
    """Only what is taken is handed over; with nothing taken there is nothing to make."""
    qtbot.mouseClick(view._none, Qt.MouseButton.LeftButton)
    assert view.result() == BEFORE
    assert not view._apply.isEnabled()
    click(qtbot, view, 1)
    assert view._apply.text() == "Make 1 &change"
    with qtbot.waitSignal(view.accepted) as accepted:
        qtbot.mouseClick(view._apply, Qt.MouseButton.LeftButton)
    assert accepted.args == [BEFORE.replace("too", "to"), (CHANGES[1],)]
    qtbot.mouseClick(view._all, Qt.MouseButton.LeftButton)
    assert view.result() == AFTER
    with qtbot.waitSignal(view.dismissed):
        qtbot.mouseClick(view._dismiss, Qt.MouseButton.LeftButton)


def test_old_and_new_differ_in_more_than_colour(view: RewriteView) -> None:
    """Struck through, underlined, dotted: one can tell without seeing colours."""

    def format_at(position: int) -> QTextCharFormat:
        cursor = QTextCursor(view._page.document())
        cursor.setPosition(position + 1)
        return cursor.charFormat()

    assert format_at(3).fontStrikeOut()
    assert format_at(5).fontUnderline()
    assert not format_at(0).fontStrikeOut()
    view._page.set_taken(0, taken=False)
    assert format_at(3).underlineStyle() == QTextCharFormat.UnderlineStyle.DotLine
    assert not format_at(3).fontStrikeOut()


def test_line_breaks_that_change_are_shown(qtbot: QtBot) -> None:
    """A removed line break stays visible as a mark; a new one breaks the line."""
    at = BEFORE.index("\n\n")
    view = RewriteView(
        BEFORE,
        (Replacement(Span(at, at + 2), " "), Replacement(Span(3, 3), "\n")),
    )
    qtbot.addWidget(view)
    assert view.result() == "He \n" + BEFORE[3:].replace("\n\n", " ")
    assert text_of(view) == "He ¶\n" + BEFORE[3:].replace("\n\n", "¶¶ ")
    view._page.set_all_taken(taken=False)
    assert text_of(view) == f"He \u2009‸\u2009{BEFORE[3:]}"


def test_without_changes_there_is_nothing_to_choose(qtbot: QtBot, show: Show) -> None:
    """A text that is right as it stands is shown as it stands."""
    view = show(RewriteView(BEFORE, ()))
    assert view.result() == BEFORE == text_of(view)
    assert not view._apply.isEnabled()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Home):
        qtbot.keyClick(view._page, key)
    assert view.result() == BEFORE


def test_text_of_the_page_can_be_selected_without_switching(
    qtbot: QtBot, view: RewriteView
) -> None:
    """Dragging over a piece selects, it does not switch."""
    page = view._page.viewport()
    start, end = centre(view, 0), centre(view, 1)
    qtbot.mousePress(page, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(page, end)
    qtbot.mouseRelease(page, Qt.MouseButton.LeftButton, pos=end)
    assert view.result() == AFTER


def test_a_new_theme_recolours_the_page(view: RewriteView, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the page, and what was chosen, survives dusk."""
    view._page.set_taken(1, taken=False)
    monkeypatch.setattr(theme.appearance(), "theme", theme.DARK)
    theme.appearance().changed.emit(theme.DARK)
    cursor = QTextCursor(view._page.document())
    cursor.setPosition(1)
    assert cursor.charFormat().foreground().color().name() == theme.DARK.ink
    assert view.taken() == (CHANGES[0], *CHANGES[2:])
    assert view._page.font().weight() == QFont.Weight.Normal


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_choice_gives_the_text_that_it_says(qtbot: QtBot, data: st.DataObject) -> None:
    """Whatever is switched in whatever order, page and result follow."""
    alphabet = st.sampled_from("ab 😀汉\n")
    before = data.draw(st.text(alphabet, max_size=30))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(before)), max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    changes = tuple(
        Replacement(Span(start, end), data.draw(st.text(alphabet, max_size=4)))
        for start, end in spans
    )
    view = RewriteView(before, changes)
    qtbot.addWidget(view)
    taken = [True] * len(changes)
    for index in (
        data.draw(st.lists(st.sampled_from(range(len(changes))), max_size=6)) if changes else []
    ):
        taken[index] = not taken[index]
        view._page.set_taken(index, taken=taken[index])
    expected, drawn, end = "", "", 0
    for one, takes in zip(changes, taken, strict=True):
        old = before[one.span.start : one.span.end]
        expected += before[end : one.span.start] + (one.text if takes else old)
        drawn += before[end : one.span.start]
        drawn += (
            old.replace("\n", "¶") + one.text.replace("\n", "¶\n")
            if takes
            else old or "\u2009‸\u2009"
        )
        end = one.span.end
    assert view.result() == expected + before[end:]
    assert text_of(view) == drawn + before[end:]
