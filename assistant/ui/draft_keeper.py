"""Keeps the draft of one open document on disk, away from the window's thread.

Owns the recovery store and the one thread that touches it, so that a slow disk never delays a key.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from assistant.core.errors import DocumentError
from assistant.core.steering import NO_STEERING, Steering
from assistant.documents.recovery import Recovered, RecoveryStore

_log = logging.getLogger(__name__)


class DraftKeeper(QObject):
    """Keeps, discards and finds drafts in `folder`.

    Signals: `kept()` after a draft has been written; `failed(sentence)` when one cannot be, once
    until one can again.
    """

    kept = Signal()
    failed = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = RecoveryStore(folder)
        self._session = self._store.new_session()
        self._thread: ThreadPoolExecutor | None = None
        self._last: Future[None] | None = None
        self._failing = False

    @property
    def busy(self) -> bool:
        """Whether a draft is being written at this moment."""
        return self._last is not None and not self._last.done()

    def keep(
        self,
        text: str,
        path: Path | None,
        caret: int,
        instead_of: str = "",
        steering: Steering = NO_STEERING,
    ) -> None:
        """Write the draft in the background; then `instead_of`, a recovered session, can go."""
        self._last = self._executor().submit(self._keep, text, path, caret, instead_of, steering)

    def discard(self, session: str = "") -> None:
        """Forget the draft, or that of a recovered `session`, once what is under way is done."""
        self._executor().submit(self._store.discard, session or self._session)

    def pending(self) -> tuple[Recovered, ...]:
        """Return the drafts that programs which have died left behind."""
        return self._executor().submit(self._store.pending).result()

    def close(self) -> None:
        """Wait for what is under way and let go of the drafts; those that are left stay."""
        self._executor().submit(self._store.close)
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = None

    def _executor(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drafts")
        return self._thread

    def _keep(
        self, text: str, path: Path | None, caret: int, instead_of: str, steering: Steering
    ) -> None:
        """Write the draft; runs in the drafts' thread, and so do the signals' first steps."""
        try:
            self._store.save(self._session, text, path=path, caret=caret, steering=steering)
        except DocumentError as error:
            if not self._failing:
                self._failing = True
                self.failed.emit(str(error))
            return
        except Exception as error:  # noqa: BLE001 - nobody would ask the future what went wrong
            _log.error("a draft was not kept: %s", type(error).__name__)
            return
        self._failing = False
        if instead_of:
            self._store.discard(instead_of)
        self.kept.emit()
