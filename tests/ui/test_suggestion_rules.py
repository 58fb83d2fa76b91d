"""Rules of suggestions that need no page: keys on any layout, parts of a text, offers."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from assistant.config.settings import SuggestionKeys
from assistant.core.suggestions import Silence, Suggestion
from assistant.ui.suggestion_keys import KeyTable, Wish
from assistant.ui.suggestion_manners import PATIENCE, REST, Manners, Scene
from assistant.ui.suggestion_offer import Offer, Spot
from assistant.ui.suggestion_parts import next_sentence, next_word

_Modifier = Qt.KeyboardModifier
NONE, ALT, SHIFT, CONTROL = (
    _Modifier.NoModifier,
    _Modifier.AltModifier,
    _Modifier.ShiftModifier,
    _Modifier.ControlModifier,
)


def key(
    code: Qt.Key, held: Qt.KeyboardModifier = NONE, text: str = "", scan_code: int = 0
) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, code, held, scan_code, 0, 0, text)


def test_the_keys_of_the_issue() -> None:
    """Each does what it is for, and no other."""
    table = KeyTable(SuggestionKeys())
    for event, wish in (
        (key(Qt.Key.Key_Tab), Wish.ACCEPT),
        (key(Qt.Key.Key_Right, CONTROL), Wish.ACCEPT_WORD),
        (key(Qt.Key.Key_Right, CONTROL | SHIFT), Wish.ACCEPT_SENTENCE),
        (key(Qt.Key.Key_Escape), Wish.DISMISS),
        (key(Qt.Key.Key_BracketRight, ALT), Wish.NEXT),
        (key(Qt.Key.Key_BracketLeft, ALT), Wish.PREVIOUS),
        (key(Qt.Key.Key_Backslash, ALT), Wish.ASK),
        (key(Qt.Key.Key_Right), None),
        (key(Qt.Key.Key_Backtab, SHIFT), None),
        (key(Qt.Key.Key_Tab, CONTROL), None),
        (key(Qt.Key.Key_BracketRight), None),
    ):
        assert table.wish(event) is wish


def test_symbols_are_found_on_other_layouts() -> None:
    """Behind Shift, on the third level, or in the place that they have on an American keyboard."""
    table = KeyTable(SuggestionKeys())
    assert table.wish(key(Qt.Key.Key_Backslash, ALT | SHIFT)) is Wish.ASK
    level3 = _Modifier.GroupSwitchModifier
    assert table.wish(key(Qt.Key.Key_BracketRight, ALT | level3)) is Wish.NEXT
    # AltGr on Windows, which writes the symbol: Ctrl and Alt at once.
    assert table.wish(key(Qt.Key.Key_BracketRight, ALT | CONTROL, "]")) is None
    bracket, backslash = (27, 43) if sys.platform == "win32" else (35, 51)
    assert table.wish(key(Qt.Key.Key_Plus, ALT, scan_code=bracket)) is Wish.NEXT
    assert table.wish(key(Qt.Key.Key_NumberSign, ALT, scan_code=backslash)) is Wish.ASK
    assert table.wish(key(Qt.Key.Key_Plus, NONE, "+", scan_code=bracket)) is None
    assert table.wish(key(Qt.Key.Key_B, ALT, scan_code=bracket)) is None


def test_keys_can_be_changed_and_left_out() -> None:
    table = KeyTable(replace(SuggestionKeys(), accept="Shift+Return", dismiss="", ask="Alt+?"))
    assert table.wish(key(Qt.Key.Key_Enter, SHIFT | _Modifier.KeypadModifier)) is Wish.ACCEPT
    assert table.wish(key(Qt.Key.Key_Tab)) is None
    assert table.wish(key(Qt.Key.Key_Escape)) is None
    assert table.wish(key(Qt.Key.Key_Question, ALT | SHIFT)) is Wish.ASK
    assert table.name(Wish.DISMISS) == ""
    assert table.name(Wish.ASK) == "Alt+?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" the old harbour, and", [" the", " old", " harbour", ", and"]),
        ("me. ", ["me", ". "]),
        (" don’t ask “why” 😀", [" don’t", " ask", " “why", "” 😀"]),
        ("灯塔，他", ["灯", "塔", "，他"]),
        (" 3.5 metres", [" 3.5", " metres"]),
        ("😀 yes", ["😀 yes"]),
        ("…", ["…"]),
    ],
)
def test_a_word_at_a_time(text: str, words: list[str]) -> None:
    """With what stands before it, until nothing is left."""
    found = []
    while text:
        found.append(next_word(text))
        text = text[len(found[-1]) :]
    assert found == words


def test_a_sentence_at_a_time() -> None:
    """Dr. ends none; the blank before the next one is left to it."""
    text = " to Dr. Smith. And then he"
    assert next_sentence(text) == " to Dr. Smith."
    assert next_sentence(" And then he") == " And then he"
    assert next_sentence("他走了。她来了") == "他走了。"


def test_manners() -> None:
    """What goes on in the page counts first, then what was done last, then the rejections."""
    manners = Manners()
    assert manners.silence(Scene()) is None
    manners.deleted()
    assert manners.silence(Scene()) is Silence.DELETED
    assert manners.silence(Scene(composing=True, selecting=True)) is Silence.COMPOSING
    assert manners.silence(Scene(selecting=True)) is Silence.SELECTION
    assert manners.silence(Scene(locked=True)) is Silence.LOCKED
    manners.undone()
    assert manners.silence(Scene()) is Silence.UNDONE
    manners.typed()
    pause = manners.pause_ms
    manners.passed(0.1)
    for _ in range(PATIENCE):
        assert manners.pause_ms == pause
        manners.dismissed()
    assert manners.pause_ms == 2 * pause
    for _ in range(REST - PATIENCE):
        assert manners.silence(Scene()) is None
        manners.passed(2.0)
    assert manners.silence(Scene()) is Silence.RESTING
    manners.typed()
    assert manners.resting
    manners.wake()
    assert manners.silence(Scene()) is None
    assert manners.pause_ms == pause
    manners.dismissed()
    manners.accepted()
    manners.pace = "quick"
    assert manners.pause_ms < pause


def test_an_offer_goes_along_with_what_is_typed() -> None:
    """The one in view decides; of the others those stay that fit; elsewhere nothing does."""
    spot = Spot(10, "Once", "")
    texts = (" upon", " up", " there")
    offer = Offer(spot, tuple(Suggestion(text, -1.0) for text in texts)).stepped(1)
    assert offer.current.text == " up"
    left = offer.at(Spot(10, "Once u", ""))
    assert left is not None
    assert [one.text for one in left.suggestions] == ["pon", "p"]
    assert (left.current.text, left.along) == ("p", " u")
    assert left.at(Spot(10, "Once up", "")) is None
    assert left.used_up_at(Spot(10, "Once up", ""))
    for elsewhere in (Spot(11, "Once u", ""), Spot(10, "Once u", "x"), Spot(10, "Onc", "")):
        assert offer.at(elsewhere) is None
        assert not offer.used_up_at(elsewhere)
    assert left.stepped(-1).current.text == "pon"
    more = left.with_more((Suggestion("p", -2.0), Suggestion("s", -3.0)))
    assert [one.text for one in more.suggestions] == ["pon", "p", "s"]
    assert more.current.text == "p"
