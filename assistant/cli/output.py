"""What a task prints: its text as it comes, progress beside it, or one JSON object at the end.

Stands between a task and the engine pool, so that it knows when a model was ready and can count
seconds from there.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from assistant.core.i18n import tr
from assistant.core.requests import Completion, Event, Finish, Loading, Reading, Writing
from assistant.core.tasks import Form, Outcome
from assistant.core.token_spans import TokenSpan

if TYPE_CHECKING:
    from assistant.core.jobs import EngineSpec
    from assistant.core.requests import Emit, ShouldStop
    from assistant.engines.base import Engine
    from assistant.engines.pool import EnginePool
    from assistant.models.description import ModelDescription

_CLEAR_LINE = "\r\x1b[K"
_READING_WORTH_SHOWING = 512


class Output:
    """Prints one task; hands it its engines and so notes which they are and how they loaded."""

    def __init__(self, pool: EnginePool, *, as_json: bool) -> None:
        self._pool = pool
        self._as_json = as_json
        self._live = sys.stderr.isatty()
        self._engine: Engine | None = None
        self._loading_title = ""
        self._seconds_load = 0.0
        self._ready = time.perf_counter()
        self._first: float | None = None
        self._version = 0
        self._printed = False

    def engine_for(self, spec: EngineSpec, emit: Emit, should_stop: ShouldStop) -> Engine:
        """Return the pool's engine, loaded, and note how long that took."""
        start = time.perf_counter()
        engine = self._pool.engine_for(spec, emit, should_stop)
        if engine is not self._engine:
            self._engine = engine
            self._ready = time.perf_counter()
            self._seconds_load += self._ready - start
        return engine

    def describe(self, spec: EngineSpec) -> ModelDescription:
        """Return what the pool knows of a model without loading it."""
        return self._pool.describe(spec)

    def on_event(self, event: Event) -> None:
        """Print new text to standard output and everything else to standard error."""
        match event:
            case Loading(model=model, fraction=fraction):
                self._show_loading(model, fraction)
            case Reading(done=done, total=total):
                if total >= _READING_WORTH_SHOWING:
                    self._show(tr("Reading: {done} of {total} tokens", done=done, total=total))
            case Writing(text=text, version=version):
                self._write(text, version)

    def finish(self, outcome: Outcome, *, is_question: bool) -> None:
        """Print what was not streamed: the result of a task without a model, notes, or JSON."""
        self._show("")
        if self._as_json:
            print(json.dumps(self._object(outcome, is_question=is_question), ensure_ascii=False))
            return
        if outcome.form is Form.EXTRACT or not self._printed:
            sys.stdout.write(outcome.text)
        sys.stdout.write("\n")
        sys.stdout.flush()
        if outcome.guess:
            print(tr("The model's guess: {guess}", guess=outcome.guess), file=sys.stderr)
        if outcome.evidence:
            print(tr("In the text: {sentence}", sentence=outcome.evidence), file=sys.stderr)
        if outcome.note:
            print(outcome.note, file=sys.stderr)

    def _show_loading(self, model: str, fraction: float | None) -> None:
        percent = "" if fraction is None else f" {fraction:.0%}"
        if self._live:
            self._show(tr("Loading {model}…", model=model) + percent)
        elif model != self._loading_title:
            print(tr("Loading {model}…", model=model), file=sys.stderr)
        self._loading_title = model

    def _show(self, line: str) -> None:
        if self._live:
            sys.stderr.write(_CLEAR_LINE + line)
            sys.stderr.flush()

    def _write(self, text: str, version: int) -> None:
        if self._first is None and text:
            self._first = time.perf_counter()
            self._show("")
        if self._as_json:
            return
        if version != self._version:
            sys.stdout.write("\n\n")
            self._version = version
        sys.stdout.write(text)
        sys.stdout.flush()
        self._printed = self._printed or bool(text)

    def _object(self, outcome: Outcome, *, is_question: bool) -> dict[str, Any]:
        now = time.perf_counter()
        completions = outcome.completions
        engine = self._engine
        result: dict[str, Any] = {
            "text": outcome.text,
            "ids": [token for completion in completions for token in completion.ids],
            "finish": _finish(completions),
            "model": engine.model.reference if engine else None,
            "device": engine.device if engine else None,
            "tokens": {
                "prompt": sum(completion.prompt_tokens for completion in completions),
                "new": sum(len(completion.ids) for completion in completions),
            },
            "seconds": {
                "load": round(self._seconds_load, 3),
                "first": round((self._first or now) - self._ready, 3),
                "total": round(now - self._ready, 3),
            },
            "form": outcome.form,
            "draft": outcome.draft,
            "note": outcome.note,
        }
        if len(outcome.versions) > 1:
            result["versions"] = list(outcome.versions)
        if outcome.tokens:
            result["choices"] = [[_choice(span) for span in tokens] for tokens in outcome.tokens]
        if is_question:
            result["found"] = outcome.found
            result["guess"] = outcome.guess
            result["evidence"] = outcome.evidence
        if is_question or outcome.spans:
            result["spans"] = [{"start": span.start, "end": span.end} for span in outcome.spans]
        return result


def _choice(span: TokenSpan) -> dict[str, Any]:
    """Return a token of the text with what it was chosen from; `start` and `end` as in Python."""
    return {
        "start": span.start,
        "end": span.end,
        "text": span.choice.text,
        "log_probability": round(span.choice.log_probability, 4),
        "options": [
            {
                "text": option.text,
                "log_probability": round(option.log_probability, 4),
                "whole": option.whole,
            }
            for option in span.choice.options
        ],
    }


def _finish(completions: tuple[Completion, ...]) -> str:
    return completions[-1].finish if completions else Finish.END
