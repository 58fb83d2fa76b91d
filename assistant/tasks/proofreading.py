"""Proofread: what is wrong in a text, as changes one by one, each with its reason.

Grammar rules (Harper) find what rules can find, in English. A model that is good enough adds what
it corrects by a vote, and chooses among what the rules suggest; what it finds less likely than the
writer's own text is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, ModelNotFound, TaskNotPossible
from assistant.core.i18n import tr
from assistant.core.tasks import Form, Outcome, Replacement, Rewrite, RewriteStyle, Span, TaskName
from assistant.engines.base import Scorer
from assistant.models.abilities import ability_for
from assistant.models.description import Verdict
from assistant.tasks import assessment, pieces, voting
from assistant.tasks.assessment import WITHOUT_MODEL, Assessment
from assistant.tasks.prompts import way_for, ways_of_asking
from assistant.tasks.writing import Draft
from assistant.text import difference, grammar
from assistant.text.counts import count_words
from assistant.text.language import detect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.engines.base import Engine
    from assistant.models.description import Ability, ModelDescription
    from assistant.tasks.assessment import Installed
    from assistant.tasks.desk import Desk
    from assistant.tasks.pieces import Piece
    from assistant.tasks.prompts import Asking
    from assistant.text.grammar import Finding

KEY = f"{TaskName.REWRITE}.{RewriteStyle.PROOFREAD}"

# The name in the catalogue for all ways of asking that propose together.
_VOTE = "vote"
_FEWEST_WORDS = 3
_MOST_SUGGESTIONS = 4


def assess(task: Rewrite, description: ModelDescription | None, installed: Installed) -> Assessment:
    """Say what proofreading `task` will come to, by rules and by the model."""
    if description is not None and _takes_part(description, task.text):
        return assessment.of(description, KEY, _cannot, installed)
    if _has_rules(task.text):
        return WITHOUT_MODEL
    if description is None:
        return assessment.of(None, KEY, _cannot, installed)
    good = (model for model in installed if ability_for(model, KEY).verdict is Verdict.GOOD)
    return Assessment(
        Verdict.NO,
        _cannot(description.title),
        alternatives=tuple(assessment.using(model) for model in good),
    )


def run(task: Rewrite, desk: Desk) -> Outcome:
    """Carry out `task`: `replacements` are the changes, `text` has all of them carried out."""
    note = ""
    try:
        description = desk.describe()
        takes_part = _takes_part(description, task.text)
    except ModelNotFound as error:
        if not _has_rules(task.text):
            raise
        takes_part, note = False, str(error)
    if takes_part:
        return _by_both(task, desk, ability_for(description, KEY))
    if not _has_rules(task.text):
        raise TaskNotPossible(_cannot(description.title))
    changes = [_change(finding) for finding in _findings(task)]
    return _outcome(task, changes, Draft(desk.emit), note)


def _takes_part(description: ModelDescription, text: str) -> bool:
    """Return whether the model proofreads `text`; a rough one knows English only."""
    verdict = ability_for(description, KEY).verdict
    return verdict is Verdict.GOOD or (verdict is Verdict.ROUGH and _may_be_english(text))


def _has_rules(text: str) -> bool:
    return grammar.available() and _may_be_english(text)


def _may_be_english(text: str) -> bool:
    """Return whether `text` is English, or too short to tell."""
    return detect(text) in ("en", None)


def _cannot(model: str) -> str:
    return tr(
        "{model} cannot proofread this text, and there are grammar rules for English only.",
        model=model,
    )


def _outcome(task: Rewrite, changes: list[Replacement], draft: Draft, note: str) -> Outcome:
    return Outcome(
        difference.apply(task.text, changes),
        Form.MODEL if draft.completions else Form.EXTRACT,
        replacements=tuple(changes),
        completions=tuple(draft.completions),
        note=note,
    )


def _findings(task: Rewrite) -> list[Finding]:
    """Return what the rules find and know a change for, unknown names left out."""
    checker = grammar.Checker(task.dialect, task.ignored_words)
    return [
        finding
        for finding in checker.check(task.text)
        if finding.suggestions and not _is_name(finding, task.text)
    ]


def _is_name(finding: Finding, text: str) -> bool:
    """Return whether an unknown word is likely a name: stories are full of them."""
    return finding.kind == grammar.SPELLING and not text[finding.span.start].islower()


def _change(finding: Finding) -> Replacement:
    return Replacement(finding.span, finding.suggestions[0], finding.message)


def _by_both(task: Rewrite, desk: Desk, ability: Ability) -> Outcome:
    """Proofread with the model, and the rules where there are some."""
    engine = desk.engine()
    draft = Draft(desk.emit)
    findings = _findings(task) if _has_rules(task.text) else []
    if not isinstance(engine, Scorer):
        note = tr("{model} cannot weigh its corrections.", model=engine.model.title)
        return _outcome(task, [_change(finding) for finding in findings], draft, note)
    model = _Model(task.text, engine, engine, desk, draft)
    changes = model.corrections(_proposers(engine, ability))
    if not draft.cancelled:
        changes = _merged(changes, model.choices(findings))
    elif not changes:
        raise Cancelled
    return _outcome(task, changes, draft, assessment.note_of(ability))


def _proposers(engine: Engine, ability: Ability) -> tuple[Asking, ...]:
    """Return the ways of asking that propose: all that suit, or the one for the model."""
    if ability.prompt != _VOTE:
        return (way_for(TaskName.REWRITE, engine.model, ability, RewriteStyle.PROOFREAD),)
    file = ways_of_asking(TaskName.REWRITE)
    ways = (file.named(name) for name in file.proposers)
    return tuple(way for way in ways if way.suits(engine.model.kind))


def _merged(first: Iterable[Replacement], second: Iterable[Replacement]) -> list[Replacement]:
    """Return both in the text's order; where two touch, the one of the `first` stays."""
    kept = list(first)
    for change in second:
        if not any(_touch(change.span, other.span) for other in kept):
            kept.append(change)
    return sorted(kept, key=lambda change: (change.span.start, change.span.end))


