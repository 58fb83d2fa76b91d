"""Says what a folder holds before anything of it is loaded, and refuses what must not be.

Reads the configuration, the tokenizer's files and the headers of the weights; fast, standard
library only. What it returns is all that settings and tasks know about a model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.core.errors import (
    CustomCodeRefused,
    ModelNotFound,
    NotAModel,
    UnsupportedModel,
    UsageError,
)
from assistant.core.i18n import tr
from assistant.models.architectures import Architectures, native_architectures
from assistant.models.chat_templates import read_json, speaks_chat
from assistant.models.description import Kind, ModelDescription
from assistant.models.weights import inspect_weights

_CONTEXT_KEYS = (
    "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length",
    "seq_length", "max_target_positions",
)  # fmt: skip
_DEFAULT_CONTEXT = 1024
_T5_CONTEXT = 512
_SANE_CONTEXT = 100_000_000
_TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "spiece.model", "vocab.json",
    "sentencepiece.bpe.model", "source.spm", "vocab.txt", "tekken.json",
)  # fmt: skip
_LICENCE = re.compile(r"^license:\s*(\S+)\s*$", re.MULTILINE)


def describe(
    folder: Path, reference: str, kind: Kind | str | None = None, *, title: str = ""
) -> ModelDescription:
    """Return what the model folder `folder` holds; `kind` overrides what was detected.

    Raises the `ModelError` that says why it cannot be used, `UsageError` for a kind that this model
    cannot be.
    """
    config = check_config(folder)
    if not any((folder / name).exists() for name in _TOKENIZER_FILES):
        raise NotAModel(
            tr("{folder} holds no tokenizer. Fetch the whole model again.", folder=folder)
        )
    weights = inspect_weights(folder)
    architecture = _architecture(config)
    return ModelDescription(
        reference=reference,
        title=title or reference,
        kind=_chosen_kind(_detected_kind(folder, config), kind, reference),
        architecture=architecture,
        context_length=_context_length(folder, config),
        path=folder,
        parameters=weights.parameters,
        dtype=weights.dtype,
        size=_size(folder),
        licence=_licence(folder),
    )


def check_config(folder: Path, name: str = "") -> dict[str, Any]:
    """Return the configuration in `folder` after seeing that its architecture can be used.

    Needs no weights, so a model can be refused before they are fetched; `name` is what the user
    calls it then.
    """
    config = _read_config(folder)
    model_type = str(config.get("model_type", ""))
    architecture = _architecture(config)
    native = native_architectures()
    if native.knows(model_type) and _writes(architecture, native):
        return config
    if "auto_map" in config and not native.knows(model_type):
        raise CustomCodeRefused(
            tr(
                "{model} wants to run Python code of its own, which could do anything on this "
                "machine. It is refused. Choose a model of a known architecture.",
                model=name or folder,
            )
        )
    raise UnsupportedModel(
        tr(
            "{model} is a model that cannot write ({architecture}). Choose a language model: "
            "GPT-2, Llama, Qwen, Gemma, T5, BART, Marian and others.",
            model=name or folder,
            architecture=architecture or model_type or "?",
        )
    )


def _read_config(folder: Path) -> dict[str, Any]:
    if not folder.exists():
        raise ModelNotFound(
            tr("There is nothing at {path}. Check the name or choose again.", path=folder)
        )
    if not folder.is_dir():
        raise NotAModel(_not_a_folder(folder))
    path = folder / "config.json"
    if not path.exists():
        raise NotAModel(_no_config(folder))
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NotAModel(
            tr("{path} cannot be read. Fetch the whole model again.", path=path)
        ) from error
    if not isinstance(config, dict):
        raise NotAModel(tr("{path} cannot be read. Fetch the whole model again.", path=path))
    return config


def _not_a_folder(path: Path) -> str:
    if path.suffix.lower() == ".gguf":
        return tr(
            "{path} is a GGUF file, which has to be converted once. Run: inkling models get {path}",
            path=path,
        )
    return tr("{path} is not a folder with a model. Choose the folder it lies in.", path=path)


def _no_config(folder: Path) -> str:
    gguf = next(iter(sorted(folder.glob("*.gguf"))), None)
    if gguf is not None:
        return tr(
            "{folder} is not a model folder, but holds a GGUF file. Run: inkling models get {path}",
            folder=folder,
            path=gguf,
        )
    if (folder / "adapter_config.json").exists():
        return tr("{folder} holds an adapter, not a whole model. Choose its base.", folder=folder)
    return tr("{folder} is not a model folder: it has no config.json.", folder=folder)


def _architecture(config: Mapping[str, Any]) -> str:
    named = config.get("architectures")
    if isinstance(named, list) and named and isinstance(named[0], str):
        return named[0]
    model_type = str(config.get("model_type", ""))
    native = native_architectures()
    table = native.seq2seq if config.get("is_encoder_decoder") else native.causal
    names = table.get(model_type) or native.seq2seq.get(model_type) or ("",)
    return names[0]


def _writes(architecture: str, native: Architectures) -> bool:
    """Whether a class of that name writes text; one without a head of its own may."""
    known = native.is_causal(architecture) or native.is_seq2seq(architecture)
    return known or not native.causal or "For" not in architecture


def _detected_kind(folder: Path, config: Mapping[str, Any]) -> Kind:
    native = native_architectures()
    architecture = _architecture(config)
    if native.is_seq2seq(architecture):
        return Kind.SEQ2SEQ
    if config.get("is_encoder_decoder") and not native.is_causal(architecture):
        return Kind.SEQ2SEQ
    return Kind.CHAT if speaks_chat(folder, config) else Kind.BASE


def _chosen_kind(detected: Kind, wanted: Kind | str | None, reference: str) -> Kind:
    if wanted is None:
        return detected
    try:
        kind = Kind(wanted)
    except ValueError:
        raise UsageError(
            tr("There is no kind of model named {kind}. Use chat, base or seq2seq.", kind=wanted)
        ) from None
    if (kind is Kind.SEQ2SEQ) != (detected is Kind.SEQ2SEQ):
        raise UsageError(
            tr(
                "{model} is built as {detected} and cannot be used as {kind}. Leave the kind to be "
                "detected.",
                model=reference,
                detected=detected,
                kind=kind,
            )
        )
    return kind


def _context_length(folder: Path, config: Mapping[str, Any]) -> int:
    for values in (config, config.get("text_config"), config.get("decoder")):
        if isinstance(values, Mapping):
            found = [values[key] for key in _CONTEXT_KEYS if _is_length(values.get(key))]
            if found:
                return int(found[0])
    if "t5" in str(config.get("model_type", "")):
        return _T5_CONTEXT
    limit = read_json(folder / "tokenizer_config.json").get("model_max_length")
    return int(limit) if limit is not None and _is_length(limit) else _DEFAULT_CONTEXT


def _is_length(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _SANE_CONTEXT


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _licence(folder: Path) -> str:
    try:
        beginning = (folder / "README.md").read_text("utf-8", errors="replace")[:4000]
    except OSError:
        return ""
    match = _LICENCE.search(beginning) if beginning.startswith("---") else None
    return match[1] if match else ""
