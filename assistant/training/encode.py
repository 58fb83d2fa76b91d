"""From an example to tokens, exactly as the model will read it in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.core.requests import PlainPrompt
from assistant.core.tasks import TaskName
from assistant.engines import prompting
from assistant.models.description import ModelDescription
from assistant.tasks.prompts import Asking, ways_of_asking
from assistant.training.examples import Example


@dataclass(frozen=True, slots=True)
class Encoded:
    """The tokens of one example; those from `start` on are learned."""

    tokens: tuple[int, ...]
    start: int

    @property
    def learned(self) -> int:
        """How many tokens carry loss."""
        return len(self.tokens) - self.start


class Encoder:
    """Encodes examples for one model.

    `tokenizer` is the model's, `end` the token that it ends a text with.
    """

    def __init__(self, model: ModelDescription, tokenizer: Any, end: int) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._end = end

    def encode(self, example: Example) -> Encoded:
        """Return the tokens of `example`.

        In plain text prompt and answer are encoded together and learned from where they differ from
        the prompt alone, since the last word of a prompt may take other tokens with what follows.
        The very first token has nothing before it and is never learned.
        """
        way = _way(example.way)
        prompt = way.fill(example.values)
        answer = way.answered({**example.values, "answer": example.answer})
        read = prompting.encode(prompt, self._tokenizer, self._model)
        if isinstance(prompt, PlainPrompt):
            whole = prompting.encode_plain(prompt.text + answer, self._tokenizer)
            start = common(read, whole)
        else:
            whole = read + self._tokenizer(answer, add_special_tokens=False)["input_ids"]
            start = len(read)
        if example.ends:
            whole = [*whole, self._end]
        return Encoded(tuple(whole), max(1, start))


@cache
def _way(name: str) -> Asking:
    task, _, section = name.partition(".")
    return ways_of_asking(TaskName(task)).named(section)


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
