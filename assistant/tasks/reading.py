"""What a reader is given: a model that has learned to answer from a passage and to sum it up.

Owns how a text becomes passages of the length that was learned, whether such a model says that a
passage does not answer, and what its answers are. Tasks decide what to do with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.core.requests import GREEDY, Finish, Request
from assistant.tasks.cleaning import has_whole_line, one_line
from assistant.tasks.prompts import way_for
from assistant.tasks.room import require_room, room_for_prompt
from assistant.tasks.writing import Stream, none_of_it, write
from assistant.text.passages import as_one_line, share_found

if TYPE_CHECKING:
    from assistant.core.requests import Completion, Prompt, Sampling
    from assistant.core.tasks import TaskName
    from assistant.engines.base import Engine
    from assistant.models.description import Ability
    from assistant.tasks.desk import Desk
    from assistant.tasks.prompts import Asking

WAY = "reader"
# What a reader has learned to say of a question that its passage does not answer.
REFUSAL = "Not in the text."

# Prompts of this many tokens at the most were learned from.
_LEARNED_TOKENS = 480
ANSWER_TOKENS = 60
# No text has more characters a token.
_LONGEST_TOKEN = 12
# A question of whose words fewer stand in the passage is not answered, whatever the model says.
_FEWEST_FOUND = 0.2


def is_reader(ability: Ability) -> bool:
    """Return whether a model with this ability has learned to read passages."""
    return ability.prompt == WAY


def declines(answer: str, passage: str, question: str) -> bool:
    """Return whether a reader's `answer` says that the passage does not answer.

    A question with next to none of its words in the passage is declined for it.
    """
    said = answer.casefold().strip(" .\"'“”") == REFUSAL.casefold().strip(".")
    return said or share_found(passage, question) < _FEWEST_FOUND


class Reader:
    """Asks one model about passages, one after the other.

    `advice` says what to do where a passage does not even fit the model's context.
    """

    def __init__(
        self, desk: Desk, task: TaskName, ability: Ability, advice: str, sampling: Sampling | None
    ) -> None:
        self._desk = desk
        self._engine: Engine = desk.engine()
        self._way: Asking = way_for(task, self._engine.model, ability)
        self._sampling = sampling or ability.sampling or GREEDY
        self._beams = ability.beams if sampling is None else 1
        self._advice = advice

    @property
    def room(self) -> int:
        """How many tokens a prompt may have, to be no longer than those learned from."""
        return min(_LEARNED_TOKENS, room_for_prompt(self._engine, ANSWER_TOKENS))

    def count(self, passage: str, **values: str) -> int:
        """Return how many tokens the prompt for `passage` takes."""
        return self._engine.count_tokens(self._prompt(passage, values))

    def fits(self, passage: str, **values: str) -> bool:
        """Return whether the prompt for `passage` is no longer than those learned from."""
        if len(passage) > self.room * _LONGEST_TOKEN:
            return False
        return self.count(passage, **values) <= self.room

    def write(
        self, passage: str, max_tokens: int | None = None, **values: str
    ) -> tuple[Completion, str]:
        """Return what the model wrote on `passage` and its first line; it is not shown as it comes.

        Nothing is left of an answer that was stopped from outside.
        """
        prompt = self._prompt(passage, values)
        tokens = max_tokens or ANSWER_TOKENS
        require_room(self._engine, prompt, tokens, self._advice)
        request = Request(prompt, tokens, self._sampling, self._way.stop, self._beams, copies=True)
        stream = Stream(self._desk.emit, none_of_it)
        completion = write(self._engine, request, stream, self._desk.should_stop, has_whole_line)
        if completion.finish is Finish.CANCELLED:
            return completion, ""
        return completion, one_line(completion.text, passage)

    def _prompt(self, passage: str, values: dict[str, str]) -> Prompt:
        return self._way.fill({"text": as_one_line(passage), **values})
