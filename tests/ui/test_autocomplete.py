"""Suggestions while one writes: real keys, a real thread, a scripted model that is always sure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from assistant.config.settings import Settings, SuggestionKeys, SuggestionSettings
from assistant.core.errors import ModelNotFound
from assistant.core.jobs import EngineSpec, Job, JobState
from assistant.core.suggestions import Silence, Source
from assistant.core.tasks import Complete, Continue, LoadModel, Span
from assistant.engines.pool import EnginePool
from assistant.text.draft_words import DraftCounter, DraftWords
from assistant.ui import suggestion_manners, suggestion_reading
from assistant.ui.autocomplete import Autocomplete
from assistant.ui.editor import Editor
from assistant.ui.suggestion_parts import next_word
from assistant.ui.suggestion_reading import ReadingAhead
from assistant.ui.suggestion_record import SuggestionRecord
from assistant.worker.queue import JobQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

START = "Once upon a time there was a girl who"
SCRIPT = " waited at the old window for her brother"
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
_Key = Qt.Key


class Words:
    """The words of a text, as a draft's."""

    def __init__(self, text: str) -> None:
        self._words = DraftCounter(text).snapshot()

    def words(self) -> DraftWords:
        """Return them."""
        return self._words


class Desk:
    """An editor that suggests, and all that was decided and asked there."""

    def __init__(self, qtbot: QtBot, model: str, draft: str = "") -> None:
        self.qtbot = qtbot
        self.spec = EngineSpec(model)
        self.editor = Editor()
        qtbot.addWidget(self.editor)
        self.editor.resize(900, 500)
        self.editor.show()
        self.editor.setFocus()
        self.queue = JobQueue(EnginePool)
        self.asked: list[Complete] = []
        submit = self.queue.submit_quietly

        def submit_quietly(task: Any, spec: EngineSpec) -> Any:
            self.asked.append(task)
            return submit(task, spec)

        self.queue.submit_quietly = submit_quietly  # type: ignore[method-assign]
        keeper = Words(draft) if draft else None
        self.autocomplete = Autocomplete(self.editor, self.queue, self.choose, keeper, self.editor)
        self.decided: list[SuggestionRecord] = []
        self.hints: list[str] = []
        self.failures: list[str] = []
        self.autocomplete.decided.connect(self.decided.append)
        self.autocomplete.hint_changed.connect(self.hints.append)
        self.autocomplete.failed.connect(self.failures.append)
        self.apply(ahead=False)

    def choose(self) -> EngineSpec:
        if not self.spec.model:
            raise ModelNotFound("There is no model. Choose one in the settings.")
        return self.spec

    def apply(self, **settings: Any) -> None:
        self.autocomplete.apply_settings(Settings(suggestions=SuggestionSettings(**settings)))

    @property
    def ghost(self) -> str:
        """What is in view."""
        block = self.editor.textCursor().block()
        shown = block.layout().preeditAreaText()
        assert shown in ("", self.autocomplete._ghost.text)
        return shown

    @property
    def first_requests(self) -> int:
        """How often something was asked to be shown."""
        return sum(task.alternatives == 1 and task.seconds > 0 for task in self.asked)

    @property
    def read(self) -> list[str]:
        """The places that were only read: what stands before them."""
        return [task.before for task in self.asked if task.seconds == 0]

    def set_text(self, text: str) -> None:
        self.editor.set_text(text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)

    def press(self, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.editor, key, modifiers)

    def type_on(self, text: str) -> SuggestionRecord:
        """Type and wait for what is decided."""
        with self.qtbot.waitSignal(self.autocomplete.decided, timeout=10_000):
            self.qtbot.keyClicks(self.editor, text)
        return self.decided[-1]

    def wait(self) -> SuggestionRecord:
        with self.qtbot.waitSignal(self.autocomplete.decided, timeout=10_000) as decided:
            pass
        return decided.args[0]

    def rest(self) -> None:
        """Wait until the caret has rested."""
        reading = self.editor.findChild(ReadingAhead)
        self.qtbot.waitUntil(lambda: not reading._rest.isActive())

    def settle(self) -> None:
        """Wait until nothing is asked any more."""
        reading = self.autocomplete._reading
        self.qtbot.waitUntil(
            lambda: not reading.isActive() and not self.queue._entries, timeout=10_000
        )

    def compose(self, preedit: str, commit: str = "") -> None:
        event = QInputMethodEvent(preedit, [])
        event.setCommitString(commit)
        QApplication.sendEvent(self.editor, event)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestion_reading, "_REST_MS", 5)
    monkeypatch.setattr(suggestion_manners, "PAUSES_MS", {"quick": 5, "normal": 10, "calm": 20})


