"""The core without a window: `inkling continue|complete|summarize|…|models|learn|…`.

A composition root. Text comes from the argument, a file or standard input; the result streams to
standard output, progress goes to standard error. Exit codes: 0 done, 1 could not be done,
2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence

from assistant import __version__
from assistant.cli.complete import add_complete_command
from assistant.cli.exits import Exit
from assistant.cli.judge import add_judge_command
from assistant.cli.learn import add_learn_command
from assistant.cli.models import add_models_command
from assistant.cli.tasks import add_task_commands
from assistant.cli.train import add_train_command
from assistant.config import languages
from assistant.config.paths import config_folder
from assistant.config.store import SettingsStore
from assistant.core.errors import Cancelled, InklingError, UsageError
from assistant.core.i18n import tr
from assistant.core.tasks import TaskName

_COMMANDS = (*TaskName, "models", "learn", "train", "judge")


def wants_window(arguments: Sequence[str]) -> bool:
    """Say whether the arguments are for the window: none, a file, or `--model` without a task."""
    if not arguments:
        return True
    return arguments[0] not in (*_COMMANDS, "-h", "--help", "--version")


def main(arguments: Sequence[str]) -> int:
    """Carry out one command and return the exit code."""
    # What is said about the settings file comes before the language that it asks for is known.
    languages.install("system")
    loaded = SettingsStore(config_folder() / "settings.toml").load()
    languages.install(loaded.settings.language)
    if loaded.notice:
        print(f"inkling: {loaded.notice}", file=sys.stderr)
    options = _parser().parse_args(arguments)
    cancel = threading.Event()
    # Ctrl-C, and the window ending a child of its own: stop at the next token and clean up.
    former = {
        number: signal.signal(number, lambda *_: cancel.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        return int(options.run(options, loaded.settings, cancel))
    except Cancelled:
        return Exit.INTERRUPTED
    except UsageError as error:
        print(f"inkling: {error}", file=sys.stderr)
        return Exit.USAGE
    except InklingError as error:
        print(f"inkling: {error}", file=sys.stderr)
        return Exit.FAILED
    except BrokenPipeError:
        # The reader went away (`| head`), which is its right; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inkling",
        usage="inkling [FILE] | inkling COMMAND …",
        description=tr(
            "A private writing desk. Without a command it opens the window, with a file it opens "
            "that file. The commands below do the same work without a window, with the same models "
            "and settings."
        ),
        epilog=tr(
            "First of all: inkling models get. Then, for example: "
            'inkling continue "Once upon a time"'
        ),
    )
    parser.add_argument("--version", action="version", version=f"inkling {__version__}")
    commands = parser.add_subparsers(
        prog="inkling", title=tr("commands"), metavar=tr("COMMAND"), required=True
    )
    add_task_commands(commands)
    add_complete_command(commands)
    add_models_command(commands)
    add_learn_command(commands)
    add_train_command(commands)
    add_judge_command(commands)
    return parser
