"""A rewrite to look at before it counts: each change can be taken or left.

Owns the choice among the changes and the text that comes of it. What is done with that text is
for whoever listens.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr, trn
from assistant.core.tasks import Replacement
from assistant.text.difference import apply
from assistant.ui import icons, theme
from assistant.ui.difference_page import DifferencePage

_LONGEST_QUOTE = 60


class RewriteView(QWidget):
    """Shows `replacements` in `before` and lets the reader choose.

    Signals: `accepted(text, replacements)` with the changes that were taken, `dismissed()`.
    """

    accepted = Signal(str, object)
    dismissed = Signal()

    def __init__(
        self,
        before: str,
        replacements: tuple[Replacement, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._before = before
        self._changes = tuple(sorted(replacements, key=lambda change: change.span.start))
        self._page = DifferencePage(before, self._changes)
        self._page.setAccessibleName(tr("Proposed changes"))
        self.setFocusProxy(self._page)
        self._build_detail()
        self._build_buttons()
        self._lay_out()
        self._connect()
        self._show_piece()
        self._show_count()

    def result(self) -> str:
        """Return the text with the changes that are taken."""
        return apply(self._before, self.taken())

    def taken(self) -> tuple[Replacement, ...]:
        """Return the changes that are taken, in the order of the text."""
        return tuple(
            change for change, taken in zip(self._changes, self._page.taken(), strict=True) if taken
        )

    # Building

    def _build_detail(self) -> None:
        self._detail = QFrame()
        theme.set_look(self._detail, "card")
        self._previous = _step_button("previous", tr("Previous change"))
        self._next = _step_button("next", tr("Next change"))
        self._place = QLabel()
        theme.set_look(self._place, "muted")
        self._keep = QCheckBox(tr("Accept &this change"))
        self._what = QLabel()
        self._what.setTextFormat(Qt.TextFormat.PlainText)
        self._what.setWordWrap(True)
        self._reason = QLabel()
        self._reason.setTextFormat(Qt.TextFormat.PlainText)
        self._reason.setWordWrap(True)
        theme.set_look(self._reason, "muted")
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._keep)
        head.addStretch(1)
        head.addWidget(self._place)
        head.addSpacing(4)
        head.addWidget(self._previous)
        head.addWidget(self._next)
        layout = QVBoxLayout(self._detail)
        layout.setContentsMargins(12, 8, 8, 10)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._what)
        layout.addWidget(self._reason)
        self._detail.setVisible(bool(self._changes))

    def _build_buttons(self) -> None:
        self._all = QPushButton(tr("Accept &all"))
        self._none = QPushButton(tr("Re&ject all"))
        for button in (self._all, self._none):
            theme.set_look(button, "quiet")
        self._dismiss = QPushButton(tr("&Discard"))
        self._apply = QPushButton()
        theme.set_look(self._apply, "primary")
        for button in (self._all, self._none, self._dismiss, self._apply):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        choose = QHBoxLayout()
        choose.setSpacing(4)
        choose.addWidget(self._all)
        choose.addWidget(self._none)
        choose.addStretch(1)
        end = QHBoxLayout()
        end.setSpacing(8)
        end.addWidget(self._dismiss)
        end.addStretch(1)
        end.addWidget(self._apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._page, 1)
        layout.addWidget(self._detail)
        layout.addLayout(choose)
        layout.addLayout(end)
        self._all.setVisible(len(self._changes) > 1)
        self._none.setVisible(len(self._changes) > 1)

    def _connect(self) -> None:
        self._page.piece_changed.connect(self._on_piece_changed)
        self._page.piece_switched.connect(self._on_piece_switched)
        self._previous.clicked.connect(self._on_previous_clicked)
        self._next.clicked.connect(self._on_next_clicked)
        self._keep.clicked.connect(self._on_keep_clicked)
        self._all.clicked.connect(self._on_all_clicked)
        self._none.clicked.connect(self._on_none_clicked)
        self._dismiss.clicked.connect(self.dismissed)
        self._apply.clicked.connect(self._on_apply_clicked)

    # Showing

    def _show_piece(self) -> None:
        index = self._page.current
        if index < 0:
            return
        change = self._changes[index]
        self._what.setText(self._described(change))
        self._reason.setText(change.reason)
        self._reason.setVisible(bool(change.reason))
        self._keep.setChecked(self._page.taken()[index])
        self._place.setText(tr("{number} of {total}", number=index + 1, total=len(self._changes)))
        self._previous.setEnabled(index > 0)
        self._next.setEnabled(index < len(self._changes) - 1)

    def _show_count(self) -> None:
        count = len(self.taken())
        if count:
            label = trn("Make {n} &change", "Make {n} &changes", count)
        elif self._changes:
            label = tr("No change accepted")
        else:
            label = tr("Nothing to change")
        self._apply.setText(label)
        self._apply.setEnabled(count > 0)

    def _described(self, change: Replacement) -> str:
        before = _quoted(self._before[change.span.start : change.span.end])
        after = _quoted(change.text)
        if not change.text:
            return tr("Leave out {text}", text=before)
        if change.span.start == change.span.end:
            return tr("Add {text}", text=after)
        return f"{before} → {after}"

    def _announce(self) -> None:
        """Let a screen reader say where one is and what stands there."""
        index = self._page.current
        state = tr("accepted") if self._page.taken()[index] else tr("rejected")
        sentence = f"{self._described(self._changes[index])}, {state}. {self._reason.text()}"
        self._page.setAccessibleDescription(sentence.strip())
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._page, sentence))

    # What happens

    @Slot(int)
    def _on_piece_changed(self, _: int) -> None:
        self._show_piece()
        self._announce()

    @Slot(int)
    def _on_piece_switched(self, index: int) -> None:
        self._show_count()
        if index == self._page.current:
            self._show_piece()
            self._announce()

    @Slot()
    def _on_previous_clicked(self) -> None:
        self._page.set_current(self._page.current - 1)

    @Slot()
    def _on_next_clicked(self) -> None:
        self._page.set_current(self._page.current + 1)

    @Slot(bool)
    def _on_keep_clicked(self, checked: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._page.set_taken(self._page.current, taken=checked)

    @Slot()
    def _on_all_clicked(self) -> None:
        self._page.set_all_taken(taken=True)

    @Slot()
    def _on_none_clicked(self) -> None:
        self._page.set_all_taken(taken=False)

    @Slot()
    def _on_apply_clicked(self) -> None:
        self.accepted.emit(self.result(), self.taken())


def _step_button(icon: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setIconSize(QSize(16, 16))
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    icons.dress(button, icon)
    return button


def _quoted(text: str) -> str:
    shown = text.replace("\n", "¶")
    if len(shown) > _LONGEST_QUOTE:
        shown = shown[: _LONGEST_QUOTE - 1] + "…"
    return f"“{shown}”"
