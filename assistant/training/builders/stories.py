"""Stories to go on with: plain prose, as the program asks a model to continue a text.

Only the first word of a passage is given and all that follows is learned, the end too where the
story ends.
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
        first, _, _ = passage.text.partition(" ")
        rest = passage.text[len(first) :]
        yield Example(WAY, {"text": first}, rest, passage.group, ends=passage.ends)
