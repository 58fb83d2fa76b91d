"""`inkling learn`: from documents to a voice; stopped, killed, gone on with; what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from assistant import cli
from assistant.models import library
from assistant.models.child import module_environment
from assistant.text.copying import COPY_INDEX
from assistant.training import voice_pace, voice_run
from tests.engines import tiny_models
from tests.training.test_pages import prose

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the tests' own process its priority: no process can take it back."""
    monkeypatch.setattr(os, "nice", lambda _: 0, raising=False)


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
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command and gives its exit code, output and error output."""

    def run_command(*words: str) -> tuple[int, str, str]:
        code = cli.main(["learn", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run_command


def messages(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def test_a_voice_is_learned_and_can_be_written_with(run: Any, base: Path, story: Path) -> None:
    """The library has it, kept from copying; what it was made from is gone from the disk."""
    code, out, _ = run("--name", "Anna", str(story), "--base", str(base), "--progress", "json")
    said = messages(out)
    assert code == 0
    assert said[0]["planned"]["words"] > 2_000
    learned = said[-1]["learned"]
    assert learned["after"] < learned["before"]
    assert learned["samples"] > 0
    steps = [message["learning"] for message in said if "learning" in message]
    assert steps[-1]["done"] == steps[-1]["total"]
    voice = library.resolve("Anna")
    assert voice.adapter is not None
    assert (voice.adapter.path / COPY_INDEX).stat().st_size > 1_000
    assert voice_run.unfinished() == ()
    assert voice_pace.known_pace(str(base)).tokens_per_second != 0
    assert cli.main(["continue", "12 34", "--model", "Anna", "--max-tokens", "5"]) == 0


def child(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "assistant", "learn", *words, "--progress", "json"],
        stdout=subprocess.PIPE,
        text=True,
        env={**module_environment(), "OMP_NUM_THREADS": "1"},
    )


def read_until(process: subprocess.Popen[str], done: int) -> None:
    """Read what a child says until it has learned from so many tokens."""
    assert process.stdout is not None
    for line in process.stdout:
        if not line.startswith("{"):
            continue
        if json.loads(line).get("learning", {}).get("done", 0) >= done:
            return
    pytest.fail("the child ended too early")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_what_is_stopped_or_killed_is_gone_on_with(run: Any, base: Path, story: Path) -> None:
    """Ctrl-C leaves a usable voice and says how to go on; after a SIGKILL it goes on as well."""
    first = child("--name", "My voice", str(story), "--base", str(base))
    read_until(first, 3_000)
    first.send_signal(signal.SIGINT)
    out, _ = first.communicate(timeout=30)
    assert first.returncode == 130
    paused = messages(out)[-1]["paused"]
    assert 0 < paused["fraction"] < 1
    assert paused["usable"]
    assert library.resolve("My voice").adapter is not None
    (unfinished,) = voice_run.unfinished()
    assert unfinished.fraction == pytest.approx(paused["fraction"])

    second = child("--resume", "My voice")
    read_until(second, unfinished.state.tokens + 1)
    os.kill(second.pid, signal.SIGKILL)
    second.communicate(timeout=30)

    code, out, _ = run("--resume", "My voice")
    assert code == 0
    assert "The voice My voice is ready" in out
    assert "before" in out
    assert voice_run.unfinished() == ()


def test_one_voice_is_learned_by_one_process(run: Any, base: Path, story: Path) -> None:
    """The second one is told, and the first is not disturbed."""
    with voice_run.alone("Anna"):
        code, _, err = run("--name", "Anna", str(story), "--base", str(base))
    assert code == 1
    assert "already" in err


def test_too_little_text_is_refused_with_a_number(run: Any, base: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text(prose(400), "utf-8")
    code, out, err = run("--name", "Anna", str(short), "--base", str(base))
    assert code == 1
    assert "2,000" in err
    assert out == ""
    code, out, _ = run("--name", "A", str(short), "--base", str(base), "--progress", "json")
    assert code == 1
    assert "2,000" in messages(out)[-1]["error"]
    assert voice_run.unfinished() == ()


@pytest.mark.parametrize("content", [None, b"", b"\x00\xff\xfe" * 100])
def test_a_missing_empty_or_binary_file_is_named(
    run: Any, base: Path, story: Path, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "strange.bin"
    if content is not None:
        path.write_bytes(content)
    code, _, err = run("--name", "Anna", str(story), str(path), "--base", str(base))
    assert code == 1
    assert "strange.bin" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "--name"),
        (["--name", "Anna"], "FILE"),
        (["a.txt"], "--name"),
        (["--resume", "Anna", "--minutes", "3"], "--resume"),
        (["--name", "../x", "a.txt"], "name"),
        (["--name", "smollm2", "a.txt"], "already"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(run: Any, words: list[str], says: str) -> None:
    code, _, err = run(*words)
    assert code == 2
    assert says in err


def test_a_voice_that_was_never_begun_cannot_be_gone_on_with(run: Any) -> None:
    code, _, err = run("--resume", "Nobody")
    assert code == 1
    assert "Nobody" in err


def test_an_encoder_decoder_cannot_learn_a_voice(run: Any, story: Path, tmp_path: Path) -> None:
    """It does not go on with texts, and says so before anything is computed."""
    t5 = tiny_models.t5(tmp_path / "t5")
    code, _, err = run("--name", "Anna", str(story), "--base", str(t5))
    assert code == 1
    assert "--base" in err


def test_chinese_is_refused_by_a_model_that_has_only_its_bytes(
    run: Any, base: Path, tmp_path: Path
) -> None:
    """Half an hour is not spent on a model that has never seen the script."""
    path = tmp_path / "小说.txt"
    path.write_text("".join(f"第{n}天晚上老人又提着灯走上了楼梯。" for n in range(200)), "utf-8")
    code, _, err = run("--name", "Anna", str(path), "--base", str(base))
    assert code == 1
    assert "script" in err
