"""`inkling learn`: learn to write as somebody does from their own documents, and go on with it.

The window runs this as a child process and reads its JSON lines. Works at low priority and leaves
one core free: whoever writes meanwhile goes before.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.exits import Exit
from assistant.core.errors import InklingError, UsageError
from assistant.core.i18n import tr
from assistant.core.tasks import TaskName

if TYPE_CHECKING:
    from assistant.cli.tasks import Commands
    from assistant.config.settings import Settings
    from assistant.training.voice_messages import Learned, Learning, Message, Paused, Planned
    from assistant.training.voice_run import VoiceRun

_CLEAR_LINE = "\r\x1b[K"
_NICE = 10


def add_learn_command(commands: Commands) -> None:
    """Add `learn` with its options."""
    description = tr("learn to write as you do, from your own texts")
    parser = commands.add_parser("learn", help=description, description=description)
    parser.set_defaults(run=_run)
    parser.add_argument(
        "documents", nargs="*", type=Path, metavar=tr("FILE"), help=tr("text or Markdown")
    )
    parser.add_argument("--name", help=tr("what the voice is called"))
    parser.add_argument(
        "--resume", metavar=tr("NAME"), help=tr("go on with a voice that was begun")
    )
    parser.add_argument("--base", metavar=tr("MODEL"), help=tr("the model that learns"))
    parser.add_argument(
        "--minutes", type=_minutes, default=0, help=tr("the most minutes to learn for")
    )
    parser.add_argument("--progress", choices=("auto", "json"), default="auto")


def _minutes(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(tr("at least {minimum}", minimum=1))
    return number


def _run(options: argparse.Namespace, settings: Settings, cancel: threading.Event) -> int:
    from assistant.training import voice, voice_run
    from assistant.training.voice_messages import Paused

    as_json = options.progress == "json"
    teller = _TellAsJson() if as_json else _TellReader()
    _step_back()
    try:
        name = _name(options)
        with voice_run.alone(name):
            run = voice_run.find(name) if options.resume else _begun(options, settings, teller)
            ended = voice.learn(run, teller, cancel.is_set)
    except InklingError as error:
        if not as_json:
            raise
        print(json.dumps({"error": str(error)}, ensure_ascii=False), flush=True)
        return Exit.USAGE if isinstance(error, UsageError) else Exit.FAILED
    finally:
        teller.close()
    teller(ended)
    return Exit.INTERRUPTED if isinstance(ended, Paused) else Exit.DONE


def _name(options: argparse.Namespace) -> str:
    """Return the voice's name, after seeing that the options make sense together."""
    if options.resume:
        if options.name or options.documents or options.base or options.minutes:
            raise UsageError(
                tr("--resume goes on as it was begun: give it the name and nothing else.")
            )
        return str(options.resume)
    if not options.name or not options.documents:
        raise UsageError(
            tr("Say what the voice is called and what it learns from: --name NAME FILE…")
        )
    return str(options.name).strip()


def _begun(options: argparse.Namespace, settings: Settings, teller: _Teller) -> VoiceRun:
    """Make everything ready for a new voice."""
    from assistant.models.naming import free_name, is_name
    from assistant.tasks import choices
    from assistant.training import voice, voice_run

    name = _name(options)
    if not is_name(name):
        raise UsageError(
            tr(
                "“{name}” cannot be a name. Use letters, digits, spaces, dots and dashes, and "
                "begin with a letter or digit.",
                name=name,
            )
        )
    if any(run.plan.name == name for run in voice_run.unfinished()):
        raise UsageError(
            tr(
                'The voice {name} was begun already. Go on with: inkling learn --resume "{name}"',
                name=name,
            )
        )
    if free_name(name, "") != name:
        raise UsageError(
            tr("There is a model named “{name}” already. Choose another name.", name=name)
        )
    base = options.base or choices.engine_spec(settings, TaskName.CONTINUE).model
    planned = voice.plan(name, options.documents, base, options.minutes)
    if planned.note:
        teller.note(planned.note)
    return voice_run.begin(planned.plan, planned.pages)


def _step_back() -> None:
    """Let everything else on this machine go first."""
    with suppress(OSError):
        if sys.platform == "win32":
            import psutil

            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(_NICE)


