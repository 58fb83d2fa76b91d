"""Adapters on the command line: got, listed below their base, used, renamed, exported, removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assistant import cli
from assistant.config.paths import config_folder
from assistant.config.settings import ModelSettings, Settings
from assistant.config.store import SettingsStore
from assistant.models import adapters
from assistant.models.adapters import WEIGHTS
from tests.engines import tiny_adapters, tiny_models

if TYPE_CHECKING:
    from pathlib import Path

PURPOSE = """
title = "Voice"
summary = "Goes on as I do."
[abilities.continue]
verdict = "rough"
prompt = "plain"
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command and gives its exit code, output and error output."""

    def run_command(*words: str) -> tuple[int, str, str]:
        code = cli.main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return run_command


@pytest.fixture
def base(run: Any, tmp_path: Path) -> Path:
    """A tiny model in the library, by the name of its folder."""
    folder = tiny_models.llama(tmp_path / "tiny")
    assert run("models", "get", str(folder))[0] == 0
    return folder


def _rows(run: Any) -> dict[str, Any]:
    return {row["name"]: row for row in json.loads(run("models", "list", "--json")[1])}


@pytest.mark.usefixtures("base")
def test_an_adapter_is_got_used_renamed_exported_and_removed(run: Any, tmp_path: Path) -> None:
    """Its strength changes what is written; strength 0 writes what the base does."""
    folder = tiny_adapters.adapter(tmp_path / "voice", "tiny", purpose=PURPOSE)
    code, out, _ = run("models", "get", str(folder))
    assert (code, "voice" in out) == (0, True)
    row = _rows(run)["voice"]
    assert (row["base"], row["purpose"]) == ("tiny", "Goes on as I do.")
    listed = run("models", "list")[1]
    assert listed.index("tiny") < listed.index("voice")
    assert "for tiny: Goes on as I do." in listed
    assert json.loads(run("models", "show", "voice", "--json")[1])["adapter"] == row["adapter"]

    def written(*words: str) -> list[int]:
        ask = ("continue", "Once", "--greedy", "--max-tokens", "12", "--json", *words)
        code, out, _ = run(*ask)
        assert code == 0
        ids: list[int] = json.loads(out)["ids"]
        return ids

    plain = written("--model", "tiny")
    assert written("--model", "voice", "--strength", "0") == plain
    assert written("--model", "voice") != plain
    assert written("--model", str(folder)) == written("--model", "voice")

    store = SettingsStore(config_folder() / "settings.toml")
    chosen = ModelSettings(default="tiny", per_task={"continue": "voice"}, strengths={"voice": 0.0})
    store.save(Settings(model=chosen))
    assert written() == plain
    assert run("models", "rename", "voice", "Mine")[0] == 0
    kept = store.load().settings.model
    assert (kept.per_task, kept.strengths) == ({"continue": "Mine"}, {"Mine": 0.0})
    assert "Mine" in _rows(run)

    target = tmp_path / "out"
    assert run("models", "export", "Mine", str(target))[0] == 0
    assert (target / WEIGHTS).read_bytes() == (folder / WEIGHTS).read_bytes()
    assert run("models", "export", "Mine", str(target))[0] == 1
    assert run("models", "remove", "Mine")[0] == 0
    assert "Mine" not in _rows(run)


@pytest.mark.usefixtures("base")
def test_one_that_fits_no_base_is_one_sentence(run: Any, tmp_path: Path) -> None:
    """At the latest when it is loaded."""
    modules = {"model.layers.0.self_attn.q_proj": (32, 99)}
    folder = tiny_adapters.adapter(tmp_path / "voice", "tiny", modules, purpose=PURPOSE)
    code, out, err = run("continue", "Once", "--model", str(folder))
    assert (code, out) == (1, "")
    assert "another model" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_one_without_its_base_names_the_command(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is got, in the list, and when it is to be used."""
    folder = tiny_adapters.adapter(tmp_path / "resources" / "adapters" / "reader", "smollm2")
    assert "inkling models get smollm2" in run("models", "get", str(folder))[2]
    monkeypatch.setattr(adapters, "resource", (tmp_path / "resources").joinpath)
    listed = run("models", "list")[1]
    assert "needs its base: inkling models get smollm2" in listed
    row = _rows(run)["reader"]
    assert (row["installed"], row["base"]) == (False, "smollm2")
    code, _, err = run("continue", "Once", "--model", "reader")
    assert (code, "inkling models get smollm2" in err) == (1, True)


def test_a_strength_out_of_bounds_is_wrong_usage(run: Any) -> None:
    """From 0 to 1.5."""
    for strength in ("-0.1", "1.6", "nan", "x"):
        with pytest.raises(SystemExit) as caught:
            run("continue", "Once", "--strength", strength)
        assert caught.value.code == 2
