"""The count under the page: right in any script, kept up with, cheap for a long text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.core.tasks import Span
from assistant.text.counts import count_characters, count_words
from assistant.ui import word_count
from assistant.ui.editor import Editor
from assistant.ui.word_count import WordCount

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

TEXT = "One two three.\n\n市议会投票。 four—five 👩‍👩‍👧\n"


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    return editor


def expected(text: str, selected: str = "") -> list[int]:
    return [count_words(text), count_characters(text), count_words(selected)]


def test_a_text_is_counted_when_it_is_set(editor: Editor, qtbot: QtBot) -> None:
    """Line by line it comes to the same as the whole."""
    count = WordCount(editor)
    with qtbot.waitSignal(count.counted) as counted:
        editor.set_text(TEXT)
    assert counted.args == expected(TEXT)
    assert counted.args[0] == 3 + 5 + 2


def test_the_count_follows_typing(editor: Editor, qtbot: QtBot) -> None:
    """New words are counted while one goes on."""
    count = WordCount(editor)
    editor.set_text(TEXT)
    with qtbot.waitSignal(count.counted):
        pass
    with qtbot.waitSignal(count.counted) as counted:
        qtbot.keyClicks(editor, "New words ")
    assert counted.args == expected("New words " + TEXT)


def test_a_selection_is_counted_beside_it(editor: Editor, qtbot: QtBot) -> None:
    """And no longer when nothing is selected."""
    count = WordCount(editor)
    editor.set_text(TEXT)
    with qtbot.waitSignal(count.counted):
        pass
    with qtbot.waitSignal(count.counted) as counted:
        editor.select_span(Span(4, 20))
    assert counted.args == expected(TEXT, TEXT[4:20])
    with qtbot.waitSignal(count.counted) as counted:
        editor.select_span(Span(0, 0))
    assert counted.args == expected(TEXT)


def test_a_long_text_is_counted_bit_by_bit(
    editor: Editor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes several turns, an edit between them begins anew, and the sum is right."""
    monkeypatch.setattr(word_count, "_SLICE_SECONDS", 0.0)
    count = WordCount(editor)
    text = "\n".join(f"line {number} of many" for number in range(500))
    editor.set_text(text)
    qtbot.waitUntil(lambda: count._next > 40)
    with qtbot.waitSignal(count.counted) as counted:
        qtbot.keyClicks(editor, "more ")
        count._on_pause()
    assert counted.args == expected("more " + text)


def test_a_line_is_counted_once(
    editor: Editor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in a long text costs the line that it is in."""
    count = WordCount(editor)
    with qtbot.waitSignal(count.counted):
        editor.set_text("\n".join(f"line {number}" for number in range(300)))
    seen: list[str] = []

    def counting(line: str) -> int:
        seen.append(line)
        return count_words(line)

    monkeypatch.setattr(word_count, "count_words", counting)
    with qtbot.waitSignal(count.counted):
        qtbot.keyClicks(editor, "x")
    assert seen == ["xline 0"]