@pytest.fixture
def make_desk(qtbot: QtBot) -> Iterator[Any]:
    desks: list[Desk] = []

    def make(model: str = "scripted", draft: str = "") -> Desk:
        desks.append(Desk(qtbot, model, draft))
        return desks[-1]

    yield make
    for desk in desks:
        assert desk.queue.shutdown()


@pytest.fixture
def scripted(tmp_path: Path, make_desk: Any) -> Desk:
    """Return a desk whose model always goes on with `SCRIPT`, and with its start typed."""
    path = tmp_path / "script.txt"
    path.write_text(SCRIPT, encoding="utf-8")
    desk = make_desk(f"scripted:{path}")
    desk.set_text(START[:-1])
    return desk


def test_a_pause_brings_a_suggestion_and_tab_takes_it(scripted: Desk) -> None:
    """In one step, apart from what was typed before and is typed after."""
    record = scripted.type_on(START[-1])
    assert (record.text, record.source, record.silence) == (SCRIPT, Source.MODEL, None)
    assert record.before == START
    assert scripted.ghost == SCRIPT
    assert scripted.editor.text() == START
    scripted.press(_Key.Key_Tab)
    assert scripted.editor.text() == START + SCRIPT
    assert scripted.editor.caret() == len(START + SCRIPT)
    scripted.qtbot.keyClicks(scripted.editor, "s.")
    for text in (START + SCRIPT, START, START[:-1]):
        scripted.editor.undo()
        assert scripted.editor.text() == text
    scripted.editor.redo()
    scripted.editor.redo()
    assert scripted.editor.text() == START + SCRIPT


def test_words_and_sentences_can_be_taken_one_by_one(scripted: Desk) -> None:
    """The rest stays in view and nothing is asked anew; each is a step to undo."""
    scripted.type_on(START[-1])
    scripted.press(_Key.Key_Right, CONTROL)
    assert scripted.editor.text() == START + " waited"
    assert scripted.ghost == " at the old window for her brother"
    scripted.press(_Key.Key_Right, CONTROL)
    assert scripted.editor.text() == START + " waited at"
    scripted.press(_Key.Key_Right, CONTROL | SHIFT)
    assert scripted.editor.text() == START + SCRIPT
    assert scripted.first_requests == 1
    scripted.editor.undo()
    assert scripted.editor.text() == START + " waited at"
    scripted.editor.undo()
    assert scripted.editor.text() == START + " waited"
    assert scripted.ghost == ""


def test_with_nothing_in_view_each_key_does_what_it_always_did(scripted: Desk) -> None:
    """Tab indents, Ctrl+Right goes to the next word."""
    scripted.apply(enabled=False)
    scripted.press(_Key.Key_Tab)
    assert scripted.editor.text() == START[:-1] + "\t"
    scripted.editor.select_span(Span(0, 0))
    scripted.press(_Key.Key_Right, CONTROL)
    assert scripted.editor.caret() == len("Once ")
    scripted.press(_Key.Key_Right, CONTROL | SHIFT)
    assert scripted.editor.selected_text() == "upon "
    scripted.press(_Key.Key_Escape)
    scripted.press(_Key.Key_BracketRight, ALT)
    assert scripted.asked == []


