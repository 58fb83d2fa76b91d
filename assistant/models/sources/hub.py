"""Models on the Hugging Face hub, by name.

What another program has fetched into the hub's own cache is used where it lies. What is fetched
here goes into the library, safetensors only and at a pinned commit; a download that was broken off
keeps its finished files for the next try.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assistant.core.errors import (
    DownloadError,
    InklingError,
    ModelNotFound,
    NetworkError,
    NotAModel,
    UnsafeWeights,
    WeightsMissing,
)
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import child, manifest, staging
from assistant.models.adapters import is_adapter
from assistant.models.inspection import check_config, describe
from assistant.models.manifest import Manifest
from assistant.models.naming import free_name
from assistant.models.progress import Pace, Progress, Report, Stage
from assistant.models.staging import Staging, open_staging, resume_staging

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MODULE = "assistant.models.sources.hub_download"
_STALL_SECONDS = 90.0
_WHOLE_TREE = "model"


class HubSource:
    """The models of the hub. A download that stands still is given up in `stall_seconds`."""

    name = "hub"

    def __init__(self, stall_seconds: float = _STALL_SECONDS) -> None:
        self._stall_seconds = stall_seconds

    def claims(self, reference: str) -> bool:
        """Whether `reference` is written as the hub's names are."""
        return _NAME.fullmatch(reference) is not None and ".." not in reference

    def find(self, reference: str) -> Path | None:
        """Return the folder of that model in the hub's own cache on this machine."""
        repository = _cache_folder() / f"models--{reference.replace('/', '--')}"
        snapshots = repository / "snapshots"
        try:
            commit = (repository / "refs" / "main").read_text("utf-8").strip()
        except (OSError, ValueError):
            commit = ""
        if _COMMIT.fullmatch(commit) and (snapshots / commit / "config.json").exists():
            return snapshots / commit
        found = sorted(snapshots.glob("*/config.json"), key=lambda path: path.stat().st_mtime)
        return found[-1].parent if found else None

    def missing(self, reference: str) -> ModelNotFound:
        """Return the error that says how to get `reference`."""
        return ModelNotFound(
            tr(
                "There is no model {name} on this machine. If it is one of the Hugging Face hub, "
                "get it with: inkling models get {name}",
                name=reference,
            )
        )

    def fetch(
        self, reference: str, report: Report, should_stop: ShouldStop, *, accept_terms: bool
    ) -> str:
        """Fetch the model into the library, or remember it where the hub's cache has it whole."""
        del accept_terms  # The hub asks for that itself, on its pages.
        name = free_name(reference, reference)
        cached = self._whole_in_cache(reference)
        if cached is not None:
            with open_staging(name) as stage:
                stage.publish(stage.fresh(_WHOLE_TREE), self._manifest(name, reference, cached))
            report(Progress(Stage.FINISHING, 100, 100))
            return name
        with resume_staging(name) as stage:
            folder = stage.folder / _WHOLE_TREE
            folder.mkdir(exist_ok=True)
            try:
                found = self._look(reference, stage, should_stop)
                self._fetch_weights(reference, found, stage, report, should_stop)
                describe(folder, reference)
            finally:
                _drop_broken(folder)
            _drop_unwanted(folder, {*found["small"], *found["weights"]})
            stage.publish(folder, self._manifest(name, reference, None, found))
        report(Progress(Stage.FINISHING, 100, 100))
        return name

    def _whole_in_cache(self, reference: str) -> Path | None:
        folder = self.find(reference)
        if folder is None:
            return None
        try:
            describe(folder, reference)
        except InklingError:
            return None
        return folder

    def _look(self, reference: str, stage: Staging, should_stop: ShouldStop) -> dict[str, Any]:
        """Fetch the small files and refuse what could not be used before the large ones come."""
        folder = stage.folder / _WHOLE_TREE
        found = self._run(stage, should_stop, _nothing, "look", reference, str(folder))
        if found["gguf"] and not (folder / "config.json").exists():
            raise NotAModel(
                tr(
                    "{name} offers GGUF files. Download {file} yourself, then run: inkling models "
                    "get {file}",
                    name=reference,
                    file=found["gguf"][0],
                )
            )
        if is_adapter(folder) and not (folder / "config.json").exists():
            raise NotAModel(
                tr(
                    "{name} is an adapter, not a whole model. Download its folder yourself, then "
                    "run: inkling models get FOLDER",
                    name=reference,
                )
            )
        check_config(folder, reference)
        if found["weights"]:
            staging.require_room(sum(found["weights"].values()))
            return found
        if found["pickles"]:
            raise UnsafeWeights(
                tr(
                    "{name} offers its weights as pickle files only: loading them could run any "
                    "code. Choose a version of the model with safetensors.",
                    name=reference,
                )
            )
        raise WeightsMissing(
            tr("{name} offers no weights that can be used. Choose another model.", name=reference)
        )

    def _fetch_weights(
        self,
        reference: str,
        found: Mapping[str, Any],
        stage: Staging,
        report: Report,
        should_stop: ShouldStop,
    ) -> None:
        total = sum(found["small"].values()) + sum(found["weights"].values())
        pace = Pace(total)

        def tick() -> None:
            done = min(staging.occupied(stage.folder), total)
            report(Progress(Stage.DOWNLOADING, done, total, pace.seconds_left(done)))

        folder = str(stage.folder / _WHOLE_TREE)
        names = list(found["weights"])
        self._run(stage, should_stop, tick, "fetch", reference, folder, found["commit"], *names)

    def _run(
        self, stage: Staging, should_stop: ShouldStop, tick: Callable[[], None], *arguments: str
    ) -> dict[str, Any]:
        """Run the child and return what it answers."""
        try:
            ended = child.run(
                child.module_command(_MODULE, *arguments),
                folder=stage.folder,
                environment=child.module_environment(),
                should_stop=should_stop,
                on_tick=tick,
                activity=lambda: staging.occupied(stage.folder),
                stall_seconds=self._stall_seconds,
            )
        except child.Stalled:
            raise NetworkError(
                tr(
                    "Nothing has come for {seconds} seconds, and the download was given up. Check "
                    "the connection and try again.",
                    seconds=round(self._stall_seconds),
                )
            ) from None
        answer = _answer(ended)
        if "ok" not in answer:
            raise _explanation(arguments[1], answer, ended)
        result: dict[str, Any] = answer["ok"]
        return result

    def _manifest(
        self,
        name: str,
        reference: str,
        cached: Path | None,
        found: Mapping[str, Any] | None = None,
    ) -> Manifest:
        commit = found["commit"] if found is not None else cached.name if cached else ""
        return Manifest(
            name=name,
            source=self.name,
            reference=reference,
            title=reference,
            location=str(cached) if cached is not None else None,
            licence=found["licence"] if found is not None else "",
            installed=manifest.now(),
            origin={"repository": reference, "commit": commit},
        )


