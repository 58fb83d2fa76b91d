"""What a source of models is. One small module each; the registry is `assistant.models.install`."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from assistant.core.errors import ModelNotFound
from assistant.core.requests import ShouldStop
from assistant.models.progress import Report


class Source(Protocol):
    """Where models come from, and how one of them gets into the library."""

    @property
    def name(self) -> str:
        """What manifests call it."""

    def claims(self, reference: str) -> bool:
        """Whether `reference`, as a user types it, means something of this source."""

    def find(self, reference: str) -> Path | None:
        """Return the folder to load when it is here already without having been fetched."""

    def missing(self, reference: str) -> ModelNotFound:
        """Return the error that says how to get `reference`."""

    def fetch(
        self, reference: str, report: Report, should_stop: ShouldStop, *, accept_terms: bool
    ) -> str:
        """Get `reference` into the library and return its name there.

        Raises a `ModelError` or `Cancelled`; nothing that looks installed is left behind then.
        """
