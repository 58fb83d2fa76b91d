"""Where nothing is suggested, and what is not worth suggesting: rules on the text at the caret."""

from __future__ import annotations

import re

from assistant.core.suggestions import Silence
from assistant.text.scripts import UNSPACED

# Right of the caret, so many characters of the line are no hindrance.
FEW = 8
# A loop that is longer than this is no sentence said again.
_LONGEST_LOOP = 60
# A Chinese word may well be said twice: 看看, 商量商量.
_FEWEST_CHARACTERS = 3

_LETTER = rf"[^\W_{UNSPACED}]"
_ENDS_IN_WORD = re.compile(rf"{_LETTER}['’]?$")
_BEGINS_IN_WORD = re.compile(rf"['’]?{_LETTER}")
_CLOSING = re.compile(r"[\s\"'”’»›)\]}」』】）》〉*_,;:.!?…。，；：！？、]+")
_WORDS_IN_A_ROW = re.compile(rf"[^\W\d_]{{2,}}|[{UNSPACED}]")

_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
# Not by a tab: so writers begin paragraphs.
_INDENTED = re.compile(r" {4}")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")
_TICKS = re.compile(r"(?<!\\)`+")

_UNIT = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+(?:['’-][^\W{UNSPACED}]+)*")
_CHARACTER = re.compile(f"[{UNSPACED}]")


def silence_before(before: str, after: str, markdown: bool) -> Silence | None:  # noqa: FBT001 - a fact about the text
    """Return why nothing is suggested between `before` and `after`, before anybody is asked.

    `markdown` is whether headings and code have their marks.
    """
    if not before.strip():
        return Silence.EMPTY
    line = before[_line_start(before) :]
    if markdown and _HEADING.match(line):
        return Silence.HEADING
    if markdown and _in_code(before, line):
        return Silence.CODE
    if _ENDS_IN_WORD.search(line) and _BEGINS_IN_WORD.match(after):
        return Silence.IN_WORD
    rest = following(after)
    if len(rest) > FEW and not can_be_bridged(after):
        return Silence.MID_LINE
    return None


def following(after: str) -> str:
    """Return what of the caret's line follows, without the marks that close what is before."""
    line = after.partition("\n")[0].rstrip()
    closing = _CLOSING.match(line)
    return line[closing.end() :] if closing else line


def can_be_bridged(after: str) -> bool:
    """Return whether words follow in the caret's line that a suggestion could lead to."""
    rest = following(after)
    return not rest.startswith("|") and bool(_WORDS_IN_A_ROW.search(rest))


def repeats_before(before: str, suggestion: str) -> bool:
    """Return whether `suggestion` says the last words again, or closes a loop of the last ones."""
    said = _units(suggestion)
    if not said or (all(map(_CHARACTER.match, said)) and len(said) < _FEWEST_CHARACTERS):
        return False
    # A few characters to a word, and one word more than the loop.
    tail = before[-2 * _LONGEST_LOOP * 12 :]
    words = _units(tail) + said
    return any(
        words[-length:] == words[-2 * length : -length]
        for length in range(len(said), min(_LONGEST_LOOP, len(words) // 2) + 1)
    )


def _units(text: str) -> list[str]:
    return [match.group().casefold().replace("’", "'") for match in _UNIT.finditer(text)]


def _line_start(text: str) -> int:
    return text.rfind("\n") + 1


def _in_code(before: str, line: str) -> bool:
    return _in_fence(before) or _has_open_ticks(line) or _is_indented_code(before)


def _in_fence(before: str) -> bool:
    """Return whether a fence has been opened and not closed; the line of a fence counts too."""
    if "```" not in before and "~~~" not in before:
        return False
    opened = ""
    last_line = _line_start(before)
    for match in _FENCE.finditer(before):
        mark, rest = match.groups()
        if not opened:
            # A backtick fence has none behind it: that would be a code span.
            opened = mark if mark[0] == "~" or "`" not in rest else ""
        elif mark.startswith(opened) and not rest.strip():
            opened = ""
            if match.start() >= last_line:
                return True
    return bool(opened)


def _has_open_ticks(line: str) -> bool:
    """Return whether a code span has been opened in `line` and not closed."""
    opened = ""
    for match in _TICKS.finditer(line):
        if not opened:
            opened = match.group()
        elif match.group() == opened:
            opened = ""
    return bool(opened)


def _is_indented_code(before: str) -> bool:
    """Return whether the last line stands in a block of code by its indent.

    Such a block has a blank line before it, and does not go on with a list.
    """
    end = len(before)
    blank_between = True
    first = True
    while end >= 0:
        start = before.rfind("\n", 0, end) + 1
        line = before[start:end]
        if _INDENTED.match(line):
            blank_between = False
        elif first:
            return False
        elif line.strip():
            return blank_between and not _LIST_ITEM.match(line)
        else:
            blank_between = True
        first = False
        end = start - 1
    return True
