"""Suggest in mid-paragraph: what leads from the text before the caret to the words behind it.

The model's likeliest beginnings and some drawn ones are candidates, and what a model writes that
has learned to fill gaps. One that makes what follows no likelier, by log P(what follows | before +
candidate) per token, than it is already is not shown; the others are ranked by that and, half as
much, by how likely they are themselves. For any model that goes on with a text.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from assistant.core.requests import GREEDY, PlainPrompt
from assistant.core.suggestions import Ending, Silence, Source, Suggestion, Suggestions
from assistant.core.tasks import Continue
from assistant.engines.base import Engine, Scorer, Suggester
from assistant.tasks import filling, joining
from assistant.tasks.versions import Run
from assistant.text.windows import window_start

if TYPE_CHECKING:
    from assistant.core.requests import ShouldStop
    from assistant.core.suggestions import SuggestRequest
    from assistant.core.tasks import Complete
    from assistant.tasks.desk import Desk
    from assistant.tasks.fitting import Fit

# By so many nats a token what follows has to become likelier. Measured with the default model in
# books and stories: so 40 of 50 gaps of a few words got something, and 4 of 50 places where nothing
# was missing.
_NATS_AHEAD = 0.15
# How much a candidate's own likelihood counts beside that of what follows; 1 would be Bayes's rule.
# Measured there: so 18 of the 40 began with the word that was missing, without it 15.
_OWN_WEIGHT = 0.5
# A likely beginning goes on while it is this likely; there are so many of them, and drawn ones.
_THRESHOLD = 0.1
_LIKELY_ROWS, _DRAWN_ROWS = 3, 4
_DRAWN_WORDS = 6
_TEMPERATURE = 0.8
# The draws are the same for the same text.
_SEED = 0
# What follows is weighed by its beginning, after so much of what is before, in code points: more
# would have to be held in memory for each candidate.
_FOLLOWING, _BEFORE = 100, 800
# Behind these no blank stands.
_OPENING = "“‘«„([{「『（《—–"
# The shares of the task's time by which the parts are done, so that there is time for the next; and
# by which the weighing has to begin at all.
_LIKELY_DONE, _WEIGHING_BEGUN, _GAP_DONE, _DRAWN_DONE, _WEIGHED = 0.25, 0.6, 0.65, 0.8, 0.92


class Bridger(Engine, Suggester, Scorer, Protocol):
    """An engine that can suggest, and say how likely what follows is."""


def bridge(
    task: Complete, engine: Bridger, request: SuggestRequest, fit: Fit, desk: Desk
) -> Suggestions:
    """Return what of `request`'s suggestions, and of others, leads to what follows.

    What there is time for is weighed. Where the texts had to be read first and the time is up,
    nothing is suggested, but all is read that the next request will want. Raises `Cancelled` when
    stopped.
    """
    clock = _Clock(task.seconds, desk.should_stop, time.perf_counter())
    bridged = _Bridge(task, engine, request, fit, desk, clock)
    found = bridged.found()
    found = replace(found, seconds=clock.passed())
    if found.silence is Silence.TOO_SLOW:
        bridged.read_on()
    return found


@dataclass(frozen=True, slots=True)
class _Clock:
    """The time of one task, and who may stop it."""

    seconds: float
    should_stop: ShouldStop
    started: float

    def passed(self) -> float:
        """Return how many seconds have gone by."""
        return time.perf_counter() - self.started

    def left(self, share: float) -> float:
        """Return how many seconds are left until `share` of the time is used up."""
        return max(0.0, share * self.seconds - self.passed())

    def ends_at(self, share: float) -> ShouldStop:
        """Return what says to stop when `share` of the time is used up."""
        return lambda: self.left(share) == 0 or self.should_stop()


@dataclass(frozen=True, slots=True)
class _Bridge:
    """One gap: the texts around it, and the engine that bridges it."""

    task: Complete
    engine: Bridger
    request: SuggestRequest
    fit: Fit
    desk: Desk
    clock: _Clock

    def found(self) -> Suggestions:
        """Return the suggestions that lead to what follows."""
        likely = self._likely()
        if self.clock.left(_WEIGHING_BEGUN) == 0:
            return replace(likely, texts=(), silence=Silence.TOO_SLOW)
        scales = _Scales(self)
        scales.weigh(likely.texts)
        scales.weigh((*self._filled(), *self._drawn().texts))
        if not scales.weighed:
            silence = scales.silences[0] if scales.silences else likely.silence or Silence.UNSURE
            return replace(likely, texts=(), silence=silence)
        ranked = scales.ranked()[: self.task.alternatives]
        return replace(likely, texts=ranked, silence=None if ranked else Silence.UNSURE)

    def read_on(self) -> None:
        """Read what is weighed and what fills gaps, so that the next request finds it read."""
        _Scales(self).weigh(())
        if self._fills_gaps:
            gap = replace(self.gap, max_tokens=1)
            filling.fill_once(gap, Run(self.engine, self.desk, GREEDY, 0, self.fit.guard))

    def _likely(self) -> Suggestions:
        asked = replace(
            self.request,
            threshold=_THRESHOLD,
            seconds=self.clock.left(_LIKELY_DONE),
            rows=max(self.request.rows, _LIKELY_ROWS),
        )
        return self.engine.suggest(asked, self.desk.should_stop)

    @property
    def gap(self) -> Continue:
        """What a model is asked that has learned to fill gaps."""
        return Continue(self.fit.before, words=self.task.words, after=self.task.after)

    @property
    def _fills_gaps(self) -> bool:
        return filling.ability_for_gap(self.gap, self.engine.model) is not None

    def _filled(self) -> Iterator[Suggestion]:
        """Yield what a model writes here that has learned to fill gaps, if it is done in time."""
        if not self._fills_gaps or self.clock.left(_GAP_DONE) == 0:
            return
        desk = replace(self.desk, should_stop=self.clock.ends_at(_GAP_DONE))
        text = filling.fill_once(self.gap, Run(self.engine, desk, GREEDY, 0, self.fit.guard))
        if text.strip():
            yield Suggestion(text, 0.0, Ending.END, Source.GAP)

    def _drawn(self) -> Suggestions:
        asked = replace(
            self.request,
            words=min(self.request.words, _DRAWN_WORDS),
            seconds=self.clock.left(_DRAWN_DONE),
            rows=_DRAWN_ROWS,
            temperature=_TEMPERATURE,
            seed=_SEED,
        )
        return self.engine.suggest(asked, self.desk.should_stop) if asked.seconds else Suggestions()

    def scores(self, start: str, texts: Sequence[str]) -> list[float]:
        """Return how likely each of `texts` is behind the end of `start`; raises `Cancelled`."""
        left_out = self.task.offset + len(self.task.before) - len(self.fit.before)
        context = start[window_start(start, left_out, _BEFORE, _BEFORE // 2) :]
        return self.engine.log_likelihood(context, texts, self.desk.should_stop)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A candidate, and by how many nats it makes what follows likelier."""

    candidate: Suggestion
    lead: float

    @property
    def worth(self) -> float:
        """What candidates are ranked by."""
        return self.lead + _OWN_WEIGHT * self.candidate.log_probability


