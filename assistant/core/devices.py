"""Devices that models can run on, and models that do, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """One device of this machine: `name` as torch has it, `memory` in bytes."""

    name: str
    title: str
    memory: int


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory and the device it runs on."""

    reference: str
    title: str
    device: str
