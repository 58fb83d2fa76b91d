"""One thing to learn from, and the contract of what makes them.

An example is asked in the program's own words: `way` names a section of a file in
`resources/prompts`, so that a model is trained on exactly what it will be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

from assistant.training.split import Part


@dataclass(frozen=True, slots=True)
class Example:
    """What is read, and what is to be learned.

    `way` is `<file>.<section>` of `resources/prompts` (`ask.reader`, `rewrite.proofread.editor`,
    `continue.plain`), `values` what goes into its placeholders. Loss is taken on `answer` alone;
    `ends` says that the text ends there, which is learned as well. `group` is the book, story or
    document it comes from (`split.group_name`).
    """

    way: str
    values: Mapping[str, str]
    answer: str
    group: str
    ends: bool = True


class Builder(Protocol):
    """Makes the examples of one kind from files in the form of the data folder.

    Yields one pass over the groups of `part`, in an order that `random` decides and nothing else:
    the same data and seed give the same examples. A recipe asks for passes until it has enough.
    """

    def __call__(self, data: Path, part: Part, random: Random) -> Iterator[Example]:
        """Yield the examples; raise `TrainingError` where a file is missing or damaged."""
