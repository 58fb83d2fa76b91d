"""Translate: sentence by sentence, with paragraphs and blank lines as in the source.

A model that only goes on with text is shown example pairs, chosen for each sentence. What comes
of it needs checking by a person, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, TaskNotPossible, UsageError
from assistant.core.i18n import tr
from assistant.core.requests import (
    GREEDY,
    Completion,
    PlainPrompt,
    Request,
    Seq2SeqPrompt,
)
from assistant.core.tasks import Form, Outcome, TaskName, Translate
from assistant.models.description import Verdict
from assistant.tasks import assessment, pieces
from assistant.tasks.assessment import Assessment
from assistant.tasks.cleaning import has_whole_line, one_line
from assistant.tasks.examples import nearest
from assistant.tasks.prompts import way_for
from assistant.tasks.room import require_room, require_text, room_for_prompt
from assistant.tasks.writing import Draft, Stream, none_of_it, write
from assistant.text.language import LANGUAGES, detect

if TYPE_CHECKING:
    from assistant.core.requests import Prompt
    from assistant.models.description import Ability, ModelDescription
    from assistant.tasks.assessment import Installed
    from assistant.tasks.desk import Desk
    from assistant.tasks.examples import Pair
    from assistant.tasks.pieces import Piece

_EXAMPLES = 8
# A translation of more than twice the source is a loop.
_GROWTH = 2
_FEWEST_TOKENS = 24
# Written without spaces between sentences.
_UNSPACED = frozenset({"zh", "ja"})


def assess(
    task: Translate, description: ModelDescription | None, installed: Installed
) -> Assessment:
    """Say how well the model translates between the languages of `task`."""
    try:
        key = _key(_source(task), task.target)
    except UsageError as error:
        return Assessment(Verdict.NO, str(error))
    return assessment.of(description, key, _cannot, installed)


def run(task: Translate, desk: Desk) -> Outcome:
    """Carry out `task`, telling each sentence as it is done."""
    require_text(task.text)
    source = _source(task)
    ability = assessment.require(desk.describe(), _key(source, task.target), _cannot)
    draft = Draft(desk.emit)
    translator = _Translator(task, source, desk, ability)
    units = pieces.by_sentence(task.text, source)
    for piece in units:
        if not piece.has_words:
            draft.add(piece.gap + piece.text)
            continue
        completion = translator.translate(piece.line)
        draft.completions.append(completion)
        if draft.cancelled:
            break
        translation = one_line(completion.text, piece.line)
        # A sentence that nothing came of is left as it is: to see, and not to lose.
        draft.add(_gap(piece, draft.text, task.target) + (translation or piece.text))
    if draft.cancelled and not draft.text:
        raise Cancelled
    if not draft.cancelled:
        draft.add(pieces.after(task.text, units))
    return Outcome(
        draft.text,
        Form.MODEL,
        draft=ability.verdict is not Verdict.GOOD,
        completions=tuple(draft.completions),
        note=assessment.note_of(ability),
        source_language=source,
    )


def _key(source: str, target: str) -> str:
    return f"{TaskName.TRANSLATE}.{source}-{target}"


def _cannot(model: str) -> str:
    return tr("{model} cannot translate between these languages.", model=model)


def _source(task: Translate) -> str:
    """Return the language of the text; refuse languages that make no sense."""
    if task.target not in LANGUAGES:
        raise UsageError(_unknown(task.target))
    if task.source is not None and task.source not in LANGUAGES:
        raise UsageError(_unknown(task.source))
    source = task.source or detect(task.text)
    if source is None:
        raise UsageError(
            tr("The text is too short to tell its language: say which it is translated from.")
        )
    if source == task.target:
        raise UsageError(
            tr("The text is in that language already: choose another one to translate into.")
        )
    return source


def _unknown(code: str) -> str:
    return tr(
        "There is no language “{code}” here. Known are: {codes}.",
        code=code,
        codes=", ".join(LANGUAGES),
    )


def _gap(piece: Piece, before: str, target: str) -> str:
    """Return what stands before a translation: line breaks stay, spaces are the language's."""
    if not before or "\n" in piece.gap:
        return piece.gap
    return "" if target in _UNSPACED else piece.gap or " "


class _Translator:
    """Asks one model for sentences, one after the other, between the languages of one task."""

    def __init__(self, task: Translate, source: str, desk: Desk, ability: Ability) -> None:
        self._source = source
        self._target = task.target
        self._desk = desk
        self._engine = desk.engine()
        self._way = way_for(TaskName.TRANSLATE, self._engine.model, ability)
        self._sampling = task.sampling or ability.sampling or GREEDY
        self._beams = ability.beams if task.sampling is None else 1

    def translate(self, sentence: str) -> Completion:
        """Return the model's answer for `sentence`, which is not shown as it comes."""
        stream = Stream(self._desk.emit, none_of_it)
        request = self._request(sentence)
        return write(self._engine, request, stream, self._desk.should_stop, has_whole_line)

    def _request(self, sentence: str) -> Request:
        tokens = max(_FEWEST_TOKENS, _GROWTH * self._engine.count_tokens(self._bare(sentence)))
        prompt = self._prompt(sentence, tokens)
        return Request(prompt, tokens, self._sampling, self._way.stop, self._beams)

    def _prompt(self, sentence: str, new_tokens: int) -> Prompt:
        """Return what to ask for `sentence`, with as many examples as fit."""
        examples = self._examples(sentence)
        room = room_for_prompt(self._engine, new_tokens)
        while True:
            prompt = self._filled(sentence, examples)
            if not examples or self._engine.count_tokens(prompt) <= room:
                break
            examples = examples[1:]
        advice = tr("Break the sentence up, or choose another model.")
        require_room(self._engine, prompt, new_tokens, advice)
        return prompt

    def _examples(self, sentence: str) -> tuple[Pair, ...]:
        if self._way.kind != "plain":
            return ()
        examples = nearest(sentence, self._source, self._target, _EXAMPLES)
        if not examples:
            raise TaskNotPossible(
                tr(
                    "{model} translates by example, and there are none between these languages. "
                    "Choose an instruction or translation model in the settings.",
                    model=self._engine.model.title,
                )
            )
        return examples

    def _filled(self, sentence: str, examples: tuple[Pair, ...]) -> Prompt:
        names = {
            "source_language": LANGUAGES[self._source],
            "target_language": LANGUAGES[self._target],
        }
        shots = [{**names, "text": pair.source, "answer": pair.target} for pair in examples]
        languages = (self._source, self._target)
        return self._way.fill({**names, "text": sentence}, shots, languages)

    def _bare(self, sentence: str) -> Prompt:
        """Return `sentence` as a prompt of its own, to be measured."""
        if self._way.kind == "seq2seq":
            return Seq2SeqPrompt(sentence, self._source, self._target)
        return PlainPrompt(sentence)
