"""Gets models into the library, from whichever source a reference belongs to."""

from __future__ import annotations

from assistant.core.errors import ModelError
from assistant.core.requests import ShouldStop
from assistant.models import library
from assistant.models.adapters import shipped_folder
from assistant.models.catalogue import load_catalogue
from assistant.models.description import ModelDescription
from assistant.models.progress import Progress, Report, Stage
from assistant.models.sources.registry import ADAPTERS, PACKAGES, source_for

__all__ = ["Progress", "Report", "Stage", "install", "terms"]


def install(
    reference: str, report: Report, should_stop: ShouldStop, *, accept_terms: bool = False
) -> ModelDescription:
    """Get the model that `reference` means and return it; one that is there is left as it is.

    An empty reference means the catalogue's default. `report` is called from the calling thread.
    Raises a `ModelError` with the sentence for the user, `TermsNotAccepted` where the catalogue has
    terms, `Cancelled` when stopped. Nothing half done is left behind.
    """
    reference = reference or load_catalogue().default
    if library.find_entry(reference) is not None:
        try:
            return library.resolve(reference)
        except ModelError:
            # Damaged: it is fetched again, in place of what is there.
            reference = _as_known(reference)
    elif shipped_folder(reference) is not None:
        # It is here already, and says what to get where its base is not.
        return library.resolve(reference)
    source = source_for(reference)
    if source is None:
        raise library.unknown(reference)
    if source is ADAPTERS:
        # One that cannot be used here, for want of its base, is not taken.
        library.resolve(reference)
    name = source.fetch(reference, report, should_stop, accept_terms=accept_terms)
    return library.resolve(name)


def terms(name: str, should_stop: ShouldStop) -> str:
    """Return the full text of the terms of a catalogue's model, empty when it has none.

    The text lies in the model's package: a small download of its own. Raises a `ModelError` or
    `Cancelled`.
    """
    entry = load_catalogue().get(name)
    return PACKAGES.terms(entry, should_stop) if entry is not None else ""


def _as_known(reference: str) -> str:
    """Return what a model in the library was got by."""
    entry = library.find_entry(reference)
    return entry.manifest.reference if entry is not None else reference
