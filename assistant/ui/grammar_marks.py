"""Grammar and spelling as one writes: what is in view is underlined, the menu has the fixes.

Owns what has been found for which paragraph, and its marks on one page. The rules run in a thread
of their own, `assistant.ui.grammar_worker`. A result is kept by the paragraph's very text, so one
that comes late is never shown on another text.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QColor, QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QMenu

from assistant.config.ignored_words import IgnoredWords
from assistant.config.settings import EditorSettings
from assistant.core.i18n import tr
from assistant.text import grammar
from assistant.text.offsets import Offsets
from assistant.ui import theme
from assistant.ui.editor import Editor
from assistant.ui.grammar_worker import GrammarWorker, Request, Rules
from assistant.ui.page_marks import mark

_EDIT_PAUSE_MS = 350
_VIEW_PAUSE_MS = 120
# How long after the last key the word at the caret is no longer being typed.
_WORD_PAUSE_MS = 1200
# Paragraphs above and below the view that are checked ahead of scrolling.
_AHEAD = 10
_LONGEST = 50_000
_CONTEXT = 4000
_KEPT = 2000
_MOST_SUGGESTIONS = 5
_QUOTED = re.compile("`([^`]*)`")


@dataclass(slots=True)
class _Place:
    """A finding on the page: where it is now, and what stood there when it was found."""

    cursor: QTextCursor
    wrong: str
    finding: grammar.Finding

    @property
    def stands(self) -> bool:
        return self.cursor.selectedText() == self.wrong


class GrammarMarks(QObject):
    """Checks `editor` and offers fixes in its context menu.

    Signals: `checked()` when the marks have been brought up to date with a result;
    `failed(sentence)` when a word to ignore could not be kept.
    """

    checked = Signal()
    failed = Signal(str)
    _requested = Signal(object)

    def __init__(self, editor: Editor, ignored: IgnoredWords | None = None) -> None:
        super().__init__(editor)
        self._editor = editor
        self._ignored = ignored or IgnoredWords()
        self._enabled = False
        self._rules = Rules("american")
        self._found: OrderedDict[str, tuple[grammar.Finding, ...]] = OrderedDict()
        self._dismissed: set[tuple[str, str]] = set()
        self._places: list[_Place] = []
        self._asked: tuple[str, ...] = ()
        self._thread: QThread | None = None
        self._worker: GrammarWorker | None = None
        self._typing = False
        self._moved_at = editor.edits
        self._pause = _timer(self, self._on_pause)
        self._word_pause = _timer(self, self._on_word_done)
        editor.edited.connect(self._on_edited)
        editor.view_moved.connect(self._on_view_moved)
        editor.text_set.connect(self._on_text_set)
        editor.cursorPositionChanged.connect(self._on_cursor_moved)
        editor.menu_opened.connect(self.fill_menu)
        theme.appearance().changed.connect(self._on_theme_changed)

    @property
    def enabled(self) -> bool:
        """Whether anything is checked: the settings want it and this machine has the rules."""
        return self._enabled

    def apply_settings(self, settings: EditorSettings) -> None:
        """Check, or not, by the dialect of `settings`."""
        self._enabled = settings.check_grammar and grammar.available()
        rules = Rules(settings.dialect, self._ignored.words())
        if rules != self._rules:
            self._rules = rules
            self._forget()
        if self._enabled:
            self._pause.start(0)
        else:
            self._clear()

    @Slot()
    def shutdown(self) -> None:
        """End the thread, after the paragraph that it is at."""
        self._enabled = False
        self._pause.stop()
        self._word_pause.stop()
        if self._thread is None or self._worker is None:
            return
        self._worker.latest = -1
        self._thread.quit()
        self._thread.wait()
        self._thread = None
        self._worker = None

    # Checking

    def _blocks(self) -> list[QTextBlock]:
        """Return the paragraphs in view and some around them."""
        document = self._editor.document()
        first, last = self._editor.visible_range()
        start = max(document.findBlock(first).blockNumber() - _AHEAD, 0)
        end = document.findBlock(last).blockNumber() + _AHEAD
        blocks, block = [], document.findBlockByNumber(start)
        while block.isValid() and block.blockNumber() <= end:
            if block.length() <= _LONGEST and not self._editor.is_code(block):
                blocks.append(block)
            block = block.next()
        return blocks

    @Slot()
    def _on_pause(self) -> None:
        """Show what is known of the paragraphs in view, and ask for the rest."""
        if not self._enabled:
            return
        blocks = self._blocks()
        self._place(blocks)
        texts = [block.text() for block in blocks]
        missing = tuple(dict.fromkeys(text for text in texts if text not in self._found))
        if not any(text.strip() for text in missing) or missing == self._asked:
            return
        self._asked = missing
        worker = self._running_worker()
        worker.latest += 1
        context = "\n".join(texts)[:_CONTEXT]
        self._requested.emit(Request(worker.latest, self._rules, missing, context))

    def _running_worker(self) -> GrammarWorker:
        if self._worker is None:
            self._worker = GrammarWorker()
            self._thread = QThread(self)
            self._thread.setObjectName("grammar")
            self._worker.moveToThread(self._thread)
            self._requested.connect(self._worker.check)
            self._worker.checked.connect(self._on_checked)
            self._worker.broken.connect(self._on_broken)
            application = QCoreApplication.instance()
            assert application is not None
            application.aboutToQuit.connect(self.shutdown)
            self._thread.start(QThread.Priority.LowPriority)
        return self._worker

    @Slot(object, str, object)
    def _on_checked(
        self, rules: Rules, paragraph: str, findings: tuple[grammar.Finding, ...]
    ) -> None:
        if rules != self._rules or not self._enabled:
            return
        self._found[paragraph] = findings
        while len(self._found) > _KEPT:
            self._found.popitem(last=False)
        if self._asked and paragraph == self._asked[-1]:
            self._asked = ()
            self._place(self._blocks())
            self.checked.emit()

    @Slot()
    def _on_broken(self) -> None:
        self._enabled = False
        self._clear()

    # Marks

    def _place(self, blocks: list[QTextBlock]) -> None:
        """Put the findings of `blocks` where they stand; those of a changed one stay meanwhile."""
        places: list[_Place] = []
        for block in blocks:
            text = block.text()
            findings = self._found.get(text)
            if findings is None:
                start, end = block.position(), block.position() + block.length()
                places.extend(
                    place
                    for place in self._places
                    if start <= place.cursor.selectionStart() < end and place.stands
                )
                continue
            self._found.move_to_end(text)
            offsets = Offsets(text)
            for finding in findings:
                start = block.position() + offsets.to_utf16(finding.span.start)
                end = block.position() + offsets.to_utf16(finding.span.end)
                wrong = text[finding.span.start : finding.span.end]
                if (finding.message, wrong) not in self._dismissed:
                    places.append(_Place(self._editor.cursor_over(start, end), wrong, finding))
        self._places = places
        self._show()

    def _show(self) -> None:
        """Underline the findings, all but the word that is being typed."""
        colours = theme.current()
        spelling, other = _underline(colours.spelling), _underline(colours.grammar)
        caret = self._editor.textCursor().position() if self._typing else -1
        self._editor.marks.set_layer(
            "grammar",
            [
                mark(place.cursor, spelling if place.finding.kind == grammar.SPELLING else other)
                for place in self._places
                if not place.cursor.selectionStart() < caret <= place.cursor.selectionEnd()
            ],
        )

    def _clear(self) -> None:
        self._places = []
        self._editor.marks.set_layer("grammar", ())

    def _forget(self) -> None:
        """Drop what was found by other rules, and what is being looked for by them."""
        self._found.clear()
        self._asked = ()
        if self._worker is not None:
            self._worker.latest += 1

    # The menu

    @Slot(QMenu, int)
    def fill_menu(self, menu: QMenu, position: int) -> None:
        """Put the fixes for what is wrong at `position` (UTF-16) at the top of `menu`."""
        actions = self.actions_at(position, menu)
        if not actions:
            return
        first = menu.actions()[0] if menu.actions() else None
        for action in actions:
            menu.insertAction(first, action) if first else menu.addAction(action)
        if first:
            menu.insertSeparator(first)

    def actions_at(self, position: int, parent: QObject | None = None) -> list[QAction]:
        """Return what is wrong at `position` (UTF-16), its fixes in bold, and to ignore it."""
        place = self._place_at(position)
        if place is None or self._editor.locked:
            return []
        owner = parent or self
        why = QAction(_shown(_QUOTED.sub("“\\1”", place.finding.message)), owner)
        why.setEnabled(False)
        actions = [why]
        for suggestion in place.finding.suggestions[:_MOST_SUGGESTIONS]:
            title = _shown(suggestion) if suggestion.strip() else tr("Take it out")
            fix = _action(title, owner, partial(self._fix, place, suggestion))
            font = fix.font()
            font.setBold(True)
            fix.setFont(font)
            actions.append(fix)
        title = tr("Ignore this")
        if place.finding.kind == grammar.SPELLING:
            title = tr("Always ignore “{word}”", word=_shown(place.wrong))
        return [*actions, _action(title, owner, partial(self._ignore, place))]

    def _place_at(self, position: int) -> _Place | None:
        for place in self._places:
            start, end = place.cursor.selectionStart(), place.cursor.selectionEnd()
            if start <= position <= end and place.stands:
                return place
        return None

    def _fix(self, place: _Place, suggestion: str) -> None:
        """Put `suggestion` in the place of what is wrong, as one step to undo."""
        if self._editor.locked or not place.stands:
            return
        start, end = place.cursor.selectionStart(), place.cursor.selectionEnd()
        self._places.remove(place)
        with self._editor.one_step() as cursor:
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(suggestion)
        self._show()
        self._pause.start(0)

    def _ignore(self, place: _Place) -> None:
        """Let it stand: a word for ever, anything else until the program ends."""
        self._dismissed.add((place.finding.message, place.wrong))
        if place.finding.kind == grammar.SPELLING:
            try:
                self._ignored.add(place.wrong)
            except OSError:
                self.failed.emit(
                    tr(
                        "“{word}” is ignored until you quit: the list of words to ignore could "
                        "not be written. Check that the disk has room.",
                        word=place.wrong,
                    )
                )
            self._rules = Rules(self._rules.dialect, self._ignored.words())
            self._forget()
        self._places = [other for other in self._places if other.wrong != place.wrong]
        self._show()
        self._pause.start(0)

    # What happens on the page

    @Slot()
    def _on_edited(self) -> None:
        if not self._typing:
            self._typing = True
            if self._places:
                self._show()
        self._word_pause.start(_WORD_PAUSE_MS)
        if self._enabled:
            self._pause.start(_EDIT_PAUSE_MS)

    @Slot()
    def _on_cursor_moved(self) -> None:
        moved_by_edit = self._moved_at != self._editor.edits
        self._moved_at = self._editor.edits
        if self._typing and not moved_by_edit:
            self._on_word_done()

    @Slot()
    def _on_word_done(self) -> None:
        self._typing = False
        if self._enabled:
            self._show()

    @Slot()
    def _on_view_moved(self) -> None:
        if self._enabled and not self._pause.isActive():
            self._pause.start(_VIEW_PAUSE_MS)

    @Slot()
    def _on_text_set(self) -> None:
        self._typing = False
        self._places = []
        if self._enabled:
            self._pause.start(0)

    @Slot(object)
    def _on_theme_changed(self, _: theme.Theme) -> None:
        if self._enabled:
            self._show()


def _action(title: str, owner: QObject, act: Callable[[], None]) -> QAction:
    action = QAction(title, owner)
    # `triggered` brings along whether it is checked, which nobody wants.
    action.triggered.connect(lambda *_: act())
    return action


def _timer(owner: QObject, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.timeout.connect(slot)
    return timer


def _underline(colour: str) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    look.setUnderlineColor(QColor(colour))
    return look


def _shown(text: str) -> str:
    """Return `text` for a menu, where an ampersand would underline the letter behind it."""
    return text.replace("&", "&&")
