"""What models are called in the library."""

from __future__ import annotations

from assistant.models import manifest
from assistant.models.catalogue import load_catalogue
from assistant.models.staging import folder_name


def free_name(wish: str, reference: str) -> str:
    """Return the name for what was asked for by `reference`: the one it has, else a free one.

    Names that are the same on a file system count as the same, and the catalogue's are taken.
    """
    taken = {folder_name(name).lower() for name in load_catalogue().entries}
    for entry in manifest.entries():
        if entry.manifest.reference == reference:
            return entry.manifest.name
        taken.add(entry.folder.name.lower())
    name, number = wish or "model", 2
    while folder_name(name).lower() in taken:
        name, number = f"{wish}-{number}", number + 1
    return name
