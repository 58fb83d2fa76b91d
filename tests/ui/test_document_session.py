"""A document's life: opened, changed, saved, asked about, never lost, not even by a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit, QMessageBox

from assistant.config.paths import data_folder
from assistant.documents.recovery import RecoveryStore
from assistant.ui import document_session
from assistant.ui.document_questions import Changes, DialogQuestions, Draft
from assistant.ui.document_session import DocumentSession
from assistant.ui.editor import Editor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from assistant.documents.recovery import Recovered


class Answers:
    """Answers every question as told, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.on_changes = Changes.CANCEL
        self.on_save_over = False
        self.on_draft = Draft.RESTORE
        self.open_path: Path | None = None
        self.save_path: Path | None = None
        self.suggestion: Path | None = None

    def changes(self, name: str) -> Changes:
        self.asked.append(f"changes {name}")
        return self.on_changes

    def save_over(self, name: str) -> bool:
        self.asked.append(f"save over {name}")
        return self.on_save_over

    def draft(self, draft: Recovered) -> Draft:
        self.asked.append(f"draft {draft.text}")
        return self.on_draft

    def file_to_open(self, folder: Path) -> Path | None:
        self.asked.append("open")
        return self.open_path

    def file_to_save(self, suggestion: Path) -> Path | None:
        self.asked.append("save")
        self.suggestion = suggestion
        return self.save_path


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep drafts at once; that the program's own wait is short enough is what this asserts."""
    assert document_session._DRAFT_AFTER_MS < 2000
    monkeypatch.setattr(document_session, "_DRAFT_AFTER_MS", 30)


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(800, 500)
    editor.show()
    return editor


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def session(editor: Editor, answers: Answers) -> Iterator[DocumentSession]:
    session = DocumentSession(editor, answers)
    yield session
    session._drafts.close()


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.md"
    path.write_bytes("# Brücke 😀\r\n\r\nEs\u00a0war einmal.\r\n".encode())
    return path


def write_on(editor: Editor, qtbot: QtBot, text: str) -> None:
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, text)


def drafts() -> list[Path]:
    return sorted((data_folder() / "recovery").glob("*.json"))


def crash(session: DocumentSession) -> None:
    """Leave things as a program that dies does: the draft there, the lock gone."""
    session._timer.stop()
    session._drafts.close()


def wait_for_draft(session: DocumentSession, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session._drafts.kept, timeout=5000):
        pass


def test_a_file_is_opened_and_saved_as_it_was_written(
    editor: Editor, session: DocumentSession, story: Path, qtbot: QtBot
) -> None:
    """Its line ends and no-break spaces survive; title and mark follow."""
    before = story.read_bytes()
    with qtbot.waitSignal(session.title_changed) as titled:
        assert session.open(story)
    assert titled.args == ["story.md[*] — Inkling"]
    assert editor.text() == "# Brücke 😀\n\nEs\u00a0war einmal.\n"
    assert not session.modified
    assert not editor.document().isUndoAvailable()
    with qtbot.waitSignal(session.modified_changed) as modified:
        write_on(editor, qtbot, "Ende")
    assert modified.args == [True]
    with qtbot.waitSignal(session.modified_changed) as modified:
        assert session.save()
    assert modified.args == [False]
    assert story.read_bytes() == before + b"Ende"
    editor.undo()
    assert session.modified


def test_undoing_to_what_was_saved_is_not_modified(
    editor: Editor, session: DocumentSession, story: Path, qtbot: QtBot
) -> None:
    """The mark goes when the text is again the file's."""
    session.open(story)
    write_on(editor, qtbot, "x")
    editor.undo()
    assert not session.modified


