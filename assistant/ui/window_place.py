"""Where the window was, how wide its panel, how large its text: kept from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from assistant.config.paths import config_folder
from assistant.ui.editor import Editor


class WindowPlace:
    """Keeps the place of `window`, with `splitter` and `editor` in it."""

    def __init__(self, window: QMainWindow, splitter: QSplitter, editor: Editor) -> None:
        self._window = window
        self._splitter = splitter
        self._editor = editor
        self._kept = QSettings(
            str(config_folder() / "window.ini"), QSettings.Format.IniFormat, window
        )

    def restore(self) -> None:
        """Take up what was kept last time."""
        geometry = self._kept.value("geometry")
        if isinstance(geometry, QByteArray):
            self._window.restoreGeometry(geometry)
        splitter = self._kept.value("splitter")
        if isinstance(splitter, QByteArray):
            self._splitter.restoreState(splitter)
        zoom = str(self._kept.value("zoom", ""))
        if zoom.isdecimal():
            self._editor.set_zoom(int(zoom))

    def keep(self) -> None:
        """Keep how it is now."""
        self._kept.setValue("geometry", self._window.saveGeometry())
        self._kept.setValue("splitter", self._splitter.saveState())
        self._kept.setValue("zoom", self._editor.zoom)
