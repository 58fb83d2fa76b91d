"""The words that the grammar check leaves alone: one a line in the user's data folder."""

from __future__ import annotations

from pathlib import Path

from assistant.config.atomic import write_text
from assistant.config.paths import data_folder


class IgnoredWords:
    """The writer's list; every change is kept at once. Writing it may raise an `OSError`."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "ignored-words.txt"

    def words(self) -> tuple[str, ...]:
        """Return the words in order; none where the file cannot be read."""
        try:
            lines = self._path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return ()
        return tuple(sorted({line.strip() for line in lines if line.strip()}))

    def add(self, word: str) -> None:
        """Leave `word` alone from now on."""
        self.replace((*self.words(), word))

    def replace(self, words: tuple[str, ...]) -> None:
        """Leave exactly `words` alone."""
        kept = sorted({word.strip() for word in words if word.strip()})
        write_text(self._path, "".join(f"{word}\n" for word in kept))
