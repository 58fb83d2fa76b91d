"""The model that is no model: what there is to know of the script that stands in for one.

`scripted` is quick, `scripted:slow` takes its time over each word, `scripted:FILE` goes on from a
text file. `assistant.engines.scripted` writes from it.
"""

from __future__ import annotations

from assistant.core.i18n import tr
from assistant.models.description import Kind, ModelDescription

REFERENCE = "scripted"
CONTEXT_LENGTH = 2048


def is_scripted(reference: str) -> bool:
    """Return whether `reference` means a script."""
    return reference.partition(":")[0] == REFERENCE


def describe_scripted(reference: str, kind: str | None = None) -> ModelDescription:
    """Return what there is to know about the script that `reference` names."""
    return ModelDescription(
        reference=reference,
        title=tr("Script (no model)"),
        kind=Kind(kind) if kind else Kind.BASE,
        architecture=REFERENCE,
        context_length=CONTEXT_LENGTH,
    )
