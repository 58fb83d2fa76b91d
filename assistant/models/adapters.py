"""Adapters on disk: what a folder in peft's own form holds, checked before anything is loaded.

An adapter is a low-rank change to a model's weights, W + scale · B A (LoRA, Hu et al. 2021,
https://arxiv.org/abs/2106.09685), in the form that peft saves: `adapter_config.json` and
`adapter_model.safetensors`. `adapter.toml` beside them says what it is for. Standard library only.
"""

from __future__ import annotations

import json
import logging
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from assistant.config.paths import resource
from assistant.core.errors import (
    ModelError,
    NotAModel,
    UnsafeWeights,
    UnsupportedModel,
    WeightsDamaged,
    WeightsMissing,
)
from assistant.core.i18n import tr
from assistant.models.catalogue import abilities
from assistant.models.description import Ability
from assistant.models.weights import read_header

_log = logging.getLogger(__name__)

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PURPOSE = "adapter.toml"

_WHOLE_MODEL = ("model.safetensors", "model.safetensors.index.json")
_PICKLE = "adapter_model.bin"
_FLOATS = ("F64", "F32", "F16", "BF16")
# `lora_A` stands for a linear module, `lora_embedding_A` for a table of embeddings.
_TENSOR = re.compile(
    r"(?:base_model\.model\.)?(?P<module>.+)\."
    r"(?:lora_(?P<side>[AB])\.weight|lora_embedding_(?P<entry>[AB]))"
)

