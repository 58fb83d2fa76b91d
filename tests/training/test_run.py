"""A run from recipe to adapter: it learns, stops, goes on and survives what happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file

from assistant.core.errors import Cancelled, TrainingError
from assistant.engines.packed import loading as packed_loading
from assistant.models.adapters import AdapterConfig
from assistant.training import checkpoint, curve, run
from assistant.training.progress import Ended, Progress
from assistant.training.recipe import parse
from assistant.training.split import Part
from tests.training import tiny_runs

if TYPE_CHECKING:
    from pathlib import Path

_ADAPTER = "adapter/adapter_model.safetensors"


def _never() -> bool:
    return False


def _silent(_progress: Progress) -> None:
    pass


def _prepared(folder: Path, name: str = "run", **schedule: float) -> Path:
    """Return a run's folder that is ready to train in."""
    base, data = folder / "base", folder / "data"
    if not base.exists():
        tiny_runs.model(folder)
        tiny_runs.data(folder)
    run.prepare(tiny_runs.recipe(base, **schedule), data, folder / name, _never)
    return folder / name


def _train(folder: Path, reports: list[Progress] | None = None) -> Ended:
    report = _silent if reports is None else reports.append
    return run.train(folder, report, _never, threads=1, device="cpu", precision="float32")


def test_a_run_learns_and_leaves_an_adapter_in_peft_s_form(tmp_path: Path) -> None:
    """The held-out loss falls, the curve is kept, and W x + s B (A x) is what was trained."""
    folder = _prepared(tmp_path)
    reports: list[Progress] = []

    assert _train(folder, reports) is Ended.DONE

    held_out = [report.held_out for report in reports if report.held_out is not None]
    assert held_out[-1] < held_out[0] - 0.3
    points = curve.read(folder / "curve.csv")
    assert points[0].tokens == 0
    assert points[-1].held_out is not None
    assert (folder / "curve.svg").read_text("utf-8").startswith("<svg")
    path = folder / "adapter" / "adapter_config.json"
    config = AdapterConfig.from_json(path.read_text("utf-8"), path)
    assert (config.rank, config.scale, config.base) == (4, 2.0, str(tmp_path / "base"))
    tensors = load_file(folder / _ADAPTER)
    network = hf.AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype=torch.float32)
    with torch.no_grad():
        for name, down in tensors.items():
            if ".lora_A." not in name:
                continue
            up = tensors[name.replace(".lora_A.", ".lora_B.")]
            module = network.get_submodule(
                name.removeprefix("base_model.model.").partition(".lora_A.")[0]
            )
            module.weight += config.scale * up.float() @ down.float()
    blocks = load_file(folder / "held_out.safetensors")
    row = blocks["trees"][0] == 0
    row &= blocks["branches"][0] <= 1
    tokens = blocks["tokens"][0][row].long()
    learned = blocks["learned"][0][row]
    with torch.no_grad():
        logits = network(tokens[None]).logits[0]
    costs = torch.nn.functional.cross_entropy(logits[:-1], tokens[1:], reduction="none")
    assert float(costs[learned[1:]].mean()) < held_out[0] - 0.3


