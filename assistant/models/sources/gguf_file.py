"""GGUF files of the user's: converted once into the library; the file itself is left alone.

A file is known again by its path, size and time; one that was moved, by its SHA-256.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant import __version__
from assistant.core.errors import Cancelled, ModelNotFound
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import manifest
from assistant.models.catalogue import Tokens
from assistant.models.convert import convert
from assistant.models.gguf_header import GgufHeader, read_header
from assistant.models.manifest import Entry, Manifest
from assistant.models.naming import free_name
from assistant.models.progress import Pace, Progress, Report, Stage
from assistant.models.sources.folder import absolute
from assistant.models.staging import open_staging

_BLOCK = 1 << 20
_SUFFIX = ".gguf"


class GgufFileSource:
    """Single GGUF files anywhere on this machine."""

    name = "gguf"

    def claims(self, reference: str) -> bool:
        """Whether `reference` names a GGUF file."""
        return reference.lower().endswith(_SUFFIX) and not absolute(reference).is_dir()

    def find(self, reference: str) -> Path | None:
        """Return the folder that this very file was converted into."""
        path = absolute(reference)
        if not path.exists():
            return None
        stamp = _stamp(path)
        return next((e.folder for e in self._converted() if _same(e, stamp)), None)

    def missing(self, reference: str) -> ModelNotFound:
        """Return the error that says how to get `reference`."""
        if not absolute(reference).exists():
            return ModelNotFound(
                tr("There is nothing at {path}. Check the name or choose again.", path=reference)
            )
        return ModelNotFound(
            tr(
                "{path} has to be converted once before it can be used. Run: inkling models get "
                "{path}",
                path=reference,
            )
        )

    def fetch(
        self, reference: str, report: Report, should_stop: ShouldStop, *, accept_terms: bool
    ) -> str:
        """Convert the file into the library, unless the same content is there already."""
        del accept_terms  # The file is the user's own.
        path = absolute(reference)
        if not path.exists():
            raise self.missing(reference)
        header = read_header(path)
        stamp = _stamp(path)
        digest = _sha256(path, report, should_stop)
        for entry in self._converted():
            if entry.manifest.origin.get("sha256") == digest:
                origin = {**entry.manifest.origin, **stamp}
                known = replace(entry.manifest, reference=str(path), origin=origin)
                manifest.write(entry.folder, known)
                return entry.manifest.name
        name = free_name(path.stem, str(path))
        with open_staging(name) as stage:
            model = stage.fresh("model")
            versions = convert(path, model, Tokens(), report, should_stop)
            origin = {
                **stamp,
                "sha256": digest,
                "converted_with": {"inkling": __version__, **versions},
            }
            stage.publish(model, _manifest(name, path, header, origin))
        report(Progress(Stage.FINISHING, 100, 100))
        return name

    def _converted(self) -> list[Entry]:
        return [entry for entry in manifest.entries() if entry.manifest.source == self.name]


def _stamp(path: Path) -> dict[str, Any]:
    state = path.stat()
    return {"file": str(path), "size": state.st_size, "modified": state.st_mtime_ns}


def _same(entry: Entry, stamp: dict[str, Any]) -> bool:
    return all(entry.manifest.origin.get(key) == value for key, value in stamp.items())


def _sha256(path: Path, report: Report, should_stop: ShouldStop) -> str:
    digest = hashlib.sha256()
    total = path.stat().st_size
    pace = Pace(total)
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if should_stop():
                raise Cancelled
            digest.update(block)
            done += len(block)
            report(Progress(Stage.CHECKING, done, total, pace.seconds_left(done)))
    return digest.hexdigest()


def _manifest(name: str, path: Path, header: GgufHeader, origin: dict[str, Any]) -> Manifest:
    return Manifest(
        name=name,
        source=GgufFileSource.name,
        reference=str(path),
        title=header.name or path.stem,
        licence=header.licence,
        installed=manifest.now(),
        origin=origin,
    )
