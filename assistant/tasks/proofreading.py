"""Proofread: what is wrong in a text, as changes one by one, each with its reason.

Grammar rules (Harper) find what rules can find, in English. A model that is good enough weighs what
they find and mends the rest (`correcting`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled, ModelNotFound, TaskNotPossible
from assistant.core.i18n import tr
from assistant.core.tasks import Form, Outcome, Replacement, Rewrite, RewriteStyle, Span, TaskName
from assistant.engines.base import Scorer
from assistant.models.abilities import ability_for
from assistant.models.description import Verdict
from assistant.tasks import assessment, correcting, pieces
from assistant.tasks.assessment import WITHOUT_MODEL, Assessment
from assistant.tasks.writing import Draft
from assistant.text import difference, grammar
from assistant.text.language import detect

if TYPE_CHECKING:
    from assistant.models.description import Ability, ModelDescription
    from assistant.tasks.assessment import Installed
    from assistant.tasks.desk import Desk
    from assistant.text.grammar import Finding

KEY = f"{TaskName.REWRITE}.{RewriteStyle.PROOFREAD}"

# What the rules would put better; nothing is wrong with it.
_MATTERS_OF_STYLE = frozenset({"Enhancement", "Readability", "Redundancy", "Style"})


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
    """Return the mistakes that the rules find and know a change for, unknown names left out."""
    checker = grammar.Checker(task.dialect, task.ignored_words)
    return [
        finding
        for finding in checker.check(task.text)
        if finding.suggestions
        and finding.kind not in _MATTERS_OF_STYLE
        and not _is_name(finding, task.text)
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
    correct = correcting.corrector(task.text, engine, ability, desk, draft)
    changes: list[Replacement] = []
    for unit in pieces.by_sentence(task.text):
        # One sentence of another language is full of unknown words.
        english = _may_be_english(unit.text)
        inside = [one for one in findings if english and _holds(unit.span, one.span)]
        changes += correct(unit, inside)
        if draft.cancelled:
            break
    if draft.cancelled and not changes:
        raise Cancelled
    return _outcome(task, changes, draft, assessment.note_of(ability))


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
