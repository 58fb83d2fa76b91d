"""Where the part of a long text begins that a model reads before the caret.

It moves in large steps of the whole text, not with every word, so that what the model has read
stays of use while one types on. A pure function of the text around that place.
"""

from __future__ import annotations

import re

from assistant.text import sentences

_WORD_START = re.compile(r"(?<=\s)\S")


def window_start(text: str, offset: int, most: int, step: int) -> int:
    """Return where in `text` the window begins that ends with it.

    `text` is what stands before the caret, without the first `offset` code points of the document.
    The window has `most` code points at most; it begins with the paragraph, sentence or word that
    is next behind a multiple of `step`, counted from the document's beginning, and keeps its place
    until the caret is `step` code points further. Where `text` itself lacks that place, it is 0.
    """
    over = offset + len(text) - most
    if over <= 0:
        return 0
    place = -(-over // step) * step - offset
    if place <= 0:
        return 0
    # All of the piece has to be before the caret wherever that is within the step.
    piece = text[place : place + max(0, min(step // 3, most - step))]
    return place + _first_start(piece)


def _first_start(piece: str) -> int:
    """Return where a paragraph begins in `piece`, else a sentence, a word, or the piece itself."""
    for spans in (sentences.paragraphs(piece), sentences.split(piece)):
        # What stands first may be the rest of a longer one.
        if len(spans) > 1:
            return spans[1].start
    word = _WORD_START.search(piece)
    return word.start() if word else 0
