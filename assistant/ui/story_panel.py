"""“Story notes”: what steers the document, what each part costs, and what is sent to the model.

Stands beside the page, which stays usable; what is written here counts at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr, trn
from assistant.core.jobs import EngineSpec
from assistant.core.steering import PromptPart, Steering
from assistant.core.tasks import Continue, Outcome
from assistant.ui import theme
from assistant.ui.editor import Editor
from assistant.ui.lore_table import LoreTable
from assistant.ui.prompt_preview import PromptPreview
from assistant.ui.settings_page import muted_label
from assistant.ui.story_keeper import StoryKeeper
from assistant.worker.queue import JobQueue

_SIZE = QSize(620, 720)
_PROMPT_SIZE = QSize(620, 560)
_MEMORY_LINES, _NOTE_LINES = 5, 2
_FURTHEST, _STEP = 2000, 10


class StoryPanel(QDialog):
    """Edits what `keeper` keeps. `ask` returns what Continue would ask at the caret."""

    def __init__(
        self,
        editor: Editor,
        keeper: StoryKeeper,
        queue: JobQueue,
        ask: Callable[[], tuple[Continue, EngineSpec]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Story notes"))
        self._keeper = keeper
        self._preview = PromptPreview(editor, keeper, queue, ask, self)
        self._prompt = PromptView(self)
        self._memory = _Section(tr("&Memory"), _MEMORY_LINES)
        self._memory.say(tr("Facts about the story. They stand before everything that is read."))
        self._note = _Section(tr("Author’s &note"), _NOTE_LINES)
        self._note.say(
            tr("Style and mood. It is put a little before the caret: closer is stronger.")
        )
        self._distance = _number()
        self._reach = _number()
        self._lore = LoreTable()
        self._sum = muted_label("")
        self._show_prompt = QPushButton(tr("&Show what is sent"))
        self._close = QPushButton(tr("Close"))
        self._lay_out()
        self._memory.changed.connect(self._on_edited)
        self._note.changed.connect(self._on_edited)
        self._lore.changed.connect(self._on_edited)
        self._distance.valueChanged.connect(self._on_edited)
        self._reach.valueChanged.connect(self._on_edited)
        self._show_prompt.clicked.connect(self._prompt.show_now)
        self._close.clicked.connect(self.reject)
        self._preview.shown.connect(self._on_prompt_shown)
        self._preview.failed.connect(self._on_failed)
        keeper.changed.connect(self._on_notes_changed)
        self._on_notes_changed()

    @Slot()
    def show_now(self) -> None:
        """Come into view, beside the page."""
        self.show()
        self.raise_()
        self.activateWindow()

    def _lay_out(self) -> None:
        for button in (self._show_prompt, self._close):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(self._memory)
        layout.addSpacing(6)
        layout.addWidget(self._note)
        layout.addLayout(_row(tr("About how many words &before the caret:"), self._distance))
        layout.addSpacing(6)
        heading = QLabel(tr("&Lore"))
        heading.setBuddy(self._lore)
        theme.set_look(heading, "heading")
        layout.addWidget(heading)
        layout.addWidget(
            muted_label(
                tr(
                    "An entry is read when one of its keywords has come up. Several keywords are "
                    "parted by commas."
                )
            )
        )
        layout.addWidget(self._lore, 1)
        layout.addLayout(_row(tr("&Keywords count in the last words of the text:"), self._reach))
        layout.addSpacing(6)
        layout.addWidget(self._sum)
        buttons = QHBoxLayout()
        buttons.addWidget(self._show_prompt)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout.addLayout(buttons)
        self.resize(_SIZE)

    def _steering(self) -> Steering:
        return Steering(
            memory=self._memory.text(),
            note=self._note.text(),
            lore=self._lore.lore(),
            note_distance=self._distance.value(),
            lore_reach=self._reach.value(),
        )

    @Slot()
    def _on_edited(self) -> None:
        self._keeper.steer(self._steering())

    @Slot()
    def _on_notes_changed(self) -> None:
        """Show the notes of another document."""
        steering = self._keeper.steering()
        if steering == self._steering():
            return
        controls = (self._memory, self._note, self._distance, self._reach)
        for control in controls:
            control.blockSignals(True)
        self._memory.set_text(steering.memory)
        self._note.set_text(steering.note)
        self._distance.setValue(steering.note_distance)
        self._reach.setValue(steering.lore_reach)
        self._lore.set_lore(steering.lore)
        for control in controls:
            control.blockSignals(False)

    @Slot(object)
    def _on_prompt_shown(self, outcome: Outcome) -> None:
        parts = outcome.parts
        self._memory.show_part(_named(parts, "memory"))
        self._note.show_part(_named(parts, "note"))
        self._lore.show_parts({part.number: part for part in parts if part.name == "lore"})
        read = [part for part in parts if part.used]
        steering = sum(part.tokens for part in read if part.name != "text")
        theme.set_look(self._sum, "muted")
        self._sum.setText(
            tr(
                "Of {whole} tokens that would be read now, {notes} are story notes.",
                whole=f"{sum(part.tokens for part in read):,}",
                notes=f"{steering:,}",
            )
        )
        self._prompt.show_text(outcome.prompt)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        theme.set_look(self._sum, "error")
        self._sum.setText(sentence)

    def showEvent(self, event: QShowEvent) -> None:
        """Count while somebody looks."""
        super().showEvent(event)
        if not event.spontaneous():
            self._preview.watch()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what was written, and count no more."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._preview.rest()
            self._prompt.hide()
            self._keeper.keep()


class PromptView(QDialog):
    """Shows what is sent to the model, to be read and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("What is sent to the model"))
        self._page = QPlainTextEdit()
        self._page.setReadOnly(True)
        self._page.setTabChangesFocus(True)
        self._page.setAccessibleName(self.windowTitle())
        self._page.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(
            muted_label(tr("This is read, to the letter, when you let it continue at the caret."))
        )
        layout.addWidget(self._page, 1)
        self.resize(_PROMPT_SIZE)

    def show_text(self, text: str) -> None:
        """Show `text`, from its end where that is new."""
        if text == self._page.toPlainText():
            return
        self._page.setPlainText(text)
        bar = self._page.verticalScrollBar()
        bar.setValue(bar.maximum())

    @Slot()
    def show_now(self) -> None:
        """Come into view."""
        self.show()
        self.raise_()
        self.activateWindow()
        bar = self._page.verticalScrollBar()
        bar.setValue(bar.maximum())