def test_a_new_text_is_saved_where_the_writer_says(
    editor: Editor, session: DocumentSession, answers: Answers, tmp_path: Path, qtbot: QtBot
) -> None:
    """The name suggested is how the text begins; nothing is saved where the writer cancels."""
    write_on(editor, qtbot, "# Once: upon/a time there was a bridge that nobody crossed\r...")
    assert not session.save()
    assert session.modified
    assert answers.suggestion is not None
    assert answers.suggestion.name == "Once upon a time there was a bridge.md"
    answers.save_path = tmp_path / "tale.md"
    assert session.save()
    assert session.path == tmp_path / "tale.md"
    assert (tmp_path / "tale.md").read_text("utf-8") == editor.text()
    write_on(editor, qtbot, "!")
    assert session.save()
    assert answers.asked == ["save", "save"]


def test_saving_under_another_name_leaves_the_first_file(
    editor: Editor, session: DocumentSession, answers: Answers, story: Path, qtbot: QtBot
) -> None:
    """The document is the new file from then on, written in the same way."""
    before = story.read_bytes()
    session.open(story)
    write_on(editor, qtbot, "Neu")
    answers.save_path = story.with_name("second.txt")
    assert session.save_as()
    assert story.read_bytes() == before
    assert (story.parent / "second.txt").read_bytes() == before + b"Neu"
    assert session.name == "second.txt"
    assert session.recent == (str(story.parent / "second.txt"), str(story))


@pytest.mark.parametrize("leave", ["new", "open", "close"])
def test_changes_are_asked_about_before_they_are_lost(
    editor: Editor,
    session: DocumentSession,
    answers: Answers,
    story: Path,
    qtbot: QtBot,
    leave: str,
) -> None:
    """Cancel stays, Discard leaves the file alone, Save saves; an unchanged text is not asked."""
    other = story.with_name("other.md")
    other.write_text("other")
    actions: dict[str, Callable[[], bool]] = {
        "new": session.new,
        "open": lambda: session.open(other),
        "close": session.may_close,
    }
    act = actions[leave]
    before = story.read_bytes()
    session.open(story)
    write_on(editor, qtbot, "Ende")
    text = editor.text()
    assert not act()
    assert editor.text() == text
    assert session.path == story
    answers.on_changes = Changes.DISCARD
    assert act()
    assert story.read_bytes() == before
    session.open(story)
    write_on(editor, qtbot, "Ende")
    answers.on_changes = Changes.SAVE
    assert act()
    assert story.read_bytes() == before + b"Ende"
    assert answers.asked == ["changes story.md"] * (4 if leave == "close" else 3)
    answers.asked.clear()
    assert act()
    assert answers.asked == []


def test_an_empty_page_is_not_asked_about(
    editor: Editor, session: DocumentSession, answers: Answers, qtbot: QtBot
) -> None:
    """Nobody misses what was typed and deleted again."""
    write_on(editor, qtbot, "x\b \r")
    assert session.may_close()
    assert answers.asked == []


def test_save_before_leaving_may_fail(
    editor: Editor, session: DocumentSession, answers: Answers, qtbot: QtBot
) -> None:
    """Cancelling the file dialog keeps the window and the text."""
    write_on(editor, qtbot, "text")
    answers.on_changes = Changes.SAVE
    assert not session.may_close()
    assert not session.new()
    assert editor.text() == "text"


def test_what_cannot_be_opened_is_explained(
    editor: Editor, session: DocumentSession, story: Path, qtbot: QtBot
) -> None:
    """The document at hand stays; a file that is gone leaves the list of recent ones."""
    gone, binary = story.with_name("gone.md"), story.with_name("picture.md")
    gone.write_text("x")
    binary.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0")
    assert session.open(gone)
    assert session.open(story)
    gone.unlink()
    for path in (gone, binary, story.parent):
        with qtbot.waitSignal(session.failed) as failed:
            assert not session.open(path)
        assert str(path) in failed.args[0]
    assert session.path == story
    assert session.recent == (str(story),)


def test_what_cannot_be_saved_is_explained(
    editor: Editor, session: DocumentSession, story: Path, qtbot: QtBot
) -> None:
    """The text stays modified and its draft stays."""
    session.open(story)
    write_on(editor, qtbot, "x")
    wait_for_draft(session, qtbot)
    story.unlink()
    story.mkdir()
    assert session._document is not None
    with qtbot.waitSignal(session.failed) as failed:
        assert not session._write(session._document)
    assert "story.md" in failed.args[0]
    assert session.modified
    assert len(drafts()) == 1


