"""The token view as a writer meets it: real pointer and keys over what a model has written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QListWidget, QVBoxLayout, QWidget

from assistant.config.settings import EditorSettings, GenerationSettings, Settings
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling, TokenOption
from assistant.core.tasks import Span
from assistant.engines.pool import EnginePool
from assistant.ui import theme, token_view
from assistant.ui.continue_flow import ContinueFlow
from assistant.ui.editor import Editor
from assistant.ui.token_texts import band_of, percent, words_of
from assistant.ui.token_view import TokenView
from assistant.ui.version_bar import VersionBar
from assistant.worker.queue import JobQueue
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from assistant.ui.written_tokens import PlacedToken

START = "Once upon a time a girl"
SCRIPT = " named Ines 😀 found three old keys beside the well"
CHINESE = "在河边找到了三把旧钥匙"
_Key = Qt.Key


class Desk:
    """An editor that a scripted model writes in, seen through its tokens."""

    def __init__(self, qtbot: QtBot, model: str, versions: int = 1) -> None:
        self.qtbot = qtbot
        self.model = model
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.editor = Editor()
        self.bar = VersionBar()
        column = QVBoxLayout(self.window)
        column.addWidget(self.editor)
        column.addWidget(self.bar)
        self.window.resize(900, 600)
        self.window.show()
        self.window.activateWindow()
        self.editor.setFocus()
        qtbot.waitUntil(self.editor.hasFocus)
        self.queue = JobQueue(EnginePool)
        self.flow = ContinueFlow(self.editor, self.bar, self.queue, self.choose, self.editor)
        self.flow.apply_settings(Settings(generation=GenerationSettings(versions=versions)))
        self.view = TokenView(self.editor, self.flow, self.editor)
        self.failures: list[str] = []
        self.said: list[str] = []
        self.flow.failed.connect(self.failures.append)
        self.view.said.connect(self.said.append)

    def choose(self) -> tuple[EngineSpec, Sampling]:
        return EngineSpec(self.model, threads=1), Sampling(seed=1)

    @property
    def popup(self) -> QListWidget:
        return self.view._popup._list

    @property
    def tokens(self) -> list[PlacedToken]:
        return self.view._written.all()

    @property
    def pieces(self) -> list[str]:
        """What stands in the page where there are tokens."""
        return [self.at(one.start, one.end) for one in self.tokens]

    def at(self, start: int, end: int) -> str:
        return self.editor.cursor_over(start, end).selectedText().replace("\u2029", "\n")

    def go_on(self, text: str = START) -> None:
        """Write `text` and let the model go on with it."""
        self.editor.set_text(text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.flow.start()
        self.settle()

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.queue.busy, timeout=20_000)

    def token(self, text: str) -> PlacedToken:
        return next(one for one in self.tokens if self.at(one.start, one.end) == text)

    def point_at(self, token: PlacedToken) -> None:
        """Move the pointer there from elsewhere."""
        viewport = self.editor.viewport()
        self.qtbot.mouseMove(viewport, QPoint(1, 1))
        area = list(self.view._areas(token))[-1]
        self.qtbot.mouseMove(viewport, area.center())

    def hover(self, text: str) -> list[str]:
        """Rest on a token; return what is offered."""
        self.point_at(self.token(text))
        self.qtbot.waitUntil(lambda: self.open_for(text))
        return self.offered

    def open_for(self, text: str) -> bool:
        open_token = self.view._open
        shown = self.view._popup.isVisible() and open_token is not None
        return shown and self.at(open_token.start, open_token.end) == text

    @property
    def offered(self) -> list[str]:
        return [self.popup.item(row).text() for row in range(self.popup.count())]

    def row_of(self, text: str) -> QPoint:
        item = self.popup.item(self.offered.index(text))
        return self.popup.visualItemRect(item).center()

    def click(self, text: str) -> None:
        """Click on one that is offered, and wait for what the model makes of it."""
        place = self.row_of(text)
        self.qtbot.mouseClick(self.popup.viewport(), Qt.MouseButton.LeftButton, pos=place)
        self.settle()

    def press(self, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.editor, key, modifiers)

    def coloured(self) -> list[tuple[str, str]]:
        """Return what is coloured, and how."""
        last = self.editor.document().characterCount() - 1
        return [
            (self.at(one.start, one.end), one.look.background().color().name())
            for one in self.editor.marks.within(0, last)
            if one.look.background().color().name() != theme.current().tint
        ]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_view, "REST_MS", 5)
    monkeypatch.setattr(token_view, "LEAVE_MS", 10)


@pytest.fixture
def make_desk(qtbot: QtBot) -> Iterator[Any]:
    desks: list[Desk] = []

    def make(model: str = "scripted", **settings: int) -> Desk:
        desks.append(Desk(qtbot, model, **settings))
        return desks[-1]

    yield make
    for desk in desks:
        assert desk.queue.shutdown()


@pytest.fixture
def desk(tmp_path: Path, make_desk: Any) -> Desk:
    """Return a desk where `SCRIPT` has been written behind `START`."""
    path = tmp_path / "script.txt"
    path.write_text(SCRIPT, encoding="utf-8")
    used: Desk = make_desk(f"scripted:{path}")
    used.go_on()
    assert used.editor.text() == START + SCRIPT
    return used


def test_resting_on_a_token_shows_what_might_have_stood_there(desk: Desk) -> None:
    """The likeliest first with bars and per cent, the one in the text marked; and it goes again."""
    assert "".join(desk.pieces) == SCRIPT
    choice = desk.token(" keys").choice
    offered = desk.hover(" keys")
    assert len(offered) == 10
    assert "keys" in offered
    assert offered[0] in ("keys", "beside")
    row = offered.index("keys")
    assert desk.popup.currentRow() == row
    spoken = desk.popup.item(row).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"keys, {percent(choice.log_probability)}, in the text now"
    assert "keys" in desk.popup.accessibleName()
    assert desk.editor.hasFocus()
    assert desk.coloured() == [(" keys", theme.current().selection)]
    desk.qtbot.mouseMove(desk.editor.viewport(), QPoint(1, 1))
    desk.qtbot.waitUntil(lambda: not desk.view._popup.isVisible())
    assert desk.coloured() == []
    assert desk.editor.text() == START + SCRIPT


def test_a_token_behind_a_wide_character_is_found(desk: Desk) -> None:
    """Qt counts an emoji twice."""
    assert desk.hover(" found")
    assert desk.hover(" 😀")


def test_nothing_is_asked_of_the_writers_own_text(desk: Desk) -> None:
    place = desk.editor.cursorRect(desk.editor.cursor_over(3, 3)).center()
    desk.qtbot.mouseMove(desk.editor.viewport(), place)
    assert desk.view._token_at(place) is None
    assert not desk.view._rest.isActive()
    desk.editor.select_span(Span(3, 3))
    desk.view.open_at_caret()
    assert desk.said
    assert not desk.view._popup.isVisible()


def test_the_pointer_may_go_to_the_popup_and_a_key_closes_it(desk: Desk) -> None:
    desk.hover(" keys")
    desk.qtbot.mouseMove(desk.popup.viewport(), QPoint(5, 5))
    desk.view._popup.entered.emit()
    assert not desk.view._leave.isActive()
    desk.press(_Key.Key_Left)
    assert not desk.view._popup.isVisible()


def test_a_click_goes_on_from_there_in_one_step(desk: Desk) -> None:
    """The text before stays, what was written behind goes; undo brings it back, and its tokens."""
    options = desk.token(" keys").choice.options
    desk.hover(" keys")
    desk.click("beside")
    head = START + " named Ines 😀 found three old"
    changed = desk.editor.text()
    assert changed == f"{head} beside{SCRIPT}"
    assert not desk.view._popup.isVisible()
    assert "".join(desk.pieces) == changed[len(START) :]
    chosen = next(one for one in desk.tokens if one.start == len(head) + 1)
    assert (chosen.choice.text, chosen.choice.options) == (" beside", options)
    assert desk.editor.hasFocus()
    desk.editor.undo()
    assert desk.editor.text() == START + SCRIPT
    assert "".join(desk.pieces) == SCRIPT
    desk.editor.redo()
    assert desk.editor.text() == changed
    assert "".join(desk.pieces) == changed[len(START) :]
    desk.editor.undo()
    desk.editor.undo()
    assert desk.editor.text() == START
    assert desk.tokens == []


def test_what_the_writer_wrote_behind_is_kept(desk: Desk) -> None:
    desk.editor.moveCursor(QTextCursor.MoveOperation.End)
    desk.qtbot.keyClicks(desk.editor, ". Mine.")
    desk.hover(" well")
    desk.click("beside")
    assert desk.editor.text() == f"{START}{SCRIPT[: -len(' well')]} beside{SCRIPT}. Mine."


def test_where_the_text_might_end_it_can_be_ended(desk: Desk) -> None:
    token = desk.token(" keys")
    desk.view._show(token)
    desk.view._popup.chosen.emit(TokenOption("", -1.0))
    assert desk.editor.text() == START + " named Ines 😀 found three old"
    assert not desk.queue.busy
    desk.editor.undo()
    assert desk.editor.text() == START + SCRIPT
    assert "".join(desk.pieces) == SCRIPT


def test_keys_open_choose_and_close_it(desk: Desk) -> None:
    """The arrows go through the choices and to the tokens beside; Esc leaves all as it was."""
    place = desk.token(" old").start
    cursor = desk.editor.textCursor()
    cursor.setPosition(place)
    desk.editor.setTextCursor(cursor)
    desk.view.open_at_caret()
    assert desk.open_for(" old")
    assert desk.view._popup.by_keys
    desk.press(_Key.Key_Right)
    assert desk.open_for(" keys")
    desk.press(_Key.Key_Left)
    desk.press(_Key.Key_Left)
    assert desk.open_for(" three")
    desk.press(_Key.Key_Escape)
    assert not desk.view._popup.isVisible()
    assert desk.editor.hasFocus()
    assert desk.editor.text() == START + SCRIPT
    desk.view.open_at_caret()
    desk.popup.setCurrentRow(0)
    desk.press(_Key.Key_Down)
    chosen = desk.popup.currentItem().text()
    desk.press(_Key.Key_Return)
    desk.settle()
    assert desk.editor.text() == f"{START} named Ines 😀 found {chosen}{SCRIPT}".replace(
        "↵↵", "\n\n"
    )
    assert desk.editor.hasFocus()
    desk.qtbot.keyClicks(desk.editor, "!")
    assert desk.editor.text().endswith("well!")


def test_at_the_end_of_the_text_keys_open_the_last_token(desk: Desk) -> None:
    desk.editor.moveCursor(QTextCursor.MoveOperation.End)
    desk.view.open_at_caret()
    assert desk.open_for(" well")
    desk.editor.setFocus()
    assert not desk.view._popup.isVisible()


def test_an_edit_ends_what_is_known_from_there_on(desk: Desk) -> None:
    """What stands before moves along with the text; undo brings the rest back."""
    desk.editor.select_span(Span(4, 4))
    desk.qtbot.keyClicks(desk.editor, ", long ago,")
    assert "".join(desk.pieces) == SCRIPT
    cursor = desk.editor.textCursor()
    cursor.setPosition(desk.token(" old").start + 2)
    desk.editor.setTextCursor(cursor)
    desk.press(_Key.Key_Backspace)
    assert "".join(desk.pieces) == " named Ines 😀 found three"
    desk.qtbot.keyClicks(desk.editor, "o")
    assert "".join(desk.pieces) == " named Ines 😀 found three"
    while "".join(desk.pieces) != SCRIPT:
        desk.editor.undo()
    assert SCRIPT in desk.editor.text()
    desk.editor.set_text("Another text")
    assert desk.tokens == []


def test_colours_lie_on_what_a_model_wrote_and_on_nothing_else(desk: Desk) -> None:
    """By how likely it was, in the theme's colours; what is typed behind stays plain."""
    assert desk.coloured() == []
    desk.view.apply_settings(EditorSettings(show_probabilities=True))
    coloured = desk.coloured()
    assert coloured
    for token in desk.tokens:
        text = desk.at(token.start, token.end)
        colour = band_of(token.choice.log_probability).colour
        if colour is not None:
            assert any(text in piece and colour.name() == name for piece, name in coloured)
    painted = sum(len(text) for text, _ in coloured)
    desk.editor.moveCursor(QTextCursor.MoveOperation.End)
    desk.qtbot.keyClicks(desk.editor, " and I")
    cursor = desk.editor.textCursor()
    cursor.setPosition(desk.tokens[0].start)
    desk.editor.setTextCursor(cursor)
    desk.qtbot.keyClicks(desk.editor, " too")
    assert sum(len(text) for text, _ in desk.coloured()) == painted
    theme.appearance().changed.emit(theme.current())
    assert sum(len(text) for text, _ in desk.coloured()) == painted
    desk.view.apply_settings(EditorSettings())
    assert desk.coloured() == []


