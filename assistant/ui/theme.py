"""The look of the window: light, dark, or as the system has it, followed while it changes.

Owns the colours (`Theme`), the palette and the fonts, and says when they change. `apply` dresses
the whole application; what one widget wants besides is asked of `current()`. How controls are
drawn is `assistant.ui.stylesheet`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from assistant.ui.stylesheet import stylesheet


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one look, as `#rrggbb`.

    `page` is what is written on, `panel` what stands beside it, `field` what is typed into.
    `border` only parts, `outline` marks what can be used (3:1 against its surroundings). `tint`
    lies behind text that a model has just written. `added` and `removed` lie behind a difference,
    `odds_20` to `odds_0` behind what was at least so many per cent likely: by lightness alone.
    """

    name: str
    page: str
    ink: str
    muted: str
    panel: str
    field: str
    border: str
    outline: str
    hover: str
    pressed: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    tint: str
    error: str
    error_panel: str
    success: str
    added: str
    added_ink: str
    removed: str
    removed_ink: str
    odds_20: str
    odds_5: str
    odds_1: str
    odds_0: str
    spelling: str
    grammar: str
    disabled: str
    handle: str


LIGHT = Theme(
    name="light",
    page="#fdfcfa",
    ink="#24221f",
    muted="#68645d",
    panel="#f4f2ee",
    field="#ffffff",
    border="#e2ded7",
    outline="#8a857c",
    hover="#eae7e1",
    pressed="#dedad2",
    accent="#2a5bc7",
    accent_hover="#214ba8",
    on_accent="#ffffff",
    selection="#cfdffb",
    tint="#e3edfd",
    error="#b3261e",
    error_panel="#fbe9e7",
    success="#1f6f3f",
    added="#dbf2e1",
    added_ink="#14532d",
    removed="#fbe3e0",
    removed_ink="#93201a",
    odds_20="#fbefcf",
    odds_5="#f8da98",
    odds_1="#f2ba62",
    odds_0="#e6964b",
    spelling="#d23c2e",
    grammar="#2f6fdb",
    disabled="#a5a19a",
    handle="#c4bfb6",
)

DARK = Theme(
    name="dark",
    page="#1c1c1e",
    ink="#e8e5e0",
    muted="#a8a49d",
    panel="#252527",
    field="#2d2d30",
    border="#3b3b3f",
    outline="#83838b",
    hover="#343438",
    pressed="#404046",
    accent="#8db3ff",
    accent_hover="#a9c6ff",
    on_accent="#0e1a33",
    selection="#2f4a7d",
    tint="#25344f",
    error="#ffb0a6",
    error_panel="#44211e",
    success="#8fd9a8",
    added="#17402a",
    added_ink="#b4ebc3",
    removed="#4d2320",
    removed_ink="#ffc0b8",
    odds_20="#332c1d",
    odds_5="#4d3d1b",
    odds_1="#6b4d18",
    odds_0="#8a5815",
    spelling="#ff7a6b",
    grammar="#7fabff",
    disabled="#6f6f76",
    handle="#55555c",
)

# Qt falls back by glyph: the first family that has a character draws it.
_CJK_FAMILIES = (
    "PingFang SC",
    "Microsoft YaHei UI",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
# What a bare Linux calls its interface font, and what to prefer to it where it is there.
_UNCHOSEN_FAMILIES = frozenset({"Sans Serif", "Sans", "DejaVu Sans", "Bitstream Vera Sans"})
_PREFERRED_FAMILIES = ("Inter", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "Liberation Sans")
_SMALLEST_INTERFACE_POINTS = 10.0


class Appearance(QObject):
    """The one look of the application.

    Signals: `changed(Theme)` after the whole application has been dressed anew.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self._follows_system = False
        self._watched: QApplication | None = None

    def apply(self, app: QApplication, name: str) -> None:
        """Dress `app` as `name` says: `light`, `dark` or `system`."""
        first = self._watched is not app
        if first:
            self._watched = app
            app.setStyle(QStyleFactory.create("Fusion"))
            app.setFont(interface_font())
            app.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)
        self._follows_system = name == "system"
        # Title bars and native dialogs follow this where the platform can.
        hints = app.styleHints()
        if name == "dark":
            hints.setColorScheme(Qt.ColorScheme.Dark)
        elif name == "light":
            hints.setColorScheme(Qt.ColorScheme.Light)
        else:
            hints.unsetColorScheme()
        dark = name == "dark" or (name == "system" and _is_dark(hints.colorScheme()))
        self._dress(app, DARK if dark else LIGHT, always=first)

    def _dress(self, app: QApplication, theme: Theme, *, always: bool = False) -> None:
        if theme is self.theme and not always:
            return
        self.theme = theme
        app.setPalette(_palette(theme))
        app.setStyleSheet(stylesheet(theme, app.font().pointSizeF()))
        self.changed.emit(theme)

    @Slot(Qt.ColorScheme)
    def _on_color_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        app = QApplication.instance()
        if self._follows_system and isinstance(app, QApplication):
            self._dress(app, DARK if _is_dark(scheme) else LIGHT)


_appearance: Appearance | None = None


def appearance() -> Appearance:
    """Return the application's look, to be told of its changes."""
    global _appearance  # noqa: PLW0603 - an application has one look at a time
    if _appearance is None:
        _appearance = Appearance()
    return _appearance


def apply(app: QApplication, name: str) -> None:
    """Dress `app` as `name` says: `light`, `dark` or `system`, now and when the system changes."""
    appearance().apply(app, name)


def current() -> Theme:
    """Return the colours in use."""
    return appearance().theme


def set_look(widget: QWidget, look: str) -> None:
    """Give `widget` one of the stylesheet's looks.

    For buttons `primary`, `large`, `link`, `quiet`; for labels `name`, `lead`, `title`, `heading`,
    `muted`, `error`, `success`; for frames `card`, `panel`, `page`, `notice`, `problem`, `line`,
    `rule`; for text views `page`, `sheet`; for lists `navigation`; for what a scroll area holds
    `content`.
    """
    widget.setProperty("look", look)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def interface_font() -> QFont:
    """Return the system's interface font, able to show Chinese, Japanese and Korean."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    there = set(QFontDatabase.families())
    family = font.family()
    if family in _UNCHOSEN_FAMILIES:
        family = next((name for name in _PREFERRED_FAMILIES if name in there), family)
    font.setFamilies([family, *(name for name in _CJK_FAMILIES if name in there)])
    font.setPointSizeF(max(font.pointSizeF(), _SMALLEST_INTERFACE_POINTS))
    return font


def _is_dark(scheme: Qt.ColorScheme) -> bool:
    return scheme == Qt.ColorScheme.Dark


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.panel,
        role.WindowText: theme.ink,
        role.Base: theme.field,
        role.AlternateBase: theme.panel,
        role.Text: theme.ink,
        role.Button: theme.field,
        role.ButtonText: theme.ink,
        role.BrightText: theme.error,
        role.Light: theme.field,
        role.Midlight: theme.hover,
        role.Mid: theme.border,
        role.Dark: theme.outline,
        role.Shadow: theme.border,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.ink,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.ToolTipBase: theme.field,
        role.ToolTipText: theme.ink,
        role.PlaceholderText: theme.muted,
    }
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.hover))
    return palette