def test_recent_files_are_the_latest_first(
    editor: Editor, session: DocumentSession, tmp_path: Path, qtbot: QtBot
) -> None:
    """Each once, ten at most; a list taken from the settings is told only when it is another."""
    with qtbot.waitSignal(session.recent_changed) as changed:
        session.set_recent(("/a", "/b"))
    assert changed.args == [("/a", "/b")]
    with qtbot.assertNotEmitted(session.recent_changed):
        session.set_recent(["/a", "/b"])
    for number in [*range(12), 5]:
        path = tmp_path / f"{number}.md"
        path.write_text("x")
        session.open(path)
    assert len(session.recent) == 10
    assert session.recent[:3] == tuple(str(tmp_path / f"{number}.md") for number in (5, 11, 10))


def test_markdown_is_for_markdown_files(
    editor: Editor, session: DocumentSession, answers: Answers, tmp_path: Path
) -> None:
    """A .txt is shown as it stands; a new text is taken for Markdown."""

    def heading_drawn() -> bool:
        return bool(editor.document().firstBlock().layout().formats())

    for name, drawn in (("a.txt", False), ("b.md", True), ("c.MARKDOWN", True), ("d", False)):
        (tmp_path / name).write_text("# Title")
        session.open(tmp_path / name)
        assert heading_drawn() is drawn, name
    session.new()
    editor.set_text("# Title")
    assert heading_drawn()
    answers.save_path = tmp_path / "e.txt"
    session.save()
    assert not heading_drawn()


def test_a_change_by_another_program_is_asked_about_before_saving(
    editor: Editor, session: DocumentSession, answers: Answers, story: Path, qtbot: QtBot
) -> None:
    """Neither text is lost without a word."""
    session.open(story)
    write_on(editor, qtbot, "mine")
    story.write_text("theirs, and longer than before", "utf-8")
    assert not session.save()
    assert story.read_text("utf-8").startswith("theirs")
    assert answers.asked == ["save over story.md"]
    answers.on_save_over = True
    assert session.save()
    assert story.read_text("utf-8").endswith("mine")
    write_on(editor, qtbot, "!")
    assert session.save()
    assert len(answers.asked) == 2


def test_a_change_by_another_program_is_noticed_once(
    editor: Editor, session: DocumentSession, story: Path, qtbot: QtBot
) -> None:
    """When the window comes to the front; the file can be taken as it is then."""
    session.open(story)
    with qtbot.assertNotEmitted(session.disk_changed):
        session.check_disk()
    story.write_text("theirs, and longer than before", "utf-8")
    with qtbot.waitSignal(session.disk_changed) as changed:
        session._on_application_state_changed(Qt.ApplicationState.ApplicationActive)
    assert "story.md" in changed.args[0]
    with qtbot.assertNotEmitted(session.disk_changed):
        session.check_disk()
    assert session.reload()
    assert editor.text().startswith("theirs")
    assert not session.modified


def test_a_file_that_is_gone_is_noticed_and_can_be_saved_again(
    editor: Editor, session: DocumentSession, story: Path, qtbot: QtBot
) -> None:
    """The text is then unsaved, which closing asks about."""
    session.open(story)
    story.unlink()
    with qtbot.waitSignal(session.disk_changed):
        session.check_disk()
    assert session.modified
    assert not session.reload()
    assert session.save()
    assert story.exists()


def test_a_draft_is_kept_while_one_writes_and_goes_when_one_saves(
    editor: Editor, session: DocumentSession, story: Path, qtbot: QtBot
) -> None:
    """It holds the text to the last pause; saving makes it needless, undoing too."""
    session.open(story)
    write_on(editor, qtbot, "first")
    wait_for_draft(session, qtbot)
    assert len(drafts()) == 1
    assert "first" in drafts()[0].read_text("utf-8")
    write_on(editor, qtbot, "second")
    wait_for_draft(session, qtbot)
    assert "second" in drafts()[0].read_text("utf-8")
    assert session.save()
    qtbot.waitUntil(lambda: drafts() == [])
    write_on(editor, qtbot, "third")
    wait_for_draft(session, qtbot)
    editor.undo()
    qtbot.waitUntil(lambda: drafts() == [], timeout=5000)


