"""How often a voice says again what it has read: its continuations, tried for copied runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Finish, PlainPrompt, Request, Sampling, ShouldStop
from assistant.core.tasks import TaskName
from assistant.models.abilities import ability_for
from assistant.text import sentences
from assistant.text.copying import CopyIndex
from assistant.training.split import Part

if TYPE_CHECKING:
    from assistant.training.voice_run import VoiceRun

# Half of them from pages that were learned from, which is where copies come from.
_SAMPLES = 20
_TOKENS = 80
# The sentences that each is begun with.
_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """How many continuations were tried, and in how many eight words or more were copied."""

    samples: int
    copied: int

    @property
    def share(self) -> float:
        """The share of the continuations with a copy in them, 0 to 1."""
        return self.copied / self.samples if self.samples else 0.0


def try_for_copies(
    voice: VoiceRun, report: Callable[[int, int], None], should_stop: ShouldStop
) -> Tried:
    """Write continuations of the beginnings of pages and count those that copy.

    Sampled as Continue does, without its guard. Raises `Cancelled`, or a `ModelError` where the
    voice cannot be loaded.
    """
    from assistant.engines.pool import EnginePool

    beginnings = _beginnings(voice)
    pool = EnginePool(max_loaded=1)
    spec = EngineSpec(voice.plan.name)
    sampling = ability_for(pool.describe(spec), TaskName.CONTINUE).sampling or Sampling()
    index = CopyIndex.load(voice.copy_index)
    copied = 0
    engine = pool.engine_for(spec, _ignore, should_stop)
    for number, beginning in enumerate(beginnings):
        request = Request(PlainPrompt(beginning), _TOKENS, _seeded(sampling, number))
        completion = engine.generate(request, _ignore, should_stop)
        if completion.finish is Finish.CANCELLED:
            raise Cancelled
        copied += index.first_copy(completion.text) is not None
        report(number + 1, len(beginnings))
    return Tried(len(beginnings), copied)


def _beginnings(voice: VoiceRun) -> list[str]:
    """Return beginnings of pages of both sides, the same each time."""
    random = Random(voice.plan.name)  # noqa: S311 - no secret
    found: list[str] = []
    for part in Part:
        pages = [page for page in voice.pages() if page.part is part]
        chosen = random.sample(pages, min(len(pages), _SAMPLES // 2))
        for page in chosen:
            spans = sentences.split(page.text)
            if len(spans) > _BEGINNING:
                found.append(page.text[: spans[_BEGINNING - 1].end])
    return found


def _seeded(sampling: Sampling, seed: int) -> Sampling:
    from dataclasses import replace

    return replace(sampling, seed=seed)


def _ignore(_event: object) -> None:
    """Tell nobody."""
