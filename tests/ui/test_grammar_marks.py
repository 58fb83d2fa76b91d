"""Grammar while one writes, by the real rules: marks, fixes, what is let stand, and when not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QMenu

from assistant.config.ignored_words import IgnoredWords
from assistant.config.settings import EditorSettings
from assistant.core.tasks import Span
from assistant.text import grammar
from assistant.ui import theme
from assistant.ui.editor import Editor
from assistant.ui.grammar_marks import GrammarMarks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.skipif(not grammar.available(), reason="no grammar rules here")

WRONG = "😀 The cuoncil meets. He go home every day, and the people stay in the town."
# In UTF-16, where the emoji counts two.
AT_WORD, AT_VERB = WRONG.index("cuoncil") + 3, WRONG.index(" go") + 3


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(900, 600)
    editor.show()
    editor.setFocus()
    return editor


@pytest.fixture
def marks(editor: Editor) -> Iterator[GrammarMarks]:
    marks = GrammarMarks(editor)
    yield marks
    marks.shutdown()


def check(
    qtbot: QtBot, marks: GrammarMarks, text: str, settings: EditorSettings | None = None
) -> None:
    """Set a text and wait until it has been checked."""
    marks.apply_settings(settings or EditorSettings())
    with qtbot.waitSignal(marks.checked, timeout=30_000):
        marks._editor.set_text(text)


def marked(editor: Editor) -> dict[str, QColor]:
    """Return what is underlined, and in which colour."""
    found = {}
    for each in editor.extraSelections():
        look = QTextCharFormat(each.format)
        if look.underlineStyle() == QTextCharFormat.UnderlineStyle.WaveUnderline:
            found[QTextCursor(each.cursor).selectedText()] = look.underlineColor()
    return found


def menu_titles(editor: Editor, position: int) -> list[str]:
    return [action.text() for action in editor.context_menu(position).actions() if action.text()]


def trigger(menu: QMenu, title: str) -> None:
    next(action for action in menu.actions() if action.text().startswith(title)).trigger()


def test_what_is_wrong_is_underlined(editor: Editor, marks: GrammarMarks, qtbot: QtBot) -> None:
    """Spelling and grammar differ in colour; an emoji in front moves nothing."""
    check(qtbot, marks, WRONG)
    colours = theme.current()
    assert marked(editor) == {
        "cuoncil": QColor(colours.spelling),
        "go": QColor(colours.grammar),
    }
    assert not editor.document().isModified()


def test_a_fix_is_one_click_and_one_undo(editor: Editor, marks: GrammarMarks, qtbot: QtBot) -> None:
    """The menu at the word has the fixes in bold, first of all; elsewhere it has none."""
    check(qtbot, marks, WRONG)
    position = AT_WORD
    menu = editor.context_menu(position)
    assert not menu.actions()[0].isEnabled()
    assert menu.actions()[1].text() == "council"
    assert menu.actions()[1].font().bold()
    assert "council" not in menu_titles(editor, 1)
    trigger(menu, "council")
    assert editor.text() == WRONG.replace("cuoncil", "council")
    assert "cuoncil" not in marked(editor)
    assert "council" not in marked(editor)
    editor.undo()
    assert editor.text() == WRONG


def test_a_fix_for_a_word_that_has_changed_is_not_made(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot
) -> None:
    """A menu that was open while the text changed does no harm."""
    check(qtbot, marks, WRONG)
    menu = editor.context_menu(AT_WORD)
    assert editor.replace_span(Span(6, 13), "team")
    trigger(menu, "council")
    assert editor.text() == WRONG.replace("cuoncil", "team")


def test_a_word_to_ignore_is_ignored_for_ever(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot
) -> None:
    """It is kept, its marks go at once, and they stay away when it is written again."""
    check(qtbot, marks, WRONG)
    trigger(editor.context_menu(AT_WORD), "Always ignore")
    assert "cuoncil" not in marked(editor)
    assert IgnoredWords().words() == ("cuoncil",)
    check(qtbot, marks, WRONG + " The cuoncil again.")
    assert set(marked(editor)) == {"go"}


def test_a_finding_can_be_let_stand(editor: Editor, marks: GrammarMarks, qtbot: QtBot) -> None:
    """What is not about spelling is ignored until the program ends."""
    check(qtbot, marks, WRONG)
    trigger(editor.context_menu(AT_VERB), "Ignore this")
    assert set(marked(editor)) == {"cuoncil"}
    assert IgnoredWords().words() == ()
    check(qtbot, marks, WRONG + " It rains.")
    assert set(marked(editor)) == {"cuoncil"}


def test_a_list_that_cannot_be_written_is_told(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot, tmp_path: Path
) -> None:
    """The word is left alone until the program ends, and the writer knows."""
    (tmp_path / "file").write_text("")
    marks._ignored = IgnoredWords(tmp_path / "file" / "words.txt")
    check(qtbot, marks, WRONG)
    with qtbot.waitSignal(marks.failed) as failed:
        trigger(editor.context_menu(AT_WORD), "Always ignore")
    assert "cuoncil" in failed.args[0]
    check(qtbot, marks, WRONG + " It rains.")
    assert set(marked(editor)) == {"go"}


def test_the_dialect_counts(editor: Editor, marks: GrammarMarks, qtbot: QtBot) -> None:
    """“Colour” is wrong in America and right in Britain."""
    text = "The colour of the sky and of the sea was the same on that evening."
    check(qtbot, marks, text)
    assert set(marked(editor)) == {"colour"}
    with qtbot.waitSignal(marks.checked, timeout=30_000):
        marks.apply_settings(EditorSettings(dialect="british"))
    assert marked(editor) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Der Stadtrat hat am Dienstag beschlossen, die alte Brücke über den Fluss zu schließen.",
        "市议会星期二投票决定关闭河上的旧桥进行维修，维修将持续到春天。",
        "Wie geht es dir heute, mein Freund?",
    ],
)
def test_other_languages_are_left_alone(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot, text: str
) -> None:
    """English rules have nothing to say about them, in short and in long paragraphs."""
    check(qtbot, marks, text)
    assert marked(editor) == {}


def test_a_foreign_paragraph_in_an_english_text_is_left_alone(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot
) -> None:
    """Each paragraph is judged by itself where it is long enough."""
    foreign = "Der Stadtrat hat am Dienstag beschlossen, die alte Brücke zu schließen."
    check(qtbot, marks, f"{WRONG}\n\n{foreign}\n\nAnd the end was neer.")
    assert set(marked(editor)) == {"cuoncil", "go", "neer"}


def test_it_is_off_when_the_settings_say_so(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot
) -> None:
    """Switching off takes the marks away at once, switching on brings them back."""
    check(qtbot, marks, WRONG)
    marks.apply_settings(EditorSettings(check_grammar=False))
    assert not marks.enabled
    assert marked(editor) == {}
    assert "council" not in menu_titles(editor, AT_WORD)
    marks.apply_settings(EditorSettings())
    qtbot.waitUntil(lambda: "cuoncil" in marked(editor), timeout=30_000)


def test_it_is_off_where_there_are_no_rules(
    editor: Editor, marks: GrammarMarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without Harper has a page without marks and no thread for them."""
    monkeypatch.setattr(grammar, "available", lambda: False)
    marks.apply_settings(EditorSettings())
    editor.set_text(WRONG)
    assert not marks.enabled
    assert marks._thread is None


