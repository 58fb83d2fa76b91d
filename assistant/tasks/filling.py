"""Fill a gap: write what stands between the text before the caret and the rest of its paragraph.

For models that have learned it (Bavarian et al. 2022, “Efficient Training of Language Models to
Fill in the Middle”): they read what follows first, and end by themselves where it goes on. Of
several tries the one stays after which the model expects most what follows, so nothing is shown
before that is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.core.requests import Finish, PlainPrompt, Request
from assistant.core.tasks import TaskName
from assistant.engines.base import Scorer
from assistant.models.description import Verdict
from assistant.tasks import joining, steering
from assistant.tasks.joining import BLANKS, Join
from assistant.tasks.prompts import ways_of_asking
from assistant.tasks.steering import Composed
from assistant.tasks.writing import Stream, none_of_it, write
from assistant.text import sentences
from assistant.text.windows import window_start

if TYPE_CHECKING:
    from assistant.core.requests import Completion, ShouldStop
    from assistant.core.steering import PromptPart
    from assistant.core.tasks import Continue
    from assistant.engines.base import Engine
    from assistant.models.description import Ability, ModelDescription
    from assistant.tasks.versions import Run

ABILITY = "gap"

# How much is read, in characters: of what follows as in training, of what is before somewhat more.
# Its beginning moves in steps of a third, so that what was read stays of use while one types on.
_BEFORE, _AFTER = 1200, 400
_STEPS = 3
_TOKENS_PER_WORD = 2
# How many are written for one to stay.
_TRIES = 4

# Where somebody speaks next, a model begins a new line.
_NEW_LINE = re.compile(r"^[ \t]*\n\s*")
_GOES_ON_A_WORD = re.compile(r"['’]?\w")


def ability_for_gap(task: Continue, model: ModelDescription) -> Ability | None:
    """Return how `model` fills the gap that `task` leaves; None where there is none, or it cannot.

    There is one where the caret has something of its paragraph on both sides and is in no word.
    """
    start = task.text.rpartition("\n")[2]
    rest = task.after.partition("\n")[0]
    in_a_word = start[-1:].isalnum() and _GOES_ON_A_WORD.match(rest)
    if not start.strip() or not rest.strip() or in_a_word:
        return None
    ability = model.abilities.get(ABILITY)
    return None if ability is None or ability.verdict is Verdict.NO else ability


def fill(task: Continue, run: Run) -> tuple[str, Completion]:
    """Return the words for the gap; none where the model puts none there in several tries."""
    gap = _Gap(task, run.engine)
    tries: list[_Try] = []
    for drawn in run.tries(_TRIES):
        tries.append(gap.tried(drawn))
        if tries[-1].completion.finish is Finish.CANCELLED:
            break
    last = tries[-1].completion
    told = [one for one in tries if one.text.strip()]
    if not told:
        return "", last
    stopped = last.finish is Finish.CANCELLED
    chosen = told[0] if stopped else gap.best(told, run.desk.should_stop)
    chosen.stream.close(chosen.text)
    return chosen.text, last if stopped else chosen.completion


def composed(task: Continue, engine: Engine) -> Composed:
    """Return what `engine` reads for the gap that `task` leaves, and what it is made of."""
    return _Gap(task, engine).composed(Join.without_blanks(task.text).prompt)


def fill_once(task: Continue, run: Run) -> str:
    """Return what the model writes for the gap in one go, as it joins both sides; not shown."""
    return _Gap(task, run.engine).tried(run).text


def around(before: str, after: str, most_before: int, most_after: int) -> dict[str, str]:
    """Return what a gap's prompt is filled with: whole words, no more characters than given.

    What follows is shown without the blanks at the gap.
    """
    after = after.lstrip()
    if len(before) > most_before:
        before = before[before.find(" ", len(before) - most_before) + 1 :].lstrip()
    if len(after) > most_after:
        after = after[: max(after.rfind(" ", 0, most_after + 1), 1)].rstrip()
    return {"before": before, "after": after}


@dataclass(frozen=True, slots=True)
class _Try:
    """What was written for a gap once, as it joins both sides; not shown yet."""

    text: str
    completion: Completion
    stream: Stream


@dataclass(frozen=True, slots=True)
class _Gap:
    """The gap that `task` leaves, and the model that fills it."""

    task: Continue
    engine: Engine

    def tried(self, run: Run) -> _Try:
        """Write for the gap once; asked again with the blank if the model closes no word."""
        join = Join.without_blanks(self.task.text)
        completion, stream = self._attempt(join, run)
        if join.fails(completion.text) and completion.finish is not Finish.CANCELLED:
            join = Join.with_blanks(self.task.text)
            completion, stream = self._attempt(join, run)
        text = join.apply(_on_one_line(completion.text))
        if completion.finish is Finish.LENGTH:
            text = _whole_sentences(text)
        if completion.finish is Finish.CANCELLED or run.guard.copies(text):
            text = ""
        return _Try(joining.before(text, self.task.after), completion, stream)

    def best(self, tries: Sequence[_Try], should_stop: ShouldStop) -> _Try:
        """Return the one after which what follows is likeliest; the first where nobody can say."""
        if len(tries) == 1 or not isinstance(self.engine, Scorer):
            return tries[0]
        start = self.task.text.rstrip(BLANKS)
        around_it, _ = self._surroundings(start)
        before, after = around_it["before"], around_it["after"]
        blanks = self.task.text[len(start) :]
        middles = [blanks + one.text.rstrip() for one in tries]
        closed = [
            f"{middle}{_space_after(one.text) or _space_before(self.task.after)}{after}"
            for middle, one in zip(middles, tries, strict=True)
        ]
        alone = self.engine.log_likelihood(before, middles, should_stop)
        whole = self.engine.log_likelihood(before, closed, should_stop)
        gains = [with_after - without for with_after, without in zip(whole, alone, strict=True)]
        return tries[gains.index(max(gains))]

    def composed(self, before: str) -> Composed:
        """Return the prompt for the gap behind `before`, and its parts."""
        around_it, parts = self._surroundings(before)
        return Composed(_text(around_it), parts)

    @property
    def _most_tokens(self) -> int:
        return self.task.max_tokens or self.task.words * _TOKENS_PER_WORD

    def _attempt(self, join: Join, run: Run) -> tuple[Completion, Stream]:
        prompt = PlainPrompt(self.composed(join.prompt).text)
        # Where a sentence is whole before the gap, a model may take it for filled.
        sampling = replace(run.sampling, min_new_tokens=1)
        request = Request(prompt, self._most_tokens, sampling, look=run.look)
        stream = Stream(run.desk.emit, none_of_it, run.number)

        def is_enough(text: str) -> bool:
            ended = "\n" in text.lstrip() or joining.repeats(text, self.task.after)
            return ended or join.fails(text) or run.guard.copies(text)

        return write(run.engine, request, stream, run.desk.should_stop, is_enough), stream

    def _surroundings(self, before: str) -> tuple[dict[str, str], tuple[PromptPart, ...]]:
        """Return as much of what is around the gap as the model can read, the nearest of it.

        What steers joins what is before. With it come the parts, that text's own last.
        """
        room = self.engine.context_length - min(self._most_tokens, self.engine.context_length // 2)
        most_before, most_after = _BEFORE, _AFTER
        frame = steering.frame(before, self.task.steering, room, self._count_tokens)
        while True:
            start = window_start(before, 0, most_before, max(most_before // _STEPS, 1))
            found = around(before[start:], self.task.after, most_before, most_after)
            text = found["before"]
            found["before"] = frame.around(text)
            if self._count_tokens(_text(found)) <= room or most_before <= 1:
                return found, frame.composed(text, self._count_tokens).parts
            most_before, most_after = most_before // 2, most_after // 2

    def _count_tokens(self, text: str) -> int:
        return self.engine.count_tokens(PlainPrompt(text))


def _text(surroundings: dict[str, str]) -> str:
    prompt = ways_of_asking(TaskName.CONTINUE).named(ABILITY).fill(surroundings)
    assert isinstance(prompt, PlainPrompt)
    return prompt.text


def _on_one_line(written: str) -> str:
    """Return the first line that is written, at the end of the one that the gap is in."""
    return _NEW_LINE.sub(" ", written).partition("\n")[0]


def _space_after(text: str) -> str:
    return text[len(text.rstrip()) :]


def _space_before(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _whole_sentences(text: str) -> str:
    """Return `text` without a sentence that a limit broke off, if one stays."""
    spans = sentences.split(text)
    return text[: spans[-2].end] if len(spans) > 1 else text
