"""What can be chosen for a task before it runs: one small row for each task of the panel.

Builds the task's value from the choices and a text. Knows no engine and no document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from assistant.core.i18n import tr
from assistant.core.tasks import (
    Ask,
    Form,
    Rewrite,
    RewriteStyle,
    Summarize,
    Task,
    TaskName,
    Translate,
)
from assistant.ui import icons
from assistant.ui.language_names import language_names

if TYPE_CHECKING:
    from assistant.config.settings import Settings

_NUMBER_WIDTH = 64


def style_name(style: RewriteStyle) -> str:
    """Return what the reader calls a style of rewriting."""
    return {
        RewriteStyle.PROOFREAD: tr("Proofread"),
        RewriteStyle.SHORTER: tr("Shorter"),
        RewriteStyle.LONGER: tr("Longer"),
        RewriteStyle.SIMPLER: tr("Simpler"),
        RewriteStyle.FORMAL: tr("More formal"),
        RewriteStyle.FRIENDLY: tr("Friendlier"),
        RewriteStyle.INSTRUCTION: tr("In your own words…"),
    }[style]


def task_title(name: TaskName) -> str:
    """Return what the reader calls a task."""
    return {
        TaskName.CONTINUE: tr("Continue"),
        TaskName.COMPLETE: tr("Suggestions"),
        TaskName.SUMMARIZE: tr("Summarize"),
        TaskName.TRANSLATE: tr("Translate"),
        TaskName.ASK: tr("Ask"),
        TaskName.REWRITE: tr("Rewrite"),
    }[name]


class TaskOptions(QStackedWidget):
    """The choices of the task at hand.

    Signals: `changed()` after any choice, `run_requested()` when Return is pressed in a line.
    """

    changed = Signal()
    run_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._dialect = "american"
        self._ignored_words: tuple[str, ...] = ()
        self._pages = {
            TaskName.SUMMARIZE: self._summary_page(),
            TaskName.TRANSLATE: self._translation_page(),
            TaskName.ASK: self._question_page(),
            TaskName.REWRITE: self._rewrite_page(),
        }
        for page in self._pages.values():
            self.addWidget(page)

    def apply_settings(self, settings: Settings, ignored_words: tuple[str, ...]) -> None:
        """Start from what the settings say."""
        self._select(self._form, settings.tasks.summary_form)
        self._sentences.setValue(settings.tasks.summary_sentences)
        self._select(self._source, settings.tasks.source_language)
        self._select(self._target, settings.tasks.target_language)
        self._dialect = settings.editor.dialect
        self._ignored_words = ignored_words

    def show_task(self, name: TaskName) -> None:
        """Show the choices of one task."""
        self.setCurrentWidget(self._pages[name])
        # Only the page in view may ask for room: hidden ones would keep the panel tall.
        for page in self._pages.values():
            policy = (
                QSizePolicy.Policy.Preferred
                if page is self.currentWidget()
                else QSizePolicy.Policy.Ignored
            )
            page.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
        self.adjustSize()

    def focus_first(self) -> None:
        """Put the caret where the reader has to write something first."""
        page = self.currentWidget()
        if page is self._pages[TaskName.ASK]:
            self._question.setFocus()
            self._question.selectAll()
        elif self.rewrite_style is RewriteStyle.INSTRUCTION and self._instruction.isVisible():
            self._instruction.setFocus()

    def set_style(self, style: RewriteStyle) -> None:
        """Choose a style of rewriting."""
        self._select(self._style, style.value)

    def set_form(self, form: Form) -> None:
        """Choose who summarizes."""
        self._select(self._form, form.value)

    @property
    def rewrite_style(self) -> RewriteStyle:
        """The style that is chosen."""
        return RewriteStyle(self._style.currentData())

    @property
    def languages(self) -> tuple[str, str]:
        """The languages that are chosen, from and to; from may be `auto`."""
        return str(self._source.currentData()), str(self._target.currentData())

    def missing(self, name: TaskName) -> bool:
        """Say whether something that only the reader can give is still missing."""
        if name is TaskName.ASK:
            return not self._question.text().strip()
        if name is TaskName.REWRITE and self.rewrite_style is RewriteStyle.INSTRUCTION:
            return not self._instruction.text().strip()
        return False

    def build(self, name: TaskName, text: str) -> Task:
        """Return the value of a task that the panel knows for `text`."""
        match name:
            case TaskName.SUMMARIZE:
                form = Form(self._form.currentData())
                return Summarize(text, form=form, sentences=self._sentences.value())
            case TaskName.TRANSLATE:
                source, target = self.languages
                return Translate(text, target=target, source=None if source == "auto" else source)
            case TaskName.ASK:
                return Ask(text, self._question.text().strip())
            case TaskName.REWRITE:
                return Rewrite(
                    text,
                    style=self.rewrite_style,
                    instruction=self._instruction.text().strip(),
                    dialect=self._dialect,
                    ignored_words=self._ignored_words,
                )
            case TaskName.CONTINUE | TaskName.COMPLETE:
                msg = "it writes into the page, not into the panel"
                raise ValueError(msg)

    def _summary_page(self) -> QWidget:
        self._form = QComboBox()
        self._form.addItem(tr("Automatic"), Form.AUTO.value)
        self._form.addItem(tr("Key sentences"), Form.EXTRACT.value)
        self._form.addItem(tr("In its own words"), Form.MODEL.value)
        self._form.setAccessibleName(tr("Form of the summary"))
        self._sentences = QSpinBox()
        self._sentences.setRange(1, 20)
        self._sentences.setMaximumWidth(_NUMBER_WIDTH)
        self._sentences.setAccessibleName(tr("Sentences"))
        self._form.currentIndexChanged.connect(self.changed)
        self._sentences.valueChanged.connect(self.changed)
        return _row(self._form, self._sentences, QLabel(tr("sentences")))

    def _translation_page(self) -> QWidget:
        self._source = QComboBox()
        self._source.addItem(tr("Detect"), "auto")
        self._source.setAccessibleName(tr("From"))
        self._target = QComboBox()
        self._target.setAccessibleName(tr("To"))
        for code, name in language_names().items():
            self._source.addItem(name, code)
            self._target.addItem(name, code)
        swap = QToolButton()
        icons.dress(swap, "swap")
        swap.setToolTip(tr("Swap the languages"))
        swap.setAccessibleName(tr("Swap the languages"))
        swap.clicked.connect(self._on_swap_clicked)
        self._source.currentIndexChanged.connect(self.changed)
        self._target.currentIndexChanged.connect(self.changed)
        return _row(self._source, swap, self._target)

    def _question_page(self) -> QWidget:
        self._question = QLineEdit()
        self._question.setPlaceholderText(tr("Your question"))
        self._question.setAccessibleName(tr("Your question"))
        self._question.setClearButtonEnabled(True)
        self._question.returnPressed.connect(self.run_requested)
        self._question.textChanged.connect(self.changed)
        return _row(self._question)

    def _rewrite_page(self) -> QWidget:
        self._style = QComboBox()
        self._style.setAccessibleName(tr("How to rewrite"))
        for style in RewriteStyle:
            self._style.addItem(style_name(style), style.value)
        self._instruction = QLineEdit()
        self._instruction.setPlaceholderText(tr("What should be different?"))
        self._instruction.setAccessibleName(tr("What should be different?"))
        self._instruction.returnPressed.connect(self.run_requested)
        self._instruction.textChanged.connect(self.changed)
        self._style.currentIndexChanged.connect(self._on_style_changed)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._style)
        column.addWidget(self._instruction)
        self._instruction.hide()
        return page

    @staticmethod
    def _select(box: QComboBox, data: str) -> None:
        index = box.findData(data, Qt.ItemDataRole.UserRole)
        if index >= 0:
            box.setCurrentIndex(index)

    @Slot()
    def _on_style_changed(self) -> None:
        self._instruction.setVisible(self.rewrite_style is RewriteStyle.INSTRUCTION)
        self.changed.emit()

    @Slot()
    def _on_swap_clicked(self) -> None:
        source, target = self.languages
        if source != "auto":
            self._select(self._source, target)
            self._select(self._target, source)


def _row(*widgets: QWidget) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        stretch = 1 if isinstance(widget, QComboBox | QLineEdit) else 0
        row.addWidget(widget, stretch)
    return page
