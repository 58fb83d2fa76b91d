"""The child process that talks to the hub.

Run as a module: `look REPO FOLDER` resolves the commit, lists what to fetch and fetches the small
files; `fetch REPO FOLDER COMMIT NAME…` fetches the named ones. Prints JSON lines and ends with
`{"ok": …}` or `{"failed": kind, "detail": …}`. Ends when its parent does.
Use `assistant.models.sources.hub`.
"""

from __future__ import annotations

import errno
import fnmatch
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.models.child import end_with_parent

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

_SMALL = ("*.json", "*.model", "*.txt", "*.jinja", "*.spm")
_WEIGHTS = re.compile(r"model(-\d+-of-\d+)?\.safetensors")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
# Other formats' own files that fit the patterns above.
_NEEDLESS = ("*.index.json", "trainer_state.json", "training_args*", "*_results.json")
_INDEX = "model.safetensors.index.json"


def main() -> int:
    """Do what the arguments ask for and say how it went."""
    end_with_parent()
    # Before the library is imported, which reads them then.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    action, repository, folder, *more = sys.argv[1:]
    try:
        if action == "look":
            _say(ok=_look(repository, Path(folder)))
        else:
            commit, *names = more
            _fetch(repository, Path(folder), commit, names)
            _say(ok={})
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent explains it
        _say(failed=_kind(error), detail=_last_line(str(error)))
        return 1
    return 0


def _say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else ""


def _look(repository: str, folder: Path) -> dict[str, Any]:
    from huggingface_hub import HfApi

    info = HfApi().model_info(repository, files_metadata=True)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    top = [name for name in sizes if "/" not in name]
    weights = [name for name in top if _WEIGHTS.fullmatch(name)]
    if "model.safetensors" in weights:
        weights = ["model.safetensors"]
    small = [name for name in top if _is_small(name, weights)]
    assert info.sha is not None
    _fetch(repository, folder, info.sha, small)
    return {
        "commit": info.sha,
        "licence": _licence(info),
        "small": {name: sizes[name] for name in small},
        "weights": {name: sizes[name] for name in weights},
        "pickles": any(fnmatch.fnmatch(name, pattern) for name in top for pattern in _PICKLES),
        "gguf": sorted(name for name in top if name.endswith(".gguf"))[:1],
    }


def _is_small(name: str, weights: list[str]) -> bool:
    if name == _INDEX:
        return "model.safetensors" not in weights
    wanted = any(fnmatch.fnmatch(name, pattern) for pattern in _SMALL)
    return wanted and not any(fnmatch.fnmatch(name, pattern) for pattern in _NEEDLESS)


def _licence(info: ModelInfo) -> str:
    tags = [tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")]
    return tags[0] if tags else ""


def _fetch(repository: str, folder: Path, commit: str, names: list[str]) -> None:
    from huggingface_hub import snapshot_download

    if names:
        snapshot_download(repository, revision=commit, local_dir=folder, allow_patterns=names)


def _kind(error: Exception) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return "gated"
    if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return "missing"
    if isinstance(error, errors.HFValidationError):
        return "missing"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "offline"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk"
    return "network"


if __name__ == "__main__":
    sys.exit(main())
