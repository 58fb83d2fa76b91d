"""Complete: suggest what comes next at the caret, or say why there is nothing to suggest.

A few words, as the model is sure of them; where words follow in the caret's line, what leads to
them (`bridging`). What repeats the text around it or a voice's own pages is not suggested. Never
refuses a long text: the model reads a window of it that moves in large steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.core.i18n import tr
from assistant.core.requests import PlainPrompt
from assistant.core.suggestions import Silence, Suggestions, SuggestRequest
from assistant.core.tasks import Complete, Form, Outcome, TaskName
from assistant.engines.base import Scorer, Suggester
from assistant.models.abilities import ability_for
from assistant.models.description import Verdict
from assistant.tasks import assessment, bridging, steering
from assistant.tasks.fitting import Fit
from assistant.tasks.guarding import Guard
from assistant.tasks.improvising import improvise
from assistant.tasks.silences import FEW, can_be_bridged, following, silence_before
from assistant.text.scripts import mostly_unspaced
from assistant.text.windows import window_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.engines.base import Engine
    from assistant.models.description import ModelDescription
    from assistant.tasks.assessment import Assessment, Installed
    from assistant.tasks.desk import Desk
    from assistant.tasks.steering import Composed

__all__ = ["assess", "composed", "request_for", "run", "silence_before", "window"]

# Asked by hand nothing is shown in these places either: there is no place for a word.
_NEVER = (Silence.EMPTY, Silence.IN_WORD)

# How much is read, in code points: about 1,000 tokens of English, 600 of Chinese in a vocabulary
# that was made for English. What takes more tokens than that after all is made shorter.
_WINDOW, _WINDOW_UNSPACED = 4000, 1000
_MOST_TOKENS = 1250
_SHORTER = 0.7
_SHORTEST = 16
# What a suggestion may take, at most.
_TOKENS_PER_WORD, _SPARE_TOKENS = 6, 24

# How much the draft's own words weigh beside the model. From 0.1 to 0.3 as good, where as many of
# the suggestions are taken.
ODDS_WEIGHT = 0.2


def assess(
    _task: Complete, description: ModelDescription | None, installed: Installed
) -> Assessment:
    """Say how well the model suggests; what goes on with a text suggests a few words of it too."""
    return assessment.of(description, TaskName.CONTINUE, _cannot, installed)


def run(task: Complete, desk: Desk) -> Outcome:
    """Carry out `task`; a model that cannot go on with a text is one more reason for silence."""
    silence = silence_before(task.before, task.after, task.markdown)
    if silence is not None and (silence in _NEVER or not task.by_hand):
        return _outcome(Suggestions(silence=silence))
    if ability_for(desk.describe(), TaskName.CONTINUE).verdict is Verdict.NO:
        return _outcome(Suggestions(silence=Silence.NO_MODEL))
    engine = desk.engine()
    read = composed(task, engine)
    fit = Fit(read.parts[-1].text, task.after, Guard.of(engine.model))
    suggested = _suggested(task, engine, read.text, fit, desk)
    return replace(_outcome(suggested), prompt=read.text, parts=read.parts)


def composed(task: Complete, engine: Engine) -> Composed:
    """Return what `engine` reads for `task`; the last part is the text before the caret."""

    def count_tokens(text: str) -> int:
        return engine.count_tokens(PlainPrompt(text))

    frame = steering.frame(task.before, task.steering, _limit(task, engine), count_tokens)
    text = task.before[window(task, engine, frame.around) :]
    return frame.composed(text, count_tokens)


def window(task: Complete, engine: Engine, around: Callable[[str], str] = str) -> int:
    """Return where in `task.before` begins what `engine` reads of it, with what is `around` it."""
    limit = _limit(task, engine)
    most = _WINDOW
    if mostly_unspaced(task.before[-_WINDOW_UNSPACED:]):
        most = _WINDOW_UNSPACED
    while True:
        start = window_start(task.before, task.offset, most, most // 2)
        prompt = PlainPrompt(around(task.before[start:]))
        if most <= _SHORTEST or engine.count_tokens(prompt) <= limit:
            return start
        most = int(most * _SHORTER)


def _limit(task: Complete, engine: Engine) -> int:
    """Return how many tokens are read at most."""
    room = engine.context_length - task.words * _TOKENS_PER_WORD - _SPARE_TOKENS
    return min(_MOST_TOKENS, max(room, engine.context_length // 2))


def request_for(task: Complete, text: str) -> SuggestRequest:
    """Return what an engine that suggests is asked for `task`, of which it reads `text`."""
    return SuggestRequest(
        text,
        words=task.words,
        threshold=0.0 if task.by_hand else task.threshold,
        seconds=task.seconds,
        rows=task.alternatives,
        odds=task.draft,
        odds_weight=ODDS_WEIGHT if task.draft is not None else 0.0,
    )


def _suggested(task: Complete, engine: Engine, text: str, fit: Fit, desk: Desk) -> Suggestions:
    request = request_for(task, text)
    if can_be_bridged(task.after) and isinstance(engine, Suggester) and isinstance(engine, Scorer):
        return bridging.bridge(task, engine, request, fit, desk)
    if len(following(task.after)) > FEW and not task.by_hand:
        return Suggestions(silence=Silence.MID_LINE)
    if isinstance(engine, Suggester):
        return fit.of(engine.suggest(request, desk.should_stop))
    if task.seconds <= 0:
        # Others cannot be made to read alone.
        return Suggestions(silence=Silence.TOO_SLOW)
    return fit.of(improvise(task, engine, text, desk))


def _outcome(suggestions: Suggestions) -> Outcome:
    text = suggestions.texts[0].text if suggestions.texts else ""
    return Outcome(text, Form.MODEL, suggestions=suggestions)


def _cannot(model: str) -> str:
    return tr("{model} cannot suggest how a text goes on.", model=model)
