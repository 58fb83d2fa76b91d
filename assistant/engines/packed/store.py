"""Packed weights on disk: a folder of our own, one file a layer, mapped into memory when loaded.

`packed.json` is written last and names the version, the recipe and what the weights were made of;
without it, or with another, the folder counts as not there. The table of tokens is not kept twice:
it is read from the model itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assistant.engines.packed.forms import Form

if TYPE_CHECKING:
    import torch

# To be raised when what is in the files changes.
VERSION = 1

_ABOUT = "packed.json"
_REST = "rest.safetensors"
_BLOCK = 2**20


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
    """The packed weights in `folder`, made of `files`, which are a model's and its adapter's."""

    def __init__(self, folder: Path, forms: Forms, files: Sequence[Path], strength: float) -> None:
        self.folder = folder
        self._files = tuple(files)
        self._strength = strength
        self._about = {"version": VERSION, "forms": asdict(forms)}

    @property
    def complete(self) -> bool:
        """Whether all is there, made by this recipe of these very weights."""
        try:
            about = json.loads((self.folder / _ABOUT).read_text("utf-8"))
            now = stamp(self._files, self._strength)
        except (OSError, ValueError):
            return False
        if not isinstance(about, dict) or any(about.get(k) != v for k, v in self._about.items()):
            return False
        # Files that were copied or touched have another stamp, and may be the same all the same.
        return about.get("stamp") == now or about.get("source") == self._fingerprint()

    def layer(self, number: int) -> dict[str, torch.Tensor]:
        """Return the tensors of a layer, mapped."""
        return _mapped(self.folder / f"layer-{number}.safetensors")

    def rest(self) -> dict[str, torch.Tensor]:
        """Return the head's tensors and norm, mapped."""
        return _mapped(self.folder / _REST)

    def writer(self) -> Writer:
        """Return what writes the folder anew."""
        about = {
            **self._about,
            "source": self._fingerprint(),
            "stamp": stamp(self._files, self._strength),
        }
        return Writer(self.folder, about)

    def _fingerprint(self) -> str:
        return fingerprint(self._files, self._strength)


class Writer:
    """Writes a store beside its place and moves it there when it is whole; used in a `with`."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder
        self._about = about
        self._new = Path()
        self._finished = False

    def __enter__(self) -> Self:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._new = Path(tempfile.mkdtemp(dir=self._folder.parent, prefix=".packing-"))
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            shutil.rmtree(self._new, ignore_errors=True)

    def add_layer(self, number: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """Write the tensors of a layer."""
        self._write(f"layer-{number}.safetensors", tensors)

    def finish(self, rest: Mapping[str, torch.Tensor]) -> None:
        """Write the rest; from now on the store is complete."""
        self._write(_REST, rest)
        (self._new / _ABOUT).write_text(json.dumps(self._about, indent=1), "utf-8")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._new.rename(self._folder)
        self._finished = True

    def _write(self, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
        from safetensors.torch import save_file

        save_file(dict(tensors), self._new / name)


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
