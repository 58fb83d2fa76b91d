"""Story notes as a writer meets them: written beside the page, kept with the document, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit

from assistant.config.settings import GenerationSettings, Settings
from assistant.core.errors import ModelNotFound
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling
from assistant.core.steering import NO_STEERING, Lore, Steering
from assistant.core.tasks import Continue, Task
from assistant.documents import story_notes
from assistant.engines.pool import EnginePool
from assistant.ui.continue_flow import ContinueFlow
from assistant.ui.document_questions import Changes, Draft
from assistant.ui.document_session import DocumentSession
from assistant.ui.editor import Editor
from assistant.ui.story_keeper import StoryKeeper
from assistant.ui.story_panel import StoryPanel
from assistant.ui.version_bar import VersionBar
from assistant.worker.queue import JobQueue
from tests.ui.test_document_session import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

STORY = "Ines went down to the river. The old boat lay there."
NOTES = Steering("Ines is nine.", "Calm.", (Lore(("boat", "船"), "The boat is red."),))
_Key = Qt.Key


class Desk:
    """A document with its story notes, and a scripted model."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.editor = Editor()
        self.bar = VersionBar()
        for widget in (self.editor, self.bar):
            qtbot.addWidget(widget)
        self.editor.show()
        self.answers = Answers()
        self.session = DocumentSession(self.editor, self.answers)
        self.keeper = StoryKeeper(self.session)
        self.queue = JobQueue(EnginePool)
        self.flow = ContinueFlow(
            self.editor,
            self.bar,
            self.queue,
            self.choose,
            self.editor,
            steering=self.keeper.steering,
        )
        self.flow.apply_settings(Settings(generation=GenerationSettings(versions=1)))
        self.panel = StoryPanel(self.editor, self.keeper, self.queue, self.flow.task_at_caret)
        qtbot.addWidget(self.panel)
        self.failures: list[str] = []
        self.keeper.failed.connect(self.failures.append)
        self.model = "scripted"

    def choose(self) -> tuple[EngineSpec, Sampling]:
        if not self.model:
            raise ModelNotFound("There is no model yet.")
        return EngineSpec(self.model, threads=1), Sampling(seed=1)

    def write(self, text: str) -> None:
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.insertPlainText(text)

    def open_panel(self) -> None:
        with self.qtbot.waitSignal(self.panel._preview.shown, timeout=10_000):
            self.panel.show_now()
        self.qtbot.waitUntil(self.panel.isActiveWindow)

    def counted(self) -> None:
        """Wait until what was changed last is counted."""
        with self.qtbot.waitSignal(self.panel._preview.shown, timeout=10_000):
            pass

    @property
    def memory(self) -> QPlainTextEdit:
        return self.panel._memory._edit

    def costs(self) -> list[str]:
        labels = (self.panel._memory._cost, self.panel._note._cost, self.panel._sum)
        return [label.text() for label in labels]

    def cells(self) -> list[list[str]]:
        table = self.panel._lore.table
        return [
            [table.item(row, column).text() for column in range(4)]  # type: ignore[union-attr]
            for row in range(table.rowCount())
        ]


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(qtbot)
    yield desk
    desk.panel.close()
    assert desk.queue.shutdown()
    desk.session._drafts.close()


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.md"
    path.write_text(STORY)
    return path


def test_what_is_written_in_the_panel_steers_at_once(desk: Desk) -> None:
    desk.write(STORY)
    desk.open_panel()
    desk.memory.setFocus()
    desk.qtbot.keyClicks(desk.memory, "Ines is nine.")
    desk.qtbot.keyClick(desk.memory, _Key.Key_Tab)
    note = QApplication.focusWidget()
    assert note is desk.panel._note._edit
    desk.qtbot.keyClicks(note, "Calm.")
    desk.panel._distance.setValue(20)
    assert desk.keeper.steering() == Steering("Ines is nine.", "Calm.", note_distance=20)
    asked, _ = desk.flow.task_at_caret()
    assert (asked.text, asked.steering) == (STORY, desk.keeper.steering())
    desk.counted()
    assert desk.costs()[:2] == ["3 tokens · read", "1 token · read"]
    assert desk.costs()[2].endswith(", 4 are story notes.")


