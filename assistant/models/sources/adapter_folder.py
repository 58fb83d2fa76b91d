"""Adapters in a folder in peft's form: copied into the library, for they are small.

The folder itself is left alone. Getting it again replaces the copy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from assistant.core.errors import ModelNotFound
from assistant.core.i18n import tr
from assistant.core.requests import ShouldStop
from assistant.models import manifest
from assistant.models.adapters import CONFIG, PURPOSE, WEIGHTS, is_adapter, read
from assistant.models.manifest import Manifest
from assistant.models.naming import free_name
from assistant.models.progress import Progress, Report, Stage
from assistant.models.sources.folder import absolute, looks_like_path
from assistant.models.staging import open_staging
from assistant.text.copying import COPY_INDEX

# What goes along besides: where the adapter came from, and what is known of it.
_BESIDE = (
    "recipe.toml", "trained_on.txt", "curve.csv", "curve.svg", "scores.json", "card.md",
    COPY_INDEX, "README.md", "LICENSE", "LICENSE.txt", "NOTICE", "NOTICE.txt",
)  # fmt: skip


class AdapterFolderSource:
    """Adapter folders anywhere on this machine."""

    name = "adapter"

    def claims(self, reference: str) -> bool:
        """Whether `reference` is a path to an adapter that is there."""
        if not reference.strip() or "\0" in reference:
            return False
        path = looks_like_path(reference) or Path(reference).is_dir()
        return path and is_adapter(absolute(reference))

    def find(self, reference: str) -> Path | None:
        """Return the folder itself."""
        return absolute(reference)

    def missing(self, reference: str) -> ModelNotFound:
        """Return the error that says how to get `reference`."""
        return ModelNotFound(
            tr("There is nothing at {path}. Check the name or choose again.", path=reference)
        )

    def fetch(
        self, reference: str, report: Report, _should_stop: ShouldStop, *, accept_terms: bool
    ) -> str:
        """Copy the adapter into the library, after seeing that it can be used."""
        del accept_terms  # The folder is the user's own.
        folder = absolute(reference)
        name = free_name(read(folder).name, str(folder))
        keep_adapter(folder, name)
        report(Progress(Stage.FINISHING, 100, 100))
        return name


def keep_adapter(folder: Path, name: str, title: str = "") -> Path:
    """Copy the adapter in `folder` into the library as `name`, in place of one that has the name.

    `title` is what it is called to the reader, its own title or name if empty. Returns where it is
    now. Raises a `ModelError` for a folder that cannot be used or copied.
    """
    adapter = read(folder)
    known = Manifest(
        name=name,
        source=AdapterFolderSource.name,
        reference=str(folder),
        title=title,
        licence=adapter.licence,
        installed=manifest.now(),
        origin={"base": adapter.base},
    )
    with open_staging(name) as stage:
        part = stage.fresh("model")
        copy_adapter(folder, part)
        return stage.publish(part, known)


def copy_adapter(folder: Path, target: Path) -> None:
    """Copy what belongs to an adapter from one folder to another; raises `OSError`."""
    for name in (CONFIG, WEIGHTS, PURPOSE, *_BESIDE):
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
