"""`inkling train`: from a recipe to an adapter, stopped and gone on with, wrong usage."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from assistant import cli
from assistant.cli.exits import Exit
from tests.training import tiny_runs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    base = tiny_runs.model(tmp_path)
    data = tiny_runs.data(tmp_path)
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(tiny_runs.recipe(base).to_toml(), "utf-8")
    run = tmp_path / "run"
    return ["train", str(recipe), "--data", str(data), "--run", str(run), "--threads", "1"]


def test_an_adapter_is_trained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One command makes it and says where it is."""
    assert cli.main([*arguments, "--tokens", "3000"]) == Exit.DONE
    assert "adapter" in capsys.readouterr().out


def test_progress_is_told_as_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every line is an object; the last says how it ended."""
    assert cli.main([*arguments, "--tokens", "3000", "--progress", "json"]) == Exit.DONE
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["ended"] == "done"
    assert all(line["tokens"] <= line["total"] for line in lines[:-1])
    assert lines[0]["held_out"] > lines[-2]["held_out"]


def test_ctrl_c_stops_and_the_same_command_goes_on(arguments: list[str]) -> None:
    """An interrupted run says so by its exit code and leaves a usable adapter."""
    command = [sys.executable, "-m", "assistant", *arguments, "--progress", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if json.loads(line).get("tokens", 0) > 1000:
                child.send_signal(signal.SIGINT)
                break
        rest = [json.loads(line) for line in child.stdout]
    assert child.returncode == Exit.INTERRUPTED
    assert rest[-1]["ended"] == "stopped"
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == Exit.DONE
    first = json.loads(again.stdout.splitlines()[0])
    assert first["tokens"] > 1000


def test_missing_data_is_explained(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence and exit code 1."""
    arguments[3] = str(tmp_path)
    assert cli.main(arguments) == Exit.FAILED
    assert "fairytaleqa_train" in capsys.readouterr().err
