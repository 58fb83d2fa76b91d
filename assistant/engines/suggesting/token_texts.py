"""What every token of a vocabulary spells, in bytes, and what it does to the text before it.

Tokens that are no text spell nothing. Built once for a loaded model.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from assistant.engines.suggesting.units import goes_on, starts_word

if TYPE_CHECKING:
    import torch

    from assistant.engines.detokenizing import Vocabulary

_WRITABLE, _BLANK, _IN_WORD, _WORD_START, _TAIL, _LINE = 1, 2, 4, 8, 16, 32


class TokenTexts:
    """The texts of `size` tokens, and masks over them, shape (size,), on the processor.

    `covering` tells the tokens that may cover what was typed and go on: neither marks of control
    nor line ends. `word_start` are those that begin with a letter, a digit or a character, with or
    without a blank. `ends` are the tokens that end a text.
    """

    def __init__(self, tokenizer: Any, vocabulary: Vocabulary, size: int, ends: Iterable[int]):
        import torch

        self.texts = _texts(tokenizer, vocabulary, size)
        flags = torch.frombuffer(bytearray(map(_flags, self.texts)), dtype=torch.uint8)
        self._writable, self._blank, in_word, self.word_start, self._tail, self._line = (
            (flags & bit) > 0 for bit in (_WRITABLE, _BLANK, _IN_WORD, _WORD_START, _TAIL, _LINE)
        )
        self.covering = self._writable & ~self._line
        self.ends = torch.tensor(sorted(end for end in ends if end < size), dtype=torch.long)
        # By whether a new word here begins without a blank; as numbers, to be multiplied with.
        self._boundary = {False: (~in_word).float(), True: torch.ones(size)}
        self._words = {
            False: (self._writable & self._blank & self.word_start).float(),
            True: (self._writable & ~self._blank & self.word_start).float(),
        }
        self._allowed: dict[tuple[bool, bool, bool], torch.Tensor] = {}
        order = list(_sorted(self.texts))
        self._sorted = [self.texts[token] for token in order]
        self._order = torch.tensor(order, dtype=torch.long)

    def allowed(self, *, broken: bool, blank: bool, first: bool) -> torch.Tensor:
        """Return which tokens may follow a text.

        `broken`: it ends inside of a character. `blank`: it ends with a blank; no other follows.
        `first`: nothing has been suggested yet, so that the line may not end.
        """
        key = (broken, blank, first)
        if key not in self._allowed:
            found = self._writable & (self._tail if broken else ~self._tail)
            if blank:
                found = found & ~self._blank
            self._allowed[key] = found & ~self._line if first else found
        return self._allowed[key]

    def boundary_share(self, probabilities: torch.Tensor, *, opened: bool) -> float:
        """Return how much of `probabilities`, shape (v,), does not go on with the word before.

        `opened`: a new word begins without a blank here.
        """
        return float(probabilities @ self._boundary[opened])

    def word_share(self, probabilities: torch.Tensor, *, opened: bool) -> float:
        """Return how much of `probabilities`, shape (v,), begins a new word."""
        return float(probabilities @ self._words[opened])

    def beginning_with(self, start: bytes) -> torch.Tensor:
        """Return the tokens whose text begins with `start`, those that equal it first."""
        first = bisect_left(self._sorted, start)
        return self._order[first : bisect_left(self._sorted, _after(start), first)]

    def spelling(self, text: bytes) -> list[int]:
        """Return the tokens whose text is `text`."""
        first = bisect_left(self._sorted, text)
        after = bisect_left(self._sorted, text + b"\0", first)
        found: list[int] = self._order[first:after].tolist()
        return found


def _after(start: bytes) -> bytes:
    """Return the first byte string that sorts behind all that begin with `start`."""
    bare = start.rstrip(b"\xff")
    return bare[:-1] + bytes([bare[-1] + 1]) if bare else b"\xff" * 64


def _sorted(texts: list[bytes]) -> Iterator[int]:
    """Yield the tokens that have a text in the order of their texts.

    In small heaps: sorting all at once would hold Python's lock for a tenth of a second.
    """
    heaps: dict[bytes, list[int]] = {}
    for token, text in enumerate(texts):
        if text:
            heaps.setdefault(text[:2], []).append(token)
    for start in sorted(heaps):
        yield from sorted(heaps[start], key=texts.__getitem__)


def _texts(tokenizer: Any, vocabulary: Vocabulary, size: int) -> list[bytes]:
    spell = vocabulary.spell
    known = min(size, len(tokenizer))
    silent = vocabulary.silent
    found = [b"" if token in silent else spell(token) for token in range(known)]
    return found + [b""] * (size - known)


def is_boundary(text: bytes, *, opened: bool) -> bool:
    """Return whether `text` does not go on with the word before it."""
    return opened or not _flags(text) & _IN_WORD


def is_word(text: bytes, *, opened: bool) -> bool:
    """Return whether `text` begins a new word."""
    flags = _flags(text)
    begins = bool(flags & _WORD_START) and not flags & _TAIL
    return begins and bool(flags & _BLANK) != opened


def _flags(text: bytes) -> int:
    if not text:
        return 0
    head, line, _ = text.partition(b"\n")
    first = text[0]
    found = 0
    if b"  " not in head and min(head, default=0x20) >= 0x20 and b"\x7f" not in head:
        found |= _WRITABLE
    if first == 0x20:
        found |= _BLANK
    if line and not head.strip(b" "):
        return found | _LINE
    if text[found & _BLANK > 0 :][:1].isalnum():
        # By far the most: letters of English.
        return found | _WORD_START | (0 if found & _BLANK else _IN_WORD)
    if first & 0xC0 == 0x80:
        return found | _TAIL | _IN_WORD
    start = _start_of(text)
    if not start.strip():
        # Only the first bytes of a character: more likely of a letter than of a mark.
        return (
            found
            | (_WORD_START if len(text) > (first == 0x20) else 0)
            | (0 if first == 0x20 else _IN_WORD)
        )
    if starts_word(start):
        found |= _WORD_START
    if goes_on(start):
        found |= _IN_WORD
    return found


def _start_of(text: bytes) -> str:
    """Return the first whole characters of `text`."""
    return text[:12].decode(errors="ignore")