def test_each_version_brings_its_own_tokens(make_desk: Any) -> None:
    desk = make_desk("scripted", versions=2)
    desk.go_on()
    first = "".join(desk.pieces)
    assert desk.editor.text() == START + first
    desk.bar.step_requested.emit(1)
    second = "".join(desk.pieces)
    assert second not in ("", first)
    assert desk.editor.text() == START + second
    desk.bar.step_requested.emit(-1)
    assert "".join(desk.pieces) == first


def test_versions_from_a_choice_all_begin_with_it(make_desk: Any) -> None:
    desk = make_desk("scripted", versions=2)
    desk.go_on()
    token = desk.tokens[2]
    kept = desk.editor.text()[: token.start]
    offered = desk.hover(desk.at(token.start, token.end))
    other = next(text for text in offered if f" {text}" != desk.at(token.start, token.end))
    desk.click(other)
    assert desk.editor.text().startswith(f"{kept} {other} ")
    desk.bar.step_requested.emit(1)
    assert desk.editor.text().startswith(f"{kept} {other} ")
    assert "".join(desk.pieces) == desk.editor.text()[len(START) :]


def test_when_the_model_fails_what_stood_there_is_back(desk: Desk) -> None:
    desk.hover(" keys")
    desk.model = "scripted:/nowhere/at/all.txt"
    desk.click("beside")
    assert desk.failures
    assert desk.editor.text() == START + SCRIPT
    assert "".join(desk.pieces) == SCRIPT
    assert not desk.editor.locked


