"""Hears what the keys in an editor ask of suggestions, before the editor takes them for its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent

from assistant.config.settings import SuggestionKeys
from assistant.ui.editor import Editor
from assistant.ui.ghost_text import GhostText
from assistant.ui.suggestion_keys import KeyTable, Wish


class SuggestionWatch(QObject):
    """Takes the keys that are for what `ghost` shows; with nothing in view, only the one that asks.

    To be made after `ghost`, which a key would clear. Signals: `wished(Wish)`; `left()` when the
    editor loses the focus.
    """

    wished = Signal(object)
    left = Signal()
    # WORKAROUND: Qt's last events come when Python has cleared the object: nobody listens then.
    _listening = False

    def __init__(self, editor: Editor, ghost: GhostText) -> None:
        super().__init__(editor)
        self._ghost = ghost
        self._keys = KeyTable(SuggestionKeys())
        self._listening = True
        editor.installEventFilter(self)

    def apply_keys(self, keys: SuggestionKeys) -> None:
        """Listen for these."""
        self._keys = KeyTable(keys)

    def name(self, wish: Wish) -> str:
        """Return the name of the key for `wish`."""
        return self._keys.name(wish)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what is for a suggestion; leave everything else to do what it always did."""
        if event.type() == QEvent.Type.FocusOut and self._listening:
            self.left.emit()
        if not isinstance(event, QKeyEvent) or event.type() == QEvent.Type.KeyRelease:
            return False
        wish = self._keys.wish(event)
        if wish is None or not (self._ghost.text or wish is Wish.ASK):
            return False
        event.accept()
        # Else it asks whether the key is wanted here: Esc would stop the model's work.
        if event.type() == QEvent.Type.KeyPress:
            self.wished.emit(wish)
        return True
