"""The look: readable in light and dark, followed live, and carried by the icons."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QPushButton

from assistant.config.paths import resource
from assistant.ui import icons, theme
from assistant.ui.stylesheet import stylesheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

THEMES = (theme.LIGHT, theme.DARK)
ICONS = sorted(path.stem for path in resource("icons").glob("*.svg"))
# fmt: off
ASKED_FOR = (
    "continue", "summarize", "translate", "ask", "rewrite", "stop", "settings", "open", "save",
    "new", "find", "copy", "insert", "replace", "retry", "previous", "next", "close", "model",
    "inkling",
)
# fmt: on


@pytest.fixture(autouse=True)
def _fresh_appearance(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin undressed, and leave the application as the other tests found it."""
    font, palette = qapp.font(), qapp.palette()
    monkeypatch.setattr(theme, "_appearance", theme.Appearance())
    yield
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet("")
    qapp.setPalette(palette)
    qapp.setFont(font)


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    shade = QColor(colour)
    red, green, blue = (linear(p) for p in (shade.redF(), shade.greenF(), shade.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "muted") for ground in ("page", "panel", "field")),
    *(("ink", ground) for ground in ("hover", "pressed", "selection", "tint", "error_panel")),
    *(("accent", ground) for ground in ("page", "panel", "field", "hover")),
    *(("error", ground) for ground in ("page", "panel", "field", "error_panel")),
    *(("success", ground) for ground in ("page", "panel", "field")),
    ("muted", "tint"),
    *(("ink", odds) for odds in ("odds_20", "odds_5", "odds_1", "odds_0")),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("added_ink", "added"),
    ("removed_ink", "removed"),
]
MARK_PAIRS = [
    (mark, ground)
    for mark in ("outline", "accent", "spelling", "grammar")
    for ground in ("page", "panel", "field")
]


@pytest.mark.parametrize("colours", THEMES, ids=lambda t: t.name)
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_is_readable(colours: theme.Theme, ink: str, ground: str) -> None:
    """Text meets WCAG AA (4.5:1) on everything that it stands on."""
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", THEMES, ids=lambda t: t.name)
@pytest.mark.parametrize(("mark", "ground"), MARK_PAIRS)
def test_what_can_be_used_is_visible(colours: theme.Theme, mark: str, ground: str) -> None:
    """Outlines, focus rings and underlines meet WCAG AA for things that are not text (3:1)."""
    assert contrast(getattr(colours, mark), getattr(colours, ground)) >= 3


@pytest.mark.parametrize("colours", THEMES, ids=lambda t: t.name)
def test_probabilities_are_told_apart_by_lightness(colours: theme.Theme) -> None:
    """Each step is further from the page than the one before, to every kind of eye."""
    steps = ("page", "odds_20", "odds_5", "odds_1", "odds_0")
    away = [contrast(getattr(colours, step), colours.page) for step in steps]
    assert all(far >= 1.1 * near for near, far in itertools.pairwise(away))


@pytest.mark.parametrize("colours", THEMES, ids=lambda t: t.name)
def test_every_colour_is_one(colours: theme.Theme) -> None:
    """No slip of the pen in a colour's name."""
    for field in fields(colours):
        if field.name != "name":
            assert QColor(getattr(colours, field.name)).isValid(), field.name


@pytest.mark.parametrize("colours", THEMES, ids=lambda t: t.name)
def test_the_stylesheet_finds_its_pictures(colours: theme.Theme) -> None:
    """The marks in check boxes and the arrows are there."""
    sheet = stylesheet(colours, 10)
    pictures = {part.split('"')[0] for part in sheet.split('url("')[1:]}
    assert len(pictures) == 4
    for picture in pictures:
        assert QSvgRenderer(picture).isValid(), picture


def test_applying_a_theme_dresses_the_application(qapp: QApplication, qtbot: QtBot) -> None:
    """Palette, style sheet and `current` agree, and the change is told once."""
    theme.apply(qapp, "light")
    with qtbot.waitSignal(theme.appearance().changed) as changed:
        theme.apply(qapp, "dark")
    assert changed.args == [theme.DARK]
    assert theme.current() is theme.DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(theme.DARK.panel)
    assert theme.DARK.accent in qapp.styleSheet()
    with qtbot.assertNotEmitted(theme.appearance().changed):
        theme.apply(qapp, "dark")


def test_system_follows_the_system_while_it_changes(qapp: QApplication) -> None:
    """A desktop that turns dark takes the window along, and back; a chosen theme stays."""
    theme.apply(qapp, "system")
    hints = qapp.styleHints()
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.current() is theme.DARK
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() is theme.LIGHT
    theme.apply(qapp, "light")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.current() is theme.LIGHT


def test_the_interface_font_is_not_too_small(qapp: QApplication) -> None:
    """A bare system's nine points are raised to ten."""
    assert theme.interface_font().pointSizeF() >= 10


def test_a_look_is_drawn_at_once(qapp: QApplication, qtbot: QtBot) -> None:
    """A button that becomes the primary one looks like it without being shown again."""
    theme.apply(qapp, "light")
    button = QPushButton(" ")
    qtbot.addWidget(button)
    button.resize(80, 32)
    button.show()
    before = button.grab().toImage().pixelColor(40, 16)
    theme.set_look(button, "primary")
    after = button.grab().toImage().pixelColor(40, 16)
    assert before == QColor(theme.LIGHT.field)
    assert after == QColor(theme.LIGHT.accent)


def test_all_icons_that_were_asked_for_are_there() -> None:
    """The window's icons have files."""
    assert set(ASKED_FOR) <= set(ICONS)


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_draws_something_at_any_scale(qapp: QApplication, name: str) -> None:
    """Every file is a drawing, crisp on a screen of twice the density."""
    picture = icons.pixmap(name, 20, 2.0)
    assert picture.size() == QSize(40, 40)
    assert picture.devicePixelRatio() == 2.0
    image = picture.toImage()
    assert any(image.pixelColor(x, y).alpha() > 200 for x in range(40) for y in range(40))


def test_icons_take_the_themes_colours(qapp: QApplication) -> None:
    """Ink where it can be used, grey where it cannot, and nothing of the former theme."""
    for name, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
        theme.apply(qapp, name)
        icon = icons.icon("stop")
        for mode, colour in (
            (QIcon.Mode.Normal, colours.ink),
            (QIcon.Mode.Disabled, colours.disabled),
        ):
            image = icon.pixmap(QSize(24, 24), 1.0, mode).toImage()
            assert image.pixelColor(12, 12) == QColor(colour)


def test_a_dressed_action_changes_with_the_theme(qapp: QApplication) -> None:
    """An action's icon is drawn anew, also after another dressed one is gone."""
    theme.apply(qapp, "light")
    gone = QAction("Gone", None)
    icons.dress(gone, "stop")
    del gone
    action = QAction("Stop", None)
    icons.dress(action, "stop")
    theme.apply(qapp, "dark")
    image = action.icon().pixmap(QSize(24, 24), 1.0).toImage()
    assert image.pixelColor(12, 12) == QColor(theme.DARK.ink)


def test_the_application_icon_has_every_size(qapp: QApplication) -> None:
    """Task bars and window lists find a size of their own."""
    sizes = {size.width() for size in icons.application_icon().availableSizes()}
    assert {16, 32, 48, 256} <= sizes