def test_what_was_written_before_a_stop_has_its_tokens(make_desk: Any) -> None:
    desk = make_desk("scripted:slow")
    desk.editor.set_text(START)
    desk.editor.moveCursor(QTextCursor.MoveOperation.End)
    desk.flow.start()
    desk.qtbot.waitUntil(lambda: len(desk.editor.text()) > len(START) + 10)
    desk.view.open_at_caret()
    assert not desk.view._popup.isVisible()
    desk.queue.cancel_all()
    desk.settle()
    assert "".join(desk.pieces) == desk.editor.text()[len(START) :] != ""


def test_chinese_is_taken_sign_by_sign(tmp_path: Path, make_desk: Any) -> None:
    path = tmp_path / "script.txt"
    path.write_text(CHINESE, encoding="utf-8")
    desk = make_desk(f"scripted:{path}")
    desk.go_on("从前有一个女孩，她")
    assert desk.pieces == list(CHINESE)
    assert len(desk.hover("三")) == 10
    desk.click("钥")
    assert desk.editor.text() == f"从前有一个女孩，她在河边找到了钥{CHINESE}"


def test_a_part_of_a_character_cannot_be_chosen(desk: Desk) -> None:
    token = desk.token(" keys")
    broken = TokenOption(" \\xe4", math.log(0.5), whole=False)
    options = (broken, *token.choice.options)
    desk.view._show(token)
    choice = type(token.choice)(" keys", -1.0, options)
    desk.view._popup.open(choice, "d", desk.view._place_of(token))
    assert desk.offered[0] == "\\xe4…"
    spoken = desk.popup.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "part of a character (\\xe4…), 50%"
    desk.click("\\xe4…")
    assert desk.editor.text() == START + SCRIPT


