"""Adapters on disk: what a folder in peft's own form holds, checked before anything is loaded.

An adapter is a low-rank change to a model's weights, W + scale · B A (LoRA, Hu et al. 2021,
https://arxiv.org/abs/2106.09685), in the form that peft saves: `adapter_config.json` and
`adapter_model.safetensors`. `adapter.toml` beside them says what it is for. Standard library only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.core.errors import NotAModel, UnsupportedModel
from assistant.core.i18n import tr

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"

_NONSENSE = (ValueError, KeyError, TypeError, AttributeError, OverflowError)
# What peft's LoraConfig can ask for beside W + scale · B A.
_MORE_THAN_LORA = (
    "use_dora", "use_qalora", "lora_bias", "modules_to_save", "layer_replication",
    "target_parameters", "trainable_token_indices", "alora_invocation_tokens", "arrow_config",
    "use_bdlora", "kasa_config", "monteclora_config",
)  # fmt: skip


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

    def scale_of(self, module: str) -> float:
        """Return by how much B A of the module of that name is multiplied."""
        rank = _matching(self.ranks, module, self.rank)
        return self._scale(int(rank), _matching(self.alphas, module, self.alpha))

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
