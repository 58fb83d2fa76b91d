"""How what a model writes joins the text before it and, where something follows, the text behind.

Models write the blank before a word together with the word. Everything here is rules on text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.tasks.cleaning import is_ideographic
from assistant.text.scripts import UNSPACED

BLANKS = " \t\u3000"

_MARKS = ",;:.!?…，；：。！？、"
# A word, with the quotation marks or brackets that it may stand in; a dash between blanks.
_WANTS_BLANK = re.compile(r"[\"'“‘«(\[{]*\w|[–—-]\s")
# As many words as nobody writes twice by chance.
_FIRST_WORDS = re.compile(r"\S+(?:\s+\S+){3}")
_WORD_START = re.compile(rf"(?<!\S)\S|[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Join:
    """The seam between a text that may end in blanks and what a model writes after it.

    A blank at the end of a prompt misleads a model: it is left off the prompt, and the one that the
    model writes is taken off. `cuts` is whether blanks are taken off, `needs_blank` whether there
    have to be some.
    """

    prompt: str
    cuts: bool
    needs_blank: bool

    @classmethod
    def without_blanks(cls, text: str) -> Join:
        """Return the seam of `text` for a prompt without the blanks at its end."""
        stem = text.rstrip(BLANKS)
        last = stem[-1:]
        inside_a_line = not last.isspace() and not is_ideographic(last)
        return cls(stem, cuts=stem != text, needs_blank=stem != text and inside_a_line)

    @classmethod
    def with_blanks(cls, text: str) -> Join:
        """Return the seam of `text` for a prompt that keeps them."""
        return cls(text, cuts=True, needs_blank=False)

    def fails(self, written: str) -> bool:
        """Return whether `written` goes on inside the text's last word, before its blank."""
        return self.needs_blank and bool(written) and not written[0].isspace()

    def apply(self, written: str) -> str:
        """Return `written` as it joins the text."""
        if self.fails(written):
            return ""
        return written.lstrip(BLANKS) if self.cuts else written


def before(written: str, after: str) -> str:
    """Return `written` as it joins `after`: without what `after` says again, and with a blank.

    A mark at its end goes where `after` begins with one.
    """
    kept = written[: _repetition(written, after.lstrip())].rstrip()
    if not kept or not after or after[0].isspace():
        return kept
    if after[0] in _MARKS:
        return kept.rstrip(_MARKS).rstrip()
    spaced = _WANTS_BLANK.match(after) and not (
        is_ideographic(after[0]) or is_ideographic(kept[-1])
    )
    return f"{kept} " if spaced else kept


def repeats(written: str, after: str) -> bool:
    """Return whether `written` has gone on to say the first words of `after` itself."""
    return _first_words_in(written, after.lstrip()) is not None


def _repetition(written: str, following: str) -> int:
    """Return where `written` begins to say `following`, or its length where it does not."""
    place = _first_words_in(written, following)
    if place is not None:
        return place
    for match in _WORD_START.finditer(written):
        said = written[match.start() :].rstrip()
        seam = said[-1] + following[len(said) :][:1]
        inside_a_word = len(seam) == 2 and seam.isalnum() and not any(map(is_ideographic, seam))
        if following.startswith(said) and not inside_a_word:
            return match.start()
    return len(written)


def _first_words_in(written: str, following: str) -> int | None:
    first = _FIRST_WORDS.match(following)
    found = re.search(rf"(?<!\S){re.escape(first[0])}", written) if first else None
    return found.start() if found else None