def test_one_less_likely_than_all_that_are_told_is_told_too(desk: Desk) -> None:
    token = desk.token(" keys")
    choice = type(token.choice)(" zebras", -9.0, token.choice.options)
    desk.view._popup.open(choice, "d", desk.view._place_of(token))
    assert desk.offered[-1] == "zebras"
    assert desk.popup.currentRow() == 10


@pytest.mark.parametrize(
    ("text", "before", "shown"),
    [
        (" girl", "a", "girl"),
        ("s", "l", "…s"),
        ("她", "女", "她"),
        (",", "l", ","),
        ("\n\n", ".", "↵↵"),
        ("  ", ".", "␣␣"),
        ("", ".", "the text ends here"),
    ],
)
def test_what_cannot_be_seen_is_shown_by_signs(text: str, before: str, shown: str) -> None:
    assert words_of(TokenOption(text, -1.0), before) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [(0.9, "90%"), (0.034, "3.4%"), (0.002, "0.2%"), (0.0001, "< 0.1%")]
)
def test_probabilities_are_told_in_per_cent(share: float, shown: str) -> None:
    assert percent(math.log(share)) == shown


def test_a_line_break_that_the_page_has_as_another_ends_nothing(
    tmp_path: Path, make_desk: Any
) -> None:
    path = tmp_path / "script.txt"
    path.write_text(" found one key\u2029and another one", encoding="utf-8")
    desk = make_desk(f"scripted:{path}")
    desk.go_on()
    assert "".join(desk.pieces) == " found one key\nand another one"


def test_a_real_model_tells_what_it_computes(tmp_path: Path, make_desk: Any) -> None:
    """Of a model with random weights: bytes, whole characters or not."""
    desk = make_desk(str(tiny_models.llama(tmp_path / "tiny")))
    desk.go_on("Once upon a time")
    written = desk.editor.text()[len("Once upon a time") :]
    assert written
    assert "".join(desk.pieces) == written
    for token in desk.tokens:
        likely = [option.log_probability for option in token.choice.options]
        assert likely == sorted(likely, reverse=True)
        assert len(likely) == 10
    token = desk.tokens[0]
    desk.view._show(token)
    assert len(desk.offered) >= 10