def _nothing() -> None:
    """Report nothing: the small files are no news."""


def _cache_folder() -> Path:
    """Return where the hub's own library keeps its cache, by its own rules."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    if os.environ.get("HF_HOME"):
        return Path(os.environ["HF_HOME"]).expanduser() / "hub"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "hub"


def _drop_broken(folder: Path) -> None:
    """Delete files that broke off: the hub's library would begin them anew."""
    for path in folder.rglob("*.incomplete"):
        path.unlink(missing_ok=True)


def _drop_unwanted(folder: Path, wanted: set[str]) -> None:
    """Delete the library's notes and what an earlier try fetched of another commit."""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()


def _answer(ended: child.Ended) -> dict[str, Any]:
    for line in reversed(ended.lines):
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and ("ok" in message or "failed" in message):
            return message
    return {}


def _explanation(name: str, answer: Mapping[str, Any], ended: child.Ended) -> InklingError:
    detail = str(answer.get("detail") or (ended.lines[-1] if ended.lines else "?"))
    match answer.get("failed"):
        case "missing":
            return ModelNotFound(
                tr("The hub has no model named {name}. Check the name.", name=name)
            )
        case "gated":
            return DownloadError(
                tr(
                    "{name} is only given to those who have accepted its terms on its page at the "
                    "hub and are logged in (hf auth login). Do that, then try again.",
                    name=name,
                )
            )
        case "disk":
            return staging.full_disk()
        case "offline":
            return NetworkError(
                tr(
                    "The hub is switched off by HF_HUB_OFFLINE. Unset it to fetch {name}.",
                    name=name,
                )
            )
    return NetworkError(
        tr(
            "The hub did not deliver {name}. Check the connection and try again: finished files "
            "are kept. The hub's library says: {line}",
            name=name,
            line=detail,
        )
    )
