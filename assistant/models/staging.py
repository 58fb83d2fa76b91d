"""The room in which a model is made ready: beside its place, on the same disk, under a lock.

Nothing that was begun and not finished looks like a model: all work is done in a folder named
`.incomplete-…` or `.resumable-…`, which is renamed at the very end. What a killed process left is
swept away by the next one. Knows nothing of where models come from.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.config.paths import models_folder
from assistant.core.errors import Cancelled, DiskFull, DownloadError, ModelError
from assistant.core.i18n import tr
from assistant.models import manifest as manifests
from assistant.models.manifest import Manifest

_INCOMPLETE = ".incomplete-"
_RESUMABLE = ".resumable-"
_RESUMABLE_SECONDS = 7 * 24 * 3600
_REMOVED = ".removed-"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_UNSAFE = re.compile(r"[^\w.-]+")


def folder_name(name: str) -> str:
    """Return a name for a folder on any file system that says `name`."""
    return _UNSAFE.sub("--", name).strip(".-") or "model"


@dataclass(frozen=True, slots=True)
class Staging:
    """A folder to work in; `publish` puts it into the library."""

    name: str
    folder: Path

    def fresh(self, part: str) -> Path:
        """Return a new empty folder inside, in place of one that was there."""
        path = self.folder / part
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def publish(self, part: Path, manifest: Manifest) -> Path:
        """Put the finished folder `part` into the library under `manifest` and return its path."""
        with explained():
            manifests.write(part, manifest)
            target = models_folder() / folder_name(self.name)
            if target.exists():
                discard(target)
            part.rename(target)
        return target


@contextlib.contextmanager
def open_staging(name: str) -> Iterator[Staging]:
    """Lend an empty working folder for the model `name`, alone of all processes.

    It is gone afterwards, whatever happens. Raises `DownloadError` when another process is at it.
    """
    with _alone(name) as slug:
        folder = models_folder() / (_INCOMPLETE + slug)
        folder.mkdir()
        try:
            yield Staging(name, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def resume_staging(name: str) -> Iterator[Staging]:
    """Lend a working folder that keeps what is in it when a download fails, for the next try."""
    with _alone(name) as slug:
        folder = models_folder() / (_RESUMABLE + slug)
        folder.mkdir(exist_ok=True)
        try:
            yield Staging(name, folder)
        except (DownloadError, Cancelled):
            if not occupied(folder):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        except ModelError:
            # The model was refused: there is nothing to go on with.
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _alone(name: str) -> Iterator[str]:
    """Hold the lock of the model `name`, in a swept library; yields its name for folders."""
    slug = folder_name(name)
    with explained(), _lock(slug) as mine:
        if not mine:
            raise DownloadError(
                tr("{name} is being fetched already. Wait until that has finished.", name=name)
            )
        _sweep(slug)
        yield slug


def discard(folder: Path) -> None:
    """Delete a folder of the library: at once out of sight, then for good."""
    removed = folder.with_name(f"{_REMOVED}{folder.name}-{os.getpid()}-{time.time_ns()}")
    folder.rename(removed)
    shutil.rmtree(removed, ignore_errors=True)


def require_room(size: int) -> None:
    """Raise `DiskFull` unless `size` bytes are free where models are kept."""
    free = shutil.disk_usage(models_folder()).free
    if free < size:
        raise DiskFull(
            tr(
                "There is not enough room for the model: {needed} are needed, {free} are free on "
                "the disk of {folder}. Make room and try again.",
                needed=readable_size(size),
                free=readable_size(free),
                folder=models_folder(),
            )
        )


def readable_size(size: float) -> str:
    """Return a number of bytes as people write it, in decimal units."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def full_disk() -> DiskFull:
    """Return the error for a disk that filled up on the way."""
    return DiskFull(
        tr(
            "The disk of {folder} filled up. Nothing was installed. Make room and try again.",
            folder=models_folder(),
        )
    )


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn the system's errors about files into sentences."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full_disk() from error
        raise DownloadError(
            tr(
                "The models folder {folder} cannot be written: {reason}. Check its permissions.",
                folder=models_folder(),
                reason=error.strerror or error,
            )
        ) from error


def occupied(folder: Path) -> int:
    """Return how many bytes the files below `folder` hold, those still growing included."""
    total = 0
    for parent, _folders, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).stat().st_size
    return total


def _sweep(own: str) -> None:
    """Delete what killed processes left; the lock of `own` is held already."""
    library = models_folder()
    for folder in library.glob(f"{_REMOVED}*"):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in library.glob(f"{_INCOMPLETE}*"):
        slug = folder.name.removeprefix(_INCOMPLETE)
        if slug == own:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        with _lock(slug) as free:
            if free:
                shutil.rmtree(folder, ignore_errors=True)
    for folder in library.glob(f"{_RESUMABLE}*"):
        slug = folder.name.removeprefix(_RESUMABLE)
        if slug != own and time.time() - folder.stat().st_mtime > _RESUMABLE_SECONDS:
            with _lock(slug) as free:
                if free:
                    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _lock(slug: str) -> Iterator[bool]:
    """Hold the lock of a model's name; yields whether it was free. It dies with the process."""
    path = models_folder() / f".{slug}.lock"
    file = path.open("a+b")
    try:
        taken = _take(file.fileno())
        while taken and not _still_there(file.fileno(), path):
            # The one before us deleted the file that we had opened already.
            file.close()
            file = path.open("a+b")
            taken = _take(file.fileno())
        try:
            yield taken
        finally:
            if taken:
                with contextlib.suppress(OSError):
                    path.unlink()
    finally:
        file.close()


def _still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
