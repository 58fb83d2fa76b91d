"""Reading files of text to learn from: JSON lines and tab-separated pairs, packed or not."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from assistant.core.errors import TrainingError
from assistant.core.i18n import tr

_OPENERS: Mapping[str, Any] = {"": open, ".xz": lzma.open, ".gz": gzip.open}


def rows(data: Path, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of the corpus `name` in the folder `data`.

    The file is `name` with `.jsonl` or `.tsv` and perhaps `.xz` or `.gz` behind it; the two columns
    of a TSV file are called `english` and `foreign`. Raises `TrainingError`.
    """
    path = find(data, name)
    try:
        with _opened(path) as file:
            parse = _pair if ".tsv" in path.suffixes else json.loads
            for line in file:
                if line.strip():
                    yield parse(line)
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        raise TrainingError(
            tr("The file {path} cannot be read ({error}).", path=path, error=error)
        ) from error


def find(data: Path, name: str) -> Path:
    """Return the file of the corpus `name`; raise `TrainingError` where there is none."""
    for kind in (".jsonl", ".tsv"):
        for packing in _OPENERS:
            path = data / f"{name}{kind}{packing}"
            if path.is_file():
                return path
    raise TrainingError(
        tr(
            "There is no file {name}.jsonl or {name}.tsv (or with .xz or .gz) in {folder}. Give "
            "the folder that holds the data with --data.",
            name=name,
            folder=data,
        )
    )


def _opened(path: Path) -> IO[str]:
    opener = _OPENERS.get(path.suffix, open)
    opened: IO[str] = opener(path, "rt", encoding="utf-8")
    return opened


def _pair(line: str) -> dict[str, str]:
    english, _, foreign = line.rstrip("\n").partition("\t")
    return {"english": english, "foreign": foreign}
