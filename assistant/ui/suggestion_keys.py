"""Which key means what to a suggestion, by the settings, on any layout of the keyboard.

Says nothing of when a key counts: that is for whoever knows whether a suggestion is in view.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from enum import Enum

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from assistant.config.settings import SuggestionKeys

_Key = Qt.Key
_Modifier = Qt.KeyboardModifier
# Of keypad and third level nothing is to be asked: they are the ways to a symbol, not a wish.
_MEANT = (
    _Modifier.ShiftModifier
    | _Modifier.ControlModifier
    | _Modifier.AltModifier
    | _Modifier.MetaModifier
)
_SAME = {_Key.Key_Backtab: _Key.Key_Tab, _Key.Key_Enter: _Key.Key_Return}
_SYMBOLS_BELOW = 0x100
# Where these symbols are on an American keyboard: others have letters there, and the symbols where
# no hand can reach them together with Alt. Scan codes of X11 and Wayland, and of Windows.
_PLACES = (
    {26: _Key.Key_BracketLeft, 27: _Key.Key_BracketRight, 43: _Key.Key_Backslash}
    if sys.platform == "win32"
    else {34: _Key.Key_BracketLeft, 35: _Key.Key_BracketRight, 51: _Key.Key_Backslash}
)


class Wish(Enum):
    """What a key asks for; the values are the names of the settings."""

    ACCEPT = "accept"
    ACCEPT_WORD = "accept_word"
    ACCEPT_SENTENCE = "accept_sentence"
    DISMISS = "dismiss"
    NEXT = "next"
    PREVIOUS = "previous"
    ASK = "ask"


Meant = tuple[Qt.Key, Qt.KeyboardModifier]


def meant(text: str) -> Meant | None:
    """Return the key of `text`, Qt's portable one, as keys are compared; None where it is none."""
    sequence = QKeySequence(text, QKeySequence.SequenceFormat.PortableText)
    if not sequence.count():
        return None
    return _plain(sequence[0])  # type: ignore[index] # PySide's stubs lack it


class KeyTable:
    """The keys of `keys`, as wishes."""

    def __init__(self, keys: SuggestionKeys) -> None:
        self._sequences = {
            Wish(field.name): QKeySequence(
                getattr(keys, field.name), QKeySequence.SequenceFormat.PortableText
            )
            for field in fields(keys)
        }
        self._wishes: dict[Meant, Wish] = {}
        for wish in self._sequences:
            key = meant(getattr(keys, wish.value))
            if key is not None:
                self._wishes.setdefault(key, wish)

    def wish(self, event: QKeyEvent) -> Wish | None:
        """Return what the key of `event` asks for, None for a key like any other."""
        found = self._wishes.get(_plain(event.keyCombination()))
        place = _PLACES.get(event.nativeScanCode())
        if found is not None or place is None or _is_ascii_letter(event.key()):
            return found
        return self._wishes.get((place, _without_shift(event.modifiers() & _MEANT)))

    def name(self, wish: Wish) -> str:
        """Return the key's name as this platform writes it; empty where there is none."""
        return self._sequences[wish].toString(QKeySequence.SequenceFormat.NativeText)


def _plain(keys: QKeyCombination) -> Meant:
    """Return the key and what is held with it, in the one form in which they are compared."""
    key, held = keys.key(), keys.keyboardModifiers() & _MEANT
    key = _SAME.get(key, key)
    # Some layouts have a symbol behind Shift.
    return key, _without_shift(held) if _is_symbol(key) else held


def _without_shift(held: Qt.KeyboardModifier) -> Qt.KeyboardModifier:
    return held & ~_Modifier.ShiftModifier


def _is_symbol(key: Qt.Key) -> bool:
    return key.value < _SYMBOLS_BELOW and not chr(key.value).isalnum() and key != _Key.Key_Space


def _is_ascii_letter(key: int) -> bool:
    return _Key.Key_A.value <= key <= _Key.Key_Z.value
