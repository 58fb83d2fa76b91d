"""“Why no suggestion?”: what was suggested lately, and where nothing was, the reason.

Keeps the last decisions in memory, also while it is not in view, and writes none of them anywhere.
"""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.ui.settings_page import muted_label
from assistant.ui.silence_texts import silence_text
from assistant.ui.suggestion_record import SuggestionRecord

KEPT = 200
_SIZE = QSize(820, 440)
_BEFORE = 28
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SilenceView(QDialog):
    """Lists the last decisions, the newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Why no suggestion?"))
        self._records: deque[SuggestionRecord] = deque(maxlen=KEPT)
        self._list = QTreeWidget()
        self._list.setAccessibleName(tr("What was suggested lately, and why nothing was"))
        self._list.setHeaderLabels(
            [tr("Time"), tr("Took"), tr("At"), tr("Suggestion or reason"), tr("Probability")]
        )
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setAllColumnsShowFocus(True)
        self._list.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self._list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        self._clear = QPushButton(tr("&Forget all"))
        self._close = QPushButton(tr("Close"))
        self._close.setDefault(True)
        self._clear.setAutoDefault(False)
        self._clear.clicked.connect(self._on_clear_clicked)
        self._close.clicked.connect(self.reject)
        self._lay_out()

    @Slot(object)
    def add(self, record: SuggestionRecord) -> None:
        """Keep `record`, and show it on top."""
        self._records.appendleft(record)
        if not self.isVisible():
            return
        self._list.insertTopLevelItem(0, _row(record))
        while self._list.topLevelItemCount() > KEPT:
            self._list.takeTopLevelItem(KEPT)

    @Slot()
    def show_now(self) -> None:
        """Come into view, beside the page, which stays usable."""
        self.show()
        self.raise_()
        self.activateWindow()

    def _lay_out(self) -> None:
        note = muted_label(
            tr(
                "The last decisions, the newest on top. They are kept until the program ends and "
                "are not written to disk."
            )
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self._clear)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(note)
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)
        self.resize(_SIZE)

    @Slot()
    def _on_clear_clicked(self) -> None:
        self._records.clear()
        self._list.clear()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what was decided while nobody looked."""
        if not event.spontaneous():
            self._list.clear()
            self._list.addTopLevelItems([_row(record) for record in self._records])
        super().showEvent(event)


def record_text(record: SuggestionRecord) -> str:
    """Return what was suggested, or why nothing was."""
    if record.silence is None:
        return record.text
    return f"{silence_text(record.silence)} {record.detail}".strip()


def _row(record: SuggestionRecord) -> QTreeWidgetItem:
    odds = "" if record.probability is None else f"{100 * record.probability:.0f}%"
    before = record.before.rpartition("\n")[2]
    row = QTreeWidgetItem(
        [
            time.strftime("%H:%M:%S", time.localtime(record.when)),
            tr("{number} ms", number=round(record.milliseconds)),
            before if len(before) <= _BEFORE else f"…{before[-_BEFORE:]}",
            record_text(record),
            odds,
        ]
    )
    row.setTextAlignment(1, _RIGHT)
    row.setTextAlignment(4, _RIGHT)
    row.setToolTip(3, record_text(record))
    if record.silence is None:
        font = row.font(3)
        font.setBold(True)
        row.setFont(3, font)
    return row
