"""`inkling models list|get|show|remove|rename|export`: the models here and those known by name."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.cli.exits import Exit
from assistant.config.settings import with_renamed_model
from assistant.core.errors import InklingError, ModelError, TermsNotAccepted
from assistant.core.holding import explained
from assistant.core.i18n import tr
from assistant.core.tasks import TaskName

if TYPE_CHECKING:
    from assistant.cli.tasks import Commands
    from assistant.config.settings import Settings
    from assistant.core.holding import Holding
    from assistant.models.description import AdapterRef, ModelDescription
    from assistant.models.progress import Progress

_CLEAR_LINE = "\r\x1b[K"
_MEGABYTE = 1_000_000


def add_models_command(commands: Commands) -> None:
    """Add `models` with what can be done to them."""
    parser = commands.add_parser(
        "models", help=tr("list, get, show, rename, export and remove models")
    )
    parser.set_defaults(run=_list, json=False)
    verbs = parser.add_subparsers(title=tr("commands"), metavar=tr("COMMAND"))
    listing = verbs.add_parser("list", help=tr("what is here and what can be had"))
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=_list)
    get = verbs.add_parser("get", help=tr("get a model; without a name the default one"))
    get.add_argument(
        "name",
        nargs="?",
        metavar=tr("NAME"),
        help=tr(
            "a name from the list, a folder with a model or an adapter, a GGUF file, a hub name"
        ),
    )
    get.add_argument("--accept-terms", action="store_true", help=tr("accept the model's terms"))
    get.add_argument("--progress", choices=("auto", "json"), default="auto")
    get.add_argument("--json", action="store_true")
    get.set_defaults(run=_get)
    show = verbs.add_parser("show", help=tr("what is known of a model, and where its folder is"))
    show.add_argument("name", metavar=tr("NAME"))
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    remove = verbs.add_parser("remove", help=tr("remove a model from this machine"))
    remove.add_argument("name", metavar=tr("NAME"))
    remove.set_defaults(run=_remove)
    rename = verbs.add_parser("rename", help=tr("give an adapter of yours another name"))
    rename.add_argument("name", metavar=tr("NAME"))
    rename.add_argument("new", metavar=tr("NEW"), help=tr("what it is called from now on"))
    rename.set_defaults(run=_rename)
    export = verbs.add_parser("export", help=tr("copy an adapter’s files into a folder"))
    export.add_argument("name", metavar=tr("NAME"))
    export.add_argument(
        "to",
        nargs="?",
        type=Path,
        metavar=tr("FOLDER"),
        help=tr("a new folder; without one, a folder of the adapter’s name here"),
    )
    export.set_defaults(run=_export)


def _list(options: argparse.Namespace, _settings: Settings, _cancel: threading.Event) -> int:
    from assistant.models.catalogue import load_catalogue
    from assistant.models.library import adapters_without_base, installed

    here = installed()
    waiting = adapters_without_base()
    names = {model.catalogue_name for model in here}
    absent = [entry for entry in load_catalogue() if entry.name not in names]
    if options.json:
        rows = [_description(model) for model in here]
        rows += [
            {
                "name": entry.name,
                "title": entry.title,
                "installed": False,
                "download_size": entry.download_size,
                "licence": entry.licence,
            }
            for entry in absent
        ]
        rows += [
            {
                "name": adapter.reference,
                "title": adapter.title,
                "installed": False,
                "base": adapter.base,
                "purpose": adapter.summary,
            }
            for adapter in waiting
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return Exit.DONE
    for model in here:
        if model.adapter is None:
            print(_row(model.reference, model.title, model.size, tr("installed")))
            continue
        adapter = model.adapter
        purpose = (
            tr("for {base}: {purpose}", base=adapter.base.title, purpose=adapter.summary)
            if adapter.summary
            else tr("for {base}", base=adapter.base.title)
        )
        # Below its base.
        print(_row(f"  {model.reference}", f"  {adapter.title}", model.size, purpose))
    for entry in absent:
        way = f"inkling models get {entry.name}"
        print(_row(entry.name, entry.title, entry.download_size, way))
    for waits in waiting:
        way = tr("needs its base: inkling models get {base}", base=waits.base)
        print(_row(waits.reference, waits.title, waits.size, way))
    return Exit.DONE


def _row(name: str, title: str, size: int, words: str) -> str:
    return f"{name:12} {title:28} {f'{size / _MEGABYTE:,.0f} MB':>9}  {words}"


def _get(options: argparse.Namespace, _settings: Settings, cancel: threading.Event) -> int:
    from assistant.models.install import install, terms

    name = options.name or _default_name()
    accept = options.accept_terms or _terms_accepted(name, cancel)
    report = _ReportAsJson() if options.progress == "json" else _ReportToReader()
    try:
        model = install(name, report, cancel.is_set, accept_terms=accept)
    except TermsNotAccepted:
        if options.progress != "json":
            raise
        print(json.dumps({"terms": terms(name, cancel.is_set)}, ensure_ascii=False), flush=True)
        return Exit.FAILED
    except InklingError as error:
        if options.progress == "json":
            print(json.dumps({"error": str(error)}, ensure_ascii=False), flush=True)
            return Exit.FAILED
        raise
    finally:
        report.close()
    if options.progress == "json":
        print(json.dumps({"installed": model.reference}), flush=True)
    elif options.json:
        print(json.dumps(_description(model), ensure_ascii=False))
    else:
        path = model.path if model.adapter is None else model.adapter.path
        print(tr("{model} is ready: {path}", model=model.title, path=path))
    return Exit.DONE


def _default_name() -> str:
    from assistant.models.catalogue import load_catalogue

    return load_catalogue().default


def _terms_accepted(name: str, cancel: threading.Event) -> bool:
    """Ask a person at a terminal whether the model's terms are accepted."""
    from assistant.models.catalogue import load_catalogue
    from assistant.models.install import terms
    from assistant.models.library import find_entry

    entry = load_catalogue().get(name)
    asks = entry is not None and entry.terms is not None and find_entry(name) is None
    if not asks or not sys.stdin.isatty():
        return False
    print(terms(name, cancel.is_set))
    answer = input(tr("Type “yes” to accept these terms: "))
    if answer.strip().lower() != "yes":
        raise TermsNotAccepted(tr("The terms were not accepted; nothing was fetched."))
    return True