def test_continue_is_steered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[Task] = []
    submit = desk.queue.submit

    def watched(task: Task, spec: EngineSpec) -> object:
        tasks.append(task)
        return submit(task, spec)

    monkeypatch.setattr(desk.queue, "submit", watched)
    desk.write(STORY)
    desk.keeper.steer(NOTES)
    with desk.qtbot.waitSignal(desk.flow.shown, timeout=10_000):
        desk.flow.start()
    assert isinstance(tasks[0], Continue)
    assert tasks[0].steering == NOTES


def test_lore_is_written_and_removed_with_keys(desk: Desk) -> None:
    desk.write(STORY)
    desk.open_panel()
    table = desk.panel._lore.table
    table.setFocus()
    desk.qtbot.keyClick(table, _Key.Key_Insert)
    cell = QApplication.focusWidget()
    assert isinstance(cell, QLineEdit)
    desk.qtbot.keyClicks(cell, "boat, ")
    cell.insert("船、")
    desk.qtbot.keyClick(cell, _Key.Key_Tab)
    cell = QApplication.focusWidget()
    assert isinstance(cell, QLineEdit)
    desk.qtbot.keyClicks(cell, "The boat is red.")
    desk.qtbot.keyClick(cell, _Key.Key_Return)
    desk.qtbot.waitUntil(lambda: desk.keeper.steering().lore == NOTES.lore)
    desk.counted()
    assert desk.cells() == [["boat, 船、", "The boat is red.", "4", "yes"]]
    desk.panel._lore.add()
    table.setCurrentCell(0, 0)
    desk.qtbot.keyClick(table, _Key.Key_Delete)
    assert desk.keeper.steering().lore == (Lore((), ""),)
    desk.panel._lore.remove()
    desk.panel._lore.remove()
    assert desk.keeper.steering().empty


def test_what_is_read_follows_the_text_and_the_caret(desk: Desk) -> None:
    desk.write("Ines went home.")
    desk.keeper.steer(NOTES)
    desk.open_panel()
    assert desk.cells()[0][3] == "no"
    desk.write(" The boat lay there.")
    desk.counted()
    assert desk.cells()[0][3] == "yes"
    desk.editor.moveCursor(QTextCursor.MoveOperation.Start)
    desk.counted()
    assert desk.cells()[0][3] == "no"


def test_what_is_sent_can_be_looked_at(desk: Desk) -> None:
    desk.write(STORY)
    desk.keeper.steer(NOTES)
    desk.open_panel()
    desk.qtbot.mouseClick(desk.panel._show_prompt, Qt.MouseButton.LeftButton)
    page = desk.panel._prompt._page
    assert page.isVisible()
    assert page.isReadOnly()
    sent = "Ines is nine.\n\nThe boat is red.\n\n[Calm.]\n\n" + STORY
    assert page.toPlainText() == sent
    desk.write(" More")
    desk.counted()
    assert page.toPlainText() == f"{sent} More"
    desk.panel.close()
    assert not page.isVisible()


def test_what_is_too_long_is_said_so(desk: Desk) -> None:
    desk.write(STORY)
    desk.keeper.steer(Steering("word " * 5000, "Calm."))
    desk.open_panel()
    assert desk.costs()[0].endswith("too long, only its beginning is read")
    assert desk.costs()[1].endswith("too long, not read")


def test_nothing_is_asked_while_nobody_looks(desk: Desk) -> None:
    desk.open_panel()
    desk.panel.close()
    desk.write(STORY)
    desk.keeper.steer(NOTES)
    assert not desk.panel._preview._timer.isActive()
    assert desk.panel._preview._job_id is None


