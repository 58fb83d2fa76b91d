"""Where the program's own messages go: a rotating file in the user's log folder.

The user's text never gets there: code logs what happened and to which job, not what was written.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
from typing import TextIO

from assistant.config.paths import log_folder

_BYTES = 1_000_000
_FILES = 3
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
_crash_file: TextIO | None = None


def start_logging() -> None:
    """Send log records to `inkling.log` and a crash's stacks to `crash.log`."""
    global _crash_file  # noqa: PLW0603 - faulthandler writes to it as long as the process lives
    folder = log_folder()
    handler = logging.handlers.RotatingFileHandler(
        folder / "inkling.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    _crash_file = (folder / "crash.log").open("a", encoding="utf-8")
    faulthandler.enable(_crash_file)
