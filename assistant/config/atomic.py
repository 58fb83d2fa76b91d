"""Write a file so that it is either the old one or the new one, never half of each.

The new file is made beside the old one, brought to the disk and put in its place. Knows nothing of
what is in it; says what went wrong as an `OSError`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

_PRIVATE = 0o600
TEMPORARY = ".inkling-*.tmp"


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 in place of `path`, readable by the user alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text.encode("utf-8"), new_mode=_PRIVATE)


def replace_file(path: Path, data: bytes, new_mode: int = 0o666) -> os.stat_result:
    """Put a file with `data` in place of `path` and return its state.

    On an `OSError` the old file stands untouched. A symbolic link is followed. Permissions, and
    where possible the owner, stay those of the old file; a new one has `new_mode` less the umask.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    former = target.stat() if target.exists() else None
    temporary = target.with_name(TEMPORARY.replace("*", secrets.token_hex(8)))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, new_mode), "wb") as file:
            file.write(data)
            file.flush()
            if former is not None:
                _give_to_owner(temporary, former)
            os.fsync(file.fileno())
            state = os.fstat(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)
    return state


def _give_to_owner(path: Path, former: os.stat_result) -> None:
    """Make `path` belong to whom the former file did, as far as this user may."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(path, former.st_uid, former.st_gid)
    path.chmod(former.st_mode & 0o7777)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where a folder can be opened."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
