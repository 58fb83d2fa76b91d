"""What is remembered about each model in the library: `inkling.json` in its folder.

A folder that holds a readable manifest is an installed model; one without is not. A manifest with a
`location` points at a folder that belongs to the user.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.config.paths import models_folder

MANIFEST = "inkling.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where one model came from.

    `name` is what it is called in the library, `reference` what it was asked for by, `source` the
    name of the source. `origin` holds what that source wants to remember: versions, hashes, a
    revision. Times are ISO 8601 in UTC.
    """

    name: str
    source: str
    reference: str
    title: str = ""
    location: str | None = None
    licence: str = ""
    licence_url: str = ""
    terms_accepted: str | None = None
    installed: str = ""
    origin: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A model in the library: its own folder there and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def path(self) -> Path:
        """Where its weights are."""
        return Path(self.manifest.location) if self.manifest.location else self.folder


def now() -> str:
    """Return the time as manifests have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write(folder: Path, manifest: Manifest) -> None:
    """Write `manifest` into `folder`, whole or not at all."""
    document = {"version": _VERSION, **asdict(manifest)}
    unfinished = folder / f"{MANIFEST}.new"
    unfinished.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    unfinished.replace(folder / MANIFEST)


def read(folder: Path) -> Manifest | None:
    """Return the manifest in `folder`, or None when there is none that can be read."""
    try:
        document = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict) or document.pop("version", None) != _VERSION:
        return None
    known = {name: document[name] for name in Manifest.__slots__ if name in document}
    try:
        return Manifest(**known)
    except TypeError:
        return None


def entries() -> Iterator[Entry]:
    """Yield every model in the library, by the name of its folder."""
    for folder in sorted(models_folder().iterdir()):
        if folder.name.startswith(".") or not folder.is_dir():
            continue
        manifest = read(folder)
        if manifest is not None:
            yield Entry(folder, manifest)