def test_counting_makes_way_for_continue_and_goes_on_afterwards(desk: Desk) -> None:
    desk.write(STORY)
    desk.keeper.steer(NOTES)
    desk.open_panel()
    desk.panel._preview._on_due()
    with desk.qtbot.waitSignal(desk.flow.shown, timeout=10_000):
        desk.flow.start()
    desk.counted()
    assert desk.panel._prompt._page.toPlainText().endswith(desk.editor.text().rstrip())


def test_without_a_model_the_panel_says_so(desk: Desk) -> None:
    desk.model = ""
    desk.panel.show_now()
    assert desk.costs()[2] == "There is no model yet."
    desk.model = "/nowhere/at/all"
    with desk.qtbot.waitSignal(desk.panel._preview.failed, timeout=10_000):
        desk.panel._preview._on_due()
    assert desk.panel.findChildren(QLabel)


# Kept with the document


def test_notes_are_kept_beside_the_file_and_come_back(desk: Desk, story: Path) -> None:
    assert desk.session.open(story)
    with desk.qtbot.waitSignal(desk.keeper._timer.timeout, timeout=5000):
        desk.keeper.steer(NOTES)
    assert story_notes.read(story) == NOTES
    assert not desk.session.modified
    assert desk.session.new()
    assert desk.keeper.steering() == NO_STEERING
    assert desk.memory.toPlainText() == ""
    assert desk.session.open(story)
    assert desk.keeper.steering() == NOTES
    assert desk.memory.toPlainText() == "Ines is nine."
    assert desk.cells()[0][:2] == ["boat, 船", "The boat is red."]


def test_leaving_a_document_keeps_its_notes_at_once(desk: Desk, story: Path) -> None:
    assert desk.session.open(story)
    desk.keeper.steer(NOTES)
    assert desk.session.new()
    assert story_notes.read(story) == NOTES
    assert desk.session.open(story)
    desk.keeper.steer(NO_STEERING)
    desk.keeper.keep()
    assert not story_notes.file_of(story).exists()


def test_notes_of_a_new_document_go_with_it_when_it_is_saved(desk: Desk, tmp_path: Path) -> None:
    desk.keeper.steer(NOTES)
    assert desk.session.modified
    desk.answers.save_path = tmp_path / "new.md"
    assert desk.session.save()
    assert story_notes.read(tmp_path / "new.md") == NOTES
    desk.answers.save_path = tmp_path / "copy.md"
    assert desk.session.save_as()
    assert story_notes.read(tmp_path / "copy.md") == NOTES
    assert desk.session.path == tmp_path / "copy.md"


def test_notes_alone_are_asked_about(desk: Desk) -> None:
    desk.keeper.steer(NOTES)
    desk.answers.on_changes = Changes.CANCEL
    assert not desk.session.new()
    assert desk.keeper.steering() == NOTES
    desk.answers.on_changes = Changes.DISCARD
    assert desk.session.new()
    assert desk.keeper.steering() == NO_STEERING


def test_notes_of_a_new_document_survive_a_crash(desk: Desk) -> None:
    with desk.qtbot.waitSignal(desk.session._drafts.kept, timeout=10_000):
        desk.keeper.steer(NOTES)
    desk.session._timer.stop()
    desk.session._drafts.close()
    again = Desk(desk.qtbot)
    try:
        again.answers.on_draft = Draft.RESTORE
        assert again.session.offer_recovery()
        assert again.keeper.steering() == NOTES
        assert again.session.modified
    finally:
        assert again.queue.shutdown()
        again.session._drafts.close()


def test_notes_that_cannot_be_read_or_kept_are_said_so(desk: Desk, story: Path) -> None:
    file = story_notes.file_of(story)
    file.write_text("not ours")
    assert desk.session.open(story)
    assert "cannot be read" in desk.failures[0]
    assert desk.keeper.steering() == NO_STEERING
    desk.keeper.keep()
    assert file.read_text() == "not ours"
    file.unlink()
    file.mkdir()
    desk.keeper.steer(NOTES)
    desk.keeper.keep()
    assert "cannot be kept" in desk.failures[1]
    assert desk.keeper.steering() == NOTES
