"""The five task commands: their options, and the task values that these make."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from assistant.cli.exits import Exit
from assistant.cli.options import (
    add_model_options,
    add_steering_options,
    at_least,
    between,
    engine_spec,
    steering_of,
)
from assistant.cli.output import Output
from assistant.config.ignored_words import IgnoredWords
from assistant.config.settings import Settings
from assistant.core.errors import UsageError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.requests import GREEDY, Sampling
from assistant.core.tasks import (
    TASK_NAMES,
    Ask,
    Continue,
    Form,
    Rewrite,
    RewriteStyle,
    Summarize,
    Task,
    TaskName,
    Translate,
)
from assistant.tasks import choices

_FORMS = {"key-sentences": Form.EXTRACT, "own-words": Form.MODEL, "auto": Form.AUTO}

# argparse gives the type no public name.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


def add_task_commands(commands: Commands) -> None:
    """Add `continue`, `summarize`, `translate`, `ask` and `rewrite`."""
    _add_continue(commands)
    _add_summarize(commands)
    _add_translate(commands)
    _add_ask(commands)
    _add_rewrite(commands)


def _task_parser(commands: Commands, name: TaskName, description: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=description, description=description
    )
    parser.set_defaults(run=_run_task, task=name)
    parser.add_argument("text", nargs="?", metavar=tr("TEXT"), help=tr("the text itself"))
    parser.add_argument("--file", type=Path, help=tr("read the text from this file"))
    add_model_options(parser)
    writing = parser.add_argument_group(tr("writing"))
    writing.add_argument("--max-tokens", type=at_least(1), help=tr("the most tokens to write"))
    writing.add_argument(
        "--temperature", type=between(0, 2), help=tr("0 always takes the likeliest token")
    )
    writing.add_argument("--top-p", type=between(0.01, 1))
    writing.add_argument("--seed", type=at_least(0), help=tr("the same seed, the same text"))
    writing.add_argument(
        "--greedy",
        action="store_true",
        help=tr("the likeliest token each time, in the precision that the model is stored in"),
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object at the end"))
    return parser


def _add_continue(commands: Commands) -> None:
    parser = _task_parser(commands, TaskName.CONTINUE, tr("go on with a text"))
    parser.add_argument("--words", type=at_least(1), help=tr("about how many words"))
    parser.add_argument("--versions", type=int, choices=(1, 2, 3), default=1)
    parser.add_argument(
        "--look",
        type=at_least(1),
        help=tr("with --json: print what each token was chosen from, so many of the likeliest"),
    )
    parser.add_argument(
        "--after",
        default="",
        metavar=tr("TEXT"),
        help=tr("what follows, for a model that fills gaps (teller): it writes what is between"),
    )
    add_steering_options(parser)


def _add_summarize(commands: Commands) -> None:
    parser = _task_parser(commands, TaskName.SUMMARIZE, tr("say in short what a text says"))
    parser.add_argument("--form", choices=tuple(_FORMS), default="auto")
    parser.add_argument("--sentences", type=at_least(1))


def _add_translate(commands: Commands) -> None:
    parser = _task_parser(commands, TaskName.TRANSLATE, tr("put a text into another language"))
    parser.add_argument("--from", dest="source", help=tr("its language, such as fr; else detected"))
    parser.add_argument("--to", dest="target", help=tr("the language wanted, such as en"))


def _add_ask(commands: Commands) -> None:
    parser = _task_parser(commands, TaskName.ASK, tr("answer a question from a text"))
    parser.add_argument("--question", required=True)
    parser.add_argument("--form", choices=tuple(_FORMS), default="auto", help=argparse.SUPPRESS)


def _add_rewrite(commands: Commands) -> None:
    parser = _task_parser(commands, TaskName.REWRITE, tr("put a text differently"))
    parser.add_argument("--style", choices=tuple(RewriteStyle), default=None)
    parser.add_argument("--instruction", default="", help=tr("in your own words"))


def _run_task(options: argparse.Namespace, settings: Settings, cancel: threading.Event) -> int:
    from assistant.engines.pool import EnginePool
    from assistant.models.abilities import ability_for
    from assistant.tasks.run import run

    task = _task(options, settings, _text(options))
    spec = _spec(options, settings, task)
    pool = EnginePool(max_loaded=1)
    if isinstance(task, Continue):
        ability = ability_for(pool.describe(spec), TaskName.CONTINUE)
        sampling = _adjusted(options, choices.sampling(settings, ability))
        task = replace(task, sampling=sampling)
    output = Output(pool, as_json=options.json)
    outcome = run(task, spec, output, output.on_event, cancel.is_set)
    output.finish(outcome, is_question=isinstance(task, Ask))
    return Exit.INTERRUPTED if cancel.is_set() else Exit.DONE


def _text(options: argparse.Namespace) -> str:
    if options.text is not None and options.file is not None:
        raise UsageError(tr("Give the text itself or --file, not both."))
    if options.file is not None:
        from assistant.documents import files

        return files.read(options.file).text
    if options.text is not None:
        return str(options.text)
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(tr("There is no text: give it as an argument, with --file or piped in."))
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError(tr("The piped text is not UTF-8.")) from error


def _task(options: argparse.Namespace, settings: Settings, text: str) -> Task:
    return _BUILDERS[options.task](options, settings, text)


def _build_continue(options: argparse.Namespace, settings: Settings, text: str) -> Task:
    return Continue(
        text,
        words=options.words or settings.generation.words,
        versions=options.versions,
        max_tokens=options.max_tokens,
        after=options.after,
        steering=steering_of(options),
        look=_look(options),
    )


def _look(options: argparse.Namespace) -> int:
    if options.look is None:
        return 0
    if not options.json:
        raise UsageError(tr("--look needs --json: there is no room for it in the text."))
    return int(options.look)


def _build_summarize(options: argparse.Namespace, settings: Settings, text: str) -> Task:
    form = _FORMS[options.form]
    return Summarize(
        text,
        form=Form(settings.tasks.summary_form) if form is Form.AUTO else form,
        sentences=options.sentences or settings.tasks.summary_sentences,
        max_tokens=options.max_tokens,
        sampling=_own_sampling(options),
    )


def _build_translate(options: argparse.Namespace, settings: Settings, text: str) -> Task:
    source = options.source or settings.tasks.source_language
    return Translate(
        text,
        target=options.target or settings.tasks.target_language,
        source=None if source == "auto" else source,
        sampling=_own_sampling(options),
    )


def _build_ask(options: argparse.Namespace, _settings: Settings, text: str) -> Task:
    return Ask(
        text,
        options.question,
        form=_FORMS[options.form],
        max_tokens=options.max_tokens,
        sampling=_own_sampling(options),
    )


def _build_rewrite(options: argparse.Namespace, settings: Settings, text: str) -> Task:
    style = options.style or (
        RewriteStyle.INSTRUCTION if options.instruction else RewriteStyle.PROOFREAD
    )
    return Rewrite(
        text,
        style=RewriteStyle(style),
        instruction=options.instruction,
        dialect=settings.editor.dialect,
        ignored_words=IgnoredWords().words(),
        max_tokens=options.max_tokens,
        sampling=_own_sampling(options),
    )


_BUILDERS: dict[TaskName, Callable[[argparse.Namespace, Settings, str], Task]] = {
    TaskName.CONTINUE: _build_continue,
    TaskName.SUMMARIZE: _build_summarize,
    TaskName.TRANSLATE: _build_translate,
    TaskName.ASK: _build_ask,
    TaskName.REWRITE: _build_rewrite,
}
assert set(_BUILDERS) | {TaskName.COMPLETE} == set(TASK_NAMES.values())


def _spec(options: argparse.Namespace, settings: Settings, task: Task) -> EngineSpec:
    spec = engine_spec(options, settings, choices.key_of(task))
    return replace(spec, precision=options.precision or "stored") if options.greedy else spec


def _own_sampling(options: argparse.Namespace) -> Sampling | None:
    """Return the sampling that was asked for; None leaves it to what was measured."""
    if options.greedy:
        return GREEDY
    if options.temperature is None and options.top_p is None and options.seed is None:
        return None
    return _adjusted(options, Sampling())


def _adjusted(options: argparse.Namespace, sampling: Sampling) -> Sampling:
    if options.greedy:
        return GREEDY
    if options.temperature is not None:
        sampling = replace(sampling, temperature=options.temperature)
    if options.top_p is not None:
        sampling = replace(sampling, top_p=options.top_p)
    if options.seed is not None:
        sampling = replace(sampling, seed=options.seed)
    return sampling
