"""What the user's settings say about a task: which model runs it and how it samples."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling
from assistant.core.tasks import TASK_NAMES, Rewrite, ShowPrompt, TaskName, Translate
from assistant.models.adapters import shipped

if TYPE_CHECKING:
    from assistant.config.settings import ModelSettings, Settings
    from assistant.core.tasks import Task
    from assistant.models.description import Ability

# How likely a suggestion has to be, by the writer's eagerness. Tuned by typing books, with the
# draft's own words (tests/benchmarks/keystrokes.py): of those that are shown two in three are taken
# at least in part, or a little more than every second one.
THRESHOLDS = {"sure": 0.4, "eager": 0.25}


def engine_spec(settings: Settings, key: str, model: str | None = None) -> EngineSpec:
    """Return the engine that `settings` choose for a task, or the one for `model` if given.

    `key` is a task's name, or with what it is after: `rewrite.proofread`, `translate.en-fr`.
    """
    chosen = settings.model
    reference = model or _own_model(chosen, key) or _skill(chosen, key) or chosen.default
    return EngineSpec(
        model=reference,
        device=chosen.device,
        precision=chosen.precision,
        threads=chosen.threads,
        kind=chosen.kinds.get(reference),
        strength=chosen.strengths.get(reference, 1.0),
    )


def key_of(task: Task) -> str:
    """Return the key by which models, skills and abilities know a task."""
    match task:
        case Rewrite(style=style):
            return f"{TaskName.REWRITE}.{style}"
        case Translate(source=str(source), target=target):
            return f"{TaskName.TRANSLATE}.{source}-{target}"
        case ShowPrompt(task=shown):
            return key_of(shown)
    return str(TASK_NAMES.get(type(task), TaskName.CONTINUE))


def _own_model(chosen: ModelSettings, key: str) -> str | None:
    """Return the model that the user chose for a task, for this form of it before any other."""
    return next((chosen.per_task[name] for name in _names(key) if chosen.per_task.get(name)), None)


def _skill(chosen: ModelSettings, key: str) -> str | None:
    """Return the adapter that comes with the program for a task of the default model."""
    if not chosen.use_skills:
        return None
    skills = [adapter for adapter in shipped() if adapter.base == chosen.default]
    found = (a.folder.name for name in _names(key) for a in skills if name in a.default_for)
    return next(found, None)


def _names(key: str) -> tuple[str, ...]:
    """Return what settings may call a task, the most specific first.

    What goes on with a text suggests a few words of it too, unless another model is chosen for it.
    """
    if key == TaskName.COMPLETE:
        return (TaskName.COMPLETE, TaskName.CONTINUE)
    return tuple(dict.fromkeys((key, key.partition(".")[0])))


def threshold(settings: Settings) -> float:
    """Return how likely a suggestion has to be."""
    return THRESHOLDS[settings.suggestions.eagerness]


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
