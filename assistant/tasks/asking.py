"""Ask: answer a question from a text, and from nothing else.

The sentence of the text that answers is found by its words; that a text does not answer is told
by how few of the question's words stand in it. A model's own words stand beside that sentence,
and in front of it only when the text has the very same words. A reader, which has learned to
answer and to say that a passage does not, is believed, and the sentence stands beside its answer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.core.errors import ModelNotFound, PromptTooLong, UsageError
from assistant.core.i18n import tr
from assistant.core.requests import GREEDY, Completion, Finish, Request
from assistant.core.tasks import Ask, Form, Outcome, Span, TaskName
from assistant.models.abilities import ability_for
from assistant.models.description import ModelDescription, Verdict
from assistant.tasks import assessment
from assistant.tasks.assessment import WITHOUT_MODEL, Alternative, Assessment
from assistant.tasks.cleaning import has_whole_line, is_ideographic, one_line
from assistant.tasks.prompts import way_for
from assistant.tasks.reading import Reader, declines, is_reader
from assistant.tasks.room import require_room, require_text, room_for_prompt
from assistant.tasks.writing import Stream, none_of_it, write
from assistant.text import sentences
from assistant.text.passages import (
    ANSWERABLE,
    as_one_line,
    best_passages,
    best_sentence,
    share_found,
)
from assistant.text.words import content_words

if TYPE_CHECKING:
    from assistant.core.requests import Prompt
    from assistant.engines.base import Engine
    from assistant.models.description import Ability
    from assistant.tasks.assessment import Installed
    from assistant.tasks.desk import Desk
    from assistant.tasks.prompts import Asking

_MOST_TOKENS = 60
# A long text is read in its likeliest passages, until one answers.
_PASSAGES = 3

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def assess(task: Ask, description: ModelDescription | None, installed: Installed) -> Assessment:
    """Say what will come of `task`; without the model's words it is still answered."""
    needless = task.form is Form.AUTO and (description is None or not _can(description))
    if task.form is Form.EXTRACT or needless:
        return WITHOUT_MODEL
    extract = Alternative(tr("The sentence that answers"), form=Form.EXTRACT)
    return assessment.of(description, TaskName.ASK, _cannot, installed, (extract,))


def run(task: Ask, desk: Desk) -> Outcome:
    """Carry out `task`: the sentence that answers, with the model's words where they are asked."""
    require_text(task.text)
    if not task.question.strip():
        raise UsageError(tr("There is no question yet: type one."))
    ability = _reader(task, desk)
    if ability is not None:
        return _read(task, desk, ability)
    span = _sentence(task)
    if span is None:
        return _not_found(Form.EXTRACT)
    found = Outcome(task.text[span.start : span.end], Form.EXTRACT, spans=(span,), found=True)
    if task.form is Form.EXTRACT:
        return found
    try:
        description = desk.describe()
    except ModelNotFound as error:
        if task.form is Form.MODEL:
            raise
        return replace(found, note=str(error))
    if task.form is Form.AUTO and not _can(description):
        return found
    return _with_words_of_model(found, task, desk, ability_for(description, TaskName.ASK))


def _reader(task: Ask, desk: Desk) -> Ability | None:
    """Return what the model makes of it if it has learned to read and is to be asked."""
    if task.form is Form.EXTRACT:
        return None
    try:
        description = desk.describe()
    except ModelNotFound:
        return None
    ability = ability_for(description, TaskName.ASK)
    wanted = task.form is Form.MODEL or _can(description)
    return ability if wanted and is_reader(ability) else None


def _read(task: Ask, desk: Desk, ability: Ability) -> Outcome:
    """Return the reader's answer from the passage that answers first, the likeliest first."""
    reader = Reader(desk, TaskName.ASK, ability, _advice(), task.sampling)
    question = as_one_line(task.question)
    passages = best_passages(
        task.text, question, _PASSAGES, lambda passage: reader.fits(passage, question=question)
    )
    completions: list[Completion] = []
    for span in passages:
        passage = task.text[span.start : span.end]
        completion, answer = reader.write(passage, task.max_tokens, question=question)
        completions.append(completion)
        if completion.finish is Finish.CANCELLED:
            return replace(_beside_sentence("", task, span), completions=tuple(completions))
        if answer and not declines(answer, passage, question):
            outcome = _beside_sentence(answer, task, span)
            return replace(
                outcome, completions=tuple(completions), note=assessment.note_of(ability)
            )
    return replace(_not_found(Form.MODEL), completions=tuple(completions))


def _beside_sentence(answer: str, task: Ask, passage: Span) -> Outcome:
    """Return `answer` with where it stands, or with the sentence that it is most likely from.

    An answer with a number that nobody has told, or none at all, leaves the sentence alone.
    """
    text = task.text[passage.start : passage.end]
    inside = best_sentence(text, f"{task.question} {answer}") or Span(0, len(text))
    span = Span(passage.start + inside.start, passage.start + inside.end)
    sentence = task.text[span.start : span.end]
    if not answer or _has_other_numbers(answer, task):
        return Outcome(sentence, Form.EXTRACT, spans=(span,), found=True)
    place = _place(answer, task, span)
    if place is not None:
        return Outcome(answer, Form.MODEL, spans=(place,), found=True)
    return Outcome(answer, Form.MODEL, spans=(span,), found=True, evidence=sentence)


