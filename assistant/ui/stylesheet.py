"""How controls are drawn: one restrained Qt style sheet, built from a theme's colours.

A widget that wants more than the plain form of its class carries the property `look`, see
`assistant.ui.theme.set_look`. Sizes are pixels on a grid of four; text scales with the system's.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from assistant.config.paths import resource

if TYPE_CHECKING:
    from assistant.ui.theme import Theme

_BASICS = Template("""
QToolTip {
    background: $field; color: $ink; border: 1px solid $border; padding: 4px 8px;
}
QMainWindow, QDialog, QMessageBox { background: $panel; }
QLabel { background: transparent; }
QLabel[look="title"] { font-size: ${title}pt; font-weight: 600; }
QLabel[look="name"] { font-size: ${name}pt; font-weight: 600; }
QLabel[look="lead"] { font-size: ${heading}pt; }
QLabel[look="heading"] { font-size: ${heading}pt; font-weight: 600; }
QLabel[look="muted"] { color: $muted; }
QLabel[look="error"] { color: $error; }
QLabel[look="success"] { color: $success; }
QFrame[look="card"] {
    background: $page; border: 1px solid $border; border-radius: 10px;
}
QFrame[look="panel"] { background: $panel; border: none; }
QFrame[look="page"] { background: $page; border: none; }
QFrame[look="notice"] {
    background: $tint; border: 1px solid $border; border-radius: 8px;
}
QFrame[look="problem"] {
    background: $error_panel; border: 1px solid $error; border-radius: 8px;
}
QFrame[look="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QFrame[look="rule"] { background: $border; border: none; max-width: 1px; min-width: 1px; }
QSplitter::handle { background: $border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QStatusBar { background: $panel; color: $muted; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; }
QToolBar {
    background: $panel; border: none; border-bottom: 1px solid $border;
    padding: 4px 8px; spacing: 2px;
}
QToolBar::separator { background: $border; width: 1px; margin: 6px 6px; }
""")

_BUTTONS = Template("""
QPushButton {
    background: $field; color: $ink; border: 1px solid $outline; border-radius: 7px;
    padding: 5px 14px; min-height: 20px;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $pressed; }
QPushButton:focus { border: 2px solid $accent; padding: 4px 13px; }
QPushButton:disabled { color: $disabled; border-color: $border; background: $panel; }
QPushButton:default { border-color: $accent; }
QPushButton[look="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[look="primary"]:hover, QPushButton[look="primary"]:pressed {
    background: $accent_hover; border-color: $accent_hover;
}
QPushButton[look="primary"]:focus { border: 2px solid $ink; }
QPushButton[look="primary"]:disabled {
    background: $hover; color: $disabled; border-color: $hover;
}
QPushButton[look="large"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
    font-size: ${heading}pt; padding: 10px 28px; border-radius: 10px;
}
QPushButton[look="large"]:hover, QPushButton[look="large"]:pressed {
    background: $accent_hover; border-color: $accent_hover;
}
QPushButton[look="large"]:focus { border: 2px solid $ink; padding: 9px 27px; }
QPushButton[look="large"]:disabled {
    background: $hover; color: $disabled; border-color: $hover;
}
QPushButton[look="quiet"], QPushButton[look="link"] {
    background: transparent; border: 1px solid transparent; padding: 5px 8px;
}
QPushButton[look="link"] { color: $accent; }
QPushButton[look="link"]::menu-indicator { image: none; width: 0; }
QPushButton[look="quiet"]:hover, QPushButton[look="link"]:hover { background: $hover; }
QPushButton[look="quiet"]:pressed, QPushButton[look="link"]:pressed { background: $pressed; }
QPushButton[look="quiet"]:focus, QPushButton[look="link"]:focus {
    border: 2px solid $accent; padding: 4px 7px;
}
QPushButton[look="quiet"]:disabled, QPushButton[look="link"]:disabled { color: $disabled; }
QToolButton {
    background: transparent; color: $ink; border: 1px solid transparent; border-radius: 7px;
    padding: 4px 6px;
}
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $pressed; }
QToolButton:focus { border: 2px solid $accent; padding: 3px 5px; }
QToolButton:disabled { color: $disabled; }
QToolButton::menu-indicator { image: none; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; padding: 2px 0; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 16px; height: 16px; background: $field; border: 1px solid $outline;
}
QCheckBox::indicator { border-radius: 5px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url("$dot"); }
QCheckBox::indicator:focus, QRadioButton::indicator:focus {
    width: 14px; height: 14px; border: 2px solid $accent;
}
QCheckBox::indicator:checked:focus, QRadioButton::indicator:checked:focus {
    border: 2px solid $ink;
}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
    background: $panel; border-color: $border;
}
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled {
    background: $disabled; border-color: $disabled;
}
""")

_FIELDS = Template("""
QLineEdit, QAbstractSpinBox, QComboBox {
    background: $field; color: $ink; border: 1px solid $outline; border-radius: 7px;
    padding: 4px 8px; min-height: 22px;
    selection-background-color: $selection; selection-color: $ink;
}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
    border: 2px solid $accent; padding: 3px 7px;
}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
    color: $disabled; background: $panel; border-color: $border;
}
QComboBox QLineEdit, QAbstractSpinBox QLineEdit {
    border: none; padding: 0; background: transparent; min-height: 0;
}
QAbstractSpinBox { qproperty-alignment: AlignCenter; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$down"); width: 12px; height: 12px; }
QComboBox::down-arrow:disabled { image: none; }
QComboBox QAbstractItemView {
    background: $field; color: $ink; border: 1px solid $border; padding: 4px; outline: none;
    selection-background-color: $selection; selection-color: $ink;
}
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0 6px; }
QAbstractSpinBox { padding-right: 2px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
    subcontrol-origin: border; width: 22px; border: none; background: transparent;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {
    background: $hover; border-radius: 4px;
}
QAbstractSpinBox::up-arrow { image: url("$up"); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url("$down"); width: 10px; height: 10px; }
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::up-arrow:off,
QAbstractSpinBox::down-arrow:disabled, QAbstractSpinBox::down-arrow:off { image: none; }
QTextEdit, QPlainTextEdit, QListView, QTreeView {
    background: $field; color: $ink; border: 1px solid $outline; border-radius: 7px;
    selection-background-color: $selection; selection-color: $ink;
}
QTextEdit:focus, QPlainTextEdit:focus, QListView:focus, QTreeView:focus {
    border: 2px solid $accent;
}
QTreeView { outline: none; }
QTreeView::item { padding: 3px 8px; }
QTreeView::item:selected { background: $selection; color: $ink; }
QHeaderView, QHeaderView::section {
    background: $panel; color: $muted; border: none; padding: 4px 8px;
}
QTextEdit[look="page"], QPlainTextEdit[look="page"] {
    background: $page; border: none; border-radius: 0;
}
QTextEdit[look="page"]:focus, QPlainTextEdit[look="page"]:focus { border: none; }
QTextEdit[look="sheet"] { background: $page; border: 1px solid $border; border-radius: 10px; }
QTextEdit[look="sheet"]:focus { border: 1px solid $outline; }
QListView { padding: 4px; outline: none; }
QListView::item { padding: 4px 8px; border-radius: 6px; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $selection; color: $ink; }
QListView[look="navigation"] { background: $panel; border: none; border-radius: 0; }
QListView[look="navigation"]::item { padding: 8px 10px; margin: 1px 2px; }
QListView[look="navigation"]::item:selected { background: $pressed; }
QListView[look="navigation"]:focus { border: none; }
QListView[look="navigation"]::item:selected:focus { background: $selection; }
QProgressBar {
    background: $pressed; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { background: $pressed; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $accent; width: 16px; height: 16px; margin: -6px 0; border-radius: 8px;
}
QSlider::handle:horizontal:focus {
    width: 12px; height: 12px; margin: -6px 0; border: 2px solid $ink; border-radius: 8px;
}
""")

_VIEWS = Template("""
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[look="content"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $handle; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 36px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 36px; margin: 2px; }
QScrollBar::handle:hover { background: $outline; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenuBar { background: $panel; color: $ink; border-bottom: 1px solid $border; padding: 2px; }
QMenuBar::item { background: transparent; padding: 4px 10px; border-radius: 5px; }
QMenuBar::item:selected { background: $hover; }
QMenuBar::item:pressed { background: $pressed; }
QMenu { background: $field; color: $ink; border: 1px solid $border; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $selection; color: $ink; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
QMenu::icon { padding-left: 8px; }
QTabBar::tab {
    background: transparent; color: $muted; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent;
}
QTabBar::tab:selected { color: $ink; border-bottom-color: $accent; }
QTabBar::tab:hover { color: $ink; }
QTabBar::tab:focus { color: $accent; }
QTabWidget::pane { border: none; }
""")


def stylesheet(theme: Theme, points: float) -> str:
    """Return the application's style sheet in `theme`'s colours, for interface text of `points`."""
    values = {name: getattr(theme, name) for name in theme.__dataclass_fields__}
    # `name` is a field of the theme too, of no use in a style sheet.
    values["name"] = f"{points * 2.4:.1f}"
    values["title"] = f"{points * 1.6:.1f}"
    values["heading"] = f"{points * 1.15:.1f}"
    for shape in ("check", "dot", "up", "down"):
        values[shape] = resource("icons", "controls", f"{shape}-{theme.name}.svg").as_posix()
    return "".join(part.substitute(values) for part in (_BASICS, _BUTTONS, _FIELDS, _VIEWS))
