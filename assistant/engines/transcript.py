"""What an engine writes down while it writes: tokens in, emitted text and a `Completion` out.

Everything that is emitted, joined, is exactly the completion's text. Knows no model.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.core.requests import Completion, Emit, Finish, Reading, Request, ShouldStop, Writing
from assistant.engines.detokenizing import Detokenizer, Vocabulary
from assistant.engines.stopping import StopStrings
from assistant.engines.token_choices import ChoiceLog, Weighed


@dataclass(frozen=True, slots=True)
class Run:
    """One request under way.

    `prompt` are its tokens, `room` is how many may be written.
    """

    request: Request
    prompt: list[int]
    room: int
    transcript: Transcript
    emit: Emit
    should_stop: ShouldStop

    def report(self, done: int) -> None:
        """Say how many tokens of the prompt have been read."""
        self.emit(Reading(done, len(self.prompt)))


class Transcript:
    """One text in the making.

    `started` is the moment `generate` was called, by `time.perf_counter`. `ends` are the tokens
    that end a text; `finish` says how it ended, once it has.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        emit: Emit,
        started: float,
        ends: Collection[int],
        stop: tuple[str, ...],
        prompt: Sequence[int] = (),
    ) -> None:
        self._emit = emit
        self._started = started
        self._ends = ends
        self._detokenizer = Detokenizer(vocabulary, prompt[-64:])
        self._stop = StopStrings(stop)
        self._choices = ChoiceLog(vocabulary, self._detokenizer)
        self._pieces: list[str] = []
        self._first: float | None = None
        self.ids: list[int] = []
        self.finish: Finish | None = None

    def add(self, token: int, weighed: Weighed | None = None) -> None:
        """Write down the next token and emit the text that is certain now.

        Where its choice is to be told, every token of the text comes with what it was `weighed` by.
        """
        self.ids.append(token)
        if self._first is None:
            self._first = time.perf_counter()
        if token in self._ends:
            self.finish = Finish.END
            return
        if weighed is not None:
            self._choices.weigh(weighed)
        piece = self._detokenizer.push(token)
        self._choices.write(piece)
        self._show(self._stop.feed(piece))
        if self._stop.found:
            self.finish = Finish.STOP

    def complete(
        self, finish: Finish, prompt_tokens: int, mean_log_probability: float | None = None
    ) -> Completion:
        """Emit what was held back and return the whole; `finish` holds where nothing ended it."""
        if not self._stop.found:
            piece = self._detokenizer.finish()
            self._choices.write(piece)
            self._show(self._stop.feed(piece))
        if self._stop.found:
            self.finish = Finish.STOP
        else:
            self._show(self._stop.finish())
        now = time.perf_counter()
        text = "".join(self._pieces)
        return Completion(
            text=text,
            ids=tuple(self.ids),
            finish=self.finish or finish,
            prompt_tokens=prompt_tokens,
            seconds_first=(self._first or now) - self._started,
            seconds_total=now - self._started,
            mean_log_probability=mean_log_probability,
            tokens=self._choices.of(text),
        )

    def _show(self, text: str) -> None:
        if not text:
            return
        self._pieces.append(text)
        # The first token comes with the prompt; speed is what the others took.
        seconds = time.perf_counter() - (self._first or 0.0)
        written = len(self.ids)
        speed = (written - 1) / seconds if written > 1 and seconds > 0 else 0.0
        self._emit(Writing(text, written, speed))