def test_rules_that_fail_leave_the_page_alone(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the checker ends the checking, not the writing."""

    def fail(self: grammar.Checker, text: str) -> tuple[grammar.Finding, ...]:
        raise ValueError(text)

    monkeypatch.setattr(grammar.Checker, "check", fail)
    marks.apply_settings(EditorSettings())
    editor.set_text(WRONG)
    qtbot.waitUntil(lambda: not marks.enabled, timeout=30_000)
    qtbot.keyClicks(editor, "x")
    assert editor.text() == "x" + WRONG


def test_the_word_being_typed_is_not_marked_yet(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot
) -> None:
    """A word half typed is no mistake; once the caret goes on it is."""
    check(qtbot, marks, WRONG)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    with qtbot.waitSignal(marks.checked, timeout=30_000):
        qtbot.keyClicks(editor, " The brigde")
    assert "brigde" not in marked(editor)
    assert "cuoncil" in marked(editor)
    qtbot.keyClick(editor, Qt.Key.Key_Home)
    assert "brigde" in marked(editor)


def test_marks_stay_while_their_paragraph_is_edited(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot
) -> None:
    """Typing elsewhere in the paragraph does not make them flicker; they move along."""
    check(qtbot, marks, WRONG)
    qtbot.keyClicks(editor, "Well. ")
    marks._on_pause()
    assert set(marked(editor)) == {"cuoncil", "go"}


def test_only_what_is_in_view_is_checked(editor: Editor, marks: GrammarMarks, qtbot: QtBot) -> None:
    """The end of a long text is checked when it is scrolled to."""
    lines = [f"This is line {number} with a mistaek in the text." for number in range(400)]
    check(qtbot, marks, "\n".join(lines))
    assert 5 < len(editor.extraSelections()) < 80
    assert len(marks._found) < 80
    with qtbot.waitSignal(marks.checked, timeout=30_000):
        editor.verticalScrollBar().setValue(editor.verticalScrollBar().maximum())
    places = [QTextCursor(each.cursor).position() for each in editor.extraSelections()]
    assert max(places) > len(editor.text()) - 80


def test_code_is_not_prose(editor: Editor, marks: GrammarMarks, qtbot: QtBot) -> None:
    """Fenced lines of a Markdown text are left alone."""
    editor.set_markdown(True)
    check(qtbot, marks, f"{WRONG}\n```\nthis are codde and it have errors in teh lines\n```\n")
    assert set(marked(editor)) == {"cuoncil", "go"}


def test_a_locked_page_offers_no_fixes(editor: Editor, marks: GrammarMarks, qtbot: QtBot) -> None:
    """While a model writes nothing else changes the text."""
    check(qtbot, marks, WRONG)
    menu = editor.context_menu(AT_WORD)
    editor.set_locked(True)
    assert marks.actions_at(AT_WORD) == []
    trigger(menu, "council")
    assert editor.text() == WRONG


def test_shutting_down_is_clean_and_can_be_repeated(
    editor: Editor, marks: GrammarMarks, qtbot: QtBot
) -> None:
    """Even in the midst of a check no thread is left (the fixture looks)."""
    marks.apply_settings(EditorSettings())
    editor.set_text("\n".join(f"{WRONG} {number}" for number in range(30)))
    qtbot.waitUntil(lambda: marks._thread is not None)
    marks.shutdown()
    marks.shutdown()
    assert not marks.enabled
