"""What is wrong with a choice of keys for suggestions, and what else those keys do.

Pure rules over names of keys. A problem is a choice that could not work; a warning is one that
takes a key from something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from assistant.config.settings import SuggestionKeys
from assistant.core.i18n import tr
from assistant.ui.suggestion_keys import Meant, Wish, meant

_Key = QKeySequence.StandardKey
_Modifier = Qt.KeyboardModifier
_COMMANDS = _Modifier.ControlModifier | _Modifier.AltModifier | _Modifier.MetaModifier
# Below are the keys that write something, above those that do something.
_FIRST_SPECIAL = 0x01000000
_OF_THE_PAGE = (
    _Key.MoveToNextChar,
    _Key.MoveToPreviousChar,
    _Key.MoveToNextWord,
    _Key.MoveToPreviousWord,
    _Key.MoveToNextLine,
    _Key.MoveToPreviousLine,
    _Key.MoveToNextPage,
    _Key.MoveToPreviousPage,
    _Key.MoveToStartOfLine,
    _Key.MoveToEndOfLine,
    _Key.MoveToStartOfDocument,
    _Key.MoveToEndOfDocument,
    _Key.SelectNextChar,
    _Key.SelectPreviousChar,
    _Key.SelectNextWord,
    _Key.SelectPreviousWord,
    _Key.SelectNextLine,
    _Key.SelectPreviousLine,
    _Key.SelectNextPage,
    _Key.SelectPreviousPage,
    _Key.SelectStartOfLine,
    _Key.SelectEndOfLine,
    _Key.SelectStartOfDocument,
    _Key.SelectEndOfDocument,
    _Key.Delete,
    _Key.Backspace,
    _Key.DeleteEndOfWord,
    _Key.DeleteStartOfWord,
    _Key.DeleteEndOfLine,
    _Key.DeleteCompleteLine,
    _Key.InsertParagraphSeparator,
    _Key.InsertLineSeparator,
)
_ALSO = ("Tab", "Shift+Tab", "Return")


def problem_of(keys: SuggestionKeys, names: Mapping[Wish, str]) -> str:
    """Return why `keys` cannot be used, empty where they can; `names` is what each one does."""
    found: dict[Meant, Wish] = {}
    for wish, text, key in _given(keys):
        if key[0].value < _FIRST_SPECIAL and not key[1] & _COMMANDS:
            return tr("{key} writes something itself. Hold Ctrl or Alt with it.", key=_name(text))
        other = found.setdefault(key, wish)
        if other is not wish:
            return tr(
                "{key} is given twice: for “{one}” and for “{other}”.",
                key=_name(text),
                one=names[other],
                other=names[wish],
            )
    return ""


def warnings_of(keys: SuggestionKeys, menus: Mapping[str, str]) -> tuple[str, ...]:
    """Return what `keys` take from something else, but for those that are the usual ones.

    `menus` maps keys of the menus to what they do.
    """
    of_menus = {key: title for text, title in menus.items() if (key := meant(text)) is not None}
    of_page = _keys_of_page()
    usual = asdict(SuggestionKeys())
    found = []
    for wish, text, key in _given(keys):
        always = wish is Wish.ASK
        if text == usual[wish.value]:
            continue
        if key in of_menus and always:
            sentence = tr("{key} will no longer be “{action}”.")
        elif key in of_menus:
            sentence = tr("{key} is not “{action}” while a suggestion is in view.")
        elif key in of_page and always:
            sentence = tr("{key} will no longer do what it does on the page.")
        elif key in of_page:
            sentence = tr("{key} leaves the page alone while a suggestion is in view.")
        else:
            continue
        found.append(sentence.format(key=_name(text), action=of_menus.get(key, "")))
    return tuple(dict.fromkeys(found))


def _given(keys: SuggestionKeys) -> Iterator[tuple[Wish, str, Meant]]:
    """Yield the keys that there are."""
    for name, text in asdict(keys).items():
        key = meant(text)
        if key is not None:
            yield Wish(name), text, key


def _keys_of_page() -> set[Meant]:
    texts = list(_ALSO)
    for standard in _OF_THE_PAGE:
        texts += [sequence.toString() for sequence in QKeySequence.keyBindings(standard)]
    return {key for text in texts if (key := meant(text)) is not None}


def _name(text: str) -> str:
    return QKeySequence(text, QKeySequence.SequenceFormat.PortableText).toString(
        QKeySequence.SequenceFormat.NativeText
    )
