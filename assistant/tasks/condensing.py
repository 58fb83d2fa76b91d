"""A summary by a reader: a text in passages of the length that was learned, a sentence for each.

Where there are more passages than sentences wanted, the most central of their sentences stay
(LexRank): nothing is made of them that was not said of a passage. So a text may be of any length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.core.errors import Cancelled
from assistant.core.i18n import tr
from assistant.core.requests import Event, Reading
from assistant.core.tasks import Form, Outcome, Span, Summarize, TaskName
from assistant.models.description import Verdict
from assistant.tasks import assessment
from assistant.tasks.reading import Reader
from assistant.tasks.writing import Draft
from assistant.text import sentences
from assistant.text.counts import count_words
from assistant.text.passages import even_parts
from assistant.text.ranking import key_sentences

if TYPE_CHECKING:
    from assistant.core.requests import Emit
    from assistant.models.description import Ability
    from assistant.tasks.desk import Desk

# A passage of fewer words is said in one sentence, however many are wanted.
_FEWEST_WORDS = 60
# With so many characters a passage fits more often than not; those that do not are made shorter.
_CHARACTERS = 1700
_SHORTER = 1.2


def condense(task: Summarize, desk: Desk, ability: Ability) -> Outcome:
    """Return what a reader makes of the text: a sentence for each passage, or the best of them.

    Sentences that are sure to stay are told as they come. Stopped, the summary is of what was read.
    """
    progress = _Progress(desk.emit)
    advice = tr("Take the key sentences instead, or select a shorter part.")
    reader = Reader(
        replace(desk, emit=progress), TaskName.SUMMARIZE, ability, advice, task.sampling
    )
    passages = _passages(task, reader)
    progress.total = sum(passage.tokens for passage in passages)
    draft = Draft(desk.emit)
    said: list[str] = []
    for passage in passages:
        completion, answer = reader.write(passage.text, task.max_tokens)
        draft.completions.append(completion)
        progress.read += passage.tokens
        if draft.cancelled:
            break
        sentence = _first_sentence(answer)
        if not sentence or sentence in said:
            continue
        said.append(sentence)
        if len(passages) <= task.sentences:
            draft.add(f" {sentence}" if draft.text else sentence)
    if draft.cancelled and not said:
        raise Cancelled
    if not draft.text:
        draft.add(_most_central(said, task.sentences))
    return Outcome(
        draft.text,
        Form.MODEL,
        draft=ability.verdict is not Verdict.GOOD,
        completions=tuple(draft.completions),
        note=assessment.note_of(ability),
    )


@dataclass(frozen=True, slots=True)
class _Passage:
    """A stretch of the text, and how many tokens the prompt for it takes."""

    text: str
    tokens: int


class _Progress:
    """Tells of the reading of all passages as of one; `read` of `total` tokens are done."""

    def __init__(self, emit: Emit) -> None:
        self.read = 0
        self.total = 0
        self._emit = emit

    def __call__(self, event: Event) -> None:
        """Pass on an event of the engine."""
        if isinstance(event, Reading):
            event = Reading(self.read + event.done, max(self.total, self.read + event.total))
        self._emit(event)


def _passages(task: Summarize, reader: Reader) -> list[_Passage]:
    """Return the text in as few passages as fit, but enough for the sentences that are wanted."""
    wanted = min(task.sentences, count_words(task.text) // _FEWEST_WORDS)
    count = max(1, wanted, math.ceil(len(task.text) / _CHARACTERS))
    spans: tuple[Span, ...] = ()
    while True:
        parts = even_parts(task.text, count) or (Span(0, len(task.text)),)
        texts = [task.text[span.start : span.end] for span in parts]
        passages = [_Passage(text, reader.count(text)) for text in texts]
        if all(passage.tokens <= reader.room for passage in passages) or parts == spans:
            return passages
        # As many again as before: every sentence is a passage of its own.
        spans = parts
        count = math.ceil(count * _SHORTER)


def _first_sentence(answer: str) -> str:
    spans = sentences.split(answer)
    return answer[: spans[0].end] if spans else ""


def _most_central(said: list[str], count: int) -> str:
    """Return the `count` sentences that say most of what all say, in their order."""
    text = " ".join(said)
    spans = key_sentences(text, count)
    return " ".join(text[span.start : span.end] for span in spans) or " ".join(said[:count])