def _touch(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


class _Model:
    """What a model that can weigh texts adds to proofreading one text."""

    def __init__(self, text: str, engine: Engine, scorer: Scorer, desk: Desk, draft: Draft) -> None:
        self._text = text
        self._units = pieces.by_sentence(text)
        self._engine = engine
        self._scorer = scorer
        self._desk = desk
        self._draft = draft

    def corrections(self, ways: Sequence[Asking]) -> list[Replacement]:
        """Return what the model corrects by a vote of `ways`, up to where it was stopped."""
        changes: list[Replacement] = []
        for unit in self._units:
            if count_words(unit.text) < _FEWEST_WORDS:
                continue
            found = voting.proposals(unit.line, ways, self._engine, self._desk, self._draft)
            if self._draft.cancelled:
                break
            best = self._likeliest([unit.line, *found], unit, voting.NATS_AHEAD)
            # Line breaks inside a sentence are blanks to the model.
            own = re.sub(r"\s", " ", unit.text)
            changes += pieces.shifted(difference.replacements(own, best), unit.span.start)
        return changes

    def choices(self, findings: Iterable[Finding]) -> list[Replacement]:
        """Return the changes for `findings`: the likeliest of what is suggested, or none at all.

        Rules take a sunrise for a sun that rises; what makes a sentence less likely is left out.
        """
        changes = []
        for finding in findings:
            unit = next((unit for unit in self._units if _holds(unit.span, finding.span)), None)
            text = finding.suggestions[0] if unit is None else self._choice(finding, unit)
            if text is not None:
                changes.append(Replacement(finding.span, text, finding.message))
        return changes

    def _choice(self, finding: Finding, unit: Piece) -> str | None:
        """Return the suggestion that fits best; None where the writer's own text does."""
        before = self._text[unit.span.start : finding.span.start]
        behind = self._text[finding.span.end : unit.span.end]
        own = self._text[finding.span.start : finding.span.end]
        words = {before + word + behind: word for word in finding.suggestions[:_MOST_SUGGESTIONS]}
        best = self._likeliest([before + own + behind, *words], unit)
        return words.get(best)

    def _likeliest(self, candidates: Sequence[str], unit: Piece, nats_ahead: float = 0.0) -> str:
        stop = self._desk.should_stop
        return voting.likeliest(candidates, unit, self._text, self._scorer, stop, nats_ahead)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
