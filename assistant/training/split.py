"""What is learned from and what is kept to judge by, told apart by a hash of the whole.

A *group* is the book, story, document or pair that a text comes from. Nothing of one group is ever
on both sides, whatever file or passage it was met in.
"""

from __future__ import annotations

import hashlib
import unicodedata
from enum import Enum

# The share of groups that is kept to judge by.
HELD_OUT = 0.05


class Part(Enum):
    """One side of the split."""

    TRAIN = "train"
    VALIDATION = "validation"

    def has(self, group: str) -> bool:
        """Return whether `group` is on this side."""
        return (place(group) < HELD_OUT) is (self is Part.VALIDATION)


def group_name(*parts: str) -> str:
    """Return the name of a group from a title, an author, a file: letters and digits alone.

    Two editions that differ in case, accents or punctuation are one group.
    """
    plain = unicodedata.normalize("NFKD", " ".join(parts)).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def place(group: str) -> float:
    """Return where in [0, 1) the hash of `group` lies; the same on every machine."""
    digest = hashlib.blake2b(group.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
