"""Summarize: the key sentences of a text, or a summary in the model's own words.

Key sentences need no model, stand in the order of the source and invent nothing. A model's words
are cut by rule: models do not count sentences. A reader, which has learned to say a passage in one
sentence, sums up texts of any length (`condensing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, ModelNotFound
from assistant.core.i18n import tr
from assistant.core.requests import GREEDY, Finish, Request
from assistant.core.tasks import Form, Outcome, Summarize, TaskName
from assistant.models.abilities import ability_for
from assistant.models.description import ModelDescription, Verdict
from assistant.tasks import assessment
from assistant.tasks.assessment import WITHOUT_MODEL, Alternative, Assessment
from assistant.tasks.cleaning import joined, may_announce, without_announcement
from assistant.tasks.condensing import condense
from assistant.tasks.prompts import way_for
from assistant.tasks.reading import is_reader
from assistant.tasks.room import require_room, require_text
from assistant.tasks.writing import Stream, write
from assistant.text import sentences
from assistant.text.ranking import key_sentences

if TYPE_CHECKING:
    from assistant.engines.base import Engine
    from assistant.models.description import Ability
    from assistant.tasks.assessment import Installed
    from assistant.tasks.desk import Desk

_TOKENS_PER_SENTENCE = 60


def assess(
    task: Summarize, description: ModelDescription | None, installed: Installed
) -> Assessment:
    """Say what will come of `task`."""
    needless = task.form is Form.AUTO and (description is None or not _is_good(description))
    if task.form is Form.EXTRACT or needless:
        return WITHOUT_MODEL
    extract = Alternative(tr("Key sentences"), form=Form.EXTRACT)
    return assessment.of(description, TaskName.SUMMARIZE, _cannot, installed, (extract,))


def run(task: Summarize, desk: Desk) -> Outcome:
    """Carry out `task` in the form that it asks for."""
    require_text(task.text)
    if task.form is Form.EXTRACT:
        return _extracted(task, desk)
    try:
        description = desk.describe()
    except ModelNotFound as error:
        if task.form is Form.MODEL:
            raise
        return _extracted(task, desk, note=str(error))
    if task.form is Form.AUTO and not _is_good(description):
        return _extracted(task, desk)
    ability = ability_for(description, TaskName.SUMMARIZE)
    return condense(task, desk, ability) if is_reader(ability) else _written(task, desk, ability)


def _is_good(description: ModelDescription) -> bool:
    """Return whether the model's own words are the better summary."""
    return ability_for(description, TaskName.SUMMARIZE).verdict is Verdict.GOOD


def _cannot(model: str) -> str:
    return tr("{model} cannot summarize in its own words.", model=model)


def _extracted(task: Summarize, desk: Desk, note: str = "") -> Outcome:
    spans = key_sentences(task.text, task.sentences, should_stop=desk.should_stop)
    if not spans:
        # Nothing but short sentences: the first of them will do.
        spans = sentences.split(task.text)[: task.sentences]
    return Outcome(joined(task.text, spans), Form.EXTRACT, spans=spans, note=note)


def _written(task: Summarize, desk: Desk, ability: Ability) -> Outcome:
    engine = desk.engine()
    request = _request(task, engine, ability)
    stream = Stream(desk.emit, lambda text: _certain(text, task))
    completion = write(
        engine, request, stream, desk.should_stop, lambda text: _is_enough(text, task)
    )
    text = _cut(completion.text, task)
    if completion.finish is Finish.CANCELLED and not text:
        raise Cancelled
    stream.close(text)
    return Outcome(
        text,
        Form.MODEL,
        draft=ability.verdict is not Verdict.GOOD,
        completions=(completion,),
        note=assessment.note_of(ability),
    )


def _request(task: Summarize, engine: Engine, ability: Ability) -> Request:
    """Return what to ask the model about the whole text."""
    way = way_for(TaskName.SUMMARIZE, engine.model, ability)
    tokens = task.max_tokens or _TOKENS_PER_SENTENCE * task.sentences
    length = "one sentence" if task.sentences == 1 else f"{task.sentences} sentences"
    prompt = way.fill({"text": task.text.strip(), "length": length})
    advice = tr("Take the key sentences instead, or select a shorter part.")
    require_room(engine, prompt, tokens, advice)
    sampling = task.sampling or ability.sampling or GREEDY
    beams = ability.beams if task.sampling is None else 1
    return Request(prompt, tokens, sampling, way.stop, beams, copies=True)


def _is_enough(answer: str, task: Summarize) -> bool:
    """Return whether a sentence more than was asked for, or a second paragraph, has begun."""
    text = _without_frame(answer, task)
    return "\n" in text.strip("\n") or len(sentences.split(text)) > task.sentences


def _certain(answer: str, task: Summarize) -> str:
    """Return the whole sentences that stay, as far as can be told."""
    text = _cut(answer, task)
    spans = sentences.split(text)
    if _is_enough(answer, task):
        return text
    if may_announce(answer):
        return ""
    return text[: spans[-2].end] if len(spans) > 1 else ""


def _cut(answer: str, task: Summarize) -> str:
    """Return the first paragraph of `answer`, no longer than was asked for."""
    paragraph = _without_frame(answer, task).strip().partition("\n")[0].rstrip()
    spans = sentences.split(paragraph)
    if len(spans) > task.sentences:
        return paragraph[: spans[task.sentences - 1].end]
    return paragraph


def _without_frame(answer: str, task: Summarize) -> str:
    return without_announcement(answer, task.text)
