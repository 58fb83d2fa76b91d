"""What models are called in the library."""

from __future__ import annotations

import re

from assistant.models import manifest
from assistant.models.adapters import shipped_folders
from assistant.models.catalogue import load_catalogue
from assistant.models.scripted import is_scripted
from assistant.models.staging import folder_name

_NAME = re.compile(r"[^\W_][\w .-]{0,63}")


def is_name(wish: str) -> bool:
    """Return whether something can be called `wish` here, without being taken for a path."""
    return _NAME.fullmatch(wish) is not None and not wish.endswith(".") and not is_scripted(wish)


def free_name(wish: str, reference: str) -> str:
    """Return the name for what was asked for by `reference`: the one it has, else a free one.

    Names that are the same on a file system count as the same; the catalogue's and those of the
    adapters that come with the program are taken.
    """
    taken = {folder_name(name).lower() for name in load_catalogue().entries}
    taken |= {folder.name.lower() for folder in shipped_folders()}
    for entry in manifest.entries():
        if entry.manifest.reference == reference:
            return entry.manifest.name
        taken.add(entry.folder.name.lower())
    name, number = wish or "model", 2
    while folder_name(name).lower() in taken:
        name, number = f"{wish}-{number}", number + 1
    return name
