"""The models on this machine: those in the library, and what else a reference can mean.

Fetches nothing and loads nothing; fast enough to be asked from the window. `assistant.models.
install` puts models in.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.core.errors import ModelError, ModelNotFound, NotAModel
from assistant.core.i18n import tr
from assistant.models import manifest, staging
from assistant.models.adapters import (
    PURPOSE,
    Adapter,
    is_adapter,
    read,
    shipped_folder,
    shipped_folders,
)
from assistant.models.catalogue import load_catalogue
from assistant.models.description import AdapterRef, Kind, ModelDescription
from assistant.models.inspection import describe
from assistant.models.manifest import Entry
from assistant.models.naming import free_name, is_name
from assistant.models.scripted import describe_scripted, is_scripted
from assistant.models.sources.adapter_folder import copy_adapter
from assistant.models.sources.folder import absolute
from assistant.models.sources.registry import ADAPTERS, source_for

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WaitingAdapter:
    """An adapter whose base is not on this machine; `base` is what to get."""

    reference: str
    title: str
    summary: str
    base: str
    size: int


def installed() -> tuple[ModelDescription, ...]:
    """Return the models that can be used, those of the catalogue first, each with its adapters."""
    return _look()[0]


def adapters_without_base() -> tuple[WaitingAdapter, ...]:
    """Return the adapters that cannot be used before their base is got."""
    return _look()[1]


def _look() -> tuple[tuple[ModelDescription, ...], tuple[WaitingAdapter, ...]]:
    found, waiting = [], []
    adapters = [(folder, folder.name) for folder in shipped_folders()]
    for entry in manifest.entries():
        name = entry.manifest.name
        if is_adapter(entry.path):
            adapters.append((entry.path, name))
            continue
        try:
            found.append(_described(entry, name, None))
        except ModelError as error:
            _log.warning("the model %s cannot be used: %s", name, error)
    order = list(load_catalogue().entries)
    found.sort(key=lambda d: order.index(d.catalogue_name) if d.catalogue_name else len(order))
    for folder, name in adapters:
        try:
            adapter = read(folder)
            _put_below_base(_with_adapter(adapter, name, None, found), found)
        except ModelNotFound:
            waiting.append(_waiting(adapter, name))
        except ModelError as error:
            _log.warning("the adapter %s cannot be used: %s", name, error)
    return tuple(found), tuple(waiting)


def resolve(reference: str, kind: Kind | str | None = None) -> ModelDescription:
    """Return the model that `reference` means: a name, a folder, a GGUF file, a hub name.

    `kind` overrides what was detected. Raises `ModelNotFound` with the command that gets the model,
    or the `ModelError` that says why it cannot be used.
    """
    if is_scripted(reference):
        return describe_scripted(reference, kind)
    entry = find_entry(reference)
    folder = entry.path if entry is not None else _adapter_folder(reference)
    if folder is not None and is_adapter(folder):
        return _with_adapter(read(folder), reference, kind)
    return _whole(reference, entry, kind)


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

    Raises `ModelNotFound`, and `ModelError` for an adapter that comes with the program.
    """
    entry = _own(name)
    with staging.explained():
        staging.discard(entry.folder)


def rename(name: str, new: str) -> None:
    """Call an adapter of the user's `new` from now on.

    Raises `ModelError` where there is no such adapter or the new name cannot be had.
    """
    entry = _own(name)
    if not is_adapter(entry.path):
        raise ModelError(
            tr("Only adapters can be renamed, and “{name}” is a whole model.", name=name)
        )
    wish = new.strip()
    if not is_name(wish):
        raise ModelError(
            tr(
                "“{name}” cannot be a name. Use letters, digits, spaces, dots and dashes, and "
                "begin with a letter or digit.",
                name=new,
            )
        )
    if wish != entry.manifest.name and free_name(wish, "") != wish:
        same_folder = staging.folder_name(wish).lower() == entry.folder.name.lower()
        if not same_folder:
            raise ModelError(
                tr("There is a model named “{name}” already. Choose another name.", name=wish)
            )
    with staging.explained():
        manifest.write(entry.folder, replace(entry.manifest, name=wish, title=wish))
        entry.folder.rename(entry.folder.with_name(staging.folder_name(wish)))