@dataclass(slots=True)
class _Scales:
    """Weighs candidates for one gap, group after group, as many as there is time for.

    `weighed` are those that were; `silences` say why others do not fit.
    """

    bridge: _Bridge
    weighed: list[_Weighed] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    # How likely what follows is if nothing is written.
    _without: float | None = None
    # What weighing one candidate took, in seconds; no matter how many the first ones are.
    _pace: float = 0.0

    def weigh(self, suggestions: Sequence[Suggestion]) -> None:
        """Weigh what fits of `suggestions` and has not been weighed; raises `Cancelled`."""
        fitting, silences = self.bridge.fit.sorted_out(suggestions)
        self.silences += silences
        known = {one.candidate.text for one in self.weighed}
        clock = self.bridge.clock
        most = int(clock.left(_WEIGHED) / self._pace) if self._pace else len(fitting)
        candidates = [one for one in fitting if one.text not in known][:most]
        if candidates or self._without is None:
            started = clock.passed()
            self._weigh(candidates)
            self._pace = (clock.passed() - started) / max(1, len(candidates))

    def ranked(self) -> tuple[Suggestion, ...]:
        """Return those after which what follows is likelier, the best first."""
        task, engine = self.bridge.task, self.bridge.engine
        tokens = max(1, engine.count_tokens(PlainPrompt(_beginning(task.after))))
        order = sorted(self.weighed, key=lambda one: one.worth, reverse=True)
        least = -math.inf if task.by_hand else _NATS_AHEAD * tokens
        return tuple(one.candidate for one in order if one.lead > least)

    def _weigh(self, candidates: Sequence[Suggestion]) -> None:
        before, after = self.bridge.fit.before, self.bridge.task.after
        start = before.rstrip(joining.BLANKS)
        blanks = before[len(start) :]
        following = _beginning(after)
        gap = blanks or _blanks_before(after) or _blank_between(start, after)
        middles = [blanks + candidate.text.rstrip() for candidate in candidates]
        closed = [
            middle + (_blanks_after(candidate.text) or _blanks_before(after)) + following
            for middle, candidate in zip(middles, candidates, strict=True)
        ]
        nothing = [gap + following] if self._without is None else []
        scores = self.bridge.scores(start, [*nothing, *middles, *closed])
        without = self._without = scores.pop(0) if self._without is None else self._without
        alone, whole = scores[: len(candidates)], scores[len(candidates) :]
        self.weighed += [
            _Weighed(_told(candidate, likely), both - likely - without)
            for candidate, likely, both in zip(candidates, alone, whole, strict=True)
        ]


def _told(candidate: Suggestion, log_probability: float) -> Suggestion:
    """Return `candidate` with its log-probability, which was not known of what fills a gap."""
    if candidate.source is not Source.GAP:
        return candidate
    return replace(candidate, log_probability=log_probability)


def _beginning(after: str) -> str:
    """Return the beginning of what follows in the line, in whole words."""
    line = after.lstrip().partition("\n")[0]
    if len(line) <= _FOLLOWING:
        return line.rstrip()
    space = line.rfind(" ", 1, _FOLLOWING)
    return line[: space if space > 0 else _FOLLOWING]


def _blank_between(before: str, after: str) -> str:
    """Return the blank that would stand between the two if nothing came there."""
    opens = before[-1:] in _OPENING
    return "" if opens else _blanks_after(joining.before(before[-1:], after))


def _blanks_after(text: str) -> str:
    return text[len(text.rstrip()) :]


def _blanks_before(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]
