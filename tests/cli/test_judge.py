"""`inkling judge` from the shell's side."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from assistant import cli
from tests.bench import small_data
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return the folders of a tiny model and of data."""
    model = tiny_models.llama(tmp_path_factory.mktemp("llama"), max_position_embeddings=4096)
    return str(model), str(small_data.fill(tmp_path_factory.mktemp("data")))


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(words)
    out, err = capsys.readouterr()
    return code, out, err


def test_json_is_one_object_from_task_to_scores(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    model, data = folders
    code, out, err = _run(
        capsys, "judge", model, "--data", data, "--tasks", "answers,gap", "--limit", "2", "--json",
        "--precision", "float32",
    )  # fmt: skip
    scores: dict[str, dict[str, Any]] = json.loads(out)
    assert code == 0
    assert list(scores) == ["answers", "gap"]
    assert all(
        isinstance(value, int | float) for task in scores.values() for value in task.values()
    )
    assert scores["answers"]["items"] == 2
    assert "answers: 2 of 2" in err


def test_a_table_has_the_rivals_and_a_second_model(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    model, data = folders
    code, out, _ = _run(
        capsys, "judge", model, "--data", data, "--tasks", "refusal", "--limit", "2",
        "--against", "scripted", "--precision", "float32",
    )  # fmt: skip
    assert code == 0
    assert "refusal (2 items)" in out
    assert "scripted" in out.split("\n", maxsplit=1)[0]
    assert "share of words found" in out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--tasks", "poems"), "poems"),
        (("--tasks", "summaries"), "scitldr_dev"),
        (("--limit", "0"), "at least 1"),
    ],
)
def test_what_cannot_be_judged_is_said(
    words: tuple[str, ...],
    part: str,
    folders: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        code = cli.main(("judge", folders[0], "--data", str(tmp_path), *words))
    except SystemExit as stopped:
        code = int(str(stopped.code))
    out, err = capsys.readouterr()
    assert code in {1, 2}
    assert out == ""
    assert part in err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_prints_what_is_done_so_far(folders: tuple[str, str], tmp_path: Path) -> None:
    model, data = folders
    child = subprocess.Popen(
        [
            sys.executable, "-m", "assistant", "judge", model, "--data", data, "--json",
            "--tasks", "answers,prose,gap", "--limit", "100000", "--precision", "float32",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert child.stderr is not None
    # The four answers are done; prose has begun.
    for line in child.stderr:
        if "answers" in line:
            break
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert json.loads(out)["answers"]["items"] == 4