def test_typing_what_is_suggested_keeps_it(scripted: Desk) -> None:
    """It gets shorter letter by letter and nothing is asked, to its very end."""
    scripted.type_on(START[-1])
    for number, letter in enumerate(SCRIPT[:12], 1):
        scripted.qtbot.keyClicks(scripted.editor, letter)
        assert scripted.ghost == SCRIPT[number:]
    assert scripted.editor.text() == START + SCRIPT[:12]
    scripted.settle()
    assert scripted.first_requests == 1
    scripted.editor.undo()
    assert scripted.editor.text() == START[:-1]


def test_an_input_method_that_writes_what_is_suggested_keeps_it(scripted: Desk) -> None:
    """Nothing is in view while it composes."""
    scripted.type_on(START[-1])
    scripted.compose("wai")
    assert scripted.autocomplete._ghost.text == ""
    scripted.compose("", " waited")
    assert scripted.editor.text() == START + " waited"
    assert scripted.autocomplete._ghost.text == SCRIPT[len(" waited") :]


def test_typing_something_else_takes_it_away(scripted: Desk) -> None:
    """And asks anew after a pause."""
    scripted.type_on(START[-1])
    scripted.qtbot.keyClicks(scripted.editor, ",")
    assert scripted.ghost == ""
    assert scripted.editor.text() == START + ","
    scripted.wait()
    assert scripted.first_requests == 2


