"""What a token of a vocabulary spells, in bytes, which need not be whole characters.

Byte-level vocabularies write bytes in an alphabet of their own, SentencePiece ones a blank as `▁`
and single bytes as `<0x0A>`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

_BROKEN = "\ufffd"
_ANCHOR = "a"


def speller(tokenizer: Any) -> Callable[[int], bytes]:
    """Return what gives the bytes of a token of `tokenizer`, one of transformers'."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return lambda token: _from_decoding(tokenizer, token)
    name_of: Callable[[int], str | None] = backend.id_to_token
    kinds = _decoders(backend.decoder)
    if "ByteLevel" in kinds:
        # Those that were added are written as they are.
        added = {
            token: what.content.encode() for token, what in tokenizer.added_tokens_decoder.items()
        }
        return lambda token: added.get(token) or _from_alphabet(name_of(token))
    if kinds & {"Metaspace", "ByteFallback"}:
        return lambda token: _from_piece(name_of(token))
    return lambda token: _from_decoding(tokenizer, token)


def _decoders(decoder: Any) -> set[str]:
    """Return the types of a decoder of `tokenizers` and of those that it is made of."""
    if decoder is None:
        return set()
    state = json.loads(decoder.__getstate__())
    return {state["type"], *(part["type"] for part in state.get("decoders", ()))}


def _from_alphabet(name: str | None) -> bytes:
    alphabet = _alphabet()
    try:
        return bytes(map(alphabet.__getitem__, name or ""))
    except KeyError:
        return (name or "").encode()


@cache
def _alphabet() -> dict[str, int]:
    """Return which byte each sign of the byte-level alphabet stands for (Radford et al. 2019)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in set(printable)]
    signs = {chr(byte): byte for byte in printable}
    return signs | {chr(256 + number): byte for number, byte in enumerate(rest)}


def _from_piece(name: str | None) -> bytes:
    if name is None:
        return b""
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return bytes([int(name[3:5], 16)])
    return name.replace("▁", " ").encode()


def _from_decoding(tokenizer: Any, token: int) -> bytes:
    """Return what decoding says of any other kind of token; nothing for a part of a character."""
    anchor = tokenizer.convert_tokens_to_ids(_ANCHOR)
    if anchor is None:
        return b""
    before = str(tokenizer.decode([anchor], clean_up_tokenization_spaces=False))
    whole = str(tokenizer.decode([anchor, token], clean_up_tokenization_spaces=False))
    text = whole[len(before) :] if whole.startswith(before) else ""
    return b"" if _BROKEN in text else text.encode()
