"""The thread that checks grammar: paragraphs go in, findings come out, the window goes on.

Owns the checker, which only its thread touches. Only values cross; a newer request makes an older
one end at its next paragraph.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from assistant.text.grammar import SPELLING, Checker, Finding
from assistant.text.language import detect

_log = logging.getLogger(__name__)

# A paragraph of fewer letters says too little about its own language.
_FEWEST_LETTERS = 40
# More unknown words than one in three, and at least these many: that is another language.
_FEWEST_UNKNOWN = 4
_UNKNOWN_SHARE = 1 / 3
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as wrong: the dialect, and the words to leave alone."""

    dialect: str
    ignored_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """Paragraphs to check, and the text around them, which tells the language of short ones."""

    number: int
    rules: Rules
    paragraphs: tuple[str, ...]
    context: str


class GrammarWorker(QObject):
    """Checks what it is asked to; lives in a thread of its own.

    Attributes: `latest`, the number of the newest request, set by the asking thread; older ones
    are dropped.
    Signals: `checked(rules, paragraph, findings)` after each paragraph; `broken()` when the rules
    themselves fail, after which nothing more is checked.
    """

    checked = Signal(object, str, object)
    broken = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.latest = 0
        self._rules: Rules | None = None
        self._checker = Checker()

    @Slot(object)
    def check(self, request: Request) -> None:
        """Check the paragraphs of `request`, unless a newer one is waiting."""
        try:
            self._check(request)
        except Exception as error:  # noqa: BLE001 - someone else's rules must not end the page
            # The message might quote the text, which no log may hold.
            _log.error("the grammar check failed: %s", type(error).__name__)
            self.broken.emit()

    def _check(self, request: Request) -> None:
        if request.number != self.latest:
            return
        if request.rules != self._rules:
            self._checker = Checker(request.rules.dialect, request.rules.ignored_words)
            self._rules = request.rules
        around = detect(request.context)
        for paragraph in request.paragraphs:
            if request.number != self.latest:
                return
            findings = self._findings(paragraph, around) if paragraph.strip() else ()
            self.checked.emit(request.rules, paragraph, findings)

    def _findings(self, paragraph: str, around: str | None) -> tuple[Finding, ...]:
        """Return what is wrong in `paragraph`, nothing where it is not English."""
        letters = len(_LETTER.findall(paragraph))
        own = detect(paragraph) if letters >= _FEWEST_LETTERS else None
        language = own or around
        if language not in (None, "en") or 2 * len(_LATIN.findall(paragraph)) < letters:
            return ()
        findings = self._checker.check(paragraph)
        unknown = sum(finding.kind == SPELLING for finding in findings)
        words = len(_WORD.findall(paragraph))
        if unknown >= _FEWEST_UNKNOWN and unknown > words * _UNKNOWN_SHARE:
            return ()
        return findings
