"""A small window over the page: what might have stood in a token's place, and how likely.

Shows and asks; what becomes of a choice is the business of whoever opened it. Under the pointer it
takes no focus; opened by a key it does, and is used with the arrows, Return and Esc.
"""

from __future__ import annotations

import math

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.core.requests import TokenChoice, TokenOption
from assistant.ui import theme
from assistant.ui.token_texts import bands, percent, words_of

_WIDTH, _ROW, _SIDE, _GAP = 300, 26, 8, 3
_BAR, _PERCENT, _MARK = 84, 54, 18
_OPTION, _TAKEN = Qt.ItemDataRole.UserRole.value, Qt.ItemDataRole.UserRole.value + 1


class TokenPopup(QFrame):
    """The choices for one token, over `page`.

    Signals: `chosen(TokenOption)`; `stepped(-1 | 1)`, the token before or behind is wanted;
    `entered()` and `left()`, by the pointer; `closed()` after it has gone.
    """

    chosen = Signal(object)
    stepped = Signal(int)
    entered = Signal()
    left = Signal()
    closed = Signal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        theme.set_look(self, "card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._list = _Options(self)
        self._list.setItemDelegate(_Row(self._list))
        self._list.itemClicked.connect(self._on_item_chosen)
        self._list.picked.connect(self._on_picked)
        self._list.stepped.connect(self.stepped)
        self._list.dismissed.connect(self.close_now)
        self._list.abandoned.connect(self.hide_now)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        theme.set_look(self._hint, "muted")
        self._legend = _Legend(self)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 8)
        column.setSpacing(4)
        column.addWidget(self._list)
        column.addWidget(self._legend)
        column.addWidget(self._hint)
        self.setFixedWidth(_WIDTH)
        self.hide()

    @property
    def by_keys(self) -> bool:
        """Whether it is shown and used with keys."""
        return self.isVisible() and self._list.hasFocus()

    def show_legend(self, shown: bool) -> None:  # noqa: FBT001 - a setter
        """Say, or not, what the colours in the page mean."""
        self._legend.setVisible(shown)

    def open(self, choice: TokenChoice, before: str, place: QRect) -> None:
        """Show what there was to choose behind the character `before`.

        `place` is where the token stands on the page, which is not covered where that can be.
        """
        self._open(choice, before, place, tr("Click one and the text goes on from there."))

    def open_for_keys(self, choice: TokenChoice, before: str, place: QRect) -> None:
        """Show it as `open` does, to be used with keys."""
        hint = tr("Return goes on from there, ← and → step.")
        self._open(choice, before, place, hint)
        self._list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _open(self, choice: TokenChoice, before: str, place: QRect, hint: str) -> None:
        self._fill(choice, before)
        self._hint.setText(hint)
        self._put_at(place)
        self.show()
        self.raise_()

    @Slot()
    def hide_now(self) -> None:
        """Take it away; where the focus is stays as it is."""
        if self.isHidden():
            return
        self.hide()
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.closed.emit()

    @Slot()
    def close_now(self) -> None:
        """Take it away and go back to the page."""
        had_focus = self._list.hasFocus()
        self.hide_now()
        if had_focus:
            self._page.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self, choice: TokenChoice, before: str) -> None:
        options = list(choice.options)
        taken = next((i for i, one in enumerate(options) if one.text == choice.text), None)
        if taken is None:
            # Less likely than all that are told.
            taken = len(options)
            options.append(TokenOption(choice.text, choice.log_probability))
        self._list.clear()
        for number, option in enumerate(options):
            item = QListWidgetItem(words_of(option, before))
            item.setData(_OPTION, option)
            item.setData(_TAKEN, number == taken)
            spoken = item.text()
            if not option.whole:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                spoken = tr("part of a character ({bytes})", bytes=spoken)
            spoken = f"{spoken}, {percent(option.log_probability)}"
            if number == taken:
                spoken = tr("{option}, in the text now", option=spoken)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            self._list.addItem(item)
        self._list.setCurrentRow(taken)
        self._list.setFixedHeight(_ROW * len(options) + 2)
        name = tr("What might stand here instead of “{word}”", word=self._list.item(taken).text())
        self._list.setAccessibleName(name)

    def _put_at(self, place: QRect) -> None:
        """Stand below `place`, or above it where there is more room."""
        self._column.activate()
        height = self._column.totalHeightForWidth(_WIDTH)
        self.resize(_WIDTH, height)
        area = self._page.rect()
        x = min(max(place.left() - _MARK, _SIDE), max(area.width() - _WIDTH - _SIDE, _SIDE))
        y = place.bottom() + _GAP
        above = place.top() - _GAP - height
        if y + height > area.height() and above >= 0:
            y = above
        elif y + height > area.height():
            y = max(0, area.height() - height)
        self.move(x, y)

    @Slot(QListWidgetItem)
    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        option = item.data(_OPTION)
        if option.whole:
            self.close_now()
            self.chosen.emit(option)

    @Slot()
    def _on_picked(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self._on_item_chosen(item)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Say that the pointer is here."""
        super().enterEvent(event)
        self.entered.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Say that the pointer has gone."""
        super().leaveEvent(event)
        self.left.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep a click from the text below."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Keep the wheel from the page below."""
        event.accept()


class _Options(QListWidget):
    """The list itself. Signals: `picked()`, `stepped(int)`, `dismissed()`, `abandoned()`."""

    picked = Signal()
    stepped = Signal(int)
    dismissed = Signal()
    abandoned = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QListView { border: none; padding: 0; background: transparent; }")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the shortcuts of the window."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose, go to another token, or close."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.picked.emit()
        elif key == Qt.Key.Key_Escape:
            self.dismissed.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(1 if key == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say that the focus is elsewhere."""
        super().focusOutEvent(event)
        self.abandoned.emit()


class _Row(QStyledItemDelegate):
    """Draws one choice: whether it is in the text, its words, a bar, and its per cent."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the size of every row."""
        return QSize(_WIDTH - 12, _ROW)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the row."""
        colours = theme.current()
        choice: TokenOption = index.data(_OPTION)
        taken = bool(index.data(_TAKEN))
        area = QRect(option.rect)
        state = option.state
        widget = option.widget
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        chosen = state & QStyle.StateFlag.State_Selected and widget.hasFocus()
        if choice.whole and (chosen or state & QStyle.StateFlag.State_MouseOver):
            painter.setBrush(QColor(colours.selection if chosen else colours.hover))
            painter.drawRoundedRect(area, 6, 6)
        self._draw_bar(painter, area, math.exp(choice.log_probability))
        painter.setPen(QColor(colours.ink if choice.whole else colours.muted))
        font = painter.font()
        font.setBold(taken)
        painter.setFont(font)
        middle = Qt.AlignmentFlag.AlignVCenter
        if taken:
            painter.drawText(area.adjusted(4, 0, 0, 0), middle, "✓")
        words = area.adjusted(_MARK, 0, -(_BAR + _PERCENT + 12), 0)
        text = QFontMetrics(font).elidedText(
            index.data(), Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, middle, text)
        painter.drawText(
            area.adjusted(0, 0, -6, 0),
            middle | Qt.AlignmentFlag.AlignRight,
            percent(choice.log_probability),
        )
        painter.restore()

    def _draw_bar(self, painter: QPainter, area: QRect, share: float) -> None:
        colours = theme.current()
        right = area.right() - _PERCENT
        groove = QRectF(right - _BAR, area.center().y() - 3, _BAR, 7)
        painter.setBrush(QColor(colours.pressed))
        painter.drawRoundedRect(groove, 3, 3)
        painter.setBrush(QColor(colours.accent))
        painter.drawRoundedRect(
            QRectF(groove.left(), groove.top(), max(2.0, _BAR * share), groove.height()), 3, 3
        )


class _Legend(QWidget):
    """Says what the colours mean: a patch of each, and how likely is what stands on it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(4)
        self._patches: list[QLabel] = []
        for band in bands():
            patch = QLabel(band.title)
            patch.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._patches.append(patch)
            row.addWidget(patch, 1)
        self.setAccessibleName(tr("The colours, from likely to unlikely"))
        theme.appearance().changed.connect(self._dress)
        self._dress()

    @Slot()
    def _dress(self) -> None:
        colours = theme.current()
        for band, patch in zip(bands(), self._patches, strict=True):
            ground = band.colour or QColor(colours.page)
            patch.setStyleSheet(
                f"background: {ground.name()}; color: {colours.ink}; border-radius: 4px;"
                f"border: 1px solid {colours.border}; padding: 1px 2px;"
            )
