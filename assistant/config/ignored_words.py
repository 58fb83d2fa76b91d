"""The words that the grammar check leaves alone: one a line in the user's data folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assistant.config.atomic import replace_file
from assistant.config.paths import data_folder


class IgnoredWords:
    """The writer's list; every change is kept at once. Writing it may raise an `OSError`."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "ignored-words.txt"

    def words(self) -> tuple[str, ...]:
        """Return the words in order; none where the file cannot be read."""
        try:
            return self._read()
        except OSError:
            return ()

    def add(self, word: str) -> None:
        """Leave `word` alone from now on."""
        # A list that cannot be read now must not be written over with one word.
        self.replace((*self._read(), word))

    def replace(self, words: Iterable[str]) -> None:
        """Leave exactly `words` alone."""
        kept = "".join(f"{word}\n" for word in _sorted(words))
        replace_file(self._path, kept.encode("utf-8", "surrogateescape"), new_mode=0o600)

    def _read(self) -> tuple[str, ...]:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        # Bytes of another encoding, put there by another program, are kept as they are.
        return _sorted(data.decode("utf-8-sig", "surrogateescape").split("\n"))


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one for word in words if (one := " ".join(word.split()))}))
