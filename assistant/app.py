"""The window: builds every part once, wires them, and runs Qt's event loop.

A composition root. torch and transformers are not imported here; the model's thread does that when
the window is up.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from assistant import __version__
from assistant.config import languages
from assistant.config.logs import start_logging
from assistant.config.paths import config_folder
from assistant.config.store import Loaded, SettingsStore
from assistant.core import i18n
from assistant.core.i18n import tr

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext, QtMsgType
    from PySide6.QtWidgets import QApplication

    from assistant.engines.pool import EnginePool
    from assistant.ui.main_window import MainWindow

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")

# The window answers first; only then does the model's thread begin to import.
_PREPARE_AFTER_MS = 300
# What Qt ends the process with where a library of its own is missing.
_NO_PLATFORM = "platform plugin"


def main(arguments: Sequence[str], on_shown: Callable[[MainWindow], None] | None = None) -> int:
    """Open the window and return the exit code; `on_shown` is called when it can be written in."""
    options = _options(arguments)
    store = SettingsStore(config_folder() / "settings.toml")
    # What is said about the settings file comes before the language that it asks for is known.
    languages.install("system")
    loaded = store.load()
    languages.install(loaded.settings.language)
    problem = _display_problem()
    if problem:
        print(f"inkling: {problem}", file=sys.stderr)
        return 1
    start_logging()
    try:
        from PySide6 import QtCore, QtWidgets
    except ImportError as error:
        print(f"inkling: {_missing_library(error)}", file=sys.stderr)
        return 1
    sys.excepthook = _log_exception
    QtCore.qInstallMessageHandler(_log_qt_message)
    return _run_window(QtWidgets.QApplication(["inkling"]), store, loaded, options, on_shown)


def _run_window(
    application: QApplication,
    store: SettingsStore,
    loaded: Loaded,
    options: argparse.Namespace,
    on_shown: Callable[[MainWindow], None] | None,
) -> int:
    from PySide6.QtCore import QTimer

    from assistant.ui import icons, theme
    from assistant.ui.main_window import MainWindow
    from assistant.worker.queue import JobQueue

    settings = loaded.settings
    if options.model:
        model = replace(settings.model, default=options.model, per_task={})
        settings = replace(settings, model=model)
    application.setApplicationName("Inkling")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("inkling")
    theme.apply(application, settings.editor.theme)
    application.setWindowIcon(icons.application_icon())
    _speak_qts_own_words(application)
    queue = JobQueue(_make_pool)
    window = MainWindow(store, settings, queue)
    window.show()
    if loaded.notice:
        window.say(loaded.notice)
    if options.file is not None:
        window.open_file(options.file)

    def when_shown() -> None:
        if on_shown is not None:
            on_shown(window)
        window.offer_recovery()
        QTimer.singleShot(_PREPARE_AFTER_MS, window, window.prepare_model)

    QTimer.singleShot(0, window, when_shown)
    try:
        return application.exec()
    finally:
        queue.shutdown()


def _speak_qts_own_words(application: QApplication) -> None:
    """Have Qt's own buttons and dialogs speak the interface's language, where Qt can."""
    from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator

    locale = QLocale(i18n.language())
    QLocale.setDefault(locale)
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(locale, "qtbase", "_", folder):
        application.installTranslator(translator)


def _make_pool() -> EnginePool:
    """Make the engine pool; called in the model's thread, which owns it from then on."""
    from assistant.engines.pool import EnginePool

    return EnginePool(max_loaded=2)


def _log_exception(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log what nobody caught; the window stays open, since closing it would lose words."""
    _log.critical("not caught", exc_info=(kind, error, traceback))
    sys.__excepthook__(kind, error, traceback)


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    from PySide6.QtCore import QtMsgType

    serious = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    _qt_log.log(logging.ERROR if serious else logging.INFO, "%s", message)
    if kind == QtMsgType.QtFatalMsg:
        # Qt ends the process when this returns; nobody would know why.
        reason = message.partition(". ")[0]
        said = _missing_library(reason) if _NO_PLATFORM in message else message
        print(f"inkling: {said}", file=sys.stderr)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="inkling")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--model")
    return parser.parse_args(arguments)


def _display_problem() -> str:
    """Say in one sentence why no window can be opened; empty where one can."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return tr(
        "There is no display here, so no window can be opened; the same works without one, "
        'for example: inkling continue "Once upon a time"'
    )


def _missing_library(error: ImportError | str) -> str:
    return tr(
        "Qt could not be loaded ({error}). On Debian and Ubuntu this brings what it needs: "
        "sudo apt-get install libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 "
        "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1",
        error=error,
    )
