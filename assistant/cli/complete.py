"""`inkling complete`: suggestions at a caret for other editors, one process for many requests.

Reads a JSON object a line from standard input and prints one a line for each, in order. A line that
cannot be answered gets `{"error": sentence}`; the next one is read all the same.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from assistant.cli.completion_requests import (
    LORE_EXAMPLE,
    MOST_ALTERNATIVES,
    Draft,
    fields_of,
    task_of,
)
from assistant.cli.exits import Exit
from assistant.cli.options import (
    add_model_options,
    add_steering_options,
    at_least,
    between,
    engine_spec,
    steering_of,
)
from assistant.core.errors import Cancelled, InklingError, UsageError
from assistant.core.i18n import tr
from assistant.core.requests import Event, Loading
from assistant.core.tasks import Complete, LoadModel, TaskName
from assistant.tasks import choices

if TYPE_CHECKING:
    from assistant.cli.tasks import Commands
    from assistant.config.settings import Settings
    from assistant.core.suggestions import Suggestions

_DECIMALS = 4


def add_complete_command(commands: Commands) -> None:
    """Add `complete`."""
    text = tr("suggest a few words at a caret: JSON lines in, JSON lines out, for other editors")
    parser = commands.add_parser(
        TaskName.COMPLETE,
        help=text,
        description=text,
        epilog=tr(
            "A request is one line such as {request}; it may also hold “words”, “threshold”, "
            "“alternatives”, “seconds”, “by_hand”, “markdown”, “offset” and “id”, which comes back "
            "with the answer. What steers a story are “memory” and “note”, as by the options, and "
            "“lore”, a list such as {lore}: an entry is read when a keyword of it has come up.",
            request='{"before": "Once upon a ti", "after": ""}',
            lore=LORE_EXAMPLE,
        ),
    )
    parser.set_defaults(run=_run)
    add_model_options(parser)
    asking = parser.add_argument_group(tr("suggestions"))
    asking.add_argument("--words", type=at_least(1), help=tr("the most words of one"))
    sure = asking.add_mutually_exclusive_group()
    sure.add_argument(
        "--threshold", type=between(0, 1), help=tr("how likely one has to be, from 0 to 1")
    )
    sure.add_argument("--eager", action="store_true", help=tr("show less likely ones too"))
    asking.add_argument(
        "--alternatives", type=int, choices=range(1, MOST_ALTERNATIVES + 1), default=1
    )
    asking.add_argument(
        "--markdown",
        action="store_true",
        help=tr("nothing in headings and code, which are told by their marks"),
    )
    add_steering_options(parser)


def _run(options: argparse.Namespace, settings: Settings, cancel: threading.Event) -> int:
    from assistant.engines.pool import EnginePool
    from assistant.tasks.run import run

    if sys.stdin is None:
        raise UsageError(tr("There is no standard input to read requests from."))
    spec = engine_spec(options, settings, TaskName.COMPLETE)
    pool = EnginePool(max_loaded=1)
    run(LoadModel(), spec, pool, _tell, cancel.is_set)
    defaults = _defaults(options, settings)
    draft = Draft() if settings.suggestions.own_words else None
    for line in _lines(cancel):
        started = time.perf_counter()
        name: Any = None
        try:
            fields = fields_of(line)
            name = fields.pop("id", None)
            task = task_of(fields, defaults)
            task = replace(task, draft=draft.words(task) if draft else None)
            outcome = run(task, spec, pool, _tell, cancel.is_set)
        except InklingError as error:
            _answer({"id": name, "error": str(error)})
            continue
        assert outcome.suggestions is not None
        milliseconds = round(1000 * (time.perf_counter() - started), 1)
        _answer({"id": name, **_said(outcome.suggestions, milliseconds)})
    return Exit.DONE


def _defaults(options: argparse.Namespace, settings: Settings) -> Complete:
    threshold = choices.THRESHOLDS["eager"] if options.eager else options.threshold
    return Complete(
        "",
        words=options.words or settings.suggestions.words,
        threshold=choices.threshold(settings) if threshold is None else threshold,
        alternatives=options.alternatives,
        markdown=options.markdown,
        steering=steering_of(options),
    )


def _tell(event: Event) -> None:
    if isinstance(event, Loading) and event.fraction in (None, 0):
        print(tr("Loading {model}…", model=event.model), file=sys.stderr)


def _said(found: Suggestions, milliseconds: float) -> dict[str, Any]:
    return {
        "suggestions": [
            {
                "text": suggestion.text,
                "log_probability": round(suggestion.log_probability, _DECIMALS),
                "source": suggestion.source,
                "ending": suggestion.ending,
            }
            for suggestion in found.texts
        ],
        "silence": found.silence,
        "milliseconds": milliseconds,
        "prompt_tokens": found.prompt_tokens,
        "reused_tokens": found.reused_tokens,
    }


def _answer(fields: Mapping[str, Any]) -> None:
    """Print one line, as UTF-8 whatever the machine's encoding is, and let it be read at once."""
    try:
        line = json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # An id with half a character in it.
        line = json.dumps(fields).encode()
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def _lines(cancel: threading.Event) -> Iterator[bytes]:
    """Yield the lines of standard input that are not blank; raises `Cancelled` when interrupted."""
    while True:
        with _interruptible():
            if cancel.is_set():
                raise Cancelled
            line = sys.stdin.buffer.readline()
        if not line:
            return
        if line.strip():
            yield line


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the wait for a line, where nobody asks whether to stop."""
    former = {number: signal.signal(number, _leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _leave(*_: object) -> NoReturn:
    raise Cancelled
