"""The program's own icons: line drawings that take their colour from the theme.

Each icon is `resources/icons/NAME.svg`, drawn in `currentColor`. `icon` gives one in today's
colours; `dress` keeps an action or button in them when the theme changes.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from assistant.config.paths import resource
from assistant.ui import theme

_SIZES = (16, 20, 24, 32)
_APPLICATION_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
_SCALES = (1, 2, 3)


class Iconed(Protocol):
    """Something that shows an icon: an action, a button."""

    def setIcon(self, icon: QIcon, /) -> None:  # noqa: N802 - Qt's name
        """Show `icon`."""


def icon(name: str, colour: str = "") -> QIcon:
    """Return the icon `name` in today's theme, or in `colour`."""
    colours = theme.current()
    drawing = _drawing(name)
    result = QIcon()
    for mode, tone in (
        (QIcon.Mode.Normal, colour or colours.ink),
        (QIcon.Mode.Active, colour or colours.ink),
        (QIcon.Mode.Selected, colour or colours.ink),
        (QIcon.Mode.Disabled, colours.disabled),
    ):
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", tone).encode()))
        for size in _SIZES:
            for scale in _SCALES:
                result.addPixmap(_rendered(renderer, size, scale), mode)
    return result


def pixmap(name: str, size: int, scale: float, colour: str = "") -> QPixmap:
    """Return one drawing of the icon `name`, `size` pixels wide on a screen of `scale`."""
    drawing = _drawing(name).replace("currentColor", colour or theme.current().ink)
    return _rendered(QSvgRenderer(QByteArray(drawing.encode())), size, scale)


def application_icon() -> QIcon:
    """Return the program's icon, an ink drop."""
    renderer = QSvgRenderer(QByteArray(_drawing("inkling").encode()))
    result = QIcon()
    for size in _APPLICATION_SIZES:
        result.addPixmap(_rendered(renderer, size, 1))
    return result


def dress(target: Iconed, name: str) -> None:
    """Give `target` the icon `name`, now and anew whenever the theme changes."""
    assert isinstance(target, QObject)
    _Dresser(target, name)


class _Dresser(QObject):
    """Keeps one target's icon in the theme's colours; lives and dies with it."""

    def __init__(self, target: QObject, name: str) -> None:
        super().__init__(target)
        self._name = name
        theme.appearance().changed.connect(self._on_theme_changed)
        self._on_theme_changed(theme.current())

    @Slot(object)
    def _on_theme_changed(self, _: theme.Theme) -> None:
        target: Iconed = self.parent()  # type: ignore[assignment]  # `dress` takes nothing else
        target.setIcon(icon(self._name))


def _drawing(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def _rendered(renderer: QSvgRenderer, size: int, scale: float) -> QPixmap:
    result = QPixmap(round(size * scale), round(size * scale))
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, result.width(), result.height()))
    painter.end()
    result.setDevicePixelRatio(scale)
    return result
