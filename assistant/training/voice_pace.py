"""How long learning a voice takes on this machine, from what was measured the last time.

Kept in the cache folder: what is lost is measured again. Standard library only.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass

from assistant.config.atomic import write_text
from assistant.config.paths import cache_folder

_log = logging.getLogger(__name__)

# How often the whole text is read: a few passes teach a manner, more teach it by heart.
PASSES = 3
# Before anything was measured: a model of 135 million parameters on one core of a few years ago.
_GUESSED_SPEED = 220.0
_GUESSED_TOKENS_PER_WORD = 1.4
# Importing, reading the weights, judging and trying for copies.
_BESIDE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Speed of training in tokens a second, and how many tokens a word of such texts takes."""

    tokens_per_second: float
    tokens_per_word: float = _GUESSED_TOKENS_PER_WORD


def cores_for_learning() -> int:
    """Return on how many cores to learn: one is left to the writer."""
    return max(1, len(_usable_cores()) - 1)


def known_pace(base: str) -> Pace:
    """Return the pace of learning over the model `base`, a guess before the first time."""
    entry = _table().get(base)
    try:
        pace = Pace(**entry) if isinstance(entry, dict) else None
    except TypeError:
        pace = None
    if pace is not None and pace.tokens_per_second > 0 and pace.tokens_per_word > 0:
        return pace
    return Pace(_GUESSED_SPEED * cores_for_learning())


def remember(base: str, pace: Pace) -> None:
    """Keep the pace that was measured over the model `base`."""
    table = {**_table(), base: asdict(pace)}
    try:
        write_text(cache_folder() / "learning.json", json.dumps(table, indent=2))
    except OSError as error:
        _log.warning("the pace of learning was not kept: %s", error.strerror)


def seconds_for(words: int, base: str) -> float:
    """Return about how long it takes to learn from so many words over the model `base`."""
    pace = known_pace(base)
    tokens = words * pace.tokens_per_word * PASSES
    return _BESIDE_SECONDS + tokens / pace.tokens_per_second


def _usable_cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def _table() -> dict[str, object]:
    try:
        table = json.loads((cache_folder() / "learning.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