def test_letters_typed_while_the_model_thinks_shorten_its_answer(
    make_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they are what it suggests; an answer for another place is dropped."""
    desk = make_desk("scripted:slow")
    desk.set_text("Once upon a time")
    desk.qtbot.keyClicks(desk.editor, ",")
    desk.qtbot.waitUntil(lambda: bool(desk.asked))
    monkeypatch.setitem(suggestion_manners.PAUSES_MS, "normal", 60_000)
    record = desk.type_on(" ")
    assert record.text
    assert not record.text.startswith(" ")
    assert desk.ghost == record.text
    assert desk.first_requests == 1
    monkeypatch.setitem(suggestion_manners.PAUSES_MS, "normal", 1)
    desk.decided.clear()
    desk.qtbot.keyClicks(desk.editor, "k")
    desk.qtbot.waitUntil(lambda: desk.first_requests == 2)
    desk.editor.select_span(Span(3, 3))
    desk.settle()
    assert desk.decided == []
    assert desk.ghost == ""


def test_the_latest_request_wins(make_desk: Any) -> None:
    """One that is outdated is cancelled, however long it would have taken."""
    desk = make_desk("scripted:slow")
    desk.set_text("Once upon a time")
    desk.type_on(",")
    desk.decided.clear()
    desk.settle()
    for letter in " the":
        # Not what is suggested.
        desk.press(_Key.Key_Escape)
        before = len(desk.asked)
        desk.qtbot.keyClicks(desk.editor, letter)
        desk.qtbot.waitUntil(lambda before=before: len(desk.asked) > before)
    jobs = [entry.job for entry in desk.queue._entries.values()]
    assert sum(not job.cancel.is_set() for job in jobs) == 1
    record = desk.wait()
    assert record.before == "Once upon a time, the"
    assert len(desk.decided) == 1


def test_a_model_that_is_being_loaded_is_let_in(
    make_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes on while it loads ends no load, and what was asked for then is not shown."""
    desk = make_desk("scripted:slow")
    desk.set_text("Once upon a time")
    desk.qtbot.keyClicks(desk.editor, ",")
    desk.qtbot.waitUntil(lambda: bool(desk.asked))
    monkeypatch.setattr(desk.queue, "state", lambda _job: JobState.LOADING)
    first = next(iter(desk.queue._entries.values())).job
    record = desk.type_on(" so")
    assert not first.cancel.is_set()
    assert record.before == "Once upon a time, so"
    assert len(desk.decided) == 1


def test_escape_dismisses_and_the_same_is_not_offered_there_again(scripted: Desk) -> None:
    """Not even when its first letters are typed; by hand it is."""
    scripted.type_on(START[-1])
    scripted.press(_Key.Key_Escape)
    assert scripted.ghost == ""
    assert scripted.editor.text() == START
    assert scripted.type_on(" ").silence is Silence.REJECTED
    assert scripted.ghost == ""


def test_alternatives_can_be_gone_through(make_desk: Any) -> None:
    """They are fetched while the first is read; a key that comes too early waits for them."""
    desk = make_desk()
    desk.set_text("Once upon a time")
    first = desk.type_on(",").text
    assert desk.ghost == first
    desk.press(_Key.Key_BracketRight, ALT)
    desk.settle()
    desk.qtbot.waitUntil(lambda: desk.ghost != first)
    texts = [desk.ghost]
    for _ in range(2):
        desk.press(_Key.Key_BracketRight, ALT)
        texts.append(desk.ghost)
    assert texts[-1] == first
    assert len(set(texts)) == 3
    desk.press(_Key.Key_BracketLeft, ALT)
    assert desk.ghost == texts[1]
    desk.press(_Key.Key_Tab)
    assert desk.editor.text() == "Once upon a time," + texts[1]


@pytest.mark.parametrize("early", [True, False])
def test_going_on_where_there_is_no_other_says_so(scripted: Desk, early: bool) -> None:
    """A key that comes too early waits for others; what is in view stays."""
    shown = scripted.type_on(START[-1]).text
    if not early:
        scripted.settle()
    scripted.press(_Key.Key_BracketRight, ALT)
    assert scripted.hints == ([] if early else ["There is no other suggestion here."])
    scripted.settle()
    assert scripted.hints == ["There is no other suggestion here."]
    assert scripted.ghost == shown
    scripted.press(_Key.Key_Tab)
    assert scripted.hints[-1] == ""


def test_the_next_one_is_there_when_one_is_taken(make_desk: Any) -> None:
    """What goes on from its end has been found while it was read, and from its first word."""
    desk = make_desk()
    desk.apply(ahead=True)
    desk.set_text("Once upon a time")
    text = desk.type_on(",").text
    desk.settle()
    start = "Once upon a time,"
    assert [task.before for task in desk.asked[1:]] == [
        start + text,
        start,
        start + next_word(text),
    ]
    desk.press(_Key.Key_Tab)
    further = desk.ghost
    assert further, "without an event having been processed"
    desk.press(_Key.Key_Tab)
    assert desk.editor.text() == start + text + further


def test_what_is_being_found_ahead_is_not_asked_twice(make_desk: Any) -> None:
    """Taken before the next one is there, it comes as soon as it is."""
    desk = make_desk("scripted:slow")
    desk.apply(ahead=True)
    desk.set_text("Once upon a time")
    desk.type_on(",")
    desk.press(_Key.Key_Tab)
    taken = desk.editor.text()
    record = desk.wait()
    assert record.text
    assert desk.editor.text() == taken
    first = [task for task in desk.asked if task.before == taken and task.alternatives == 1]
    assert len(first) == 1


def test_a_place_that_was_asked_about_is_remembered(scripted: Desk) -> None:
    """Going back to it asks nothing."""
    scripted.type_on(START[-1])
    scripted.press(_Key.Key_Comma)
    scripted.wait()
    asked = scripted.first_requests
    scripted.press(_Key.Key_Backspace)
    assert scripted.wait().silence is Silence.DELETED
    scripted.autocomplete.wake()
    scripted.press(_Key.Key_Backspace)
    assert scripted.wait().silence is Silence.DELETED
    assert scripted.type_on(START[-1]).text == SCRIPT
    assert scripted.first_requests == asked


def test_the_keys_are_the_settings(scripted: Desk) -> None:
    """Another key for Tab, and none at all."""
    scripted.apply(ahead=False, keys=replace(SuggestionKeys(), accept="Ctrl+Space", dismiss=""))
    scripted.type_on(START[-1])
    scripted.press(_Key.Key_Space, CONTROL)
    assert scripted.editor.text() == START + SCRIPT
    scripted.wait()
    assert scripted.type_on("x").text == SCRIPT
    scripted.press(_Key.Key_Tab)
    assert scripted.editor.text() == START + SCRIPT + "x\t"


def test_asking_by_hand_needs_no_pause_and_no_certainty(make_desk: Any) -> None:
    """Nor that suggestions are switched on; the next time it shows another one."""
    desk = make_desk()
    desk.set_text("Once upon a time")
    desk.apply(enabled=False)
    assert desk.type_on(",").silence is Silence.OFF
    desk.press(_Key.Key_Backslash, ALT)
    assert desk.wait().text
    assert desk.asked[0].by_hand
    assert not desk.autocomplete._pause.isActive()
    first = desk.ghost
    desk.settle()
    desk.press(_Key.Key_Backslash, ALT)
    assert desk.ghost not in ("", first)


def test_asking_by_hand_says_when_there_is_nothing(make_desk: Any) -> None:
    """In a word there is no place for one; without a model the reason is told."""
    desk = make_desk()
    desk.set_text("Once upon a time")
    desk.editor.select_span(Span(7, 7))
    desk.press(_Key.Key_Backslash, ALT)
    desk.wait()
    assert desk.decided[-1].silence is Silence.IN_WORD
    assert desk.hints == ["There is nothing to suggest here."]
    desk.press(_Key.Key_Left)
    assert desk.hints[-1] == ""
    desk.spec = EngineSpec("")
    desk.apply(enabled=True)
    desk.press(_Key.Key_Backslash, ALT)
    assert desk.decided[-1].silence is Silence.NO_MODEL
    assert len(desk.failures) == 1


@pytest.mark.parametrize(
    ("text", "typed", "silence"),
    [
        ("", " ", Silence.EMPTY),
        ("Text\n\n# A headin", "g", Silence.HEADING),
        ("Text\n\n```\ncode her", "e", Silence.CODE),
        ("Text with `cod", "e", Silence.CODE),
    ],
)
def test_nothing_is_asked_where_it_would_disturb(
    make_desk: Any, text: str, typed: str, silence: Silence
) -> None:
    desk = make_desk()
    desk.editor.set_markdown(True)
    desk.set_text(text)
    assert desk.type_on(typed).silence is silence
    assert desk.asked == []


def test_nothing_is_asked_within_a_word_or_without_a_model(make_desk: Any) -> None:
    """Neither is told as a problem: nobody has asked."""
    desk = make_desk()
    desk.set_text("Once upon a time")
    desk.spec = EngineSpec("")
    assert desk.type_on("x").silence is Silence.NO_MODEL
    desk.spec = EngineSpec("scripted")
    desk.editor.select_span(Span(7, 7))
    assert desk.type_on("x").silence is Silence.IN_WORD
    assert desk.failures == []
    assert desk.asked == []


def test_nothing_is_asked_after_deleting_or_undoing_until_something_is_typed(
    scripted: Desk,
) -> None:
    scripted.type_on(START[-1])
    for keys, silence in (
        ((_Key.Key_Backspace, Qt.KeyboardModifier.NoModifier), Silence.DELETED),
        ((_Key.Key_Backspace, CONTROL), Silence.DELETED),
        ((_Key.Key_Z, CONTROL), Silence.UNDONE),
    ):
        scripted.press(*keys)
        assert scripted.ghost == ""
        assert scripted.wait().silence is silence
    scripted.editor.redo()
    assert scripted.wait().silence is Silence.UNDONE
    assert scripted.type_on("x").text == SCRIPT


def test_nothing_is_shown_while_composing_selecting_or_locked(scripted: Desk) -> None:
    """A pause may end in any of them."""
    scripted.qtbot.keyClicks(scripted.editor, "x")
    scripted.compose("deng")
    assert scripted.wait().silence is Silence.COMPOSING
    scripted.compose("", "灯")
    assert scripted.wait().text == SCRIPT
    scripted.press(_Key.Key_Left, SHIFT)
    assert scripted.ghost == ""
    scripted.autocomplete._ask(by_hand=False)
    assert scripted.decided[-1].silence is Silence.SELECTION
    scripted.editor.moveCursor(QTextCursor.MoveOperation.End)
    scripted.type_on("x")
    scripted.editor.set_locked(True)
    assert scripted.ghost == ""
    scripted.autocomplete._ask(by_hand=False)
    assert scripted.decided[-1].silence is Silence.LOCKED


def test_the_caret_the_focus_and_another_text_end_it(scripted: Desk) -> None:
    """And nothing is asked for where the writer only looks."""
    for leave in (
        lambda: scripted.press(_Key.Key_Left),
        lambda: scripted.editor.select_span(Span(2, 2)),
        lambda: QApplication.sendEvent(scripted.editor, QFocusEvent(QEvent.Type.FocusOut)),
        lambda: scripted.editor.replace_span(Span(0, 4), "Twice"),
        lambda: scripted.editor.set_text("Another"),
    ):
        scripted.set_text(START[:-1])
        scripted.type_on(START[-1])
        leave()
        assert scripted.ghost == ""
        assert not scripted.autocomplete._pause.isActive()
        scripted.settle()


def test_a_key_that_does_nothing_leaves_it(scripted: Desk) -> None:
    scripted.type_on(START[-1])
    scripted.press(_Key.Key_F7)
    scripted.press(_Key.Key_Shift)
    assert scripted.ghost == SCRIPT


def test_too_many_rejections_make_it_rest_until_woken(
    make_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the pause gets longer; a hint says how to wake it; one that is taken ends it too."""
    monkeypatch.setattr(suggestion_manners, "READ_SECONDS", 0.0)
    desk = make_desk()
    desk.set_text("Once")
    for number in range(suggestion_manners.REST):
        assert desk.type_on("xyz"[number % 3]).text, number
    desk.qtbot.keyClicks(desk.editor, "x")
    assert desk.wait().silence is Silence.RESTING
    assert desk.hints[-1] == "Suggestions are resting. Alt+\\ wakes them."
    assert desk.autocomplete._manners.pause_ms == 20
    desk.press(_Key.Key_Backslash, ALT)
    assert desk.hints[-1] == ""
    assert desk.wait().text
    desk.press(_Key.Key_Tab)
    assert desk.autocomplete._manners.pause_ms == 10


def test_work_that_somebody_waits_for_goes_first(make_desk: Any) -> None:
    """The suggestion under way ends, and nothing says that the program is busy with it."""
    desk = make_desk("scripted:slow")
    desk.set_text("Once upon a time")
    busy: list[bool] = []
    desk.queue.busy_changed.connect(busy.append)
    desk.qtbot.keyClicks(desk.editor, ",")
    desk.qtbot.waitUntil(lambda: bool(desk.asked))
    assert busy == []
    with desk.qtbot.waitSignal(desk.queue.job_finished, timeout=20_000) as finished:
        job = desk.queue.submit(Continue("Once", max_tokens=2), desk.spec)
    assert finished.args[0] == job.id
    assert desk.decided == []


def test_where_the_caret_rests_is_read_before_anything_is_asked(scripted: Desk) -> None:
    """Once the model is in memory, for each place once; nothing is shown."""
    scripted.apply(ahead=True)
    scripted.rest()
    assert scripted.asked == []
    scripted.queue.submit(LoadModel(), scripted.spec)
    scripted.qtbot.waitUntil(lambda: scripted.read == [START[:-1]])
    scripted.press(_Key.Key_Left)
    scripted.editor.moveCursor(QTextCursor.MoveOperation.Start)
    scripted.set_text("Another text.")
    scripted.qtbot.waitUntil(lambda: scripted.read[1:] == ["Another text."])
    scripted.settle()
    assert (scripted.ghost, scripted.decided) == ("", [])


def test_nothing_is_read_that_would_not_help(scripted: Desk) -> None:
    """Where nothing is suggested, where one types, and where no work is to be done ahead."""
    scripted.apply(ahead=True)
    scripted.type_on(START[-1])
    scripted.set_text("")
    scripted.rest()
    scripted.set_text("Once")
    scripted.type_on(",")
    for settings in ({"ahead": False}, {"ahead": True, "enabled": False}):
        scripted.apply(**settings)
        scripted.set_text("Once upon a time")
        scripted.rest()
    assert scripted.read == []


def test_what_is_read_for_a_place_goes_on_when_a_suggestion_is_asked_there(make_desk: Any) -> None:
    """And ends when the caret goes elsewhere."""
    desk = make_desk()
    desk.apply(ahead=True)
    desk.queue.submit(LoadModel(), desk.spec)
    desk.set_text("Once upon a time")
    read: list[Job] = []
    submit = desk.queue.submit_quietly

    def submit_quietly(task: Any, spec: EngineSpec) -> Job:
        job = submit(task, spec)
        read.append(job)
        return job

    desk.queue.submit_quietly = submit_quietly
    desk.qtbot.waitUntil(lambda: bool(read))
    desk.autocomplete.ask()
    assert [job.cancel.is_set() for job in read] == [False, False]
    desk.autocomplete.withdraw()
    assert all(job.cancel.is_set() or desk.queue.state(job.id) is None for job in read)


def test_the_drafts_own_words_are_there_at_once(make_desk: Any) -> None:
    """Names come letter by letter, without a pause and without the model, which may go on."""
    desk = make_desk(draft="Elizabeth sang. Then Elizabeth went home, and Elizabeth slept. ")
    desk.set_text("At last ")
    desk.qtbot.keyClicks(desk.editor, "El")
    assert desk.ghost == "izabeth"
    assert desk.asked == []
    assert desk.decided[-1].source is Source.DRAFT
    desk.qtbot.keyClicks(desk.editor, "i")
    assert desk.ghost == "zabeth"
    desk.press(_Key.Key_Tab)
    assert desk.editor.text() == "At last Elizabeth"
    desk.apply(own_words=False)
    desk.qtbot.keyClicks(desk.editor, " El")
    assert desk.ghost == ""


def test_in_chinese_a_character_is_taken_at_a_time(tmp_path: Path, make_desk: Any) -> None:
    path = tmp_path / "script.txt"
    path.write_text("灯塔里住着一位老人", encoding="utf-8")
    desk = make_desk(f"scripted:{path}")
    desk.set_text("从前有一座灯塔")
    desk.compose("", "，")
    assert desk.wait().text == "灯塔里住着一位老人"
    desk.press(_Key.Key_Right, CONTROL)
    desk.press(_Key.Key_Right, CONTROL)
    assert desk.editor.text() == "从前有一座灯塔，灯塔"
    assert desk.ghost == "里住着一位老人"


def test_another_model_forgets_what_was_found(scripted: Desk) -> None:
    scripted.type_on(START[-1])
    former = scripted.autocomplete._settings
    scripted.autocomplete.apply_settings(
        replace(former, model=replace(former.model, default="other"))
    )
    assert scripted.ghost == ""
    scripted.press(_Key.Key_Backspace)
    scripted.wait()
    asked = scripted.first_requests
    scripted.type_on(START[-1])
    assert scripted.first_requests == asked + 1