def _not_found(form: Form) -> Outcome:
    return Outcome(tr("Not in this text."), form, found=False)


def _can(description: ModelDescription) -> bool:
    return ability_for(description, TaskName.ASK).verdict is not Verdict.NO


def _cannot(model: str) -> str:
    return tr("{model} cannot answer in its own words.", model=model)


def _sentence(task: Ask) -> Span | None:
    if share_found(task.text, task.question) < ANSWERABLE:
        return None
    return best_sentence(task.text, task.question)


def _with_words_of_model(found: Outcome, task: Ask, desk: Desk, ability: Ability) -> Outcome:
    """Return `found` with the model's answer beside it, or in front where the text has it."""
    try:
        completion, answer = _answer(task, desk, ability)
    except PromptTooLong as error:
        if task.form is Form.MODEL:
            raise
        return replace(found, note=str(error))
    outcome = replace(
        found, completions=(completion,), note=assessment.note_of(ability) if answer else ""
    )
    place = _place(answer, task, found.spans[0])
    if place is None:
        return replace(outcome, guess=answer)
    text = task.text[place.start : place.end]
    return replace(outcome, text=text, form=Form.MODEL, spans=(place,), note="")


def _answer(task: Ask, desk: Desk, ability: Ability) -> tuple[Completion, str]:
    """Return the model's words on the question, without what leaked from an example."""
    engine = desk.engine()
    way = way_for(TaskName.ASK, engine.model, ability)
    tokens = task.max_tokens or _MOST_TOKENS
    prompt = _fitting(task, engine, way, tokens)
    require_room(engine, prompt, tokens, _advice())
    sampling = task.sampling or ability.sampling or GREEDY
    completion = write(
        engine,
        Request(prompt, tokens, sampling, way.stop, copies=True),
        Stream(desk.emit, none_of_it),
        desk.should_stop,
        lambda text: has_whole_line(text) or len(sentences.split(text)) > 1,
    )
    if completion.finish is Finish.CANCELLED:
        return completion, ""
    answer = _first_sentence(one_line(completion.text, task.text))
    invented = _leaked(answer, way.answers(), task.text) or _has_other_numbers(answer, task)
    return completion, "" if invented else answer


def _fitting(task: Ask, engine: Engine, way: Asking, new_tokens: int) -> Prompt:
    """Return what to ask about the text, or where it is too long about its best passage."""
    room = room_for_prompt(engine, new_tokens)

    def asked(passage: str) -> Prompt:
        return way.fill({"text": passage.strip(), "question": task.question.strip()})

    def fits(passage: str) -> bool:
        return engine.count_tokens(asked(passage)) <= room

    spans = best_passages(task.text, task.question, 1, fits)
    return asked(task.text[spans[0].start : spans[0].end] if spans else task.text)


def _advice() -> str:
    return tr("Take the sentence that answers instead, or select a shorter part.")


def _first_sentence(answer: str) -> str:
    spans = sentences.split(answer)
    return answer[: spans[0].end] if spans else ""


def _has_other_numbers(answer: str, task: Ask) -> bool:
    """Return whether `answer` has a number that neither the text nor the question has."""
    known = set(_NUMBER.findall(task.text + " " + task.question))
    return not known.issuperset(_NUMBER.findall(answer))


def _leaked(answer: str, answers: tuple[str, ...], text: str) -> bool:
    """Return whether `answer` is an example's and not this text's."""
    if _bare(answer).casefold() not in {_bare(known).casefold() for known in answers}:
        return False
    return _occurrences(answer, text) == []


def _place(answer: str, task: Ask, sentence: Span) -> Span | None:
    """Return where `answer` stands word for word, if it says more than the question.

    The place in the sentence that was found is preferred to others.
    """
    words = set(content_words(answer, None))
    if not words or words <= set(content_words(task.question, None)):
        return None
    places = _occurrences(answer, task.text)
    inside = [at for at in places if sentence.start <= at.start and at.end <= sentence.end]
    return next(iter([*inside, *places]), None)


def _occurrences(answer: str, text: str) -> list[Span]:
    bare = _bare(answer)
    if not bare:
        return []
    pattern = r"\s+".join(re.escape(word) for word in bare.split())
    # Scripts without spaces have no edges of words.
    before = "" if is_ideographic(bare[0]) else r"(?<!\w)"
    behind = "" if is_ideographic(bare[-1]) else r"(?!\w)"
    matches = re.finditer(before + pattern + behind, text, re.IGNORECASE)
    return [Span(match.start(), match.end()) for match in matches]


def _bare(answer: str) -> str:
    """Return `answer` without the marks at its ends, which the text may not have there."""
    return answer.strip().strip(".,;:!?\"'“”‘’«»。，！？ ")
