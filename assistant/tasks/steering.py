"""Put what steers a story into a prompt: memory and lore on top, the author's note near the caret.

All in plain text, for models that go on with a text: each on lines of its own, the note in
brackets. The note's place moves in steps while the text grows, so that what a model has read
before it stays of use; what it costs is bounded. Pure functions of texts and a token counter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.core.steering import Lore, PromptPart, Steering
from assistant.text import sentences
from assistant.text.counts import word_starts
from assistant.text.scripts import UNSPACED

CountTokens = Callable[[str], int]

# Steering takes at most this share of the room.
_SHARE = 0.5
# The note's place moves when so many words have been written: half its distance, this at least.
_SHORTEST_STEP = 20
# Where the step that the note belongs to has no boundary, one is looked for so far back, in
# code points.
_LOOKED_BACK = 2000
# No word is longer on the average, in code points with its blank.
_LONGEST_WORD = 16

# A letter of a script that puts spaces between words.
_LETTER = rf"[^\W{UNSPACED}]"


@dataclass(frozen=True, slots=True)
class Composed:
    """A prompt that steers, and what it is made of."""

    text: str
    parts: tuple[PromptPart, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is put around the text that a model goes on with; `parts` are all but the text's."""

    top: str
    note: str
    note_distance: int
    parts: tuple[PromptPart, ...]

    def around(self, text: str) -> str:
        """Return `text` with what steers it."""
        return self.top + _with_note(text, self.note, self.note_distance)

    def composed(self, text: str, count_tokens: CountTokens) -> Composed:
        """Return the prompt for `text`, and its parts with that of the text last."""
        part = PromptPart("text", text, count_tokens(text), used=True)
        return Composed(self.around(text), (*self.parts, part))


def compose(before: str, steering: Steering, room: int, count_tokens: CountTokens) -> Composed:
    """Return the prompt for the text `before` the caret.

    Steering takes half of `room` tokens at most. `before` is not cut: see `frame`.
    """
    return frame(before, steering, room, count_tokens).composed(before, count_tokens)


def frame(before: str, steering: Steering, room: int, count_tokens: CountTokens) -> Frame:
    """Return what steers a text that ends with `before`, in half of `room` tokens at most.

    The memory comes first and is cut if it alone is too long; the note next, then the lore in its
    order: what does not fit is left out.
    """
    left = int(room * _SHARE)
    parts: list[PromptPart] = []
    top: list[str] = []
    note = ""
    if memory := steering.memory.strip():
        kept = _cut(memory, left, count_tokens)
        tokens = count_tokens(f"{kept or memory}\n\n")
        parts.append(PromptPart("memory", kept or memory, tokens, used=bool(kept)))
        if kept:
            top.append(kept)
            left -= tokens
    if wanted := steering.note.strip():
        line = _in_brackets(wanted)
        tokens = count_tokens(line + "\n")
        note = line if tokens <= left else ""
        parts.append(PromptPart("note", wanted, tokens, used=bool(note)))
        # Lore does not come in for a note that was too long.
        left = left - tokens if note else 0
    recent = before[_start_of_last(before, steering.lore_reach) :]
    for number, lore in enumerate(steering.lore):
        if not (text := lore.text.strip()):
            continue
        tokens = count_tokens(text + "\n\n")
        used = tokens <= left and comes_up(lore, recent)
        parts.append(PromptPart("lore", text, tokens, used, number))
        if used:
            top.append(text)
            left -= tokens
    return Frame("".join(f"{text}\n\n" for text in top), note, steering.note_distance, tuple(parts))


def comes_up(lore: Lore, text: str) -> bool:
    """Return whether one of the keywords stands in `text` as a whole word, in any case."""
    patterns = [_pattern(word) for keyword in lore.keywords if (word := keyword.strip())]
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _pattern(keyword: str) -> str:
    """Return what finds a keyword; beside Chinese and Japanese characters every word is whole."""
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, keyword[0]) else ""
    behind = rf"(?!{_LETTER})" if re.match(_LETTER, keyword[-1]) else ""
    return before + re.escape(keyword) + behind


def _in_brackets(note: str) -> str:
    return note if note.startswith("[") and note.endswith("]") else f"[{note}]"


def _cut(memory: str, most: int, count_tokens: CountTokens) -> str:
    """Return as much of the beginning of `memory` as `most` tokens hold: whole words."""
    ends = [*word_starts(memory)[1:], len(memory)]
    if count_tokens(memory + "\n\n") <= most:
        return memory
    # The longest that fits, by halves.
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if count_tokens(memory[: ends[middle]].rstrip() + "\n\n") <= most:
            low = middle + 1
        else:
            high = middle
    return memory[: ends[low - 1]].rstrip() if low else ""


def _start_of_last(text: str, words: int) -> int:
    """Return where the last `words` words of `text` begin."""
    if words <= 0:
        return len(text)
    nearest = max(0, len(text) - words * _LONGEST_WORD)
    starts = word_starts(text[nearest:])
    return nearest + starts[-words] if len(starts) > words else nearest


def _with_note(text: str, note: str, distance: int) -> str:
    if not note:
        return text
    place = _place(text, distance)
    before, behind = text[:place], text[place:]
    if not before or before.endswith("\n\n"):
        return f"{before}{note}\n\n{behind}"
    if before.endswith("\n"):
        return f"{before}{note}\n{behind}"
    return f"{before.rstrip()}\n{note}\n{behind}"


def _place(text: str, distance: int) -> int:
    """Return where the note goes: about `distance` words before the end of `text`.

    Steps are counted from the beginning, and only what stands before the step's end is looked at:
    so the place stays the same while words are written within a step.
    """
    starts = word_starts(text)
    step = max(_SHORTEST_STEP, distance // 2)
    last = (len(starts) - max(distance, 0)) // step * step
    if last <= 0:
        return 0
    end = starts[last] if last < len(starts) else starts[-1]
    first = starts[last - step]
    for start in (first, max(0, end - _LOOKED_BACK)):
        if (found := next(_boundaries(text, start, end), None)) is not None:
            return found
    return 0


def _boundaries(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the last beginning of a paragraph between the two places, then of a sentence."""
    piece = text[start:end]
    for spans in (sentences.paragraphs(piece), sentences.split(piece)):
        # What stands first may be the rest of a longer one.
        if len(spans) > 1:
            yield start + spans[-1].start
