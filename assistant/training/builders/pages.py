"""Passages of a writer's own pages, to go on writing as they do.

Reads `pages.jsonl`, which `assistant.training.pages` writes: which page is on which side of the
split is written there, since a single novel is one group and would be on one side as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from assistant.core.errors import TrainingError
from assistant.training import corpora
from assistant.training.examples import Example
from assistant.training.pages import damaged, page_from, passages
from assistant.training.split import Part


def pages(data: Path, part: Part, random: Random) -> Iterator[Example]:
    """Yield the passages of one pass, in the order of the pages."""
    rows = list(corpora.rows(data, "pages"))
    try:
        words = int(rows[0]["passage_words"])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(damaged()) from error
    yield from passages((page for page in map(page_from, rows) if page.part is part), words, random)
