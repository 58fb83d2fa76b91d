"""Between a task and its engine: stop when there is enough, show only what will stay.

A `Stream` stands where an engine expects its listener. It passes on the part of the text that is
certain to stay, so that what was streamed is the beginning of what the task returns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.core.requests import Completion, Emit, Event, Finish, Request, ShouldStop, Writing

if TYPE_CHECKING:
    from assistant.engines.base import Engine


class Stream:
    """Listens to one generation and tells `emit` what is certain of its text.

    `certain` returns from all text so far the part to show. `text` is all text so far.
    """

    def __init__(self, emit: Emit, certain: Callable[[str], str], version: int = 0) -> None:
        self.text = ""
        self._emit = emit
        self._certain = certain
        self._version = version
        self._shown = ""
        self._last = Writing("", 0, 0.0, version)

    def __call__(self, event: Event) -> None:
        """Take an event of the engine; text that is not certain yet is held back."""
        if not isinstance(event, Writing):
            self._emit(event)
            return
        self.text += event.text
        self._last = replace(event, version=self._version)
        self._show(self._certain(self.text))

    def close(self, final: str) -> None:
        """Show what of the `final` text was held back."""
        if final != self._shown:
            self._show(final)

    def _show(self, text: str) -> None:
        new = text[len(self._shown) :] if text.startswith(self._shown) else ""
        self._shown += new
        self._emit(replace(self._last, text=new))


class Draft:
    """A text that is made piece by piece; tells `emit` of each.

    Attributes: `text` so far, `completions` of the engine for it.
    """

    def __init__(self, emit: Emit) -> None:
        self.text = ""
        self.completions: list[Completion] = []
        self._emit = emit

    def add(self, piece: str) -> None:
        """Put `piece` at the end; its speed is that of the last completion."""
        self.text += piece
        tokens = sum(len(completion.ids) for completion in self.completions)
        self._emit(Writing(piece, tokens, self._speed()))

    @property
    def cancelled(self) -> bool:
        """Whether the last completion was stopped from outside."""
        return bool(self.completions) and self.completions[-1].finish is Finish.CANCELLED

    def _speed(self) -> float:
        if not self.completions:
            return 0.0
        last = self.completions[-1]
        return len(last.ids) / last.seconds_total if last.seconds_total > 0 else 0.0


def none_of_it(_text: str) -> str:
    """Return nothing: the measure of a stream that is shown only when it is whole."""
    return ""


def write(
    engine: Engine,
    request: Request,
    stream: Stream,
    should_stop: ShouldStop,
    enough: Callable[[str], bool] | None = None,
) -> Completion:
    """Carry out `request` until the engine ends or `enough` of the text so far is true.

    An end by `enough` is a `STOP`, like a stop string's; one by `should_stop` stays `CANCELLED`.
    """
    if enough is None:
        return engine.generate(request, stream, should_stop)
    satisfied = False

    def listen(event: Event) -> None:
        nonlocal satisfied
        stream(event)
        if isinstance(event, Writing):
            satisfied = enough(stream.text)

    completion = engine.generate(request, listen, lambda: satisfied or should_stop())
    if satisfied and completion.finish is Finish.CANCELLED:
        return replace(completion, finish=Finish.STOP)
    return completion