_NONSENSE = (ValueError, KeyError, TypeError, AttributeError, OverflowError)
# What peft's LoraConfig can ask for beside W + scale · B A.
_MORE_THAN_LORA = (
    "use_dora", "use_qalora", "lora_bias", "modules_to_save", "layer_replication",
    "target_parameters", "trainable_token_indices", "alora_invocation_tokens", "arrow_config",
    "use_bdlora", "kasa_config", "monteclora_config",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """The two matrices of one module by their names in the file: B A has the module's shape.

    `down` is A, of the shape rank × inputs, `up` is B, of the shape outputs × rank. `embedding`
    is whether the inputs are the entries of a table.
    """

    module: str
    down: str
    up: str
    outputs: int
    inputs: int
    embedding: bool = False


@dataclass(frozen=True, slots=True)
class Adapter:
    """What the folder of an adapter holds. Sentences in it go through `tr` when they are shown.

    `base` is the reference of the model that it changes, empty where nothing says which.
    """

    folder: Path
    name: str
    title: str
    summary: str
    base: str
    licence: str
    abilities: Mapping[str, Ability]
    default_for: tuple[str, ...]
    config: AdapterConfig
    pairs: tuple[Pair, ...]

    @property
    def size(self) -> int:
        """How many bytes it takes on disk."""
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())

    def sentences(self) -> tuple[str, ...]:
        """Return every sentence in it that a reader meets, for translation."""
        notes = (ability.note for ability in self.abilities.values())
        return tuple(filter(None, (self.title, self.summary, *notes)))


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """What `adapter_config.json` says, in peft's terms: `r`, `lora_alpha`, `target_modules`.

    `base` is a reference: a name of the catalogue, a folder, a hub name. `ranks` and `alphas` hold
    what differs by module, under patterns that match the end of its name. `rslora` divides by the
    root of the rank instead of the rank (Kalajdzievski 2023, https://arxiv.org/abs/2312.03732).
    """

    base: str
    rank: int
    alpha: float
    targets: tuple[str, ...]
    rslora: bool = False
    ranks: Mapping[str, int] = field(default_factory=dict)
    alphas: Mapping[str, float] = field(default_factory=dict)

    @property
    def scale(self) -> float:
        """By how much B A is multiplied where no pattern says otherwise."""
        return self._scale(self.rank, self.alpha)

    def rank_of(self, module: str) -> int:
        """Return the rank of B A of the module of that name."""
        return int(_matching(self.ranks, module, self.rank))

    def scale_of(self, module: str) -> float:
        """Return by how much B A of the module of that name is multiplied."""
        return self._scale(self.rank_of(module), _matching(self.alphas, module, self.alpha))

    def to_json(self) -> str:
        """Return the text of `adapter_config.json`, which peft reads too."""
        document = {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": self.base,
            "inference_mode": True,
            "r": self.rank,
            "lora_alpha": self.alpha,
            "lora_dropout": 0.0,
            "target_modules": list(self.targets),
            "bias": "none",
            "fan_in_fan_out": False,
            "modules_to_save": None,
            "use_rslora": self.rslora,
            "use_dora": False,
            "rank_pattern": dict(self.ranks),
            "alpha_pattern": dict(self.alphas),
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, path: Path) -> AdapterConfig:
        """Return what the text of the file at `path` says.

        Raises `NotAModel` where it makes no sense, `UnsupportedModel` for adapters other than LoRA.
        """
        try:
            document = json.loads(text)
            form = _unsupported(document)
            if form:
                raise UnsupportedModel(
                    tr(
                        "{path} describes an adapter with {form}, and Inkling can only use plain "
                        "LoRA. Merge the adapter into its model with the program that made it, and "
                        "get the whole model.",
                        path=path,
                        form=form,
                    )
                )
            targets = document.get("target_modules") or ()
            config = cls(
                base=str(document.get("base_model_name_or_path") or ""),
                rank=int(document["r"]),
                alpha=float(document["lora_alpha"]),
                targets=(targets,) if isinstance(targets, str) else tuple(map(str, targets)),
                rslora=bool(document.get("use_rslora", False)),
                ranks={k: int(v) for k, v in (document.get("rank_pattern") or {}).items()},
                alphas={k: float(v) for k, v in (document.get("alpha_pattern") or {}).items()},
            )
            for pattern in (*config.ranks, *config.alphas):
                re.compile(pattern)
            sane = min((config.rank, *config.ranks.values())) > 0
            sane = sane and all(map(math.isfinite, (config.alpha, *config.alphas.values())))
        except (*_NONSENSE, re.error) as error:
            raise NotAModel(_unreadable(path)) from error
        if not sane:
            raise NotAModel(_unreadable(path))
        return config

    def _scale(self, rank: int, alpha: float) -> float:
        return alpha / (math.sqrt(rank) if self.rslora else rank)


def is_adapter(folder: Path) -> bool:
    """Return whether a folder holds an adapter and not a whole model."""
    there = (folder / CONFIG).is_file()
    return there and not any((folder / name).exists() for name in _WHOLE_MODEL)


def read(folder: Path) -> Adapter:
    """Return what the adapter in `folder` is, after checking that it is whole and safe to load.

    Raises `NotAModel`, `UnsupportedModel`, `UnsafeWeights`, `WeightsMissing`, `WeightsDamaged`.
    """
    config = AdapterConfig.from_json(_text(folder / CONFIG), folder / CONFIG)
    pairs = _pairs(folder, config)
    path = folder / PURPOSE
    try:
        table = tomllib.loads(_text(path)) if path.exists() else {}
        name = _word(table, "name") or folder.name
        return Adapter(
            folder=folder,
            name=name,
            title=_word(table, "title") or name,
            summary=_word(table, "summary"),
            base=_word(table, "base") or config.base,
            licence=_word(table, "licence"),
            abilities=abilities(table.get("abilities", {})),
            default_for=tuple(str(key) for key in table.get("default_for", ())),
            config=config,
            pairs=pairs,
        )
    except _NONSENSE as error:
        raise NotAModel(
            tr(
                "{path} makes no sense ({reason}). Mend it, or delete it: the adapter can be used "
                "without.",
                path=path,
                reason=error,
            )
        ) from error


