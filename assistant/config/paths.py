"""Where things are: the user's folders and the program's resources.

The only finder of `resources/`. Every folder is created when it is asked for. `INKLING_HOME`
puts all of the user's folders below one, for tests and portable use.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APPLICATION = "inkling"


def _user_folder(kind: str) -> Path:
    home = os.environ.get("INKLING_HOME")
    if home:
        folder = Path(home).expanduser() / kind
    else:
        folder = Path(getattr(platformdirs, f"user_{kind}_dir")(_APPLICATION, appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def config_folder() -> Path:
    """Return the folder of `settings.toml`."""
    return _user_folder("config")


def data_folder() -> Path:
    """Return the folder of what must not be lost: models, recovery files, ignored words."""
    return _user_folder("data")


def cache_folder() -> Path:
    """Return the folder of what can be made again: measurements of this machine."""
    return _user_folder("cache")


def log_folder() -> Path:
    """Return the folder of the log files."""
    return _user_folder("log")


def models_folder() -> Path:
    """Return the folder that holds one folder for each installed model."""
    folder = data_folder() / "models"
    folder.mkdir(exist_ok=True)
    return folder


def voices_folder() -> Path:
    """Return the folder that holds one folder for each voice that is still being learned."""
    folder = data_folder() / "voices"
    folder.mkdir(exist_ok=True)
    return folder


def resource(*parts: str) -> Path:
    """Return the path of a resource, in an installed wheel and in a checkout alike."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "resources"
    root = installed if installed.is_dir() else package.parent / "resources"
    return root.joinpath(*parts)
