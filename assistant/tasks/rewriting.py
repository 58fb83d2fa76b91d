"""Rewrite: put a text differently, sentence by sentence, so that nothing is dropped on the way.

An instruction of the writer's own is about whole paragraphs. Proofreading has its own module.
What a model makes of a sentence is taken only where it is what was asked for; else the sentence
stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, UsageError
from assistant.core.i18n import tr
from assistant.core.requests import GREEDY, Completion, PlainPrompt, Request
from assistant.core.tasks import Form, Outcome, Replacement, Rewrite, RewriteStyle, TaskName
from assistant.models.description import Verdict
from assistant.tasks import assessment, pieces, proofreading
from assistant.tasks.cleaning import has_whole_line, one_line, without_announcement
from assistant.tasks.prompts import way_for
from assistant.tasks.room import require_room, require_text
from assistant.tasks.writing import Draft, Stream, none_of_it, write
from assistant.text import difference
from assistant.text.counts import count_words

if TYPE_CHECKING:
    from assistant.models.description import Ability, ModelDescription
    from assistant.tasks.assessment import Assessment, Installed
    from assistant.tasks.desk import Desk
    from assistant.tasks.pieces import Piece

_GROWTH = 3
_FEWEST_TOKENS = 48
# With fewer words there is nothing to put differently: a heading, a name, a row of asterisks.
_FEWEST_WORDS = 3


def assess(task: Rewrite, description: ModelDescription | None, installed: Installed) -> Assessment:
    """Say how well the model rewrites in the style of `task`."""
    if task.style is RewriteStyle.PROOFREAD:
        return proofreading.assess(task, description, installed)
    return assessment.of(description, _key(task.style), _cannot, installed)


def run(task: Rewrite, desk: Desk) -> Outcome:
    """Carry out `task`; the changes are in `replacements`, the whole text in `text`."""
    require_text(task.text)
    if task.style is RewriteStyle.PROOFREAD:
        return proofreading.run(task, desk)
    if task.style is RewriteStyle.INSTRUCTION and not task.instruction.strip():
        raise UsageError(tr("There is no instruction yet: say how the text is to be rewritten."))
    ability = assessment.require(desk.describe(), _key(task.style), _cannot)
    rewriter = _Rewriter(task, desk, ability)
    draft = Draft(desk.emit)
    changes: list[Replacement] = []
    for unit in rewriter.units:
        text = unit.text
        if count_words(text) >= _FEWEST_WORDS:
            completion = rewriter.ask(unit)
            draft.completions.append(completion)
            if draft.cancelled:
                break
            text = rewriter.accepted(completion.text, unit)
        draft.add(unit.gap + text)
        changes += pieces.shifted(difference.replacements(unit.text, text), unit.span.start)
    if draft.cancelled and not draft.text:
        raise Cancelled
    if not draft.cancelled:
        draft.add(pieces.after(task.text, rewriter.units))
    return Outcome(
        draft.text,
        Form.MODEL,
        draft=ability.verdict is not Verdict.GOOD,
        replacements=tuple(changes),
        completions=tuple(draft.completions),
        note=assessment.note_of(ability),
    )


def _key(style: RewriteStyle) -> str:
    return f"{TaskName.REWRITE}.{style}"


def _cannot(model: str) -> str:
    return tr("{model} cannot rewrite in this way without spoiling the text.", model=model)


class _Rewriter:
    """Asks one model for the units of one text, one after the other. Attribute: `units`."""

    def __init__(self, task: Rewrite, desk: Desk, ability: Ability) -> None:
        self._whole = task.style is RewriteStyle.INSTRUCTION
        self.units = (pieces.by_paragraph if self._whole else pieces.by_sentence)(task.text)
        self._task = task
        self._desk = desk
        self._engine = desk.engine()
        self._way = way_for(TaskName.REWRITE, self._engine.model, ability, task.style)
        self._sampling = task.sampling or ability.sampling or GREEDY

    def ask(self, unit: Piece) -> Completion:
        """Return the model's answer for `unit`, which is not shown as it comes."""
        values = {"text": self._text(unit), "instruction": self._task.instruction.strip()}
        prompt = self._way.fill(values)
        source = self._engine.count_tokens(PlainPrompt(values["text"]))
        tokens = self._task.max_tokens or max(_FEWEST_TOKENS, _GROWTH * source)
        require_room(self._engine, prompt, tokens, tr("Break the passage up into shorter ones."))
        return write(
            self._engine,
            Request(prompt, tokens, self._sampling, self._way.stop, copies=True),
            Stream(self._desk.emit, none_of_it),
            self._desk.should_stop,
            None if self._whole else has_whole_line,
        )

    def accepted(self, answer: str, unit: Piece) -> str:
        """Return what `answer` makes of `unit`, or `unit` where it is not what was asked for."""
        source = self._text(unit)
        text = without_announcement(answer, source) if self._whole else one_line(answer, source)
        if not text or text == source or text in self._way.answers():
            return unit.text
        if self._task.style is RewriteStyle.SHORTER and count_words(text) >= count_words(source):
            return unit.text
        return text

    def _text(self, unit: Piece) -> str:
        return unit.text if self._whole else unit.line
