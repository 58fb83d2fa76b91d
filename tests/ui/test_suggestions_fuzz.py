"""Ten thousand random events: what is suggested never changes more than what was accepted of it.

Two pages get the same events. One has suggestions, of every kind that spoils things; the other is
plain and gets what was accepted as text that is put in. They have to agree all the way.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from assistant.config.settings import ModelSettings, Settings
from assistant.core.jobs import EngineSpec
from assistant.core.suggestions import Suggestion
from assistant.core.tasks import Span
from assistant.engines.pool import EnginePool
from assistant.ui.autocomplete import Autocomplete
from assistant.ui.editor import Editor
from assistant.ui.suggestion_parts import next_sentence, next_word
from assistant.worker.queue import JobQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

EVENTS = 10_000
SEEDS = 4
TEXTS = (
    "",
    "Once upon a time",
    "# A story 😀\n\nIt **was** late.\n\n\n从前有一座灯塔。\n- שלום עולם\n```\ncode\n```\nEnd",
)
SUGGESTIONS = (
    " the old 😀 harbour. And then",
    "灯塔里住着一位老人。",
    "e",
    " one\ntwo",
    " עוד",
    ", “yes”",
    "a b",
)
LETTERS = "ab e.,*`#\t灯é“"
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
_Key = Qt.Key
MOVES = (
    (_Key.Key_Left, NONE),
    (_Key.Key_Right, NONE),
    (_Key.Key_Up, NONE),
    (_Key.Key_Down, NONE),
    (_Key.Key_Home, NONE),
    (_Key.Key_End, NONE),
    (_Key.Key_End, CONTROL),
    (_Key.Key_Left, SHIFT),
    (_Key.Key_Right, CONTROL),
    (_Key.Key_A, CONTROL),
)
CHANGES = (
    (_Key.Key_Backspace, NONE),
    (_Key.Key_Backspace, CONTROL),
    (_Key.Key_Delete, NONE),
    (_Key.Key_Return, NONE),
    (_Key.Key_Return, SHIFT),
    (_Key.Key_Z, CONTROL),
    (_Key.Key_Z, CONTROL | SHIFT),
    (_Key.Key_Tab, NONE),
    (_Key.Key_Escape, NONE),
    (_Key.Key_F5, NONE),
)


class Pages:
    """A page with suggestions and a plain one, which get the same."""

    def __init__(self, qtbot: QtBot, seed: int) -> None:
        self.random = random.Random(seed)
        self.editor, self.plain = Editor(), Editor()
        for editor in (self.editor, self.plain):
            qtbot.addWidget(editor)
            # So high that no scroll bar comes or goes with a suggestion and makes lines shorter.
            editor.resize(500, 1500)
            editor.show()
            editor.set_markdown(True)
        self.queue = JobQueue(EnginePool)
        self.models = ["scripted", "scripted:slow"]
        self.autocomplete = Autocomplete(
            self.editor, self.queue, lambda: EngineSpec(self.models[0]), parent=self.editor
        )
        self.accepted = 0
        self.suggested = 0

    @property
    def ghost(self) -> str:
        return self.autocomplete._ghost.text

    def run(self, events: int) -> None:
        """Do so many random things, and compare after each."""
        ways: list[tuple[Callable[[], None], int]] = [
            (self.type, 30),
            (self.suggest, 25),
            (self.go_along, 10),
            (self.take, 16),
            (self.move, 10),
            (self.change, 12),
            (self.compose, 6),
            (self.cycle, 4),
            (self.jump, 4),
            (self.edit_elsewhere, 2),
            (self.pause, 1),
            (self.change_model, 1),
            (self.open, 1),
        ]
        shares = [share for _, share in ways]
        steps = self.random.choices([way for way, _ in ways], shares, k=events)
        for number, step in enumerate(steps):
            if self.editor.composing and step not in (self.compose, self.suggest, self.pause):
                # No key reaches a page where something is composed, and a click ends it.
                self.both(lambda: QInputMethodEvent("", []))
            step()
            self.compare(number, step.__name__)
        for end in (self.editor.undo, self.editor.redo):
            while self.stack_moves(end):
                self.compare(events, end.__name__)

    def stack_moves(self, end: Callable[[], None]) -> bool:
        name = end.__name__
        document: QTextDocument = self.editor.document()
        more = document.isUndoAvailable() if name == "undo" else document.isRedoAvailable()
        end()
        getattr(self.plain, name)()
        return more

    def compare(self, number: int, step: str) -> None:
        """Hold that both pages have the same document, and shown is only what is offered."""
        where = f"event {number}, {step}"
        one, other = self.editor, self.plain
        assert one.text() == other.text(), where
        mine, theirs = one.textCursor(), other.textCursor()
        assert (mine.position(), mine.anchor()) == (theirs.position(), theirs.anchor()), where
        assert one.document().isModified() == other.document().isModified(), where
        assert one.document().isUndoAvailable() == other.document().isUndoAvailable(), where
        assert one.document().isRedoAvailable() == other.document().isRedoAvailable(), where
        if number % 50 == 0:
            self.compare_looks(where)

    def compare_looks(self, where: str) -> None:
        """Hold that nothing but the caret's paragraph shows more than its text, nor looks else."""
        mine, theirs = self.editor.document().firstBlock(), self.plain.document().firstBlock()
        while mine.isValid():
            here = mine == self.editor.textCursor().block() and self.ghost
            shown = mine.layout().preeditAreaText()
            if here:
                assert shown == self.ghost.replace("\n", "\u2028"), where
            elif not self.editor.composing:
                assert shown == theirs.layout().preeditAreaText(), where
                ranges = [(one.start, one.length) for one in mine.layout().formats()]
                assert ranges == [(one.start, one.length) for one in theirs.layout().formats()]
            mine, theirs = mine.next(), theirs.next()

    def both(self, make: Callable[[], QEvent]) -> None:
        for editor in (self.editor, self.plain):
            QApplication.sendEvent(editor, make())

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE, text: str = "") -> None:
        self.both(lambda: QKeyEvent(QEvent.Type.KeyPress, key, held, text))

    def type(self) -> None:
        self.type_letter(self.random.choice(LETTERS))

    def type_letter(self, letter: str) -> None:
        if letter == "\t" and self.ghost:
            return
        known = {"\t": _Key.Key_Tab, "\n": _Key.Key_Return}
        self.key(known.get(letter, _Key.Key_unknown), NONE, letter)

    def suggest(self) -> None:
        """Offer something as if the model had found it."""
        if self.autocomplete._silence() is not None:
            return
        texts = self.random.sample(SUGGESTIONS, 2)
        self.autocomplete._offer = None
        self.autocomplete._put(tuple(Suggestion(text, -0.5) for text in texts))
        self.suggested += bool(self.ghost)

    def go_along(self) -> None:
        """Type the very letter that is suggested."""
        if self.ghost:
            before = self.ghost
            self.type_letter(before[0])
            assert self.ghost in ("", before[1:]) or before[0] == "\n"

    def take(self) -> None:
        if not self.ghost:
            return
        key, held, text = self.random.choice(
            (
                (_Key.Key_Tab, NONE, self.ghost),
                (_Key.Key_Right, CONTROL, next_word(self.ghost)),
                (_Key.Key_Right, CONTROL | SHIFT, next_sentence(self.ghost)),
            )
        )
        QApplication.sendEvent(self.editor, QKeyEvent(QEvent.Type.KeyPress, key, held))
        self.plain.write(text)
        self.accepted += 1

    def cycle(self) -> None:
        if self.ghost:
            key = self.random.choice((_Key.Key_BracketLeft, _Key.Key_BracketRight))
            alt = Qt.KeyboardModifier.AltModifier
            QApplication.sendEvent(self.editor, QKeyEvent(QEvent.Type.KeyPress, key, alt))

    def move(self) -> None:
        key, held = self.random.choice(MOVES)
        if not (self.ghost and key == _Key.Key_Right and held):
            self.key(key, held)

    def change(self) -> None:
        key, held = self.random.choice(CHANGES)
        if not (self.ghost and key in (_Key.Key_Tab, _Key.Key_Escape)):
            self.key(key, held)
        elif key == _Key.Key_Escape:
            QApplication.sendEvent(self.editor, QKeyEvent(QEvent.Type.KeyPress, key, held))

    def compose(self) -> None:
        """Begin to compose, go on, or end it with a word or without."""
        preedit, commit = self.random.choice(
            (("deng", ""), ("d", ""), ("", "灯塔"), ("", ""), ("x", "é"), ("", "😀"))
        )

        def event() -> QInputMethodEvent:
            made = QInputMethodEvent(preedit, [])
            made.setCommitString(commit)
            return made

        self.both(event)

    def jump(self) -> None:
        place = self.random.randint(0, len(self.editor.text()))
        until = place if self.random.random() < 0.7 else self.random.randint(0, place)
        for editor in (self.editor, self.plain):
            editor.select_span(Span(until, place))

    def edit_elsewhere(self) -> None:
        """Let the program change the text, in the caret's paragraph or out of it."""
        length = len(self.editor.text())
        start = self.random.randint(0, length)
        span = Span(start, min(length, start + self.random.randint(0, 12)))
        text = self.random.choice(("", "new", "a\nb", "\n"))
        for editor in (self.editor, self.plain):
            editor.replace_span(span, text)

    def pause(self) -> None:
        """Let what was asked be answered, and a pause in typing end."""
        if self.autocomplete._pause.isActive():
            self.autocomplete._pause.stop()
            self.autocomplete._on_pause()
        QApplication.processEvents()

    def change_model(self) -> None:
        self.models.reverse()
        model = ModelSettings(default=self.models[0])
        self.autocomplete.apply_settings(Settings(model=model))

    def open(self) -> None:
        text = self.random.choice(TEXTS)
        for editor in (self.editor, self.plain):
            editor.set_text(text)
            editor.moveCursor(QTextCursor.MoveOperation.End)


@pytest.fixture
def make_pages(qtbot: QtBot) -> Iterator[Any]:
    made: list[Pages] = []

    def make(seed: int) -> Pages:
        made.append(Pages(qtbot, seed))
        return made[-1]

    yield make
    for pages in made:
        assert pages.queue.shutdown()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_page_with_suggestions_is_a_plain_page_and_what_was_accepted(
    make_pages: Any, seed: int
) -> None:
    """Text, caret, undo, `modified` and how all lines are drawn, after each of many events."""
    pages = make_pages(seed)
    pages.open()
    pages.run(EVENTS // SEEDS)
    assert pages.suggested > EVENTS // SEEDS // 20
    assert pages.accepted > EVENTS // SEEDS // 60
