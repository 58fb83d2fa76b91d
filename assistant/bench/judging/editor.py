"""Mending sentences, and leaving right ones alone.

Clean sentences of stories, novels and everyday talk are spoilt by rule (`training.spoiling`) with a
fixed seed, and half as many are left whole. Scores, in per cent: `mended` (the clean sentence came
back, by the editor alone) and `right_changed` (of the right ones); the same of the grammar rules
alone, `harper_*`, and of both as the program proofreads, `both_*`; `untouched` (spoilt ones that
the editor left as they were). The rival is the grammar rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from assistant.bench.judging.passages import is_there
from assistant.bench.judging.selection import Lowest, dealt
from assistant.bench.judging.subject import Scores, averaged, each, percent
from assistant.core.errors import ModelNotFound, TaskNotPossible
from assistant.core.requests import GREEDY, Request
from assistant.core.tasks import Rewrite, RewriteStyle, TaskName
from assistant.models.abilities import ability_for
from assistant.tasks.cleaning import has_whole_line, one_line
from assistant.tasks.prompts import way_for
from assistant.tasks.run import run
from assistant.tasks.writing import Stream, none_of_it, write
from assistant.text import grammar, sentences
from assistant.training.builders.corrections import is_clean
from assistant.training.cleaning import group_of
from assistant.training.corpora import rows
from assistant.training.spoiling.spoiler import spoil

if TYPE_CHECKING:
    from assistant.bench.judging.passages import Passage
    from assistant.bench.judging.subject import Bench
    from assistant.core.jobs import EngineSpec
    from assistant.engines.base import Engine
    from assistant.models.description import ModelDescription

NAME = "editor"
KEY = f"{TaskName.REWRITE}.{RewriteStyle.PROOFREAD}"
# Everyday sentences, in pairs with another language's.
EVERYDAY = ("tatoeba.en-fr", "tatoeba.en-de", "tatoeba.en-es")
_SEED = 20261125


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is given to be mended, and what is right."""

    text: str
    right: str


def judge(bench: Bench) -> Scores:
    """Return how well sentences are mended, and how many right ones are changed."""
    items = spoilt_sentences(bench)
    return averaged(each(NAME, items, bench, lambda item: _measure(item, bench)))


def _measure(item: Sentence, bench: Bench) -> Scores:
    results = {"both_": _both(item.text, bench)}
    # Not every model can be asked to mend a sentence.
    with suppress(TaskNotPossible):
        results[""] = _alone(item.text, bench)
    if grammar.available():
        results["harper_"] = _by_rules(item.text, bench)
    if item.text == item.right:
        return {f"{who}right_changed": percent(text != item.right) for who, text in results.items()}
    scores = {f"{who}mended": percent(text == item.right) for who, text in results.items()}
    if "" in results:
        scores["untouched"] = percent(results[""] == item.text)
    return scores


def _both(text: str, bench: Bench) -> str:
    return bench.outcome(Rewrite(text, style=RewriteStyle.PROOFREAD)).text


def _by_rules(text: str, bench: Bench) -> str:
    task = Rewrite(text, style=RewriteStyle.PROOFREAD)
    return run(task, bench.spec, _NoEngines(), lambda _event: None, bench.should_stop).text


def _alone(text: str, bench: Bench) -> str:
    """Return what the model itself answers when it is asked to mend `text`."""
    engine = bench.engine()
    way = way_for(
        TaskName.REWRITE,
        engine.model,
        ability_for(engine.model, KEY),
        RewriteStyle.PROOFREAD,
    )
    prompt = way.fill({"text": text})
    tokens = 2 * engine.count_tokens(prompt) + 8
    completion = write(
        engine,
        Request(prompt, tokens, GREEDY, way.stop, copies=True),
        Stream(lambda _event: None, none_of_it),
        bench.should_stop,
        has_whole_line,
    )
    return one_line(completion.text, text)


class _NoEngines:
    """Stands for a machine without a model: proofreading does with the rules then."""

    def engine_for(self, spec: EngineSpec, *_: object) -> Engine:
        """Refuse."""
        raise ModelNotFound(spec.model)

    def describe(self, spec: EngineSpec) -> ModelDescription:
        """Refuse."""
        raise ModelNotFound(spec.model)


def spoilt_sentences(bench: Bench) -> list[Sentence]:
    """Return spoilt and whole sentences, of all manners of prose in turn."""
    random = Random(_SEED)  # noqa: S311 - the same sentences for every model
    whole = bench.limit // 2
    # Not every sentence has a place for a mistake.
    most = 4 * bench.limit
    sources = [_of_prose(bench.prose.unseen(name, most), most) for name in bench.prose.manners()]
    sources.append(_everyday(bench))
    # No order by source: where the run is stopped, what is done is of all kinds.
    clean = dealt([source for source in sources if source], most)
    right = [Sentence(text, text) for text in clean[:whole]]
    spoilt: list[Sentence] = []
    for text in clean[whole:]:
        found = spoil(text, random)
        if found is not None and len(spoilt) < bench.limit:
            spoilt.append(Sentence(found.text, text))
    items = right + spoilt
    random.shuffle(items)
    return items


def _of_prose(passages: list[Passage], most: int) -> list[str]:
    """Return clean sentences of passages, one of each passage in turn."""
    return list(dict.fromkeys(dealt([list(_clean(p.text)) for p in passages], most)))


def _clean(text: str) -> Iterator[str]:
    for paragraph in sentences.paragraphs(text):
        inside = text[paragraph.start : paragraph.end]
        for span in sentences.split(inside, "en"):
            sentence = inside[span.start : span.end]
            if is_clean(sentence):
                yield sentence


def _everyday(bench: Bench) -> list[str]:
    held: Lowest[str] = Lowest(2 * bench.limit, bench.learned.is_unseen)
    for file in EVERYDAY:
        if is_there(bench.data, file):
            for row in rows(bench.data, file):
                if is_clean(row["english"]):
                    held.add(group_of(row), lambda text=row["english"]: text)  # type: ignore[misc]
            break
    return [group[0] for group in held.groups()]
