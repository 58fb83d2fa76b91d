"""Fill a gap: write what stands between the text before the caret and the rest of its paragraph.

For models that have learned it (Bavarian et al. 2022, “Efficient Training of Language Models to
Fill in the Middle”): they read what follows first, and end by themselves where it goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.core.requests import Finish, Request
from assistant.core.tasks import TaskName
from assistant.models.description import Verdict
from assistant.tasks import joining
from assistant.tasks.joining import Join
from assistant.tasks.prompts import ways_of_asking
from assistant.tasks.writing import Stream, write
from assistant.text import sentences

if TYPE_CHECKING:
    from assistant.core.requests import Completion, Prompt
    from assistant.core.tasks import Continue
    from assistant.models.description import Ability, ModelDescription
    from assistant.tasks.versions import Run

ABILITY = "gap"

# How much is read, in characters: of what follows as in training, of what is before somewhat more.
_BEFORE, _AFTER = 1200, 400
_TOKENS_PER_WORD = 2
# How often it is tried to put something there.
_TRIES = 4

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
    for drawn in run.tries(_TRIES):
        text, completion = _Gap(task, drawn).filled()
        if text.strip() or completion.finish is Finish.CANCELLED:
            break
    return text, completion


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
class _Gap:
    """One try at a gap, and what it is tried with."""

    task: Continue
    run: Run

    def filled(self) -> tuple[str, Completion]:
        """Return what joins both sides; asked again with the blank if the model closes no word."""
        join = Join.without_blanks(self.task.text)
        completion, stream = self._attempt(join)
        if join.fails(completion.text) and completion.finish is not Finish.CANCELLED:
            join = Join.with_blanks(self.task.text)
            completion, stream = self._attempt(join)
        if completion.finish is Finish.CANCELLED:
            return self._certain(join)(completion.text), completion
        written = _on_one_line(join.apply(completion.text))
        text = self.run.guard.original(written)
        if completion.finish is Finish.LENGTH or text != written:
            text = _whole_sentences(text)
        text = joining.before(text, self.task.after)
        stream.close(text)
        return text, completion

    def _attempt(self, join: Join) -> tuple[Completion, Stream]:
        most = self.task.max_tokens or self.task.words * _TOKENS_PER_WORD
        request = Request(self._prompt(join.prompt, most), most, self.run.sampling)
        stream = Stream(self.run.desk.emit, self._certain(join), self.run.number)

        def is_enough(text: str) -> bool:
            ended = "\n" in text or joining.repeats(text, self.task.after)
            return ended or join.fails(text) or self.run.guard.copies(text)

        return write(self.run.engine, request, stream, self.run.desk.should_stop, is_enough), stream

    def _certain(self, join: Join) -> Callable[[str], str]:
        """Return the measure of what stays of an unfinished text."""

        def certain(text: str) -> str:
            written = self.run.guard.certain(_on_one_line(join.apply(text)))
            return joining.certain_before(written, self.task.after)

        return certain

    def _prompt(self, before: str, new_tokens: int) -> Prompt:
        """Return the prompt of as much around the gap as the model can read, the nearest of it."""
        way = ways_of_asking(TaskName.CONTINUE).named(ABILITY)
        room = self.run.engine.context_length - min(new_tokens, self.run.engine.context_length // 2)
        most_before, most_after = _BEFORE, _AFTER
        prompt = way.fill(around(before, self.task.after, most_before, most_after))
        while self.run.engine.count_tokens(prompt) > room and most_before > 1:
            most_before, most_after = most_before // 2, most_after // 2
            prompt = way.fill(around(before, self.task.after, most_before, most_after))
        return prompt


def _on_one_line(written: str) -> str:
    """Return the line that is written; a paragraph that a gap is in has no more."""
    return written.partition("\n")[0]


def _whole_sentences(text: str) -> str:
    """Return `text` without a sentence that a limit broke off, if one stays."""
    spans = sentences.split(text)
    return text[: spans[-2].end] if len(spans) > 1 else text
