"""The learning rate over a run: warm-up, constant, decay (Hu et al. 2024, MiniCPM).

The constant part is what lets a run be gone on with: only its end knows how long it is.
"""

from __future__ import annotations

from assistant.training.recipe import Schedule


def rate_at(schedule: Schedule, tokens: int) -> float:
    """Return the learning rate of the step that begins after `tokens` tokens."""
    done = tokens / schedule.tokens
    rise = (tokens + schedule.batch) / schedule.tokens / schedule.warm_up if schedule.warm_up else 1
    fall = (1 - done) / schedule.decay if schedule.decay else 1
    return schedule.rate * max(0.0, min(1.0, rise, fall))