class _Teller:
    """Tells how far it is."""

    def __call__(self, message: Message) -> None:
        raise NotImplementedError

    def note(self, sentence: str) -> None:
        """Tell something that should be known before it is learned."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave the line clean."""


class _TellAsJson(_Teller):
    """Prints one JSON object a line, for a program that listens."""

    def __call__(self, message: Message) -> None:
        from assistant.training.voice_messages import to_table

        print(json.dumps(to_table(message), ensure_ascii=False), flush=True)

    def note(self, sentence: str) -> None:
        """Print a note as an object of its own."""
        print(json.dumps({"note": sentence}, ensure_ascii=False), flush=True)


class _TellReader(_Teller):
    """Keeps one line of standard error up to date; the end goes to standard output."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def __call__(self, message: Message) -> None:
        from assistant.training.voice_messages import Checking, Learned, Learning, Paused, Planned

        match message:
            case Planned():
                print(_planned_text(message), file=sys.stderr)
            case Learning():
                self._show(_learning_text(message), lasting=message.held_out is not None)
            case Checking(done=done, total=total):
                self._show(tr("Trying for copies: {done} of {total}", done=done, total=total))
            case Learned():
                print(_learned_text(message))
            case Paused():
                print(_paused_text(message))

    def note(self, sentence: str) -> None:
        """Print a note."""
        print(sentence, file=sys.stderr)

    def close(self) -> None:
        """Clear the line."""
        if self._live:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()

    def _show(self, line: str, *, lasting: bool = False) -> None:
        if self._live:
            sys.stderr.write(_CLEAR_LINE + line + ("\n" if lasting else ""))
            sys.stderr.flush()
        elif lasting:
            print(line, file=sys.stderr)


def _planned_text(planned: Planned) -> str:
    return tr(
        "{name}: {words} words, of which {held_out} are held out to judge by; about {minutes} "
        "minutes.",
        name=planned.name,
        words=f"{planned.words:,}",
        held_out=f"{planned.held_out_words:,}",
        minutes=max(1, round(planned.seconds / 60)),
    )


def _learning_text(learning: Learning) -> str:
    parts = [
        tr("{percent} %", percent=f"{100 * learning.done / max(1, learning.total):.0f}"),
        tr("loss {loss}", loss=f"{learning.loss:.3f}"),
    ]
    if learning.held_out is not None:
        parts.append(tr("held out {loss}", loss=f"{learning.held_out:.3f}"))
    parts.append(tr("{n} tokens a second", n=f"{learning.tokens_per_second:,.0f}"))
    if learning.seconds_left is not None:
        parts.append(tr("{seconds} s left", seconds=round(learning.seconds_left)))
    return ", ".join(parts)


def _learned_text(learned: Learned) -> str:
    lines = [
        tr(
            "The voice {name} is ready after {tokens} tokens and {minutes} minutes.",
            name=learned.name,
            tokens=f"{learned.tokens:,}",
            minutes=f"{learned.seconds / 60:.1f}",
        )
    ]
    if learned.before is not None and learned.after is not None:
        lines.append(
            tr(
                "Loss on the pages held out: {before} before, {after} after (nats a token).",
                before=f"{learned.before:.3f}",
                after=f"{learned.after:.3f}",
            )
        )
    if learned.samples:
        lines.append(
            tr(
                "Of {samples} continuations {percent} % repeated eight words or more of the pages; "
                "Continue does not show such text.",
                samples=learned.samples,
                percent=f"{100 * learned.copied:.0f}",
            )
        )
    lines.append(tr("Write in it with: inkling continue --model “{name}” …", name=learned.name))
    return "\n".join(lines)


def _paused_text(paused: Paused) -> str:
    percent = f"{100 * paused.fraction:.0f}"
    advice = tr("Go on with: inkling learn --resume “{name}”", name=paused.name)
    if paused.usable:
        return (
            tr(
                "Stopped at {percent} %. The voice {name} can be used as it is.",
                percent=percent,
                name=paused.name,
            )
            + "\n"
            + advice
        )
    return tr("Stopped at {percent} %.", percent=percent) + "\n" + advice
