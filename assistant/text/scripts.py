"""Which characters are written without spaces between words, and which are none.

Owns the character classes that the other text modules build their patterns from. Hangul is not
among them: Korean puts spaces between words.
"""

from __future__ import annotations

import re

# For use inside a regular expression's brackets.
HAN = r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = r"\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
BOPOMOFO = r"\u3105-\u312f\u31a0-\u31bf"
UNSPACED = HAN + KANA + BOPOMOFO
# Without the apostrophe, which may stand inside a word.
PUNCTUATION = r"!-&(-/:-@\[-`{-~\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2010-\u206f"
CJK_PUNCTUATION = (
    r"\u3001-\u3004\u3008-\u303f\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)

_UNSPACED = re.compile(f"[{UNSPACED}]")
_LETTER = re.compile(r"[^\W\d_]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def unspaced_share(text: str) -> float:
    """Return which share of the letters, 0 to 1, belongs to a script without spaces."""
    if text.isascii():
        return 0.0
    unspaced = len(_UNSPACED.findall(text))
    return unspaced / max(len(_LETTER.findall(text)), unspaced, 1)


def mostly_unspaced(text: str) -> bool:
    """Return whether `text` is to be read as Chinese or Japanese."""
    # A Chinese word takes two characters, an English one five: a third of the letters is half of
    # the words.
    return unspaced_share(text) > 1 / 3


def whole_characters(text: str) -> str:
    """Return `text`, as long as before, with U+FFFD for each half of a character.

    Windows may hand over halves, and libraries in Rust refuse them.
    """
    return _SURROGATE.sub("\ufffd", text)
