"""A device that models can run on, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """One device of this machine: `name` as torch has it, `memory` in bytes."""

    name: str
    title: str
    memory: int
