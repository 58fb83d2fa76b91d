"""What is known of a page's tokens stays true, whatever is done to the text."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QTextCursor

from assistant.core.requests import TokenChoice
from assistant.core.token_spans import TokenSpan
from assistant.ui.editor import Editor
from assistant.ui.streaming_edit import StreamingEdit
from assistant.ui.written_tokens import WrittenTokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

_TOKENS_A_RUN = 6


class Desk:
    """A page that is written in by a model whose every character is another one."""

    def __init__(self, qtbot: QtBot, seed: int) -> None:
        self.editor = Editor()
        qtbot.addWidget(self.editor)
        self.stream = StreamingEdit(self.editor)
        self.written = WrittenTokens(self.editor)
        self.qtbot = qtbot
        self.random = random.Random(seed)
        self.signs: Iterator[str] = (chr(code) for code in itertools.count(0x20000))
        self.acts = (
            (self.type, 4),
            (self.delete, 3),
            (self.go_on, 2),
            (self.go_on_instead, 2),
            (self.editor.undo, 4),
            (self.editor.redo, 2),
        )

    def act(self) -> None:
        acts, weights = zip(*self.acts, strict=True)
        self.random.choices(acts, weights)[0]()

    def place(self, width: int = 0) -> QTextCursor:
        last = self.editor.document().characterCount() - 1
        start = self.random.randint(0, last)
        cursor = self.editor.cursor_over(start, min(start + self.random.randint(0, width), last))
        self.editor.setTextCursor(cursor)
        return cursor

    def type(self) -> None:
        self.place(self.random.choice((0, 0, 3)))
        self.qtbot.keyClicks(self.editor, "".join(self.random.choices("AB ", k=3)))

    def delete(self) -> None:
        self.place(8)
        self.editor.cut()

    def tokens(self) -> tuple[str, tuple[TokenSpan, ...]]:
        """Return a text that was never there, and what it is made of."""
        pieces = [
            " " + "".join(itertools.islice(self.signs, self.random.randint(1, 3)))
            for _ in range(_TOKENS_A_RUN)
        ]
        ends = list(itertools.accumulate(map(len, pieces)))
        spans = (
            TokenSpan(end - len(piece), end, TokenChoice(piece, -1.0))
            for end, piece in zip(ends, pieces, strict=True)
        )
        return "".join(pieces), tuple(spans)

    def go_on(self) -> None:
        self.place()
        self.stream.start()
        self.finish()

    def go_on_instead(self) -> None:
        tokens = self.written.all()
        if tokens:
            self.stream.start_over(self.written.rest(self.random.choice(tokens)), "")
            self.finish()

    def finish(self) -> None:
        text, spans = self.tokens()
        self.stream.append(text[:5])
        self.stream.finish(text)
        self.written.add(self.stream.begin, text, spans)

    def check(self) -> None:
        """Every token stands where it is said to stand, and none over another."""
        end = 0
        for token in self.written.all():
            assert end <= token.start < token.end
            end = token.end
            there = self.editor.cursor_over(token.start, token.end).selectedText()
            assert there == token.choice.text


@pytest.mark.parametrize("seed", range(25))
def test_a_token_is_told_only_where_it_stands(qtbot: QtBot, seed: int) -> None:
    """Typing, deleting, continuing, choosing another, undo and redo, in any order."""
    desk = Desk(qtbot, seed)
    desk.editor.set_text("A few words of the writer's own.")
    for _ in range(60):
        desk.act()
        desk.check()


@pytest.mark.parametrize("seed", range(10))
def test_undo_and_redo_bring_back_what_was_known(qtbot: QtBot, seed: int) -> None:
    desk = Desk(qtbot, seed)
    desk.editor.set_text("A few words of the writer's own.")
    desk.go_on()
    document = desk.editor.document()
    known = {document.availableUndoSteps(): (desk.editor.text(), desk.written.all())}
    for _ in range(12):
        desk.random.choice((desk.type, desk.delete, desk.go_on, desk.go_on_instead))()
        known[document.availableUndoSteps()] = (desk.editor.text(), desk.written.all())
    assert any(tokens for _, tokens in known.values())
    for turn in (desk.editor.undo, desk.editor.redo):
        for _ in range(30):
            turn()
            state = known.get(document.availableUndoSteps())
            if state is not None:
                assert (desk.editor.text(), desk.written.all()) == state
    assert desk.written.all() == known[max(known)][1]
