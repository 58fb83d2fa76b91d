"""What is taken off a model's answer: greetings, labels, quotation marks that it put around.

Small models wrap what they were asked for. Everything here is rules on text; a source is given
where marks that the writer set must stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.text.scripts import CJK_PUNCTUATION, UNSPACED

if TYPE_CHECKING:
    from assistant.core.tasks import Span

# A whole line that only announces what follows.
_ANNOUNCEMENT = re.compile(
    r"""(?ix)^\W*(?:
        (?:sure|certainly|of\ course|absolutely|okay|ok)(?:\W*|\b[^:]{0,100}:)
      | (?:sure|certainly|of\ course|okay|ok)?\W*here(?:'s|’s|\ is|\ are|\ you)\b[^:]{0,100}:
      | (?:(?:the|a|my|your)\s+)?
        (?:corrected|revised|rewritten|shortened|shorter|new|improved|formal|simplified|translated)?
        \s*(?:sentence|text|version|summary|rewrite|translation|answer|output|tl;dr)\s*:
    )\**\s*$"""
)
_MAY_ANNOUNCE = re.compile(r"(?i)^\W*(?:sure|certainly|of course|absolutely|okay|ok|here)\b[^\n]*$")
# The same in front of the text on one line.
_LABEL = re.compile(
    r"""(?ix)^\W*(?:
        (?:(?:sure|certainly|of\ course|okay|ok)\W+)?here(?:'s|’s|\ is|\ are)\b[^:.!?\n]{0,100}:
      | (?:(?:the|a|my|your)\s+)?
        (?:corrected|revised|rewritten|shortened|shorter|new|improved|formal|simplified|translated)
        \s*(?:sentence|text|version|summary|translation)?\s*:
      | (?:sentence|summary|rewrite|translation|answer|output|tl;dr)\s*:
    )\**\s*(?=\S)"""
)
_IDEOGRAPHIC = re.compile(f"[{UNSPACED}{CJK_PUNCTUATION}]")
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("'", "'"), ("‘", "’"), ("`", "`"))


def first_line(answer: str) -> str:
    """Return the first line of `answer` that says something; empty when there is none."""
    return _first_line(answer)[0]


def has_whole_line(answer: str) -> bool:
    """Return whether the first line that says something is finished by a line break."""
    return _first_line(answer)[1]


def _first_line(answer: str) -> tuple[str, bool]:
    lines = answer.split("\n")
    for number, line in enumerate(lines):
        if line.strip() and not _ANNOUNCEMENT.match(line):
            return line.strip(), number + 1 < len(lines)
    return "", False


def may_announce(answer: str) -> bool:
    """Return whether an unfinished `answer` may still turn out to begin with an announcement."""
    return bool(_MAY_ANNOUNCE.match(answer.lstrip()))


def without_label(answer: str, source: str) -> str:
    """Return `answer` without a label before it, unless `source` begins with the same words."""
    match = _LABEL.match(answer)
    if match is None or source.casefold().startswith(match[0].strip().casefold()):
        return answer
    return answer[match.end() :]


def without_added_quotes(answer: str, source: str) -> str:
    """Return `answer` without quotation marks around all of it that `source` does not have."""
    for opening, closing in _QUOTES:
        inner = answer[len(opening) : len(answer) - len(closing)]
        if (
            len(answer) > len(opening) + len(closing)
            and answer.startswith(opening)
            and answer.endswith(closing)
            and opening not in inner
            and not source.startswith(opening)
        ):
            return inner.strip()
    return answer


def one_line(answer: str, source: str) -> str:
    """Return the one line that was asked for, without what was put around it."""
    return without_added_quotes(without_label(first_line(answer), source), source)


def without_announcement(answer: str, source: str) -> str:
    """Return all lines of `answer` but those at its beginning that only announce it."""
    lines = answer.strip().split("\n")
    while lines and (not lines[0].strip() or _ANNOUNCEMENT.match(lines[0])):
        del lines[0]
    return without_added_quotes(without_label("\n".join(lines), source), source)


def joined(text: str, spans: tuple[Span, ...]) -> str:
    """Return the sentences at `spans` as one paragraph, on one line."""
    pieces = [" ".join(text[span.start : span.end].split()) for span in spans]
    return "".join(
        piece if number == 0 else gap_between(pieces[number - 1], piece) + piece
        for number, piece in enumerate(pieces)
    )


def gap_between(before: str, after: str) -> str:
    """Return what stands between two sentences: nothing in Chinese and Japanese, else a space."""
    return "" if is_ideographic(before[-1:]) or is_ideographic(after[:1]) else " "


def is_ideographic(character: str) -> bool:
    """Return whether `character` belongs to a script without spaces, or to its punctuation."""
    return bool(_IDEOGRAPHIC.match(character))
