"""What the user's settings say about a task: which model runs it and how it samples."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling

if TYPE_CHECKING:
    from assistant.config.settings import Settings
    from assistant.core.tasks import TaskName
    from assistant.models.description import Ability


def engine_spec(settings: Settings, task: TaskName, model: str | None = None) -> EngineSpec:
    """Return the engine that `settings` choose for `task`, or the one for `model` if given."""
    chosen = settings.model
    reference = model or chosen.per_task.get(task) or chosen.default
    return EngineSpec(
        model=reference,
        device=chosen.device,
        precision=chosen.precision,
        threads=chosen.threads,
        kind=chosen.kinds.get(reference),
    )


def sampling(settings: Settings, ability: Ability) -> Sampling:
    """Return how Continue samples: as measured best for the model, or by the user's own numbers."""
    own = settings.generation
    seed = own.seed if own.seed >= 0 else None
    if own.measured:
        return replace(ability.sampling or Sampling(), seed=seed)
    return Sampling(
        temperature=own.temperature,
        top_k=own.top_k,
        top_p=own.top_p,
        min_p=own.min_p,
        repetition_penalty=own.repetition_penalty,
        no_repeat_ngram_size=own.no_repeat_ngram_size,
        seed=seed,
    )
