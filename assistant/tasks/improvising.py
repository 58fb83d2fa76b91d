"""A few words from an engine that can only write: cut to what is whole, and to what is sure.

Where the engine does not tell how sure it is, its words are taken to be just sure enough.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled
from assistant.core.requests import GREEDY, Completion, Finish, PlainPrompt, Request
from assistant.core.suggestions import Ending, Silence, Suggestion, Suggestions
from assistant.engines.suggesting.units import End, ends
from assistant.tasks.joining import Join
from assistant.tasks.writing import Stream, none_of_it, write
from assistant.text.counts import count_words

if TYPE_CHECKING:
    from assistant.core.tasks import Complete
    from assistant.engines.base import Engine
    from assistant.tasks.desk import Desk

_TOKENS_PER_WORD = 3


def improvise(task: Complete, engine: Engine, text: str, desk: Desk) -> Suggestions:
    """Return what `engine` writes behind `text`, up to the end of a clause or a word.

    The task's time ends it too. Raises `Cancelled` when stopped.
    """
    started = time.perf_counter()
    join = Join.without_blanks(text)

    def is_late() -> bool:
        return time.perf_counter() >= started + task.seconds

    def is_enough(written: str) -> bool:
        said = join.apply(written)
        found = ends(text, said, final=False)
        whole = any(end.clause for end in found) or count_words(said) > task.words
        return whole or is_late() or join.fails(written)

    tokens = task.words * _TOKENS_PER_WORD
    request = Request(PlainPrompt(join.prompt), tokens, GREEDY, stop=("\n",), look=1)
    stream = Stream(desk.emit, none_of_it)
    completion = write(engine, request, stream, desk.should_stop, is_enough)
    if completion.finish is Finish.CANCELLED:
        raise Cancelled
    late = is_late()
    said = join.apply(completion.text).partition("\n")[0]
    # What was broken off may end inside a word.
    final = completion.finish in (Finish.END, Finish.STOP) and not late
    least = math.log(task.threshold) if task.threshold > 0 and not task.by_hand else -math.inf
    blanks = len(completion.text) - len(join.apply(completion.text))
    whole = ends(text, said, final=final)
    wanted = list(_within(whole, said, task.words))
    likely = [_log_probability(completion, blanks + end.position, least) for end in wanted]
    sure = [number for number, value in enumerate(likely) if value >= least]
    answer = Suggestions(
        prompt_tokens=completion.prompt_tokens, seconds=time.perf_counter() - started
    )
    if not sure:
        silence = Silence.TOO_SLOW if late else Silence.UNSURE
        best = likely[0] if likely else None
        return replace(answer, silence=silence, best_log_probability=best)
    end = wanted[sure[-1]]
    ending = Ending.WORDS if len(wanted) < len(whole) or not final else Ending.END
    if end.clause:
        ending = Ending.CLAUSE
    elif len(sure) < len(wanted):
        ending = Ending.UNSURE
    elif late:
        ending = Ending.TIME
    suggestion = Suggestion(said[: end.position], likely[sure[-1]], ending)
    return replace(answer, texts=(suggestion,))


def _within(found: list[End], said: str, words: int) -> Iterator[End]:
    """Yield the ends up to that of the first clause or of the last word that is wanted."""
    for end in found:
        if count_words(said[: end.position]) > words:
            return
        yield end
        if end.clause:
            return


def _log_probability(completion: Completion, length: int, unknown: float) -> float:
    """Return that of the first `length` characters that were written, or `unknown`."""
    if completion.tokens:
        total, at = 0.0, 0
        for token in completion.tokens:
            if at >= length:
                break
            total += token.log_probability
            at += len(token.text)
        return total
    if completion.mean_log_probability is None:
        return max(unknown, math.log(0.5))
    share = length / max(len(completion.text), 1)
    return completion.mean_log_probability * len(completion.ids) * share
