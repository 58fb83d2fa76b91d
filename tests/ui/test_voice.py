"""Learning a voice in the window: the dialog, the child that learns, and what follows."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton

from assistant.config.paths import config_folder
from assistant.config.settings import (
    EditorSettings,
    GenerationSettings,
    LearningSettings,
    ModelSettings,
    Settings,
)
from assistant.config.store import SettingsStore
from assistant.core.tasks import TaskName
from assistant.engines.pool import EnginePool
from assistant.models import library
from assistant.training import voice_run
from assistant.training.voice_messages import Learned, Learning, Paused
from assistant.ui.learning_conditions import LearningConditions
from assistant.ui.loss_plot import LossPlot
from assistant.ui.main_window import MainWindow
from assistant.ui.voice_learner import VoiceLearner
from assistant.ui.voice_questions import Stop
from assistant.worker.queue import JobQueue
from tests.engines import tiny_models
from tests.training.test_pages import prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MINUTE = 60_000


class Answers:
    """Answers the flow's questions as a test has set."""

    def __init__(self) -> None:
        self.on_stop = Stop.CANCEL
        self.name: str | None = None
        self.folder: Path | None = None
        self.on_remove = True

    def stop(self, _name: str) -> Stop:
        return self.on_stop

    def new_name(self, _name: str) -> str | None:
        return self.name

    def export_folder(self, _name: str) -> Path | None:
        return self.folder

    def remove(self, _name: str) -> bool:
        return self.on_remove


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny random model."""
    return tiny_models.llama(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """Return a text that is just long enough, in words of few letters: each is a token here."""
    path = tmp_path / "story.md"
    letters = str.maketrans("0123456789", "aeioumnrst", "wordW")
    path.write_text(prose(2_100).translate(letters), "utf-8")
    return path


@pytest.fixture
def open_window(qtbot: Any, base: Path) -> Iterator[Callable[[], MainWindow]]:
    """Return a function that opens a window on the tiny model, again and again on one home."""
    opened: list[tuple[MainWindow, JobQueue]] = []

    def open_one() -> MainWindow:
        store = SettingsStore(config_folder() / "settings.toml")
        settings = Settings(
            model=ModelSettings(default=str(base)),
            generation=GenerationSettings(versions=1, words=5),
            editor=EditorSettings(check_grammar=False),
        )
        settings = store.load().settings if opened else settings
        queue = JobQueue(EnginePool)
        window = MainWindow(store, settings, queue)
        window._voice._ask = Answers()
        window.show()
        opened.append((window, queue))
        return window

    yield open_one
    for window, queue in opened:
        window._editor.document().setModified(False)
        window.close()
        assert queue.shutdown()
        window.deleteLater()
        QCoreApplication.sendPostedEvents()


def button(widget: Any, text: str) -> QPushButton:
    """Return the visible button of that text."""
    found = [
        b
        for b in widget.findChildren(QPushButton)
        if b.isVisible() and b.text().replace("&", "") == text
    ]
    assert found, text
    return found[0]


def start(qtbot: Any, window: MainWindow, story: Path, name: str = "Anna") -> Any:
    """Begin to learn from `story` in the dialog, as a writer would; return the dialog."""
    window._actions.learn_voice.trigger()
    dialog = window._voice._dialog
    assert dialog is not None
    dialog.setup.add([story])
    dialog.setup._name.setText(name)
    with qtbot.waitSignal(window._voice.learner.started):
        qtbot.mouseClick(button(dialog, "Start learning"), Qt.MouseButton.LeftButton)
    return dialog


def wait_until_it_learns(qtbot: Any, window: MainWindow) -> None:
    with qtbot.waitSignal(
        window._voice.learner.said,
        timeout=MINUTE,
        check_params_cb=lambda m: isinstance(m, Learning) and m.done > 0,
    ):
        pass


def test_a_voice_is_learned_paused_gone_on_with_after_a_restart_and_used(
    qtbot: Any, open_window: Callable[[], MainWindow], story: Path
) -> None:
    """The whole way, with the program's own child: nothing is lost by closing the window."""
    first = open_window()
    dialog = start(qtbot, first, story)
    wait_until_it_learns(qtbot, first)
    assert "tokens a second" in dialog.progress._line.text()
    with qtbot.waitSignal(first._voice.learner.paused, timeout=MINUTE):
        qtbot.mouseClick(button(dialog, "Pause"), Qt.MouseButton.LeftButton)
    assert "Paused at" in dialog.progress._line.text()
    (paused,) = voice_run.unfinished()
    with qtbot.waitSignal(first._voice.learner.started):
        qtbot.mouseClick(button(dialog, "Go on"), Qt.MouseButton.LeftButton)
    wait_until_it_learns(qtbot, first)
    first.close()
    assert not first._voice.learner.busy

    (run,) = voice_run.unfinished()
    assert run.state.tokens >= paused.state.tokens
    second = open_window()
    second._voice.show_dialog()
    assert second._voice._dialog is not None
    assert len(second._voice._dialog.progress._plot.held_out) > 0
    second._voice._dialog.close()
    second.offer_recovery()
    assert "Learning “Anna” was paused at" in second._messages.sentence
    with qtbot.waitSignal(second._voice.learner.learned, timeout=MINUTE) as learned:
        qtbot.mouseClick(second._messages._action, Qt.MouseButton.LeftButton)
    assert learned.args[0].after < learned.args[0].before
    assert "Anna" in second._messages.sentence
    assert second._choice.describe(TaskName.CONTINUE).reference == "Anna"
    assert voice_run.unfinished() == ()

    second._editor.setFocus()
    qtbot.keyClicks(second._editor, "ab ")
    second._actions.continue_.trigger()
    qtbot.waitUntil(lambda: not second._queue.busy, timeout=MINUTE)
    assert second._work.loaded[0].reference == "Anna"

    qtbot.mouseClick(second._messages._action, Qt.MouseButton.LeftButton)
    assert second._choice.describe(TaskName.CONTINUE).adapter is None


