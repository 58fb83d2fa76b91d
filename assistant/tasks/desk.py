"""What every task has at hand: where engines come from, whom to tell, when to stop.

Values and ports only; nothing here knows a particular task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from assistant.core.jobs import EngineSpec
    from assistant.core.requests import Emit, ShouldStop
    from assistant.engines.base import Engine
    from assistant.models.description import ModelDescription


class Engines(Protocol):
    """Where a task gets the engine it runs on; `assistant.engines.pool` is one."""

    def engine_for(self, spec: EngineSpec, emit: Emit, should_stop: ShouldStop) -> Engine:
        """Return the engine of `spec`, loaded."""

    def describe(self, spec: EngineSpec) -> ModelDescription:
        """Return what is known of the model of `spec` without loading it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What one run of a task works with."""

    spec: EngineSpec
    engines: Engines
    emit: Emit
    should_stop: ShouldStop

    def describe(self) -> ModelDescription:
        """Return what is known of the model without loading it."""
        return self.engines.describe(self.spec)

    def engine(self) -> Engine:
        """Return the model's engine; it is loaded now if it was not."""
        return self.engines.engine_for(self.spec, self.emit, self.should_stop)
