"""What is known about one model before it is loaded. Values only; `inspection` fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from assistant.core.requests import Sampling


class Kind(StrEnum):
    """How a model wants to be spoken to."""

    CHAT = "chat"
    BASE = "base"
    SEQ2SEQ = "seq2seq"


class Verdict(StrEnum):
    """How well a model does a task: shown to a writer as it is, marked as rough, or not offered."""

    GOOD = "good"
    ROUGH = "rough"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Ability:
    """What one model makes of one task, and with which prompt and settings it was measured best.

    `prompt` names a section of the task's file in `resources/prompts`; None takes the one for the
    model's kind. `beams` above 1 asks for beam search. `note` is a sentence for the reader.
    """

    verdict: Verdict
    prompt: str | None = None
    sampling: Sampling | None = None
    beams: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class AdapterRef:
    """The adapter that makes a model out of its `base`, in the folder `path`.

    `title` is what it is called by itself, `summary` a sentence on what it is for. `default_for`
    are the tasks that it does unasked where it `ships` with the program.
    """

    path: Path
    base: ModelDescription
    title: str
    summary: str = ""
    default_for: tuple[str, ...] = ()
    ships: bool = False


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """One model on this machine.

    `reference` is what the user typed or chose, `path` the folder that transformers loads (None for
    engines without files). `architecture` is the configuration's class name, `context_length` in
    tokens, `dtype` the precision the weights are stored in, `size` in bytes on disk. `abilities`
    maps a task (`continue`, `ask`, `rewrite.shorter`, `translate.en-fr`, …) to what the model makes
    of it; ask through `assistant.models.abilities.ability_for`. A model with an `adapter` is its
    base with that merged into it: `path` is the base's, `size` the adapter's own.
    """

    reference: str
    title: str
    kind: Kind
    architecture: str
    context_length: int
    path: Path | None = None
    parameters: int = 0
    dtype: str = "float32"
    size: int = 0
    licence: str = ""
    catalogue_name: str | None = None
    abilities: Mapping[str, Ability] = field(default_factory=dict)
    adapter: AdapterRef | None = None

    @property
    def measured(self) -> bool:
        """Whether somebody measured what it can do, rather than its kind and size being judged."""
        known = self if self.adapter is None else self.adapter.base
        return known.catalogue_name is not None