def fake(tmp_path: Path, script: str) -> VoiceLearner:
    """Return a learner whose child runs the given Python lines."""
    path = tmp_path / "child.py"
    path.write_text("import json, signal, sys, time\n" + script, encoding="utf-8")
    return VoiceLearner(command=[sys.executable, "-I", str(path)])


def test_the_child_is_told_what_to_learn_and_from_where(qtbot: Any, tmp_path: Path) -> None:
    """Names that look like options are names."""
    learner = fake(tmp_path, "print(json.dumps({'error': json.dumps(sys.argv[1:])}))\n")
    with qtbot.waitSignal(learner.failed) as failed:
        learner.start("A b", [tmp_path / "--base.txt"], "smollm2")
    told = json.loads(failed.args[0])
    assert told[:2] == ["--progress", "json"]
    assert told[2:] == ["--name", "A b", "--base", "smollm2", "--", str(tmp_path / "--base.txt")]
    with qtbot.waitSignal(learner.failed) as failed:
        learner.resume("A b")
    assert json.loads(failed.args[0])[2:] == ["--resume", "A b"]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ('print(\'[1]\'); print(\'{"learning": {"done": "x"}}\'); sys.exit(3)\n', "--resume"),
        ("print(json.dumps({'error': '磁盘已满。'})); sys.exit(1)\n", "磁盘已满。"),
        ("raise ValueError\n", "--resume"),
    ],
)
def test_a_child_that_fails_is_told_with_advice(
    qtbot: Any, tmp_path: Path, script: str, says: str
) -> None:
    learner = fake(tmp_path, script)
    with qtbot.waitSignal(learner.failed) as failed:
        learner.start("Anna", [], "smollm2")
    assert says in failed.args[0]
    assert not learner.busy


LEARNS = (
    "message = {'learning': {'done': 1, 'total': 9, 'loss': 2.0, 'held_out': 2.5,"
    " 'tokens_per_second': 5.0, 'seconds_left': 9.0}}\n"
    "end = {'paused': {'name': 'Anna', 'fraction': 0.4, 'usable': True}}\n"
    "def leave(*_): print(json.dumps(end), flush=True); sys.exit(130)\n"
    "signal.signal(signal.SIGTERM, leave)\n"
    "while True: print(json.dumps(message), flush=True); time.sleep(0.05)\n"
)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_child_that_is_held_says_nothing_and_can_still_be_paused(
    qtbot: Any, tmp_path: Path
) -> None:
    """Held, it costs no processor; pausing it wakes it up first, so that it can keep its work."""
    learner = fake(tmp_path, LEARNS)
    said: list[object] = []
    learner.said.connect(said.append)
    with qtbot.waitSignal(learner.said):
        learner.start("Anna", [], "smollm2")
    learner.hold()
    assert learner.held
    qtbot.wait(150)
    count = len(said)
    qtbot.wait(300)
    assert len(said) == count
    learner.let_go()
    qtbot.waitUntil(lambda: len(said) > count)
    learner.hold()
    with qtbot.waitSignal(learner.paused) as paused:
        learner.pause()
    assert paused.args == [Paused("Anna", 0.4, usable=True)]