@pytest.mark.parametrize("leave", ["new", "close"])
def test_a_discarded_text_leaves_no_draft(
    editor: Editor, session: DocumentSession, answers: Answers, qtbot: QtBot, leave: str
) -> None:
    """What the writer did not want is not offered at the next start."""
    write_on(editor, qtbot, "nothing good")
    wait_for_draft(session, qtbot)
    answers.on_changes = Changes.DISCARD
    assert session.new() if leave == "new" else session.may_close()
    qtbot.waitUntil(lambda: drafts() == [])


def test_a_draft_that_cannot_be_kept_is_told_once(
    editor: Editor, session: DocumentSession, qtbot: QtBot
) -> None:
    """The writer is warned, not nagged, and goes on writing."""
    (data_folder() / "recovery").write_text("in the way")
    told: list[str] = []
    session.failed.connect(told.append)
    write_on(editor, qtbot, "text")
    qtbot.waitUntil(lambda: len(told) == 1, timeout=5000)
    session._on_draft_due()
    session._on_draft_due()
    (data_folder() / "recovery").unlink()
    qtbot.waitUntil(lambda: not session._drafts.busy)
    session._on_draft_due()
    qtbot.waitUntil(lambda: len(drafts()) == 1)
    assert len(told) == 1


def test_a_draft_is_offered_after_a_crash(
    editor: Editor, session: DocumentSession, answers: Answers, story: Path, qtbot: QtBot
) -> None:
    """Restored it is the document as it was, unsaved, with its caret, and kept until saved."""
    session.open(story)
    write_on(editor, qtbot, "Ende")
    qtbot.keyClick(editor, Qt.Key.Key_Left)
    text, caret = editor.text(), editor.caret()
    wait_for_draft(session, qtbot)
    crash(session)
    second = Editor()
    qtbot.addWidget(second)
    again = DocumentSession(second, answers)
    assert again.offer_recovery()
    assert answers.asked == [f"draft {text}"]
    assert second.text() == text
    assert second.caret() == caret
    assert again.path == story
    assert again.modified
    qtbot.waitUntil(lambda: not again._drafts.busy)
    assert len(drafts()) == 1
    assert again.save()
    assert story.read_bytes().endswith(b"\r\nEnde")
    assert "save over story.md" not in answers.asked
    assert again.may_close()
    assert drafts() == []


def test_a_restored_draft_survives_a_second_crash(
    editor: Editor, session: DocumentSession, answers: Answers, qtbot: QtBot
) -> None:
    """A text that was never saved is still there after both."""
    write_on(editor, qtbot, "precious")
    wait_for_draft(session, qtbot)
    crash(session)
    for _ in range(2):
        second = Editor()
        qtbot.addWidget(second)
        again = DocumentSession(second, answers)
        assert again.offer_recovery()
        assert second.text() == "precious"
        assert again.path is None
        crash(again)
    assert len(drafts()) == 1


def test_a_restored_draft_does_not_silently_replace_a_newer_file(
    editor: Editor, session: DocumentSession, answers: Answers, story: Path, qtbot: QtBot
) -> None:
    """Who has gone on in another program since is asked."""
    session.open(story)
    write_on(editor, qtbot, "Ende")
    wait_for_draft(session, qtbot)
    crash(session)
    story.write_text("written since", "utf-8")
    later = story.stat().st_mtime + 60
    os.utime(story, (later, later))
    editor.document().setModified(False)
    again = DocumentSession(editor, answers)
    assert again.offer_recovery()
    assert not again.save()
    assert "save over story.md" in answers.asked
    assert story.read_text("utf-8") == "written since"
    crash(again)


