"""A few things that an adapter wrote for its card, as they came: nothing is chosen or changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.bench.judging.answers import asking
from assistant.bench.judging.editor import spoilt_sentences
from assistant.bench.judging.questions import questions
from assistant.core.requests import Sampling
from assistant.core.tasks import Continue, Rewrite, TaskName
from assistant.models.abilities import ability_for

if TYPE_CHECKING:
    from assistant.bench.judging.subject import Bench

COUNT = 5
_OPENING_WORDS = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """What was given, what came back, and the seed it was drawn with; None where nothing is."""

    given: str
    written: str
    seed: int | None = None


def samples(bench: Bench, keys: tuple[str, ...]) -> list[Sample]:
    """Return five samples of the first of the tasks `keys` that there are samples of."""
    for key in keys:
        if key in _MAKERS:
            return list(_MAKERS[key](replace(bench, limit=COUNT)))
    return []


def _answers(bench: Bench) -> Iterator[Sample]:
    for item in questions(bench):
        outcome = bench.outcome(asking(item.passage, item.question))
        yield Sample(f"{item.passage}\n\n{item.question}", outcome.guess or outcome.text)


def _corrections(bench: Bench) -> Iterator[Sample]:
    for sentence in spoilt_sentences(bench)[:COUNT]:
        yield Sample(sentence.text, bench.outcome(Rewrite(sentence.text)).text)


def _continuations(bench: Bench) -> Iterator[Sample]:
    ability = ability_for(bench.describe(), TaskName.CONTINUE)
    manner = bench.prose.manners()[0]
    for seed, passage in enumerate(bench.prose.unseen(manner, COUNT), 1):
        opening = " ".join(passage.text.split()[:_OPENING_WORDS])
        sampling = replace(ability.sampling or Sampling(), seed=seed)
        outcome = bench.outcome(Continue(opening, sampling=sampling))
        yield Sample(opening, outcome.text, seed)


_MAKERS: Mapping[str, Callable[[Bench], Iterator[Sample]]] = {
    "ask": _answers,
    "rewrite.proofread": _corrections,
    "continue": _continuations,
}
