"""Which tokens of the last continuations stand in a page, and where, through edits and undo.

An edit within a continuation ends what is known of it from there on: what comes behind was chosen
after another text. What undo brings back is known again. Positions are UTF-16 units. Knows no
colour and no pointer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextCursor

from assistant.core.requests import TokenChoice
from assistant.core.token_spans import TokenSpan
from assistant.text.offsets import Offsets
from assistant.ui.editor import Act, Editor

# As many continuations and states of the document are remembered.
_MOST_RUNS, _MOST_STATES = 12, 200
# Line breaks that the page has as others. Where it makes one of two, what is known ends.
_BREAKS = str.maketrans("\r\u2029", "\n\n")


@dataclass(frozen=True, slots=True)
class PlacedToken:
    """A token that stands in the page from `start` to `end`."""

    start: int
    end: int
    choice: TokenChoice


@dataclass(frozen=True, slots=True)
class _Run:
    """A text that was written at once, and the tokens that it is made of."""

    text: str
    tokens: tuple[TokenSpan, ...]

    def cut(self, length: int) -> _Run:
        """Return it as far as its tokens lie within the first `length` code points."""
        tokens = tuple(one for one in self.tokens if one.end <= length)
        return self if len(tokens) == len(self.tokens) else _Run(self.text[:length], tokens)

    def placed(self, start: int) -> Iterator[PlacedToken]:
        """Yield its tokens where they are when it stands at `start`."""
        offsets = Offsets(self.text)
        for one in self.tokens:
            first, last = offsets.to_utf16(one.start), offsets.to_utf16(one.end)
            yield PlacedToken(start + first, start + last, one.choice)


_State = tuple[tuple[int, _Run], ...]


class WrittenTokens(QObject):
    """Follows the tokens through one editor. Signals: `changed()` when there are others."""

    changed = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._runs: list[tuple[QTextCursor, _Run]] = []
        # By the number of steps that can be undone, which tells a state of the document.
        self._states: dict[int, _State] = {}
        self._steps = 0
        self._edited = False
        editor.edited.connect(self._on_edited)
        editor.acted.connect(self._on_acted)
        editor.text_set.connect(self._on_text_set)

    @Slot(int, str, object)
    def add(self, start: int, text: str, tokens: tuple[TokenSpan, ...]) -> None:
        """Take what the text that has just been written at `start` is made of."""
        end = start + Offsets(text).utf16_length
        before = [
            (cursor, run.cut(_code_points(run.text, start - cursor.position())))
            for cursor, run in self._runs
            if cursor.position() < start
        ]
        behind = [(cursor, run) for cursor, run in self._runs if cursor.position() >= end]
        runs = [*before, *behind]
        runs.append((self._cursor(start), _Run(text.translate(_BREAKS), tokens)))
        self._runs = self._standing(runs)[-_MOST_RUNS:]
        self._remember()
        self.changed.emit()

    def all(self) -> list[PlacedToken]:
        """Return the tokens that stand in the page, from its beginning to its end."""
        found = [one for cursor, run in self._runs for one in run.placed(cursor.position())]
        return sorted(found, key=lambda one: one.start)

    def at(self, position: int) -> PlacedToken | None:
        """Return the token that the character behind `position` belongs to."""
        return next((one for one in self.all() if one.start <= position < one.end), None)

    def rest(self, token: PlacedToken) -> QTextCursor:
        """Return a cursor over `token` and what was written on behind it."""
        end = token.end
        for one in self.all():
            if one.start == end:
                end = one.end
        return self._editor.cursor_over(token.start, end)

    def _follow(self) -> None:
        """Keep what still stands there."""
        steps = self._editor.document().availableUndoSteps()
        if steps < self._steps and steps in self._states:
            self._restore()
            return
        former, self._runs = self._runs, self._standing(self._runs)
        self._remember()
        if [run for _, run in former] != [run for _, run in self._runs]:
            self.changed.emit()

    def _restore(self) -> None:
        """Take up what was known when the document was as it is again."""
        self._steps = self._editor.document().availableUndoSteps()
        known = self._states.get(self._steps)
        runs = self._runs if known is None else [(self._cursor(at), run) for at, run in known]
        self._runs = self._standing(runs)
        self.changed.emit()

    def _standing(self, runs: Sequence[tuple[QTextCursor, _Run]]) -> list[tuple[QTextCursor, _Run]]:
        """Return `runs` as far as their texts stand in the page."""
        kept = [(cursor, run.cut(self._still_there(cursor, run))) for cursor, run in runs]
        return [(cursor, run) for cursor, run in kept if run.tokens]

    def _still_there(self, cursor: QTextCursor, run: _Run) -> int:
        """Return how many code points of the run stand where it was written."""
        start = cursor.position()
        last = self._editor.document().characterCount() - 1
        end = min(start + Offsets(run.text).utf16_length, last)
        there = self._editor.cursor_over(start, end).selectedText().replace("\u2029", "\n")
        if there == run.text:
            return len(there)
        pairs = zip(there, run.text, strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def _remember(self) -> None:
        """Note what is known in this state; those that could be redone to are no more."""
        former, self._steps = self._steps, self._editor.document().availableUndoSteps()
        if not self._runs and not self._states:
            return
        kept = {steps: state for steps, state in self._states.items() if steps <= former}
        kept[self._steps] = tuple((cursor.position(), run) for cursor, run in self._runs)
        self._states = {steps: kept[steps] for steps in sorted(kept)[-_MOST_STATES:]}

    def _cursor(self, position: int) -> QTextCursor:
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(min(position, self._editor.document().characterCount() - 1))
        return cursor

    @Slot()
    def _on_edited(self) -> None:
        if self._editor.acting:
            self._edited = True
        else:
            self._follow()

    @Slot(object)
    def _on_acted(self, act: Act) -> None:
        edited, self._edited = self._edited, False
        if act is Act.UNDONE:
            self._restore()
        elif edited:
            self._follow()

    @Slot()
    def _on_text_set(self) -> None:
        self._runs = []
        self._states = {}
        self._steps = 0
        self.changed.emit()


def _code_points(text: str, utf16: int) -> int:
    """Return how many code points of `text` are within its first `utf16` units."""
    offsets = Offsets(text)
    return offsets.from_utf16(min(utf16, offsets.utf16_length))