def shipped_folders() -> Iterator[Path]:
    """Yield the folders of the adapters that come with the program, by name."""
    root = resource("adapters")
    if root.is_dir():
        yield from sorted(folder for folder in root.iterdir() if is_adapter(folder))


def shipped() -> tuple[Adapter, ...]:
    """Return the adapters that come with the program, each read once."""
    return tuple(filter(None, map(_read_once, shipped_folders())))


def shipped_folder(name: str) -> Path | None:
    """Return the folder of the adapter of that name that comes with the program."""
    return next((folder for folder in shipped_folders() if folder.name == name), None)


@cache
def _read_once(folder: Path) -> Adapter | None:
    try:
        return read(folder)
    except ModelError as error:
        _log.warning("the adapter %s cannot be used: %s", folder.name, error)
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise NotAModel(_unreadable(path)) from error


def _word(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _pairs(folder: Path, config: AdapterConfig) -> tuple[Pair, ...]:
    """Return the matrices that the weights announce, two by two."""
    path = folder / WEIGHTS
    if not path.exists():
        raise _without_weights(folder)
    found: dict[str, dict[str, str]] = {}
    tensors = read_header(path)
    for name, tensor in tensors.items():
        match = _TENSOR.fullmatch(name)
        if match is None or tensor["dtype"] not in _FLOATS or len(tensor["shape"]) != 2:
            raise UnsupportedModel(
                tr(
                    "{path} holds “{name}”, which is no part of a plain LoRA adapter. Merge the "
                    "adapter into its model with the program that made it, and get the whole "
                    "model.",
                    path=path,
                    name=name,
                )
            )
        found.setdefault(match["module"], {})[match["side"] or f"entry {match['entry']}"] = name
    if not found:
        raise WeightsMissing(tr("{path} is empty. Get the whole adapter again.", path=path))
    return tuple(_pair(path, module, names, tensors, config) for module, names in found.items())


def _pair(
    path: Path,
    module: str,
    names: Mapping[str, str],
    tensors: Mapping[str, Any],
    config: AdapterConfig,
) -> Pair:
    embedding = "entry A" in names
    sides = ("entry A", "entry B") if embedding else ("A", "B")
    if set(names) == set(sides):
        down, up = (names[side] for side in sides)
        rank, inputs = tensors[down]["shape"]
        outputs, inner = tensors[up]["shape"]
        if rank == inner == config.rank_of(module):
            return Pair(module, down, up, outputs, inputs, embedding)
    raise WeightsDamaged(
        tr(
            "What {path} holds for “{module}” does not fit together. Get the whole adapter again.",
            path=path,
            module=module,
        )
    )


def _without_weights(folder: Path) -> UnsafeWeights | WeightsMissing:
    if (folder / _PICKLE).exists():
        return UnsafeWeights(
            tr(
                "The weights in {folder} are pickle files: loading them could run any code. Fetch "
                "a version of the model with safetensors.",
                folder=folder,
            )
        )
    return WeightsMissing(
        tr(
            "{folder} holds no weights ({single}). Fetch the whole model again.",
            folder=folder,
            single=WEIGHTS,
        )
    )


def _matching(patterns: Mapping[str, float], module: str, otherwise: float) -> float:
    """Return the value whose pattern matches the end of a module's name, as peft matches it."""
    for pattern, value in patterns.items():
        if re.match(rf"(?:.*\.)?(?:{pattern})$", module):
            return value
    return otherwise


def _unsupported(document: Mapping[str, Any]) -> str:
    """Return what makes an adapter something else than plain LoRA; nothing for one that is."""
    kind = str(document.get("peft_type", "LORA"))
    if kind != "LORA":
        return kind
    if document.get("bias", "none") != "none":
        return "bias"
    return next((key for key in _MORE_THAN_LORA if document.get(key)), "")


def _unreadable(path: Path) -> str:
    return tr("{path} cannot be read. Get the whole adapter again.", path=path)
