"""Models in a folder of the user's: used where they lie, only remembered under a name."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.core.errors import ModelNotFound
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import manifest
from assistant.models.inspection import describe
from assistant.models.manifest import Manifest
from assistant.models.naming import free_name
from assistant.models.progress import Progress, Report, Stage
from assistant.models.staging import open_staging


class FolderSource:
    """Model folders anywhere on this machine."""

    name = "folder"

    def claims(self, reference: str) -> bool:
        """Whether `reference` is a path, to something that is there or by its look."""
        if not reference.strip():
            # An empty path would be the folder that the program was started in.
            return False
        return looks_like_path(reference) or Path(reference).is_dir()

    def find(self, reference: str) -> Path | None:
        """Return the folder itself; inspection says what is wrong with one that is not there."""
        return absolute(reference)

    def missing(self, reference: str) -> ModelNotFound:
        """Return the error that says how to get `reference`."""
        return ModelNotFound(
            tr("There is nothing at {path}. Check the name or choose again.", path=reference)
        )

    def fetch(
        self, reference: str, report: Report, _should_stop: ShouldStop, *, accept_terms: bool
    ) -> str:
        """Remember the folder in the library, after seeing that it can be used."""
        del accept_terms  # The folder is the user's own.
        folder = absolute(reference)
        description = describe(folder, reference)
        name = free_name(folder.name, str(folder))
        with open_staging(name) as stage:
            stage.publish(
                stage.fresh("model"),
                Manifest(
                    name=name,
                    source=self.name,
                    reference=str(folder),
                    title=folder.name,
                    location=str(folder),
                    licence=description.licence,
                    installed=manifest.now(),
                ),
            )
        report(Progress(Stage.FINISHING, 100, 100))
        return name


def looks_like_path(reference: str) -> bool:
    """Whether `reference` is written as only a path is."""
    begins = reference.startswith((".", "~", "/", "\\"))
    return begins or "\\" in reference or reference[1:2] == ":"


def absolute(reference: str) -> Path:
    """Return the path that a user means by `reference`; links are kept as they are."""
    # Neither follows links; nor does an unknown user's home stop it, as with pathlib.
    return Path(os.path.abspath(os.path.expanduser(reference)))  # noqa: PTH100, PTH111