def test_a_draft_can_wait_or_be_deleted(
    editor: Editor, session: DocumentSession, answers: Answers, qtbot: QtBot
) -> None:
    """Later asks again at the next start, deleting does not."""
    write_on(editor, qtbot, "half an idea")
    wait_for_draft(session, qtbot)
    crash(session)
    editor.set_text("")
    for answer, left in ((Draft.LATER, 1), (Draft.DISCARD, 0)):
        answers.on_draft = answer
        again = DocumentSession(editor, answers)
        assert not again.offer_recovery()
        assert editor.text() == ""
        again.may_close()
        assert len(drafts()) == left


def test_a_draft_that_is_the_files_own_text_is_not_offered(
    editor: Editor, session: DocumentSession, answers: Answers, story: Path, qtbot: QtBot
) -> None:
    """A program that died just after saving has lost nothing."""
    store = RecoveryStore(data_folder() / "recovery")
    store.save(store.new_session(), "# Brücke 😀\n\nEs\u00a0war einmal.\n", path=story)
    store.save(store.new_session(), " \n")
    store.close()
    assert not session.offer_recovery()
    assert answers.asked == []
    session.may_close()
    assert drafts() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_program_loses_at_most_the_last_moments(
    editor: Editor, answers: Answers, qtbot: QtBot
) -> None:
    """The real thing: another process writes, is killed without warning, and this one restores."""
    program = textwrap.dedent(
        """
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication
        from assistant.ui.document_session import DocumentSession
        from assistant.ui.editor import Editor

        app = QApplication([])
        editor = Editor()
        session = DocumentSession(editor)
        session._drafts.kept.connect(lambda: print("kept", flush=True))
        QTest.keyClicks(editor, "It was a dark and stormy night")
        app.exec()
        """
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "kept\n"
    waiting = DocumentSession(editor, answers)
    assert not waiting.offer_recovery()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert waiting.offer_recovery()
    assert editor.text() == "It was a dark and stormy night"
    crash(waiting)


def press(title: str, kind: type = QMessageBox) -> Callable[[], None]:
    """Return what presses a button of the dialog that is open."""

    def pressing() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, kind)
        for button in dialog.findChildren(QAbstractButton):
            if button.text().replace("&", "") == title:
                button.click()
                return
        dialog.close()
        pytest.fail(f"no button {title}")

    return pressing


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Save", Changes.SAVE), ("Don’t save", Changes.DISCARD), ("Cancel", Changes.CANCEL)],
)
def test_the_dialog_asks_about_changes(editor: Editor, title: str, expected: Changes) -> None:
    """Each button is its answer."""
    QTimer.singleShot(0, press(title))
    assert DialogQuestions(editor).changes("a <b>.md") is expected


def test_closing_the_dialog_is_cancelling(editor: Editor) -> None:
    """Esc never loses a word."""

    def escape() -> None:
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        dialog.close()

    questions = DialogQuestions(editor)
    QTimer.singleShot(0, escape)
    assert questions.changes("a.md") is Changes.CANCEL
    QTimer.singleShot(0, escape)
    assert questions.save_over("a.md") is False


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Restore", Draft.RESTORE), ("Delete it", Draft.DISCARD), ("Later", Draft.LATER)],
)
def test_the_dialog_asks_about_a_draft(editor: Editor, title: str, expected: Draft) -> None:
    """Each button is its answer."""
    store = RecoveryStore(data_folder() / "recovery")
    store.save(store.new_session(), "It ended <i>so</i>")
    store.close()
    draft = RecoveryStore(data_folder() / "recovery").pending()[0]
    QTimer.singleShot(0, press(title))
    assert DialogQuestions(editor).draft(draft) is expected


def test_the_file_dialog_saves_as_markdown_unless_told(editor: Editor, tmp_path: Path) -> None:
    """A name without an ending gets the suggestion's."""

    def name_it() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        dialog.findChildren(QLineEdit)[0].setText("tale")
        dialog.accept()

    QTimer.singleShot(0, name_it)
    suggestion = tmp_path / "Once.md"
    assert DialogQuestions(editor).file_to_save(suggestion) == tmp_path / "tale.md"
