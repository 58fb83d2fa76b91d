"""The sentence of a passage that says most about the rest of it, as in PEGASUS.

Zhang et al. 2020, “PEGASUS: Pre-training with Extracted Gap-sentences”: the principal sentence is
the one whose words (ROUGE-1) are most like those of all the others. It is left in the passage,
where it is to be found, but for a few times where it has to be guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from assistant.text import sentences
from assistant.text.passages import as_one_line
from assistant.text.words import content_words
from assistant.training import cleaning, corpora
from assistant.training.builders.summaries import WAY
from assistant.training.examples import Example
from assistant.training.split import Part

CORPORA = ("gutenberg_children", "fairytaleqa_stories")
_TRIES = 4
_SLICE = 8000
_WORDS = (90, 280)
_MOST_CHARACTERS = 1500
_FEWEST_SENTENCES = 5
_TAKEN_OUT = 0.1
# The principal sentence has so many content words of the others at least.
_SHARED = 4
# Sentences that can stand alone: of this many words, not speech, not hanging on the one before.
_LENGTHS = range(9, 32)
_HANGS_ON = re.compile(
    r"(?:And|But|Or|So|Then|This|These|That|Those|Such|Yet|For|Nor|Thus|Therefore|However|It|Here)\b"
)
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
_SPEECH = re.compile("[\"“”‘]|(?<!\\w)'|\\b(?:I|you|your|my|me|thou|thy)\\b")


def key_sentences(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield a few passages of each book with their principal sentences."""
    books = [
        (group, row["text"])
        for name in CORPORA
        for row in corpora.rows(data, name)
        if part.has(group := cleaning.group_of(row))
    ]
    random.shuffle(books)
    for group, text in books:
        for _ in range(_TRIES):
            passage = _passage(text, random)
            told = _principal(passage)
            if told is None:
                continue
            left = _without(passage, told) if random.random() < _TAKEN_OUT else " ".join(passage)
            yield Example(WAY, {"text": left}, passage[told], group)
            break


def _passage(text: str, random: Random) -> list[str]:
    """Return the sentences of a passage from anywhere in a book."""
    start = random.randrange(max(1, len(text) - _SLICE))
    piece = text[start : start + _SLICE]
    # What stands before the first empty line is the end of a paragraph.
    whole = piece if start == 0 else piece.partition("\n\n")[2]
    words = random.randint(*_WORDS)
    passage = as_one_line(next(cleaning.passages(cleaning.paragraphs(whole), words), ""))
    found: list[str] = []
    length = 0
    for span in sentences.split(passage, "en"):
        length += span.end - span.start + 1
        if length > _MOST_CHARACTERS:
            break
        found.append(passage[span.start : span.end])
    return found


def _principal(passage: Sequence[str]) -> int | None:
    """Return which sentence is most like the others (F1 of content words); none may be."""
    if len(passage) < _FEWEST_SENTENCES:
        return None
    words = [Counter(content_words(sentence, "en")) for sentence in passage]
    whole = sum(words, Counter[str]())
    likeness = {}
    for index, sentence in enumerate(passage):
        shared = (words[index] & (whole - words[index])).total()
        if shared >= _SHARED and _can_stand_alone(sentence):
            # F1 of precision and recall, where both together have all words.
            likeness[index] = shared / whole.total()
    return max(likeness, key=lambda index: likeness[index], default=None)


def _can_stand_alone(sentence: str) -> bool:
    return (
        sentence.count(" ") + 1 in _LENGTHS
        and sentence.endswith(".")
        and _HANGS_ON.match(sentence) is None
        and _SPEECH.search(sentence) is None
        and (_NAME.search(sentence) is not None or sentence[:2] in {"A ", "Th"})
    )


def _without(passage: Sequence[str], index: int) -> str:
    return " ".join([*passage[:index], *passage[index + 1 :]])
