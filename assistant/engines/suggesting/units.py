"""Where words and clauses end in a text that is being written.

A word is what stands between blanks, marks and dashes, its inner apostrophes and hyphens included;
a Chinese or Japanese character is one by itself. Pure functions on text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.text.scripts import CJK_PUNCTUATION, UNSPACED

# For use inside a regular expression's brackets.
_CLAUSE = r",;:.!?…。，；：！？、．"
_CLOSING = r"”’»›)\]}」』】）》〉"
_OPENING = r"“‘„‚«‹(\[{「『【（《〈¿¡"
_DASHES = r"–—―"
# Straight quotes open or close, by what stands before them.
_STRAIGHT = "\"'"
_NO_WORD = rf"{_CLAUSE}{_CLOSING}{_OPENING}{_DASHES}{_STRAIGHT}\-‐‑*_#/\\`~|<>={CJK_PUNCTUATION}"

_IN_WORD = rf"[^\s{_NO_WORD}{UNSPACED}]"
_JOINS = (
    rf"['’\-‐‑](?={_IN_WORD})"
    r"|(?<=\d)[.,:](?=\d)"
    # The points of “U.S.” and “e.g.”: one letter stands before them.
    r"|(?<![^\W\d_][^\W\d_])(?<=[^\W\d_])\.(?=[^\W\d_])"
)
_UNIT = re.compile(
    rf"(?P<word>{_IN_WORD}(?:{_IN_WORD}|{_JOINS})*|[{UNSPACED}])"
    rf"|(?P<marks>(?:[{_CLAUSE}{_CLOSING}]|(?<=[^\s{_OPENING}{_DASHES}])[{_STRAIGHT}])+)"
)
# What may turn out to stand inside a word, once it is seen how the text goes on.
_UNDECIDED = re.compile(
    rf"(?:(?<={_IN_WORD})['’\-‐‑]|(?<=\d)[.,:]|(?<![^\W\d_][^\W\d_])(?<=[^\W\d_])\.)$"
)
_ONE_CLAUSE_MARK = re.compile(f"[{_CLAUSE}]")
_TAIL = re.compile(r"\S{0,40}\Z")
_TYPED = re.compile(rf"{_IN_WORD}(?:{_IN_WORD}|{_JOINS}|['’\-‐‑]$)*\Z")
_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "st"})
# Behind these a new word begins without a blank.
_OPEN_END = re.compile(
    rf"(?:\A|[{UNSPACED}{CJK_PUNCTUATION}]|(?:\A|[\s{_OPENING}{_DASHES}])[{_STRAIGHT}]?)\Z"
)
_WORD_START = re.compile(rf"[^\s{_NO_WORD}]")
_GOES_ON = re.compile(rf"['’\-‐‑]?{_IN_WORD}")


@dataclass(frozen=True, slots=True)
class End:
    """A place in a text, in code points, where a word or a mark is complete.

    `clause` says that a clause ends there, with the quotes that close behind it.
    """

    position: int
    clause: bool = False


def ends(before: str, text: str, *, final: bool) -> list[End]:
    """Return where words and marks of `text`, which stands behind `before`, are surely complete.

    At the end of the text that is so only when it is `final`: the next letters might go on with the
    word or close a quote. A clause mark that may be followed by a quote is complete, but its clause
    is not.
    """
    tail = _tail(before)
    whole = tail + text
    undecided = None if final else _UNDECIDED.search(whole)
    certain = undecided.start() if undecided else len(whole) + final
    found: list[End] = []
    word = ""
    for match in _UNIT.finditer(whole):
        if match["word"]:
            word = match["word"]
            if match.end() < certain:
                found.append(End(match.end()))
            continue
        marks = match["marks"]
        clause = bool(_ONE_CLAUSE_MARK.search(marks)) and (final or match.end() < len(whole))
        if marks == "." and word.lower() in _ABBREVIATIONS:
            clause = False
        last = match.end()
        found += [End(at) for at in range(match.start() + 1, last) if at <= certain]
        if last <= certain:
            found.append(End(last, clause))
    return [End(end.position - len(tail), end.clause) for end in found if end.position > len(tail)]


def ends_with_clause(text: str) -> bool:
    """Return whether `text` ends with a clause mark, closing quotes behind it left out."""
    bare = re.sub(rf"[{_CLOSING}{_STRAIGHT}]+$", "", text)
    return bool(_ONE_CLAUSE_MARK.fullmatch(bare[-1:]))


def undecided(before: str, text: str) -> bool:
    """Return whether only the next letters tell if the last word of `text` goes on."""
    return bool(_UNDECIDED.search(_tail(before) + text))


def typed_word(text: str) -> str:
    """Return the unfinished word at the end of `text`; none behind a blank, a mark, a character."""
    found = _TYPED.search(text[-80:])
    return found.group() if found else ""


def is_open(text: str) -> bool:
    """Return whether a new word behind `text` begins without a blank."""
    return bool(_OPEN_END.search(text[-2:]))


def starts_word(text: str) -> bool:
    """Return whether `text`, its blank left out, begins with a letter, a digit or a character."""
    return bool(_WORD_START.match(text[text.startswith(" ") :]))


def goes_on(text: str) -> bool:
    """Return whether `text` would go on with a word that stands right before it."""
    return bool(_GOES_ON.match(text))


def _tail(before: str) -> str:
    found = _TAIL.search(before)
    return found.group() if found else ""
