"""Stories to go on with: plain prose, as the program asks a model to continue a text.

All of a passage is learned, and its end where the story ends with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from assistant.training.examples import Example
from assistant.training.split import Part
from assistant.training.storybooks import passages

WAY = "continue.plain"


def stories(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield the passages of children's books and whole small stories."""
    for passage in passages(data, part, random):
        yield Example(WAY, {"text": ""}, passage.text, passage.group, ends=passage.ends)
