"""Keeps a voice from handing out the pages that it was trained on.

A run of eight words or more that stands in them verbatim is never shown: text is held back until no
copy can become of it, and ends before one. A model without an index is free to write anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.core.i18n import trn
from assistant.text.copying import COPY_INDEX, CopyIndex, index_at, safe_part
from assistant.text.scripts import UNSPACED

if TYPE_CHECKING:
    from assistant.models.description import ModelDescription

_OPENING = " \t\n\u3000\"'“‘«„「『（([—–-"
# A copied run is shorter than this.
_REACH = 200
_WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")


@dataclass(slots=True)
class Guard:
    """Looks over what one run of a task writes. Attribute: `kept_back`, how many texts were cut."""

    index: CopyIndex | None
    kept_back: int = 0

    @classmethod
    def of(cls, model: ModelDescription) -> Guard:
        """Return the guard of a model: strict for a voice that keeps an index of its pages."""
        return cls(index_at(model.adapter.path / COPY_INDEX) if model.adapter else None)

    def copies(self, text: str) -> bool:
        """Return whether there is a copied run in `text`."""
        return self.index is not None and self.index.first_copy(text) is not None

    def certain(self, text: str) -> str:
        """Return the part of `text` that can be shown while more of it may come."""
        return text if self.index is None else safe_part(self._before_copy(text))

    def original(self, text: str) -> str:
        """Return `text` up to its first copied run, and count it where there is one."""
        if not self.copies(text):
            return text
        self.kept_back += 1
        return self._before_copy(text)

    def original_behind(self, before: str, text: str) -> str:
        """Return `text` up to the word with which a copied run would end that began in `before`.

        So pages cannot be got out a few words at a time either.
        """
        if self.index is None:
            return text
        before = before[-_REACH:]
        kept = ""
        for match in _WORD.finditer(text):
            said = before + text[: match.end()]
            if any(span.end > len(before) for span in self.index.copies(said)):
                return kept.rstrip(_OPENING)
            kept = text[: match.end()]
        return text

    def leaves_nothing(self, text: str) -> bool:
        """Return whether `text` copies from so early on that nothing of it has been shown."""
        return self.copies(text) and not self.certain(text)

    def note(self) -> str:
        """Return what the reader is told of what was kept back; nothing where nothing was."""
        if not self.kept_back:
            return ""
        return trn(
            "{n} version repeated your own pages word for word; it was ended before that.",
            "{n} versions repeated your own pages word for word; they were ended before that.",
            self.kept_back,
        )

    def _before_copy(self, text: str) -> str:
        start = None if self.index is None else self.index.first_copy(text)
        return text if start is None else text[:start].rstrip(_OPENING)
