"""The panel beside the page: a task's choices, its result as it streams, and what to do with it.

Shows what it is told and says what was clicked; `assistant.ui.assistant_flow` decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.core.tasks import TaskName
from assistant.ui import icons, theme
from assistant.ui.rewrite_view import RewriteView
from assistant.ui.task_options import TaskOptions, task_title

_EXCERPT = 90
_MARGIN = 12
_LINE_HEIGHT = 140.0
_PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value


@dataclass(frozen=True, slots=True)
class Choice:
    """Another way to do a task, offered as a button: its label and the key that comes back."""

    key: str
    label: str


class AssistantPanel(QFrame):
    """Options, result, history.

    Signals: `run_requested()`, `stop_requested()`, `retry_requested()`, `options_changed()`,
    `insert_requested()`, `replace_requested()`, `copy_requested()`, `locate_requested()`,
    `history_step_requested(-1 | 1)`, `choice_made(str)`, `close_requested()`, and the rewrite
    view's `rewrite_accepted(str)` and `rewrite_dismissed()`.
    """

    run_requested = Signal()
    stop_requested = Signal()
    retry_requested = Signal()
    options_changed = Signal()
    insert_requested = Signal()
    replace_requested = Signal()
    copy_requested = Signal()
    locate_requested = Signal()
    history_step_requested = Signal(int)
    choice_made = Signal(str)
    close_requested = Signal()
    rewrite_accepted = Signal(str)
    rewrite_dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_look(self, "panel")
        self.setMinimumWidth(300)
        self.options = TaskOptions()
        self._choice_buttons: list[QPushButton] = []
        self._rewrite: RewriteView | None = None
        self._pages = QStackedWidget()
        self._build_head()
        self._build_notice()
        self._build_body()
        self._build_foot()
        self._lay_out()
        self._connect()
        self.show_running(running=False)
        self.show_actions(text=False, replace=False, spans=False)

    # What is shown

    def show_task(self, name: TaskName, source: str) -> None:
        """Show the choices of a task and the passage that it is about."""
        self._title.setText(task_title(name))
        excerpt = " ".join(source.split())
        if len(excerpt) > _EXCERPT:
            excerpt = excerpt[: _EXCERPT - 1].rstrip() + "…"
        self._source.setText(excerpt)
        self.options.show_task(name)
        self._run.setText(task_title(name))

    def show_notice(self, sentence: str, choices: tuple[Choice, ...] = ()) -> None:
        """Say something before Run and offer other ways as buttons; an empty sentence hides it."""
        for button in self._choice_buttons:
            self._choices.removeWidget(button)
            button.deleteLater()
        self._choice_buttons = []
        for choice in choices:
            button = QPushButton(choice.label)
            button.setProperty("key", choice.key)
            button.clicked.connect(self._on_choice_clicked)
            self._choices.addWidget(button)
            self._choice_buttons.append(button)
        self._notice_text.setText(sentence)
        self._notice.setVisible(bool(sentence))

    def show_model(self, sentence: str) -> None:
        """Say which model does the task in view; an empty sentence hides it."""
        self._model.setText(sentence)
        self._model.setVisible(bool(sentence))

    def set_result(self, text: str) -> None:
        """Show a whole result as text."""
        self._result.clear()
        self.append_result(text)
        self._pages.setCurrentWidget(self._result)

    def append_result(self, text: str) -> None:
        """Add text that has just been written, staying at the end if the reader was there."""
        bar = self._result.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        cursor = QTextCursor(self._result.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        spacing = QTextBlockFormat()
        spacing.setLineHeight(_LINE_HEIGHT, _PROPORTIONAL)
        cursor.mergeBlockFormat(spacing)
        cursor.insertText(text)
        if at_end:
            bar.setValue(bar.maximum())

    def show_rewrite(self, view: RewriteView) -> None:
        """Show a rewrite as a difference; the panel owns `view` from here on."""
        former = self._rewrite
        self._rewrite = view
        view.accepted.connect(self._on_rewrite_accepted)
        view.dismissed.connect(self.rewrite_dismissed)
        self._pages.addWidget(view)
        self._pages.setCurrentWidget(view)
        if former is not None:
            self._pages.removeWidget(former)
            former.deleteLater()

    def show_note(self, sentence: str, *, problem: bool = False) -> None:
        """Say something about the result; an empty sentence hides it."""
        self._note.setText(sentence)
        theme.set_look(self._note, "error" if problem else "muted")
        self._note.setVisible(bool(sentence))

    def show_running(self, *, running: bool) -> None:
        """Offer Stop while something runs and Run otherwise."""
        self._run.setVisible(not running)
        self._stop.setVisible(running)
        self._retry.setEnabled(not running)

    def show_runnable(self, *, runnable: bool) -> None:
        """Allow Run, or not while something is missing."""
        self._run.setEnabled(runnable)

    def show_actions(self, *, text: bool, replace: bool, spans: bool) -> None:
        """Offer what can be done with the result."""
        # A rewrite has buttons of its own.
        for button in (self._insert, self._replace, self._copy):
            button.setVisible(self._pages.currentWidget() is self._result)
        for button in (self._insert, self._copy):
            button.setEnabled(text)
        self._replace.setEnabled(text and replace)
        self._locate.setVisible(spans)

    def show_history(self, index: int, count: int) -> None:
        """Show which of the results is in view, `index` from 0."""
        self._history.setText(tr("{index} of {count}", index=index + 1, count=count))
        for widget in (self._history, self._older, self._newer):
            widget.setVisible(count > 1)
        self._older.setEnabled(index > 0)
        self._newer.setEnabled(index + 1 < count)

    def result_text(self) -> str:
        """Return the text in view."""
        return self._result.toPlainText()

    # How it is made

    def _build_head(self) -> None:
        self._title = QLabel()
        theme.set_look(self._title, "heading")
        self._source = QLabel()
        theme.set_look(self._source, "muted")
        self._source.setWordWrap(True)
        self._model = QLabel()
        theme.set_look(self._model, "muted")
        self._model.setWordWrap(True)
        self._model.setTextFormat(Qt.TextFormat.PlainText)
        self._model.hide()
        self._close = _tool(tr("Close the panel"), "close")
        self._run = QPushButton()
        self._run.setAutoDefault(True)
        theme.set_look(self._run, "primary")
        self._stop = QPushButton(tr("Stop"))
        icons.dress(self._stop, "stop")

    def _build_notice(self) -> None:
        self._notice = QFrame()
        theme.set_look(self._notice, "notice")
        self._notice_text = QLabel()
        self._notice_text.setWordWrap(True)
        self._choices = QHBoxLayout()
        column = QVBoxLayout(self._notice)
        column.addWidget(self._notice_text)
        column.addLayout(self._choices)
        self._notice.hide()

    def _build_body(self) -> None:
        self._result = QTextEdit()
        self._result.setReadOnly(True)
        self._result.document().setDocumentMargin(_MARGIN)
        theme.set_look(self._result, "sheet")
        self._result.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._result.setAccessibleName(tr("Result"))
        self._result.setPlaceholderText(tr("The result appears here. Nothing on the page changes."))
        self._pages.addWidget(self._result)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._note.hide()

    def _build_foot(self) -> None:
        self._insert = QPushButton(tr("Insert below"))
        icons.dress(self._insert, "insert")
        self._replace = QPushButton(tr("Replace"))
        icons.dress(self._replace, "replace")
        self._replace.setToolTip(tr("Put this in place of the passage"))
        self._copy = _tool(tr("Copy"), "copy")
        self._retry = _tool(tr("Try again"), "retry")
        self._locate = _tool(tr("Show in the text"), "find")
        self._older = _tool(tr("Older result"), "previous")
        self._newer = _tool(tr("Newer result"), "next")
        self._history = QLabel()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._older)
        head.addWidget(self._history)
        head.addWidget(self._newer)
        head.addWidget(self._close)
        run = QHBoxLayout()
        run.addWidget(self.options, 1)
        run.addWidget(self._run, 0, Qt.AlignmentFlag.AlignTop)
        run.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.addWidget(self._insert)
        foot.addWidget(self._replace)
        foot.addStretch()
        foot.addWidget(self._locate)
        foot.addWidget(self._copy)
        foot.addWidget(self._retry)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._source)
        column.addLayout(run)
        column.addWidget(self._model)
        column.addWidget(self._notice)
        column.addWidget(self._pages, 1)
        column.addWidget(self._note)
        column.addLayout(foot)
        self.show_history(0, 0)

    def _connect(self) -> None:
        self.options.changed.connect(self.options_changed)
        self.options.run_requested.connect(self.run_requested)
        for button, signal in (
            (self._run, self.run_requested),
            (self._stop, self.stop_requested),
            (self._retry, self.retry_requested),
            (self._insert, self.insert_requested),
            (self._replace, self.replace_requested),
            (self._copy, self.copy_requested),
            (self._locate, self.locate_requested),
            (self._close, self.close_requested),
        ):
            button.clicked.connect(signal)
        self._older.clicked.connect(self._on_older_clicked)
        self._newer.clicked.connect(self._on_newer_clicked)

    @Slot()
    def _on_older_clicked(self) -> None:
        self.history_step_requested.emit(-1)

    @Slot()
    def _on_newer_clicked(self) -> None:
        self.history_step_requested.emit(1)

    @Slot()
    def _on_choice_clicked(self) -> None:
        self.choice_made.emit(str(self.sender().property("key")))

    @Slot(str, object)
    def _on_rewrite_accepted(self, text: str, _replacements: object) -> None:
        self.rewrite_accepted.emit(text)


def _tool(name: str, icon: str) -> QToolButton:
    button = QToolButton()
    icons.dress(button, icon)
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setAutoRaise(True)
    return button
