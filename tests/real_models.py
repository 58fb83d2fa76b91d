"""The default model itself, for tests that read what it writes.

It is kept in the user's own data folder, fetched there once per machine by the program's own code;
`inkling models get` before the tests has done it already. Where it cannot be had, a test fails.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.models.catalogue import load_catalogue
from assistant.models.install import install

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def _own_home() -> Iterator[None]:
    """Look for the user's folders where they really are."""
    home = os.environ.pop("INKLING_HOME", None)
    try:
        yield
    finally:
        if home is not None:
            os.environ["INKLING_HOME"] = home


def ensure_default_model() -> Path:
    """Return the folder of the default model, fetched if it is not there yet."""
    with _own_home():
        model = install(load_catalogue().default, lambda _progress: None, lambda: False)
    assert model.path is not None
    return model.path