class _Section(QWidget):
    """A title with what the text under it costs. Signals: `changed()`."""

    changed = Signal()

    def __init__(self, title: str, lines: int) -> None:
        super().__init__()
        self._edit = QPlainTextEdit()
        self._edit.setTabChangesFocus(True)
        margins = self._edit.contentsMargins()
        height = self._edit.fontMetrics().lineSpacing() * lines
        around = margins.top() + margins.bottom() + 2 * self._edit.document().documentMargin()
        self._edit.setFixedHeight(round(height + around + 8))
        heading = QLabel(title)
        heading.setBuddy(self._edit)
        theme.set_look(heading, "heading")
        self._cost = muted_label("")
        self._cost.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._hint = muted_label("")
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addWidget(self._cost, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self._hint)
        layout.addWidget(self._edit)
        self._edit.textChanged.connect(self.changed)

    def say(self, hint: str) -> None:
        """Say under the title what belongs here."""
        self._hint.setText(hint)
        self._edit.setAccessibleDescription(hint)

    def text(self) -> str:
        return self._edit.toPlainText()

    def set_text(self, text: str) -> None:
        self._edit.setPlainText(text)

    def show_part(self, part: PromptPart | None) -> None:
        """Show what the text costs, and whether it is read now."""
        self._cost.setText("" if part is None else _cost(part, self.text()))


def _cost(part: PromptPart, text: str) -> str:
    tokens = trn("{n} token", "{n} tokens", part.tokens)
    if not part.used:
        return tr("{tokens} · too long, not read", tokens=tokens)
    if part.text != text.strip():
        return tr("{tokens} · too long, only its beginning is read", tokens=tokens)
    return tr("{tokens} · read", tokens=tokens)


def _named(parts: Iterable[PromptPart], name: str) -> PromptPart | None:
    return next((part for part in parts if part.name == name), None)


def _number() -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, _FURTHEST)
    box.setSingleStep(_STEP)
    return box


def _row(title: str, box: QSpinBox) -> QHBoxLayout:
    label = QLabel(title)
    label.setBuddy(box)
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(label)
    row.addWidget(box)
    row.addStretch(1)
    return row
