"""Proofread: what is wrong in a text, as changes one by one, each with its reason.

Grammar rules (Harper) find what rules can find, in English. A model that is good enough chooses
among what the rules suggest, leaves out what makes a sentence less likely, and then mends the rest:
by a vote of all ways of asking it, or, where it has learned to, by its one answer (`editing`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from assistant.core.errors import Cancelled, ModelNotFound, TaskNotPossible
from assistant.core.i18n import tr
from assistant.core.tasks import Form, Outcome, Replacement, Rewrite, RewriteStyle, Span, TaskName
from assistant.engines.base import Engine, Scorer
from assistant.models.abilities import ability_for
from assistant.models.description import Verdict
from assistant.tasks import assessment, editing, pieces, voting
from assistant.tasks.assessment import WITHOUT_MODEL, Assessment
from assistant.tasks.prompts import way_for, ways_of_asking
from assistant.tasks.writing import Draft
from assistant.text import difference, grammar
from assistant.text.counts import count_words
from assistant.text.language import detect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.models.description import Ability, ModelDescription
    from assistant.tasks.assessment import Installed
    from assistant.tasks.desk import Desk
    from assistant.tasks.pieces import Piece
    from assistant.tasks.prompts import Asking
    from assistant.text.grammar import Finding

KEY = f"{TaskName.REWRITE}.{RewriteStyle.PROOFREAD}"

# The name in the catalogue for all ways of asking that propose together.
_VOTE = "vote"
# The way of asking in which a model was trained to mend.
EDITOR = f"{RewriteStyle.PROOFREAD}.editor"
_FEWEST_WORDS = 3
# What the rules would put better; nothing is wrong with it.
_MATTERS_OF_STYLE = frozenset({"Enhancement", "Readability", "Redundancy", "Style"})
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
    corrector = _Corrector(task.text, engine, desk, draft, _mender(engine, ability, desk, draft))
    changes: list[Replacement] = []
    for unit in pieces.by_sentence(task.text):
        # One sentence of another language is full of unknown words.
        english = _may_be_english(unit.text)
        inside = [one for one in findings if english and _holds(unit.span, one.span)]
        changes += corrector.corrections(unit, inside)
        if draft.cancelled:
            break
    if draft.cancelled and not changes:
        raise Cancelled
    return _outcome(task, changes, draft, assessment.note_of(ability))


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


class _ScoringEngine(Engine, Scorer, Protocol):
    """An engine that can weigh texts."""


class _Mender(Protocol):
    """Mends one sentence. This is where a model that has learned to and any other part ways."""

    def __call__(self, sentence: str, judge: voting.Judge, *, wrong: bool) -> str:
        """Return the sentence put right; `wrong` is one in which the rules have found something."""


def _mender(engine: _ScoringEngine, ability: Ability, desk: Desk, draft: Draft) -> _Mender:
    """Return how the model mends: by its one answer, or by a vote of the ways that suit it."""
    if ability.prompt != _VOTE:
        way = way_for(TaskName.REWRITE, engine.model, ability, RewriteStyle.PROOFREAD)
        if way.name == EDITOR:
            return lambda sentence, _judge, *, wrong: editing.edited(  # noqa: ARG005 - one port
                sentence, way, engine, desk, draft
            )
        return _Vote((way,), engine, desk, draft)
    file = ways_of_asking(TaskName.REWRITE)
    ways = (file.named(name) for name in file.proposers)
    return _Vote(tuple(way for way in ways if way.suits(engine.model.kind)), engine, desk, draft)


@dataclass(frozen=True, slots=True)
class _Vote:
    """Mends by the vote of some ways of asking."""

    ways: tuple[Asking, ...]
    engine: Engine
    desk: Desk
    draft: Draft

    def __call__(self, sentence: str, judge: voting.Judge, *, wrong: bool) -> str:
        """Return what the vote makes of `sentence`."""
        found = voting.proposals(sentence, self.ways, self.engine, self.desk, self.draft)
        if self.draft.cancelled:
            return sentence
        ahead = voting.NATS_AHEAD_OF_WRONG if wrong else voting.NATS_AHEAD
        best = judge.better(sentence, found, ahead)
        if best is None:
            return sentence
        return judge.without_needless(sentence, best, voting.NATS_AHEAD_OF_WRONG)


class _Corrector:
    """Corrects the sentences of one text with a model that can weigh them."""

    def __init__(
        self,
        text: str,
        engine: _ScoringEngine,
        desk: Desk,
        draft: Draft,
        mend: _Mender,
    ) -> None:
        self._text = text
        self._engine = engine
        self._desk = desk
        self._draft = draft
        self._mend = mend

    def corrections(self, unit: Piece, findings: Sequence[Finding]) -> list[Replacement]:
        """Return the changes to one sentence; none where the model was stopped.

        What the rules found comes first, so that the model sees the sentence without it.
        """
        # Line breaks inside a sentence are blanks to the model.
        own = re.sub(r"\s", " ", unit.text)
        judge = voting.Judge(unit, self._text, self._engine, self._desk.should_stop)
        chosen = self._chosen(own, unit, findings, judge)
        sentence = difference.apply(own, chosen)
        if count_words(sentence) >= _FEWEST_WORDS:
            sentence = self._mend(sentence, judge, wrong=bool(chosen))
        if self._draft.cancelled:
            return []
        changes = _with_all_of(chosen, difference.replacements(own, sentence))
        reasoned = [replace(change, reason=self._reason(change, chosen)) for change in changes]
        return pieces.shifted(reasoned, unit.span.start)

    def _chosen(
        self, own: str, unit: Piece, findings: Sequence[Finding], judge: voting.Judge
    ) -> list[Replacement]:
        """Return a change for each finding, the likeliest of what is suggested, or none for it.

        Rules take a sun that rises for a sunrise: what makes a sentence unlikely is left out.
        """
        changes = []
        for finding in findings:
            start, end = finding.span.start - unit.span.start, finding.span.end - unit.span.start
            texts = {
                own[:start] + text + own[end:]: text
                for text in finding.suggestions[:_MOST_SUGGESTIONS]
            }
            best = judge.better(own, list(texts), voting.NATS_FOR_RULES)
            if best is not None:
                changes.append(Replacement(Span(start, end), texts[best], finding.message))
        return changes

    def _reason(self, change: Replacement, chosen: Iterable[Replacement]) -> str:
        """Return why a change is made: what the rules say there, or that the model suggests it."""
        reasons = [by_rule.reason for by_rule in chosen if _touch(by_rule.span, change.span)]
        return " ".join(reasons) or tr("{model} suggests it.", model=self._engine.model.title)


def _with_all_of(
    chosen: Iterable[Replacement], changes: Iterable[Replacement]
) -> list[Replacement]:
    """Return `changes` and those `chosen` that no longer show in them: the model undid those."""
    kept = list(changes)
    undone = [one for one in chosen if not any(_touch(one.span, other.span) for other in kept)]
    return sorted(kept + undone, key=lambda change: change.span.start)


def _touch(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end
