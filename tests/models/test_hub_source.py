"""Models of the hub: fetched safely from a hub on loopback, used offline from its cache."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from assistant.config.paths import models_folder
from assistant.core import errors
from assistant.models import library, manifest, staging
from assistant.models.install import Progress, Stage, install
from assistant.models.sources.hub import HubSource
from tests.models.fake_hub import COMMIT, FakeHub, serve
from tests.models.test_inspection import GPT2, model, safetensors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _never() -> bool:
    return False


def _ignore(_progress: Progress) -> None:
    pass


def _left_behind() -> list[str]:
    return sorted(path.name for path in models_folder().iterdir())


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with one model, and an empty cache."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    with serve() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.add("org/tiny", model(tmp_path / "tiny"))
        yield hub


def _cached(folder: Path, name: str, commit: str = COMMIT) -> Path:
    """Lay a model out as the hub's own library does in its cache."""
    repository = folder / "hub" / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    (repository / "snapshots").mkdir()
    return model(repository / "snapshots" / commit)


def test_a_model_of_the_hub_arrives_without_what_is_not_needed(hub: FakeHub) -> None:
    """Safetensors and small files at a pinned commit; no pickles, code or other formats."""
    files = hub.repositories["org/tiny"]
    for name in ("pytorch_model.bin", "modeling.py", "tf_model.h5", "model.fp16.safetensors"):
        files[name] = b"x" * 100
    files["onnx/config.json"] = b"{}"
    reports: list[Progress] = []
    found = install("org/tiny", reports.append, _never)

    assert (found.reference, found.title, found.licence) == ("org/tiny", "org/tiny", "mit")
    assert found.path == models_folder() / "org--tiny"
    assert {path.name for path in found.path.iterdir()} == {
        *("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
        manifest.MANIFEST,
    }
    assert hub.fetched() == {p.name for p in found.path.iterdir()} - {manifest.MANIFEST}
    (entry,) = manifest.entries()
    assert entry.manifest.origin == {"repository": "org/tiny", "commit": COMMIT}
    assert _left_behind() == ["org--tiny"]
    assert reports[-1].stage is Stage.FINISHING
    assert not any("telemetry" in agent or "torch/" in agent for agent in hub.agents)

    # It is there now: the hub is not troubled again, and removing deletes the copy.
    hub.asked.clear()
    assert library.resolve("org/tiny").path == found.path
    assert install("org/tiny", _ignore, _never).path == found.path
    assert hub.asked == []
    library.remove("org/tiny")
    assert _left_behind() == []


def test_a_model_in_shards_arrives_whole(hub: FakeHub, tmp_path: Path) -> None:
    """Its index and every shard."""
    folder = model(tmp_path / "sharded")
    (folder / "model.safetensors").unlink()
    names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    for name in names:
        safetensors(folder / name, {name: ("F32", [4])})
    index = {"weight_map": {name: name for name in names}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    hub.add("sharded", folder)
    assert install("sharded", _ignore, _never).parameters == 8


def test_a_cancelled_download_goes_on_where_it_was(hub: FakeHub) -> None:
    """Finished files are kept, broken ones are not, and nothing looks installed."""
    hub.stalls = "model.safetensors"
    with pytest.raises(errors.Cancelled):
        install("org/tiny", _ignore, hub.reached.is_set)
    assert library.installed() == ()
    (folder,) = models_folder().iterdir()
    assert folder.name == ".resumable-org--tiny"
    assert not list(folder.rglob("*.incomplete"))
    assert (folder / "model" / "tokenizer.json").exists()

    hub.stalls = ""
    hub.asked.clear()
    install("org/tiny", _ignore, _never)
    assert hub.fetched() == {"model.safetensors"}
    assert _left_behind() == ["org--tiny"]


def test_a_download_that_stands_still_is_given_up(hub: FakeHub) -> None:
    """Nothing comes for the time that is allowed."""
    hub.stalls = "model.safetensors"
    with pytest.raises(errors.NetworkError, match="Check the connection"):
        HubSource(stall_seconds=3).fetch("org/tiny", _ignore, _never, accept_terms=False)
    assert library.installed() == ()


@pytest.mark.parametrize(
    ("config", "without", "error"),
    [
        (GPT2, "model.safetensors", errors.UnsafeWeights),
        (GPT2 | {"model_type": "own", "auto_map": {}}, "", errors.CustomCodeRefused),
        (GPT2 | {"architectures": ["GPT2ForSequenceClassification"]}, "", errors.UnsupportedModel),
    ],
)
def test_what_may_not_be_loaded_is_refused_before_its_weights_come(
    hub: FakeHub,
    tmp_path: Path,
    config: object,
    without: str,
    error: type[errors.ModelError],
) -> None:
    """Pickles alone, code of its own, no language model: the sentence names the model."""
    files = hub.add("org/bad", model(tmp_path / "bad", config))
    files.pop(without, None)
    files["pytorch_model.bin"] = b"pickle"
    with pytest.raises(error, match="org/bad"):
        install("org/bad", _ignore, _never)
    assert not {"model.safetensors", "pytorch_model.bin"} & hub.fetched()
    assert _left_behind() == []


def test_other_refusals_are_explained(hub: FakeHub, tmp_path: Path) -> None:
    """GGUF only, no weights, behind a gate, not there at all, not a name."""
    hub.repositories["gguf-only"] = {"q4.gguf": b"GGUF"}
    with pytest.raises(errors.NotAModel, match=r"q4\.gguf"):
        install("gguf-only", _ignore, _never)
    files = hub.add("no-weights", model(tmp_path / "none"))
    del files["model.safetensors"]
    with pytest.raises(errors.WeightsMissing, match="no-weights"):
        install("no-weights", _ignore, _never)
    hub.gated.add("org/gated")
    with pytest.raises(errors.DownloadError, match="hf auth login"):
        install("org/gated", _ignore, _never)
    with pytest.raises(errors.ModelNotFound, match="org/none"):
        install("org/none", _ignore, _never)
    with pytest.raises(errors.ModelNotFound):
        install("not a name", _ignore, _never)
    assert _left_behind() == []


def test_a_hub_that_cannot_be_reached_is_explained(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens, or the user switched the hub off."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(errors.NetworkError, match="connection") as caught:
        install("org/tiny", _ignore, _never)
    assert "Traceback" not in str(caught.value)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(errors.NetworkError, match="HF_HUB_OFFLINE"):
        install("org/tiny", _ignore, _never)


def test_a_full_disk_is_noticed_before_the_weights_come(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub says how large they are."""
    usage = shutil.disk_usage(models_folder())
    monkeypatch.setattr(staging.shutil, "disk_usage", lambda _path: usage._replace(free=1))
    with pytest.raises(errors.DiskFull):
        install("org/tiny", _ignore, _never)
    assert "model.safetensors" not in hub.fetched()


def test_a_model_in_the_hubs_cache_needs_no_network(hub: FakeHub, tmp_path: Path) -> None:
    """It resolves where it lies; `get` remembers it; removing leaves the cache alone."""
    snapshot = _cached(tmp_path / "hf", "gpt2")
    assert library.resolve("gpt2").path == snapshot
    found = install("gpt2", _ignore, _never)
    assert (found.reference, found.path) == ("gpt2", snapshot)
    assert [d.reference for d in library.installed()] == ["gpt2"]
    library.remove("gpt2")
    assert snapshot.exists()
    assert hub.asked == []


def test_an_unfinished_model_in_the_cache_is_fetched(hub: FakeHub, tmp_path: Path) -> None:
    """Its configuration alone does not make a model; a copy of our own does."""
    snapshot = _cached(tmp_path / "hf", "org/tiny")
    (snapshot / "model.safetensors").unlink()
    with pytest.raises(errors.WeightsMissing):
        library.resolve("org/tiny")
    assert install("org/tiny", _ignore, _never).path == models_folder() / "org--tiny"


def test_the_cache_is_looked_for_where_the_hubs_library_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own variables, in its own order; without a reference the newest snapshot counts."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    snapshot = _cached(tmp_path / "a" / "huggingface", "gpt2")
    source = HubSource()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a"))
    assert source.find("gpt2") == snapshot
    monkeypatch.setenv("HF_HOME", str(tmp_path / "b"))
    assert source.find("gpt2") is None
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "a" / "huggingface" / "hub"))
    assert source.find("gpt2") == snapshot
    (snapshot.parent.parent / "refs" / "main").write_text("../../elsewhere")
    assert source.find("gpt2") == snapshot