def test_learning_waits_for_tasks_for_rest_and_for_mains_power(qtbot: Any) -> None:
    """Each reason is said, in turn, and only where the writer wants to wait for it."""
    now, power = [0.0], [True]
    conditions = LearningConditions(on_mains=lambda: power[0], clock=lambda: now[0])
    reasons: list[str] = []
    conditions.changed.connect(reasons.append)
    conditions.watch()
    assert reasons == []
    conditions.set_busy(True)
    conditions.set_busy(False)
    assert ["model" in reason for reason in reasons] == [True, False]
    power[0] = False
    conditions.look()
    assert conditions.reason == ""
    conditions.apply(LearningSettings(only_on_mains=True))
    assert "mains" in conditions.reason
    power[0] = True
    conditions.apply(LearningSettings(only_when_idle=True))
    assert conditions.reason == ""
    from PySide6.QtWidgets import QLineEdit

    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    qtbot.keyClicks(field, "a")
    conditions.look()
    assert "rest" in conditions.reason
    now[0] += 60
    conditions.look()
    assert conditions.reason == ""
    conditions.rest()


def test_too_little_text_cannot_be_started_and_says_what_is_missing(
    open_window: Callable[[], MainWindow], tmp_path: Path
) -> None:
    """The button is off until there is enough; what cannot be read is named and left out."""
    window = open_window()
    window._voice.show_dialog()
    assert window._voice._dialog is not None
    setup = window._voice._dialog.setup
    assert not setup._start.isEnabled()
    short = tmp_path / "short.txt"
    short.write_text(prose(400), "utf-8")
    binary = tmp_path / "picture.png"
    binary.write_bytes(b"\x89PNG\x00\xff\xfe" * 50)
    setup.add([short, binary, tmp_path / "nowhere.txt", short])
    assert setup.documents() == (short,)
    assert "2,000" in setup._sum.text()
    assert "picture.png" in setup._problem.text()
    assert "nowhere.txt" in setup._problem.text()
    assert not setup._start.isEnabled()
    long = tmp_path / "long.txt"
    long.write_text(prose(3000, seed=1), "utf-8")
    setup.add([long])
    assert "minute" in setup._sum.text()
    assert setup._start.isEnabled()
    setup._name.setText("  ")
    assert not setup._start.isEnabled()
    setup._list.setCurrentRow(1)
    setup._remove.click()
    assert setup.documents() == (short,)


def test_the_open_document_is_offered(open_window: Callable[[], MainWindow], story: Path) -> None:
    window = open_window()
    window.open_file(story)
    window._voice.show_dialog()
    assert window._voice._dialog is not None
    assert window._voice._dialog.setup.documents() == (story.resolve(),)


def test_options_are_remembered(open_window: Callable[[], MainWindow]) -> None:
    first = open_window()
    first._voice.show_dialog()
    assert first._voice._dialog is not None
    first._voice._dialog.setup._idle.click()
    second = open_window()
    assert second._preferences.settings.learning.only_when_idle


