"""From tokens, one at a time, to text, as soon as it is certain.

Holds back only what may be the first bytes of a character. Works with any tokenizer, fast or slow,
by decoding a short window of tokens again; `tokenizers.decoders.DecodeStream` does the same for
fast ones but raises at byte tokens that make no UTF-8, and cannot be asked for the rest at the end.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.engines.spelling import speller

_UNFINISHED = "\ufffd"
# The window is cut to about `_KEPT` tokens when it has reached `_WINDOW`: decoders look at a
# neighbour or two (is there a space before this word?), never further back.
_WINDOW, _KEPT = 24, 8


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the tokens of a model say.

    `plain` decodes tokens without the tidying that would change prose. `byte_of` maps those that
    stand for a single byte (SentencePiece's `<0x0A>`). `silent` ones have no text. `spell` gives
    the bytes of one that has, by itself.
    """

    plain: Callable[[list[int]], str]
    byte_of: Mapping[int, int]
    silent: Collection[int]
    spell: Callable[[int], bytes]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids` as a whole."""
        return self.plain([token for token in ids if token not in self.silent])


def vocabulary_of(tokenizer: Any, ends: Collection[int]) -> Vocabulary:
    """Return the vocabulary of a tokenizer of transformers; `ends` are its end tokens."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:

        def plain(ids: list[int]) -> str:
            return str(backend.decode(ids, skip_special_tokens=False))
    else:

        def plain(ids: list[int]) -> str:
            return str(
                tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
            )

    # Those that mark languages are special in other places than the rest.
    added = getattr(tokenizer, "added_tokens_decoder", {})
    silent = frozenset(
        [
            *ends,
            *tokenizer.all_special_ids,
            *(token for token, what in added.items() if what.special),
            *getattr(tokenizer, "lang_code_to_id", {}).values(),
        ]
    )
    # One by one: the whole vocabulary at once would hold Python's lock for a tenth of a second.
    named = {token_id(tokenizer, f"<0x{byte:02X}>"): byte for byte in range(256)}
    byte_of = {token: byte for token, byte in named.items() if token is not None}
    return Vocabulary(plain, byte_of, silent, speller(tokenizer))


def token_id(tokenizer: Any, token: str) -> int | None:
    """Return the number of `token`, None where the vocabulary has no such token."""
    found = tokenizer.convert_tokens_to_ids(token)
    if found is None or tokenizer.convert_ids_to_tokens(found) != token:
        return None
    return int(found)


class Detokenizer:
    """Turns tokens into text piece by piece.

    `before` are the tokens of the prompt: they decide whether the first word begins with a space.
    """

    def __init__(self, vocabulary: Vocabulary, before: Iterable[int] = ()) -> None:
        self._vocabulary = vocabulary
        self._window = [token for token in before if self._in_window(token)][-_KEPT:]
        self._sent = len(vocabulary.plain(self._window)) if self._window else 0
        # Where in the window the text is complete: there it may be cut.
        self._cuts = [len(self._window)]
        self._bytes = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token: int) -> str:
        """Take the next token; return the text that is certain now, often none."""
        if token in self._vocabulary.silent:
            return ""
        byte = self._vocabulary.byte_of.get(token)
        if byte is not None:
            return self._bytes.decode(bytes([byte]))
        broken = self._bytes.decode(b"", final=True)
        self._window.append(token)
        text = self._vocabulary.plain(self._window)
        # Byte-level decoders show the unfinished bytes at the end as one sign.
        certain = len(text) - text.endswith(_UNFINISHED)
        piece = text[self._sent : certain]
        self._sent = max(self._sent, certain)
        if certain == len(text):
            self._cut()
        return broken + piece

    def reading(self, token: int) -> str:
        """Return what `token` would add to the text where no character is unfinished.

        Bytes that are no whole character read as U+FFFD.
        """
        if token in self._vocabulary.silent:
            return ""
        byte = self._vocabulary.byte_of.get(token)
        if byte is not None:
            return bytes([byte]).decode(errors="replace")
        return self._vocabulary.plain([*self._window, token])[self._sent :]

    def finish(self) -> str:
        """Return what was held back, though it is no whole character."""
        broken = self._bytes.decode(b"", final=True)
        text = self._vocabulary.plain(self._window) if self._window else ""
        piece = text[self._sent :]
        self._sent += len(piece)
        return broken + piece

    def _in_window(self, token: int) -> bool:
        return token not in self._vocabulary.silent and token not in self._vocabulary.byte_of

    def _cut(self) -> None:
        """Note that the text is complete here, and forget what lies far behind."""
        self._cuts.append(len(self._window))
        if len(self._window) < _WINDOW:
            return
        # Between two characters only: half of one at the front would spoil the count.
        start = max((cut for cut in self._cuts if cut <= len(self._window) - _KEPT), default=0)
        self._window = self._window[start:]
        self._cuts = [cut - start for cut in self._cuts if cut >= start]
        self._sent = len(self._vocabulary.plain(self._window))