def _show(options: argparse.Namespace, settings: Settings, _cancel: threading.Event) -> int:
    from assistant.models.library import resolve

    model = resolve(options.name, settings.model.kinds.get(options.name))
    description = _description(model)
    holding = _holding(model, settings)
    if options.json:
        held = asdict(holding) if holding else None
        print(json.dumps({**description, "held": held}, ensure_ascii=False))
        return Exit.DONE
    abilities = description.pop("abilities")
    for key, value in description.items():
        print(f"{key:15} {value}")
    if holding is not None:
        print(f"{'held':15} {explained(holding)}")
        print(" " * 15, tr("Another precision overrides it: --precision fast, balanced or exact."))
    for task, ability in abilities.items():
        print(f"{task:22} {ability['verdict']:6} {tr(ability['note'])}")
    return Exit.DONE


def _holding(model: ModelDescription, settings: Settings) -> Holding | None:
    """Return how the model is held when it writes by `settings`, None where nothing is known."""
    from assistant.engines.packed.holding import holding_of
    from assistant.tasks import choices

    spec = choices.engine_spec(settings, TaskName.CONTINUE, model.reference)
    # Of a model that cannot be read all the rest is shown.
    with suppress(ModelError):
        return holding_of(model, spec)
    return None


def _remove(options: argparse.Namespace, _settings: Settings, _cancel: threading.Event) -> int:
    from assistant.models.library import remove

    remove(options.name)
    print(tr("{name} is removed.", name=options.name))
    return Exit.DONE


def _rename(options: argparse.Namespace, settings: Settings, _cancel: threading.Event) -> int:
    from assistant.config.paths import config_folder
    from assistant.config.store import SettingsStore
    from assistant.models.library import rename

    new = options.new.strip()
    rename(options.name, new)
    renamed = with_renamed_model(settings, options.name, new)
    if renamed != settings:
        SettingsStore(config_folder() / "settings.toml").save(renamed)
    print(tr("{name} is called {new} now.", name=options.name, new=new))
    return Exit.DONE


def _export(options: argparse.Namespace, _settings: Settings, _cancel: threading.Event) -> int:
    from assistant.models.library import export
    from assistant.models.staging import folder_name

    folder = export(options.name, options.to or Path(folder_name(options.name)))
    print(tr("{name} is in {folder}.", name=options.name, folder=folder))
    return Exit.DONE


def _description(model: ModelDescription) -> dict[str, Any]:
    return {
        "name": model.reference,
        "title": model.title,
        "installed": True,
        "kind": model.kind,
        "architecture": model.architecture,
        "parameters": model.parameters,
        "context_length": model.context_length,
        "dtype": model.dtype,
        "size": model.size,
        "licence": model.licence,
        "path": str(model.path) if model.path else None,
        **_of_adapter(model.adapter),
        "abilities": {task: asdict(ability) for task, ability in model.abilities.items()},
    }


def _of_adapter(adapter: AdapterRef | None) -> dict[str, Any]:
    if adapter is None:
        return {}
    return {
        "base": adapter.base.reference,
        "adapter": str(adapter.path),
        "purpose": adapter.summary,
        "default_for": list(adapter.default_for),
    }


class _ReportAsJson:
    """Prints one JSON object a line, for a program that listens."""

    def __call__(self, progress: Progress) -> None:
        print(json.dumps(asdict(progress)), flush=True)

    def close(self) -> None:
        """Leave the output as it is."""


class _ReportToReader:
    """Keeps one line of standard error up to date, or prints each stage once into a file."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        line = _line(progress)
        if self._live:
            sys.stderr.write(_CLEAR_LINE + line)
            sys.stderr.flush()
        elif progress.stage != self._stage:
            print(line, file=sys.stderr)
        self._stage = progress.stage

    def close(self) -> None:
        """Clear the line."""
        if self._live and self._stage:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()


def _line(progress: Progress) -> str:
    from assistant.models.progress import Stage

    name = {
        Stage.DOWNLOADING: tr("Downloading"),
        Stage.CHECKING: tr("Checking"),
        Stage.CONVERTING: tr("Converting"),
        Stage.FINISHING: tr("Finishing"),
    }[progress.stage]
    parts = [name]
    if progress.total and progress.stage is Stage.DOWNLOADING:
        done, total = progress.done / _MEGABYTE, progress.total / _MEGABYTE
        parts.append(tr("{done} of {total} MB", done=f"{done:.0f}", total=f"{total:.0f}"))
    elif progress.total:
        parts.append(f"{progress.done / progress.total:.0%}")
    if progress.seconds_left is not None:
        parts.append(tr("{seconds} s left", seconds=round(progress.seconds_left)))
    return ", ".join(parts)
