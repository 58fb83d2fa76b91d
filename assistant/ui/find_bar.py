"""The bar to find and replace with: what to look for, how, and how many there are.

Shows and asks; `assistant.ui.finder` finds. Enter finds on, Esc closes.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from assistant.core.i18n import tr, trn
from assistant.ui import icons, theme
from assistant.ui.editor import Editor
from assistant.ui.finder import Finder
from assistant.ui.text_search import Query

_LONGEST_PRESET = 200
_FIELD_WIDTH = 520


class FindBar(QFrame):
    """Finds and replaces in `editor`.

    Attributes: `finder`.
    Signals: `closed()` after the bar has gone and the editor has the focus again.
    """

    closed = Signal()

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finder = Finder(editor)
        self._editor = editor
        theme.set_look(self, "panel")
        self._build_fields()
        self._build_buttons()
        self._lay_out()
        self._connect()
        self._show_replace(shown=False)
        self.hide()

    # What the window asks for

    @Slot()
    def open_find(self) -> None:
        """Show the bar, ready to type what to look for; a selection in one line is that."""
        self._open()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    @Slot()
    def open_replace(self) -> None:
        """Show the bar with the field for what to put instead."""
        self._open()
        self._replace_toggle.setChecked(True)
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    @Slot()
    def find_next(self) -> None:
        """Go to the next match of what was looked for last; ask for it where there is nothing."""
        if self.finder.query.text:
            self.finder.find_next()
        else:
            self.open_find()

    @Slot()
    def find_previous(self) -> None:
        """Go to the match before, or ask what to look for."""
        if self.finder.query.text:
            self.finder.find_previous()
        else:
            self.open_find()

    @Slot()
    def close_bar(self) -> None:
        """Hide the bar and give the focus back to the editor; the match stays selected."""
        if self.isHidden():
            return
        self.hide()
        self.finder.end()
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    # Building

    def _build_fields(self) -> None:
        self._field = QLineEdit()
        self._field.setPlaceholderText(tr("Find"))
        self._field.setAccessibleName(tr("Find"))
        self._field.setClearButtonEnabled(True)
        self._new = QLineEdit()
        self._new.setPlaceholderText(tr("Replace with"))
        self._new.setAccessibleName(tr("Replace with"))
        self._count = QLabel()
        theme.set_look(self._count, "muted")
        self._problem = QLabel()
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        theme.set_look(self._problem, "error")
        self._problem.hide()

    def _build_buttons(self) -> None:
        self._previous = _button(tr("Previous match (Shift+Enter)"), icon="previous")
        self._next = _button(tr("Next match (Enter)"), icon="next")
        self._case = _button(tr("Match capital and small letters"), text="Aa", checkable=True)
        self._words = _button(tr("Whole words only"), text=tr("Word"), checkable=True)
        self._regular = _button(tr("Regular expression"), text=".*", checkable=True)
        self._replace_toggle = _button(tr("Find and replace"), icon="replace", checkable=True)
        self._close = _button(tr("Close (Esc)"), icon="close")
        self._replace_one = QPushButton(tr("Re&place"))
        self._replace_every = QPushButton(tr("Replace &all"))
        for button in (self._replace_one, self._replace_every):
            theme.set_look(button, "quiet")
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        options = QHBoxLayout()
        options.setSpacing(2)
        for widget in (self._previous, self._next, self._case, self._words, self._regular):
            options.addWidget(widget)
        options.addSpacing(8)
        options.addWidget(self._replace_toggle)
        options.addWidget(self._close)
        self._second = QWidget()
        second = QHBoxLayout(self._second)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(2)
        second.addWidget(self._replace_one)
        second.addWidget(self._replace_every)
        second.addStretch(1)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 6, 12, 6)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._field, 0, 0)
        grid.addWidget(self._count, 0, 1)
        grid.addLayout(options, 0, 2)
        grid.addWidget(self._new, 1, 0)
        grid.addWidget(self._second, 1, 1, 1, 2)
        grid.addWidget(self._problem, 2, 0, 1, 3)
        for field in (self._field, self._new):
            field.setMaximumWidth(_FIELD_WIDTH)
        # The count changes with every match; its place does not.
        self._count.setMinimumWidth(self._count.fontMetrics().horizontalAdvance("0000 of 0000"))

    def _connect(self) -> None:
        self._field.textChanged.connect(self._on_query_changed)
        for toggle in (self._case, self._words, self._regular):
            toggle.toggled.connect(self._on_query_changed)
        self._previous.clicked.connect(self.finder.find_previous)
        self._next.clicked.connect(self.finder.find_next)
        self._replace_toggle.toggled.connect(self._on_replace_toggled)
        self._replace_one.clicked.connect(self._on_replace_clicked)
        self._replace_every.clicked.connect(self._on_replace_all_clicked)
        self._close.clicked.connect(self.close_bar)
        self.finder.changed.connect(self._on_found)
        self._editor.lock_changed.connect(self._on_found)

    # Showing

    def _open(self) -> None:
        selected = self._editor.selected_text()
        self.show()
        self.finder.begin()
        if selected and "\n" not in selected and len(selected) <= _LONGEST_PRESET:
            if self._regular.isChecked():
                self._regular.setChecked(False)
            self._field.setText(selected)
        self._on_query_changed()

    def _show_replace(self, *, shown: bool) -> None:
        self._new.setVisible(shown)
        self._second.setVisible(shown)

    @Slot()
    def _on_query_changed(self) -> None:
        self.finder.look_for(
            Query(
                self._field.text(),
                case_sensitive=self._case.isChecked(),
                whole_words=self._words.isChecked(),
                regular=self._regular.isChecked(),
            )
        )

    @Slot()
    def _on_found(self) -> None:
        finder = self.finder
        self._problem.setVisible(bool(finder.problem))
        if finder.problem:
            self._problem.setText(
                tr("The expression cannot be read: {problem}.", problem=finder.problem)
            )
        if not finder.query.text or finder.problem:
            self._count.clear()
        elif not finder.count:
            self._count.setText(tr("Not found"))
        elif finder.current < 0:
            self._count.setText(trn("{n} match", "{n} matches", finder.count))
        else:
            self._count.setText(
                tr("{index} of {count}", index=finder.current + 1, count=finder.count)
            )
        for button in (self._previous, self._next):
            button.setEnabled(finder.count > 0)
        for change in (self._replace_one, self._replace_every):
            change.setEnabled(finder.count > 0 and not self._editor.locked)

    @Slot(bool)
    def _on_replace_toggled(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signature
        self._show_replace(shown=shown)
        (self._new if shown else self._field).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_replace_clicked(self) -> None:
        self.finder.replace(self._new.text())

    @Slot()
    def _on_replace_all_clicked(self) -> None:
        count = self.finder.replace_all(self._new.text())
        self._count.setText(trn("{n} replaced", "{n} replaced", count))

    def _enter(self, *, back: bool) -> None:
        focus = self.focusWidget()
        if isinstance(focus, QAbstractButton):
            focus.click()
        elif focus is self._new:
            self._on_replace_clicked()
        else:
            self._step(back=back)

    def _step(self, *, back: bool) -> None:
        if back:
            self.finder.find_previous()
        else:
            self.finder.find_next()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Find on with Enter and F3, replace with Enter in the second field, close with Esc."""
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(back=back)
        elif event.key() == Qt.Key.Key_F3:
            self._step(back=back)
        elif event.matches(QKeySequence.StandardKey.Find):
            self.open_find()
        else:
            super().keyPressEvent(event)


def _button(name: str, *, icon: str = "", text: str = "", checkable: bool = False) -> QToolButton:
    button = QToolButton()
    if icon:
        icons.dress(button, icon)
    button.setText(text)
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setAutoRaise(True)
    button.setCheckable(checkable)
    return button