def export(name: str, target: Path) -> Path:
    """Copy an adapter into the folder `target`, which is new or empty, and return it.

    Raises `ModelError` where there is no such adapter or it cannot be written there.
    """
    model = resolve(name)
    if model.adapter is None:
        raise ModelError(
            tr(
                "Only adapters can be exported, and “{name}” is a whole model. Its folder is "
                "{path}.",
                name=name,
                path=model.path,
            )
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise ModelError(
                tr("{folder} is not empty. Choose a new folder for the adapter.", folder=target)
            )
        copy_adapter(model.adapter.path, target)
    except OSError as error:
        raise ModelError(
            tr(
                "The adapter could not be written to {folder}: {reason}. Choose another folder.",
                folder=target,
                reason=error.strerror or error,
            )
        ) from error
    return target


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
    """Return the reference that can stand for a model later: what was copied may have changed."""
    return None if entry.manifest.source in ("gguf", "adapter") else entry.manifest.reference


def _whole(reference: str, entry: Entry | None, kind: Kind | str | None) -> ModelDescription:
    """Return the whole model that `reference` means, no adapter; `entry` is its place if known."""
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


def _with_adapter(
    adapter: Adapter,
    reference: str,
    kind: Kind | str | None,
    known: Sequence[ModelDescription] = (),
) -> ModelDescription:
    """Return the model that an adapter makes of its base; `known` need not be looked at again."""
    base = _base_of(adapter, kind, known)
    title = _title_of(adapter)
    return replace(
        base,
        reference=reference,
        title=tr("{adapter} ({base})", adapter=title, base=base.title),
        size=adapter.size,
        licence=adapter.licence,
        catalogue_name=None,
        abilities=adapter.abilities,
        adapter=AdapterRef(
            path=adapter.folder,
            base=base,
            title=title,
            summary=tr(adapter.summary) if adapter.summary else "",
            default_for=adapter.default_for,
            ships=shipped_folder(reference) == adapter.folder,
        ),
    )


def _title_of(adapter: Adapter) -> str:
    """Return what an adapter is called: as the user named it, or as it names itself."""
    entry = _entry_at(adapter.folder)
    return (entry.manifest.title if entry is not None else "") or tr(adapter.title)


def _waiting(adapter: Adapter, reference: str) -> WaitingAdapter:
    return WaitingAdapter(
        reference=reference,
        title=_title_of(adapter),
        summary=tr(adapter.summary) if adapter.summary else "",
        base=_names_of(adapter.base)[-1],
        size=adapter.size,
    )


def _adapter_folder(reference: str) -> Path | None:
    """Return the folder of an adapter outside the library: one that ships, or by its path."""
    shipped = shipped_folder(reference)
    if shipped is not None:
        return shipped
    return ADAPTERS.find(reference) if ADAPTERS.claims(reference) else None


def _base_of(
    adapter: Adapter, kind: Kind | str | None, known: Sequence[ModelDescription]
) -> ModelDescription:
    if not adapter.base:
        raise NotAModel(
            tr(
                "{folder} does not say which model the adapter was made for. Write a line "
                'base = "NAME" into {file} there.',
                folder=adapter.folder,
                file=PURPOSE,
            )
        )
    for reference in _names_of(adapter.base):
        found = next((model for model in known if model.reference == reference), None)
        if found is not None and kind is None:
            return found
        try:
            return _whole(reference, find_entry(reference), kind)
        except ModelNotFound:
            continue
    raise ModelNotFound(
        tr(
            "The adapter “{adapter}” changes the model {base}, which is not on this machine. Get "
            "it with: inkling models get {base}",
            adapter=adapter.name,
            base=_names_of(adapter.base)[-1],
        )
    )


def _names_of(base: str) -> tuple[str, ...]:
    """Return what the base of an adapter may be called here, the catalogue's name last."""
    entry = load_catalogue().by_hub_name(base)
    return (base,) if entry is None else (base, entry.name)


def _put_below_base(model: ModelDescription, models: list[ModelDescription]) -> None:
    """Put an adapter behind its base and the adapters that are there; at the end without one."""
    family = [n for n, other in enumerate(models) if other.path == model.path]
    models.insert(family[-1] + 1 if family else len(models), model)


def _own(name: str) -> Entry:
    """Return the user's own model of that name; what comes with the program cannot be changed."""
    entry = find_entry(name) or _entry_of(name)
    if entry is not None:
        return entry
    if shipped_folder(name) is not None:
        raise ModelError(
            tr(
                "“{name}” comes with Inkling and cannot be changed or removed. Switch the skills "
                "off in the settings if you do not want them.",
                name=name,
            )
        )
    raise ModelNotFound(
        tr(
            "There is no model {name} in the library. See which there are with: inkling models "
            "list",
            name=name,
        )
    )


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
