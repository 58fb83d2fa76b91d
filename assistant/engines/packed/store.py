"""Packed weights on disk: a folder of our own, mapped into memory when they are loaded.

Each layer has a file for reading, and one for writing where that is done in another form: what is
laid out anew in memory can so be let go of. `packed.json` is written last and names the version,
the recipe and what the weights were made of; without it, or with another, the folder counts as not
there. The table of tokens is not kept twice: it is read from the model itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assistant.engines.packed.forms import Form

if TYPE_CHECKING:
    import torch

# To be raised when what is in the files changes.
VERSION = 3

_ABOUT = "packed.json"
_REST = "rest.safetensors"
_BLOCK = 2**20
_UNFINISHED = ".packing-"
# How many are kept of one model: as it is, with adapters, in other forms. Each takes as much room
# as a small model, and seconds to be made again.
_MOST_KEPT = 6
_A_DAY = 24 * 60 * 60


class Use(StrEnum):
    """What weights are for: many tokens at once, or one or a few."""

    READING = "reading"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Forms:
    """How a model is held: for reading many tokens, for writing one or a few, and its head."""

    reading: Form
    writing: Form
    head: Form

    @property
    def exact(self) -> bool:
        """Whether it is held, and run, in float32 throughout."""
        return self == Forms(Form.FLOAT32, Form.FLOAT32, Form.FLOAT32)

    @property
    def by_use(self) -> Mapping[Use, Form]:
        """The different forms that the layers are held in."""
        if self.reading is self.writing:
            return {Use.READING: self.reading}
        return {Use.READING: self.reading, Use.WRITING: self.writing}

    @property
    def name(self) -> str:
        """A name for files."""
        return f"{self.reading}-{self.writing}-{self.head}"


def fingerprint(files: Sequence[Path], strength: float) -> str:
    """Return what tells these weights, an adapter's with its `strength` included, from others."""
    digest = hashlib.blake2b(f"{strength:.4f}".encode(), digest_size=16)
    for path in files:
        digest.update(_hash_of(path))
    return digest.hexdigest()


def stamp(files: Sequence[Path], strength: float) -> str:
    """Return what changes when somebody writes to the files; quicker to find than a fingerprint."""
    told = [f"{strength:.4f}"]
    for path in files:
        about = path.stat()
        told.append(f"{path.name} {about.st_size} {about.st_mtime_ns}")
    return "; ".join(told)


class Store:
    """The packed weights in `folder`, made of `files`, which are a model's and its adapter's.

    Others of the same model stand beside it.
    """

    def __init__(self, folder: Path, forms: Forms, files: Sequence[Path], strength: float) -> None:
        self.folder = folder
        self._files = tuple(files)
        self._strength = strength
        self._about = {"version": VERSION, "forms": asdict(forms)}

    @property
    def complete(self) -> bool:
        """Whether all is there, made by this recipe of these very weights."""
        about = _read(self.folder / _ABOUT)
        if any(about.get(key) != value for key, value in self._about.items()):
            return False
        now = stamp(self._files, self._strength)
        # Files that were copied or touched have another stamp, and may be the same all the same.
        return about.get("stamp") == now or about.get("source") == self._fingerprint()

    def layer(self, number: int, use: Use) -> dict[str, torch.Tensor]:
        """Return the tensors of a layer, mapped: they stay in memory as long as one is kept."""
        return _mapped(self.folder / _layer_file(number, use))

    def rest(self) -> dict[str, torch.Tensor]:
        """Return the head's tensors and norm, mapped."""
        return _mapped(self.folder / _REST)

    def touch(self) -> None:
        """Note that it is in use, so that others go first when there are too many."""
        # Somebody else's folder: nothing there is ever removed.
        with suppress(OSError):
            os.utime(self.folder / _ABOUT)

    def writer(self, loss: float | None) -> Writer:
        """Return what writes the folder anew; `loss` is what `known_loss` is to tell."""
        about = {
            **self._about,
            "source": self._fingerprint(),
            "stamp": stamp(self._files, self._strength),
            "loss": loss,
        }
        return Writer(self.folder, about)

    def _fingerprint(self) -> str:
        return fingerprint(self._files, self._strength)


def known_loss(place: Path, files: Sequence[Path], strength: float) -> float | None:
    """Return how much `files` lose in 4 bits, if a store in `place` made of them says so."""
    now = stamp(files, strength)
    for path in place.glob(f"*/{_ABOUT}"):
        about = _read(path)
        if about.get("stamp") == now and isinstance(about.get("loss"), float):
            return float(about["loss"])
    return None


def remove_unused(place: Path) -> None:
    """Remove from `place` what other versions made, what was left half done, and the oldest.

    Who has one of them mapped keeps what is mapped; where a system refuses, it stays.
    """
    old = [path for path in place.glob(f"{_UNFINISHED}*") if _age(path) > _A_DAY]
    kept = sorted(place.glob(f"[!.]*/{_ABOUT}"), key=_age)
    current = [path for path in kept if _read(path).get("version") == VERSION]
    old += [path.parent for path in kept if path not in current[:_MOST_KEPT]]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)


class Writer:
    """Writes a store beside its place and moves it there when it is whole; used in a `with`."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder
        self._about = about
        self._new = Path()
        self._finished = False

    def __enter__(self) -> Self:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._new = Path(tempfile.mkdtemp(dir=self._folder.parent, prefix=_UNFINISHED))
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            shutil.rmtree(self._new, ignore_errors=True)

    def add_layer(self, number: int, use: Use, tensors: Mapping[str, torch.Tensor]) -> None:
        """Write the tensors of a layer."""
        self._write(_layer_file(number, use), tensors)

    def finish(self, rest: Mapping[str, torch.Tensor]) -> None:
        """Write the rest; from now on the store is complete."""
        self._write(_REST, rest)
        (self._new / _ABOUT).write_text(json.dumps(self._about, indent=1), "utf-8")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._new.rename(self._folder)
        self._finished = True
        remove_unused(self._folder.parent)

    def _write(self, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        from safetensors.torch import save_file

        save_file(dict(tensors), self._new / name)


def _layer_file(number: int, use: Use) -> str:
    return f"{use}-{number}.safetensors"


def _read(path: Path) -> dict[str, Any]:
    """Return the note of a store, empty where it is damaged."""
    try:
        about = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def _age(path: Path) -> float:
    """Return the seconds since something was last written to."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _mapped(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _hash_of(path: Path) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest()
