"""What was not saved when the program ended: one draft for each open document.

A session is one document that is open in one window. Its draft is written again and again while
the writer types, and discarded when the document is saved or closed. A lock that the operating
system lets go of when the program dies, however it dies, tells a lost draft from one in use.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.config.atomic import TEMPORARY, replace_file
from assistant.core.errors import DocumentError
from assistant.core.i18n import tr
from assistant.core.steering import NO_STEERING, Steering
from assistant.documents import story_notes
from assistant.documents.locks import FileLock

_log = logging.getLogger(__name__)

_VERSION = 1
_PRIVATE = 0o600
# No write takes this long; what is older was left by a program that was killed meanwhile.
_STALE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Recovered:
    """A draft that nobody holds any more.

    `path` is the document's file, None for one that was never saved. `caret` is in code points of
    `text`. `steering` are the story notes of one that has no file to keep them beside.
    """

    session: str
    text: str
    path: Path | None
    caret: int
    saved_at: datetime
    steering: Steering = NO_STEERING


class RecoveryStore:
    """The drafts in `folder`. One store is for one running window, and for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owner = secrets.token_hex(8)
        self._numbers = itertools.count(1)
        # By owner: this store's own, and those of dead ones whose drafts were offered here.
        self._locks: dict[str, FileLock] = {}

    def new_session(self) -> str:
        """Return the name of a session that no other document has."""
        return f"{self._owner}-{next(self._numbers)}"

    def save(
        self,
        session: str,
        text: str,
        *,
        path: Path | None = None,
        caret: int = 0,
        steering: Steering = NO_STEERING,
    ) -> None:
        """Keep `text` as the session's draft, in place of the former one."""
        draft: dict[str, Any] = {
            "version": _VERSION,
            "path": None if path is None else str(path.absolute()),
            "caret": caret,
            "saved_at": datetime.now(UTC).isoformat(),
            "text": text,
        }
        if not steering.empty:
            draft["story_notes"] = story_notes.to_json(steering)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._hold(_owner_of(session))
            data = json.dumps(draft, ensure_ascii=False).encode("utf-8", "surrogatepass")
            replace_file(self._draft(session), data, new_mode=_PRIVATE)
        except OSError as error:
            raise DocumentError(
                tr(
                    "What you write cannot be kept for recovery in {folder} ({reason}). Save your "
                    "text often until there is room and permission to write there.",
                    folder=self._folder,
                    reason=error.strerror or str(error),
                )
            ) from error

    def discard(self, session: str) -> None:
        """Forget the session's draft, if there is one."""
        with contextlib.suppress(OSError):
            self._draft(session).unlink()

    def pending(self) -> tuple[Recovered, ...]:
        """Return the drafts of programs that have died, the latest first.

        They stay here, and no other window is offered them while this one runs, until they are
        discarded. A damaged one is put aside.
        """
        self._remove_stale()
        found = []
        for file in sorted(self._folder.glob("*.json")):
            owner = _owner_of(file.stem)
            if owner != self._owner and self._may_have(owner) and (draft := _read(file)):
                found.append(draft)
        return tuple(sorted(found, key=lambda draft: draft.saved_at, reverse=True))

    def close(self) -> None:
        """Let go of all drafts; those that were not discarded are offered at the next start."""
        for owner, lock in self._locks.items():
            lock.release()
            if not any(self._folder.glob(f"{owner}-*.json")):
                with contextlib.suppress(OSError):
                    self._lock_path(owner).unlink()
        self._locks.clear()

    def _hold(self, owner: str) -> bool:
        """Return whether the drafts of `owner` are this store's, after trying to make them so."""
        if owner not in self._locks:
            lock = FileLock.acquire(self._lock_path(owner))
            if lock is None:
                return False
            self._locks[owner] = lock
        return True

    def _may_have(self, owner: str) -> bool:
        try:
            return self._hold(owner)
        except OSError:
            return False

    def _draft(self, session: str) -> Path:
        return self._folder / f"{session}.json"

    def _lock_path(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"

    def _remove_stale(self) -> None:
        """Remove what a write that was killed has left behind."""
        for file in self._folder.glob(TEMPORARY):
            with contextlib.suppress(OSError):
                if time.time() - file.stat().st_mtime > _STALE_SECONDS:
                    file.unlink()


def _owner_of(session: str) -> str:
    return session.partition("-")[0]


def _read(file: Path) -> Recovered | None:
    """Return the draft in `file`, or None where it is damaged, gone or of a newer program."""
    try:
        draft = json.loads(file.read_bytes().decode("utf-8", "surrogatepass"))
        if isinstance(draft, dict) and draft.get("version", 0) > _VERSION:
            return None
        return _from_draft(file.stem, draft)
    except OSError:
        return None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        _log.warning("a draft is damaged and put aside")
        with contextlib.suppress(OSError):
            file.replace(file.with_suffix(".damaged"))
        return None


def _from_draft(session: str, draft: Any) -> Recovered:
    text, path, caret = draft["text"], draft["path"], draft["caret"]
    if not isinstance(text, str) or type(caret) is not int:
        raise TypeError
    return Recovered(
        session,
        text,
        None if path is None else Path(path),
        min(max(caret, 0), len(text)),
        datetime.fromisoformat(draft["saved_at"]).astimezone(UTC),
        _steering(draft.get("story_notes")),
    )


def _steering(notes: Any) -> Steering:
    """Return a draft's story notes; damaged ones must not keep its text from being offered."""
    try:
        return NO_STEERING if notes is None else story_notes.from_json(notes)
    except ValueError:
        _log.warning("the story notes of a draft are damaged")
        return NO_STEERING