@pytest.fixture
def voice(base: Path, story: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a voice into the library: learned for no more than a few steps."""
    from assistant.training import voice as learning

    planned = learning.plan("Anna", [story], str(base))
    run = voice_run.begin(replace(planned.plan, tokens=1024), planned.pages)
    learning.learn(run, lambda _: None, lambda: False, threads=1)
    return "Anna"


def test_voices_are_chosen_renamed_exported_and_deleted(
    open_window: Callable[[], MainWindow], voice: str, tmp_path: Path
) -> None:
    """The menu switches a voice on and off; the dialog looks after it."""
    window = open_window()
    flow, answers = window._voice, Answers()
    flow._ask = answers

    def titles() -> list[str]:
        window._voices.aboutToShow.emit()
        return [a.text() for a in window._voices.actions() if isinstance(a, QAction) and a.text()]

    assert titles() == ["&No voice", "Anna", "&Learn my voice…"]
    window._voices.actions()[1].trigger()
    assert window._choice.describe(TaskName.CONTINUE).reference == "Anna"
    titles()
    assert window._voices.actions()[1].isChecked()
    window._voices.actions()[0].trigger()
    assert window._choice.describe(TaskName.CONTINUE).adapter is None

    flow.show_dialog()
    assert flow._dialog is not None
    listed = flow._dialog.voices
    assert listed._list.count() == 2
    listed._list.setCurrentRow(1)
    assert window._choice.describe(TaskName.CONTINUE).reference == "Anna"
    answers.name = "Anna in winter"
    listed._rename.click()
    assert window._choice.describe(TaskName.CONTINUE).reference == "Anna in winter"
    answers.name = "smollm2"
    listed._rename.click()
    assert "already" in flow._dialog._said.text()
    answers.folder = tmp_path / "copy"
    listed._export.click()
    assert (tmp_path / "copy" / "adapter_model.safetensors").exists()
    answers.on_remove = False
    listed._delete.click()
    assert library.find_entry("Anna in winter") is not None
    answers.on_remove = True
    listed._delete.click()
    assert library.find_entry("Anna in winter") is None
    assert window._choice.describe(TaskName.CONTINUE).adapter is None
    assert not listed.isVisible()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("answer", [Stop.KEEP, Stop.DISCARD, Stop.CANCEL])
def test_stop_asks_what_becomes_of_the_voice(
    qtbot: Any, open_window: Callable[[], MainWindow], tmp_path: Path, voice: str, answer: Stop
) -> None:
    """Kept, it is written in at once; thrown away, nothing of it is left; or it goes on."""
    window = open_window()
    flow = window._voice
    learner = fake(tmp_path, LEARNS)
    flow.learner = learner
    learner.paused.connect(flow._on_paused)
    learner.started.connect(flow._on_started)
    learner.said.connect(flow._on_said)
    answers = Answers()
    answers.on_stop = answer
    flow._ask = answers
    flow.show_dialog()
    assert flow._dialog is not None
    with qtbot.waitSignal(learner.said):
        learner.resume(voice)
    flow._dialog.progress.stop_requested.emit()
    if answer is Stop.CANCEL:
        assert learner.busy
        learner.close()
        return
    qtbot.waitUntil(lambda: not learner.busy)
    there = library.find_entry(voice) is not None
    assert there is (answer is Stop.KEEP)
    using = flow.in_use()
    assert (using is not None) is there


def test_a_name_that_is_taken_is_not_learned_again(
    open_window: Callable[[], MainWindow], story: Path, voice: str
) -> None:
    window = open_window()
    window._voice.show_dialog()
    dialog = window._voice._dialog
    assert dialog is not None
    dialog.setup.add([story])
    dialog.setup._name.setText(voice)
    dialog.setup._start.click()
    assert "already" in dialog.setup._problem.text()
    assert not window._voice.learner.busy


def test_the_plot_draws_what_it_is_told_and_says_it_to_screen_readers(qtbot: Any) -> None:
    """Nothing, one point and many thousands can be drawn."""
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(400, 160)
    assert not plot.grab().isNull()
    plot.add(0.0, 3.0, 3.2)
    assert not plot.grab().isNull()
    for step in range(3000):
        plot.add(step / 3000, 3.0 - step / 3000, 2.5 if step % 1000 == 0 else None)
    assert not plot.grab().isNull()
    assert len(plot._training) <= 600
    assert plot.held_out == (3.2, 2.5, 2.5, 2.5)
    assert "2.500" in plot.accessibleDescription()
    plot.clear()
    assert plot.held_out == ()


def test_what_became_of_it_is_said(open_window: Callable[[], MainWindow], voice: str) -> None:
    """With the dialog closed, in the window's own bar."""
    window = open_window()
    window._voice._on_learned(Learned(voice, 3.756, 3.661, 0.05, 20, 1000, 60.0))
    said = window._messages.sentence
    for fact in ("Anna", "3.756", "3.661", "20", "5 %"):
        assert fact in said
