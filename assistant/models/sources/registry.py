"""All sources, in the order in which they are asked what a reference means."""

from __future__ import annotations

from assistant.models.sources.adapter_folder import AdapterFolderSource
from assistant.models.sources.base import Source
from assistant.models.sources.folder import FolderSource
from assistant.models.sources.gguf_file import GgufFileSource
from assistant.models.sources.hub import HubSource
from assistant.models.sources.package import PackageSource

PACKAGES = PackageSource()
ADAPTERS = AdapterFolderSource()
SOURCES: tuple[Source, ...] = (
    PACKAGES,
    GgufFileSource(),
    ADAPTERS,
    FolderSource(),
    HubSource(),
)


def source_for(reference: str) -> Source | None:
    """Return the source to which `reference` means something."""
    return next((source for source in SOURCES if source.claims(reference)), None)
