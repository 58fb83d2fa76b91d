"""Everyday sentences and their translations, from and into English.

Pairs of Tatoeba. A pair goes by its English side; where its other side stands in a pair that is
kept to judge by, too, it is left out, so that no sentence to judge by is ever met.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from assistant.core.tasks import TaskName
from assistant.text.language import LANGUAGES
from assistant.training.cleaning import group_of
from assistant.training.corpora import rows
from assistant.training.examples import Example
from assistant.training.split import Part, group_name

WAY = f"{TaskName.TRANSLATE}.translator"
# The files, and the language that stands beside English in each.
PAIRS = {"tatoeba.en-fr": "fr", "tatoeba.en-de": "de", "tatoeba.en-es": "es"}
_FEWEST_WORDS, _MOST_WORDS = 2, 20


def translations(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield sentences with their translations, each pair in both directions."""
    found = [
        example
        for file, language in PAIRS.items()
        for pair in _pairs(data, file, part, random)
        for example in _both_ways(*pair, language)
    ]
    random.shuffle(found)
    yield from found


def is_short(english: str) -> bool:
    """Return whether a sentence is as long as everyday sentences are."""
    return _FEWEST_WORDS <= english.count(" ") + 1 <= _MOST_WORDS


def _pairs(data: Path, file: str, part: Part, random: Random) -> Iterator[tuple[str, str, str]]:
    """Yield the group, the English and the other side of pairs, one of each English sentence."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    held_out: set[str] = set()
    for row in rows(data, file):
        group, foreign = group_of(row), row["foreign"]
        if Part.VALIDATION.has(group):
            held_out.add(group_name(foreign))
        if part.has(group) and is_short(row["english"]):
            grouped.setdefault(group, []).append((row["english"], foreign))
    for group, pairs in grouped.items():
        english, foreign = random.choice(pairs)
        if part is Part.VALIDATION or group_name(foreign) not in held_out:
            yield group, english, foreign


def _both_ways(group: str, english: str, foreign: str, language: str) -> Iterator[Example]:
    for text, answer, target in ((english, foreign, language), (foreign, english, "en")):
        values = {"text": text, "target_language": LANGUAGES[target]}
        yield Example(WAY, values, answer, group)
