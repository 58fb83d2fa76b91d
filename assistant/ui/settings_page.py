"""What every page of the settings is made of: titled groups of rows, in a view that scrolls.

A row is a label with its buddy and mnemonic, the control, and a sentence on what it does. Numbers
take their bounds from the settings' own declarations.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from assistant.config.settings import Settings
from assistant.ui import theme
from assistant.ui.key_edit import KeyEdit
from assistant.ui.mnemonics import without_mnemonic

_CONTROL_WIDTH = 240
_NUMBER_WIDTH = 130
_MARGIN = 28
_TOP = 22
_BOTTOM = 24
_ROW_MARGIN = 9


class SettingsPage(QScrollArea):
    """One page. Subclasses fill it and say how settings get into the controls and out again.

    Signals: `changed()` whenever the user has changed a value.
    """

    changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._wheel_guard = _WheelGuard(self)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        theme.set_look(content, "content")
        self._layout = QVBoxLayout(content)
        self._layout.setContentsMargins(_MARGIN, _TOP, _MARGIN, _BOTTOM)
        self._layout.setSpacing(8)
        heading = QLabel(title)
        theme.set_look(heading, "title")
        heading.setContentsMargins(2, 0, 0, 6)
        self._layout.addWidget(heading)
        self._end = QWidget()
        self._end.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._layout.addWidget(self._end, 1)
        self.setWidget(content)
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)

    def display(self, settings: Settings) -> None:
        """Show `settings` in the controls, without `changed`."""
        raise NotImplementedError

    def collected(self, settings: Settings) -> Settings:
        """Return `settings` with what the controls of this page say."""
        raise NotImplementedError

    def defaults(self, settings: Settings) -> Settings:
        """Return `settings` with what this page shows as it was at the first start."""
        raise NotImplementedError

    def problem(self) -> str:
        """Return why what the controls say cannot be applied; empty where it can."""
        return ""

    # Building

    def add_widget(self, widget: QWidget) -> None:
        """Put `widget` below what is there."""
        self._layout.insertWidget(self._layout.count() - 1, widget)

    def add_group(self, title: str = "") -> Group:
        """Begin a titled group of rows."""
        if title:
            heading = QLabel(title)
            heading.setContentsMargins(2, 12, 0, 0)
            theme.set_look(heading, "heading")
            self.add_widget(heading)
        group = Group(self)
        self.add_widget(group)
        return group

    def add_note(self, text: str) -> QLabel:
        """Put a sentence below what is there."""
        note = muted_label(text)
        note.setContentsMargins(2, 0, 2, 0)
        self.add_widget(note)
        return note

    @Slot(int, int)
    def _on_range_changed(self, _lowest: int, highest: int) -> None:
        """Keep the rows as wide beside a scroll bar as without one."""
        bar = self.verticalScrollBar().sizeHint().width() if highest > 0 else 0
        self._layout.setContentsMargins(_MARGIN, _TOP, _MARGIN - bar, _BOTTOM)

    def watch(self, control: QWidget) -> None:
        """Say `changed` when the user changes `control`, and keep the wheel off it."""
        control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        control.installEventFilter(self._wheel_guard)
        if isinstance(control, QComboBox):
            control.activated.connect(self.changed)
        elif isinstance(control, QCheckBox):
            control.clicked.connect(self.changed)
        elif isinstance(control, QSpinBox | QDoubleSpinBox | QSlider):
            control.valueChanged.connect(self.changed)
        elif isinstance(control, KeyEdit):
            control.key_changed.connect(self.changed)


class Group(QFrame):
    """Rows that belong together, in one frame."""

    def __init__(self, page: SettingsPage) -> None:
        super().__init__()
        theme.set_look(self, "card")
        self._page = page
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(16, 4, 16, 4)
        self._rows.setSpacing(0)

    def add_row(
        self, label: str, control: QWidget, hint: str = "", beside: QWidget | None = None
    ) -> None:
        """Add a label with its control at the right and what it does below.

        `beside` is another widget behind the control.
        """
        name = QLabel(label)
        name.setBuddy(control)
        name.setWordWrap(True)
        control.setAccessibleName(without_mnemonic(label))
        control.setAccessibleDescription(hint)
        if isinstance(control, QAbstractSpinBox):
            control.setFixedWidth(_NUMBER_WIDTH)
        elif isinstance(control, QComboBox):
            control.setFixedWidth(_CONTROL_WIDTH)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(name)
        if hint:
            words.addWidget(muted_label(hint))
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addLayout(words, 1)
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        if beside is not None:
            row.setSpacing(8)
            row.addWidget(beside, 0, Qt.AlignmentFlag.AlignVCenter)
        self._add(row)
        self._page.watch(control)

    def add_check(self, box: QCheckBox, hint: str = "") -> None:
        """Add a check box, which carries its own label, with what it does below."""
        box.setAccessibleDescription(hint)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(box)
        if hint:
            note = muted_label(hint)
            note.setContentsMargins(26, 0, 0, 0)
            words.addWidget(note)
        self._add(words)
        self._page.watch(box)

    def add_content(self, widget: QWidget) -> None:
        """Add a row that is one widget as it stands."""
        self._part()
        widget.setContentsMargins(0, _ROW_MARGIN, 0, _ROW_MARGIN)
        self._rows.addWidget(widget)

    def clear(self) -> None:
        """Take all rows away that are single widgets."""
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                # Deleted later: until then it must not be seen.
                widget.hide()
                widget.deleteLater()

    def _add(self, row: QHBoxLayout | QVBoxLayout) -> None:
        self._part()
        row.setContentsMargins(0, _ROW_MARGIN, 0, _ROW_MARGIN)
        self._rows.addLayout(row)

    def _part(self) -> None:
        if self._rows.count():
            line = QFrame()
            theme.set_look(line, "line")
            self._rows.addWidget(line)


class _WheelGuard(QObject):
    """Lets the page scroll where a control without the focus would take the wheel."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass the wheel on to the page."""
        wheel = isinstance(event, QWheelEvent)
        if wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def muted_label(text: str) -> QLabel:
    """Return a label for a sentence that explains, wrapped where it is long."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    theme.set_look(label, "muted")
    return label


def whole_number(settings_class: type, name: str) -> QSpinBox:
    """Return a field for the whole number `name` of a settings class, within its bounds."""
    bounds = _bounds(settings_class, name)
    box = QSpinBox()
    box.setRange(int(bounds["minimum"]), int(bounds["maximum"]))
    box.setGroupSeparatorShown(True)
    return box


def real_number(settings_class: type, name: str, *, step: float = 0.05) -> QDoubleSpinBox:
    """Return a field for the number `name` of a settings class, within its bounds."""
    bounds = _bounds(settings_class, name)
    box = QDoubleSpinBox()
    box.setDecimals(2)
    box.setSingleStep(step)
    box.setRange(float(bounds["minimum"]), float(bounds["maximum"]))
    return box


def choice(options: dict[str, str]) -> QComboBox:
    """Return a box to choose from `options`: values with what the reader calls them."""
    box = QComboBox()
    for value, title in options.items():
        box.addItem(title, value)
    return box


def choose(box: QComboBox, value: str, title: str = "") -> None:
    """Show `value` in `box`; one that is not among its options joins them as `title`."""
    index = box.findData(value)
    if index < 0:
        box.addItem(title or value, value)
        index = box.count() - 1
    box.setCurrentIndex(index)


def chosen(box: QComboBox) -> str:
    """Return the value that is chosen in `box`."""
    return str(box.currentData())


def _bounds(settings_class: type, name: str) -> Any:
    return next(field.metadata for field in fields(settings_class) if field.name == name)