def test_the_same_recipe_and_data_give_the_same_adapter(tmp_path: Path) -> None:
    """Nothing but recipe and data decides what is learned."""
    for name in ("one", "two"):
        _train(_prepared(tmp_path, name))
    one, two = (load_file(tmp_path / name / _ADAPTER) for name in ("one", "two"))
    assert all(torch.equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize("precision", ["auto", "balanced", "exact"])
def test_a_model_that_would_run_packed_learns_unpacked(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_loading, "_FEWEST_PARAMETERS", 0)
    folder = _prepared(tmp_path, tokens=512)
    ended = run.train(folder, _silent, _never, threads=1, device="cpu", precision=precision)
    assert ended is Ended.DONE


def test_a_stopped_run_goes_on_to_the_same_end(tmp_path: Path) -> None:
    """Stopping costs nothing: weights and moments are those of a run that was never stopped."""
    whole, parted = _prepared(tmp_path, "whole"), _prepared(tmp_path, "parted")
    _train(whole)
    reports: list[Progress] = []

    def stop() -> bool:
        return len(reports) >= 4

    ended = run.train(parted, reports.append, stop, threads=1, device="cpu", precision="float32")
    assert ended is Ended.STOPPED
    assert (parted / _ADAPTER).is_file()
    assert _train(parted) is Ended.DONE
    one, two = load_file(whole / _ADAPTER), load_file(parted / _ADAPTER)
    assert all(torch.equal(one[key], two[key]) for key in one)
    tokens = [point.tokens for point in curve.read(parted / "curve.csv")]
    assert tokens == sorted(set(tokens))


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """SIGKILL in the middle loses no more than what came after the last checkpoint."""
    folder = _prepared(tmp_path)
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from assistant.training import run, trainer\n"
        "trainer._SECONDS_BETWEEN_CHECKPOINTS = 0.0\n"
        "def report(progress):\n"
        "    if progress.tokens > 5000:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "run.train(Path(sys.argv[1]), report, lambda: False, threads=1, device='cpu',\n"
        "          precision='float32')\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(folder)], env=os.environ, check=False, timeout=100
    )
    assert killed.returncode == -signal.SIGKILL
    kept = checkpoint.load(folder)
    assert kept is not None
    assert kept[0].tokens > 3000
    reports: list[Progress] = []
    assert _train(folder, reports) is Ended.DONE
    assert reports[0].tokens > kept[0].tokens
    other = _prepared(tmp_path, "other")
    _train(other)
    one, two = load_file(folder / _ADAPTER), load_file(other / _ADAPTER)
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_a_run_ends_when_the_held_out_loss_rises_and_keeps_the_best(tmp_path: Path) -> None:
    """A rate that is far too high is noticed; the adapter is the one before."""
    folder = _prepared(tmp_path, tokens=60_000, rate=1.0, check_every=1024, patience=2, warm_up=0.0)
    assert _train(folder) is Ended.ROSE
    held_out = [p.held_out for p in curve.read(folder / "curve.csv") if p.held_out is not None]
    kept = checkpoint.load(folder)
    assert kept is not None
    assert kept[0].best == pytest.approx(min(held_out), abs=1e-4)
    assert kept[0].tokens < 60_000
    assert _train(folder) is Ended.ROSE, "an ended run stays ended"


def test_a_run_begins_from_another_adapter(tmp_path: Path) -> None:
    """A voice goes on from the teller: its first loss is where the other's ended."""
    first = _prepared(tmp_path)
    reports: list[Progress] = []
    _train(first, reports)
    recipe = parse((first / "recipe.toml").read_text("utf-8"))
    second = tmp_path / "second"
    began = replace(recipe, start=str(first / "adapter"))
    run.prepare(began, tmp_path / "data", second, _never)
    more: list[Progress] = []
    _train(second, more)
    assert more[0].held_out == pytest.approx(reports[-1].held_out, abs=0.02)


def test_nothing_held_out_is_trained_on(tmp_path: Path) -> None:
    """The groups of the run are those of the training side."""
    folder = _prepared(tmp_path)
    names = (folder / "trained_on.txt").read_text("utf-8").split()
    stories = [f"tale {number}" for number in range(80)]
    kept = {run.group_digest(story) for story in stories if Part.VALIDATION.has(story)}
    assert kept
    assert not kept.intersection(names)
    assert set(names) <= {run.group_digest(story) for story in stories}


def test_a_preparation_that_is_stopped_leaves_no_run(tmp_path: Path) -> None:
    """A folder without a recipe is begun again."""
    tiny_runs.model(tmp_path)
    tiny_runs.data(tmp_path)
    with pytest.raises(Cancelled):
        run.prepare(
            tiny_runs.recipe(tmp_path / "base"), tmp_path / "data", tmp_path / "run", lambda: True
        )
    assert not run.is_prepared(tmp_path / "run")
    with pytest.raises(TrainingError):
        _train(tmp_path / "run")


@pytest.mark.parametrize("damage", [b"", b"no tensors", None])
def test_a_damaged_checkpoint_is_explained(tmp_path: Path, damage: bytes | None) -> None:
    """The sentence names the file; nothing is overwritten."""
    folder = _prepared(tmp_path, tokens=2048)
    _train(folder)
    path = folder / checkpoint.FILE
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    with pytest.raises(TrainingError, match=checkpoint.FILE):
        _train(folder)


def test_data_that_is_missing_is_named(tmp_path: Path) -> None:
    """An empty data folder gives the name of the file that is wanted."""
    tiny_runs.model(tmp_path)
    (tmp_path / "data").mkdir()
    with pytest.raises(TrainingError, match="fairytaleqa_train"):
        run.prepare(
            tiny_runs.recipe(tmp_path / "base"), tmp_path / "data", tmp_path / "run", _never
        )
