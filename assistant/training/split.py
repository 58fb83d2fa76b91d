"""What is learned from and what is kept to judge by, told apart by a hash of the whole.

A *group* is the book, story, document or pair that a text comes from. Nothing of one group is ever
on both sides, whatever file or passage it was met in.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from enum import Enum

# The share of groups that is kept to judge by.
HELD_OUT = 0.05

# What stands behind a book's title proper: a subtitle, sometimes run on without a blank, or which
# part of the work this file holds.
_SUBTITLE = re.compile(
    r"[;:(\[—\r\n]|,? [Oo]r, |,? (?:Part|Chapters?|Volume|Vol\.) |(?<=[a-z])(?=[A-Z]|1[5-9]\d\d$)"
)


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
    bare = (c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def book_group(title: str, author: str) -> str:
    """Return the group of a book: its title proper and its author's surname.

    Editions and parts of one work are one group, whether its author stands there as *Burnett,
    Frances Hodgson* or as *Frances Hodgson Burnett*.
    """
    proper = _SUBTITLE.split(title.strip().strip("\"'“”"), maxsplit=1)[0] or title
    names = re.sub(r"\(.*?\)|,? Jr\.?$", "", author)
    surname = names.partition(",")[0].split()[-1:] or [author]
    return group_name(proper, *surname)


def place(group: str) -> float:
    """Return where in [0, 1) the hash of `group` lies; the same on every machine."""
    digest = hashlib.blake2b(group.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
