"""Correcting one sentence with a model that can weigh texts, and what the rules found in it.

There are two ways. A model that has learned to mend is asked first, and the rules have a say in
what it left alone. Of any other, all ways of asking propose and a vote decides (`voting`), on the
sentence as the rules left it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.core.i18n import tr
from assistant.core.tasks import Replacement, RewriteStyle, Span, TaskName
from assistant.tasks import editing, pieces, voting
from assistant.tasks.prompts import way_for, ways_of_asking
from assistant.text import difference
from assistant.text.counts import count_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.engines.base import ScoringEngine
    from assistant.models.description import Ability
    from assistant.tasks.desk import Desk
    from assistant.tasks.pieces import Piece
    from assistant.tasks.prompts import Asking
    from assistant.tasks.writing import Draft
    from assistant.text.grammar import Finding

Corrector = Callable[["Piece", "Sequence[Finding]"], list[Replacement]]

# The name in the catalogue for all ways of asking that propose together.
_VOTE = "vote"
# The way of asking in which a model was trained to mend.
_EDITOR = f"{RewriteStyle.PROOFREAD}.editor"

_FEWEST_WORDS = 3
_MOST_SUGGESTIONS = 4
# Kinds of findings that were right nine times of ten in 1,500 sentences, half of them spoilt; the
# others (a word taken for another, one written as two, the spelling meant) less than half the time.
_SURE = frozenset(
    ("Agreement", "Capitalization", "Formatting", "Grammar", "Miscellaneous", "Punctuation",
     "Repetition")
)  # fmt: skip
# What the editor left alone and the rules did not must be this much likelier their way. Chosen with
# the editor's own margin (`editing`).
_NATS_FOR_SURE = 4.0
_NATS_FOR_UNSURE = 12.0


def corrector(
    text: str, engine: ScoringEngine, ability: Ability, desk: Desk, draft: Draft
) -> Corrector:
    """Return what corrects the sentences of `text`: it takes one and what the rules found in it.

    It returns changes of `text` with their reasons; none where the model was stopped, which `draft`
    says.
    """
    at = _Desk(text, engine, desk, draft)
    if ability.prompt != _VOTE:
        way = way_for(TaskName.REWRITE, engine.model, ability, RewriteStyle.PROOFREAD)
        return _Editing(at, way) if way.name == _EDITOR else _Voting(at, (way,))
    file = ways_of_asking(TaskName.REWRITE)
    ways = (file.named(name) for name in file.proposers)
    return _Voting(at, tuple(way for way in ways if way.suits(engine.model.kind)))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What correcting one text works with."""

    text: str
    engine: ScoringEngine
    desk: Desk
    draft: Draft

    def judge(self, unit: Piece) -> voting.Judge:
        """Return what weighs one sentence of the text."""
        return voting.Judge(unit, self.text, self.engine, self.desk.should_stop)

    def reasoned(
        self, changes: Sequence[Replacement], findings: Sequence[Finding]
    ) -> list[Replacement]:
        """Return `changes` with why: what the rules say there, or that the model suggests it."""
        return [replace(change, reason=self._reason(change, findings)) for change in changes]

    def _reason(self, change: Replacement, findings: Sequence[Finding]) -> str:
        messages = [one.message for one in findings if _touch(one.span, change.span)]
        return " ".join(messages) or tr("{model} suggests it.", model=self.engine.model.title)


@dataclass(frozen=True, slots=True)
class _Editing:
    """Asks a model that has learned to mend, then the rules about what it left alone.

    Measured the other way round, the rules' mistakes stayed in the sentence that it saw.
    """

    at: _Desk
    way: Asking

    def __call__(self, unit: Piece, findings: Sequence[Finding]) -> list[Replacement]:
        """Return the changes to one sentence."""
        own, inside = _alone(unit, findings)
        edited = own
        if count_words(own) >= _FEWEST_WORDS:
            edited = editing.edited(own, self.way, self.at.engine, self.at.desk, self.at.draft)
        judge = self.at.judge(unit)
        edits = list(difference.replacements(own, edited))
        chosen = []
        for finding in inside:
            if not any(_touch(finding.span, edit.span) for edit in edits):
                sure = finding.kind in _SURE
                ahead = _NATS_FOR_SURE if sure else _NATS_FOR_UNSURE
                chosen += _likeliest(own, edits, finding, judge, ahead)
        if self.at.draft.cancelled:
            return []
        changes = sorted([*edits, *chosen], key=lambda change: change.span.start)
        return pieces.shifted(self.at.reasoned(changes, inside), unit.span.start)


@dataclass(frozen=True, slots=True)
class _Voting:
    """Lets some ways of asking vote on a sentence as the rules left it."""

    at: _Desk
    ways: tuple[Asking, ...]

    def __call__(self, unit: Piece, findings: Sequence[Finding]) -> list[Replacement]:
        """Return the changes to one sentence."""
        own, inside = _alone(unit, findings)
        judge = self.at.judge(unit)
        chosen = [
            change
            for finding in inside
            for change in _likeliest(own, (), finding, judge, voting.NATS_FOR_RULES)
        ]
        sentence = difference.apply(own, chosen)
        if count_words(sentence) >= _FEWEST_WORDS:
            sentence = self._voted(sentence, judge, wrong=bool(chosen))
        if self.at.draft.cancelled:
            return []
        changes = difference.replacements(own, sentence)
        by_rule = [one for one in inside if any(_touch(one.span, c.span) for c in chosen)]
        return pieces.shifted(self.at.reasoned(changes, by_rule), unit.span.start)

    def _voted(self, sentence: str, judge: voting.Judge, *, wrong: bool) -> str:
        """Return what the vote makes of a sentence; `wrong` is one that is known to be."""
        at = self.at
        found = voting.proposals(sentence, self.ways, at.engine, at.desk, at.draft)
        if at.draft.cancelled:
            return sentence
        ahead = voting.NATS_AHEAD_OF_WRONG if wrong else voting.NATS_AHEAD
        best = judge.better(sentence, found, ahead)
        if best is None:
            return sentence
        return judge.without_needless(sentence, best, voting.NATS_AHEAD_OF_WRONG)


def _alone(unit: Piece, findings: Sequence[Finding]) -> tuple[str, list[Finding]]:
    """Return a sentence on one line, and the findings with their places in it."""
    start = unit.span.start
    inside = [
        replace(one, span=Span(one.span.start - start, one.span.end - start)) for one in findings
    ]
    # Line breaks inside a sentence are blanks to the model.
    return re.sub(r"\s", " ", unit.text), inside


def _likeliest(
    own: str,
    edits: Sequence[Replacement],
    finding: Finding,
    judge: voting.Judge,
    nats_ahead: float,
) -> list[Replacement]:
    """Return a change for `finding`, the likeliest of what is suggested beside `edits`, or none.

    Rules take a sun that rises for a sunrise: what makes a sentence unlikely is left out.
    """
    texts = {
        difference.apply(own, [*edits, Replacement(finding.span, text)]): text
        for text in finding.suggestions[:_MOST_SUGGESTIONS]
    }
    best = judge.better(difference.apply(own, edits), list(texts), nats_ahead)
    return [] if best is None else [Replacement(finding.span, texts[best])]


def _touch(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end
