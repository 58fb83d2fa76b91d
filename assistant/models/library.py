"""The models on this machine: those in the library, and what else a reference can mean.

Fetches nothing and loads nothing; fast enough to be asked from the window. `assistant.models.
install` puts models in.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from assistant.core.errors import ModelError, ModelNotFound
from assistant.core.i18n import tr
from assistant.models import manifest, staging
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Kind, ModelDescription
from assistant.models.inspection import describe
from assistant.models.manifest import Entry
from assistant.models.scripted import describe_scripted, is_scripted
from assistant.models.sources.folder import absolute
from assistant.models.sources.registry import source_for

_log = logging.getLogger(__name__)


def installed() -> tuple[ModelDescription, ...]:
    """Return the models in the library that can be used, those of the catalogue first."""
    found = []
    for entry in manifest.entries():
        try:
            found.append(_described(entry, entry.manifest.name, None))
        except ModelError as error:
            _log.warning("the model %s cannot be used: %s", entry.manifest.name, error)
    order = list(load_catalogue().entries)
    found.sort(key=lambda d: order.index(d.catalogue_name) if d.catalogue_name else len(order))
    return tuple(found)


def resolve(reference: str, kind: Kind | str | None = None) -> ModelDescription:
    """Return the model that `reference` means: a name, a folder, a GGUF file, a hub name.

    `kind` overrides what was detected. Raises `ModelNotFound` with the command that gets the model,
    or the `ModelError` that says why it cannot be used.
    """
    if is_scripted(reference):
        return describe_scripted(reference, kind)
    entry = find_entry(reference)
    if entry is not None:
        return _described(entry, reference, kind)
    source = source_for(reference)
    if source is None:
        raise unknown(reference)
    path = source.find(reference)
    if path is None:
        raise source.missing(reference)
    entry = _entry_at(path)
    if entry is not None:
        return _described(entry, reference, kind)
    title = path.name if path == absolute(reference) else reference
    return describe(path, reference, kind, title=title)


def find_entry(reference: str) -> Entry | None:
    """Return the model in the library that `reference` names: by its name there or as it was got.

    A path that reads like a name means the model of that name; `./name` means the folder.
    """
    for entry in manifest.entries():
        if reference in (entry.manifest.name, _as_got(entry)):
            return entry
    return None


def remove(name: str) -> None:
    """Take a model out of the library; a folder or file of the user's is left alone.

    Raises `ModelNotFound`.
    """
    entry = find_entry(name) or _entry_of(name)
    if entry is None:
        raise ModelNotFound(
            tr(
                "There is no model {name} in the library. See which there are with: inkling "
                "models list",
                name=name,
            )
        )
    with staging.explained():
        staging.discard(entry.folder)


def unknown(reference: str) -> ModelNotFound:
    """Return the error for a reference that means nothing to any source."""
    return ModelNotFound(
        tr(
            "“{reference}” is no name of a model, no folder and no GGUF file. See which models "
            "there are with: inkling models list",
            reference=reference,
        )
    )


def _as_got(entry: Entry) -> str | None:
    """Return the reference that can stand for a model later: a file may have changed since."""
    return None if entry.manifest.source == "gguf" else entry.manifest.reference


def _entry_of(reference: str) -> Entry | None:
    source = source_for(reference)
    path = source.find(reference) if source is not None else None
    return _entry_at(path) if path is not None else None


def _entry_at(path: Path) -> Entry | None:
    for entry in manifest.entries():
        if path in (entry.folder, entry.path):
            return entry
    return None


def _described(entry: Entry, reference: str, kind: Kind | str | None) -> ModelDescription:
    known = entry.manifest
    title = known.title or known.name
    description = describe(entry.path, reference, kind, title=title)
    description = replace(description, licence=known.licence or description.licence)
    listed = load_catalogue().get(known.name) if known.source == "package" else None
    if listed is None:
        return description
    # What was measured holds for the way of asking that it was measured with.
    measured = listed.abilities if description.kind is listed.kind else {}
    return replace(description, catalogue_name=listed.name, abilities=measured)
