"""The engines that are in memory: a few at most, the one used longest ago unloaded first.

Used from one thread, the one that owns the models.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from assistant.core.errors import NotEnoughMemory
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Emit, ShouldStop
from assistant.engines.base import Engine
from assistant.engines.factory import make_engine
from assistant.models.description import ModelDescription

Resolve: TypeAlias = Callable[[str, str | None], ModelDescription]
Make: TypeAlias = Callable[[ModelDescription, EngineSpec], Engine]


@dataclass(slots=True)
class _Slot:
    engine: Engine
    used: float


class EnginePool:
    """Finds, loads and unloads engines.

    `resolve` finds the model that a reference means; the default asks `assistant.models.library`.
    """

    def __init__(
        self,
        max_loaded: int = 2,
        resolve: Resolve | None = None,
        make: Make = make_engine,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_loaded = max_loaded
        self._resolve = resolve or _from_library
        self._make = make
        self._clock = clock
        # In the order of use, the one used last at the end.
        self._slots: dict[EngineSpec, _Slot] = {}

    def engine_for(self, spec: EngineSpec, emit: Emit, should_stop: ShouldStop) -> Engine:
        """Return the engine for `spec`, loaded.

        Raises a `ModelError` or `Cancelled`; the engines that were there before stay then.
        """
        slot = self._slots.pop(spec, None)
        if slot is None:
            engine = self._make(self.describe(spec), spec)
            self._load(engine, emit, should_stop)
            slot = _Slot(engine, 0.0)
            self._shrink_to(self._max_loaded - 1)
        slot.used = self._clock()
        self._slots[spec] = slot
        return slot.engine

    def describe(self, spec: EngineSpec) -> ModelDescription:
        """Return what is known of the model that `spec` names, without loading it."""
        if spec in self._slots:
            return self._slots[spec].engine.model
        return self._resolve(spec.model, spec.kind)

    def loaded(self) -> tuple[Engine, ...]:
        """Return the engines in memory, the one used last at the end."""
        return tuple(slot.engine for slot in self._slots.values())

    def keep_fresh(self) -> None:
        """Count the idle time of the engine used last from now: its work has just ended."""
        for slot in list(self._slots.values())[-1:]:
            slot.used = self._clock()

    def unload_idle(self, seconds: float) -> None:
        """Unload what nobody has asked for in the last `seconds`."""
        now = self._clock()
        for spec, slot in list(self._slots.items()):
            if now - slot.used >= seconds:
                del self._slots[spec]
                slot.engine.unload()

    def unload_all(self) -> None:
        """Give all memory back."""
        self._shrink_to(0)

    def _load(self, engine: Engine, emit: Emit, should_stop: ShouldStop) -> None:
        """Load `engine`; where memory is short, at the cost of all but the one used last."""
        try:
            engine.load(emit, should_stop)
        except NotEnoughMemory:
            if len(self._slots) < 2:
                raise
            self._shrink_to(1)
            engine.load(emit, should_stop)

    def _shrink_to(self, count: int) -> None:
        for spec in list(self._slots)[: max(0, len(self._slots) - count)]:
            self._slots.pop(spec).engine.unload()


def _from_library(reference: str, kind: str | None) -> ModelDescription:
    from assistant.models.library import resolve

    return resolve(reference, kind)
