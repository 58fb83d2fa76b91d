"""Text comes out of tokens as soon as it is certain, and nothing is lost or changed on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import transformers as hf
from hypothesis import given
from hypothesis import strategies as st

from assistant.engines.detokenizing import Detokenizer, Vocabulary, vocabulary_of
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BYTES = tiny_models.byte_tokenizer()
_BYTE_LEVEL = vocabulary_of(_BYTES, {tiny_models.EOS_ID})


def _pieces(vocabulary: Vocabulary, ids: Iterable[int], before: Iterable[int] = ()) -> list[str]:
    detokenizer = Detokenizer(vocabulary, before)
    return [*(detokenizer.push(token) for token in ids), detokenizer.finish()]


_FALLBACK = vocabulary_of(tiny_models.fallback_tokenizer(), {2})
_FIRST_BYTE = 9


def _as_bytes(text: str) -> list[int]:
    return [_FIRST_BYTE + byte for byte in text.encode()]


@given(st.text(max_size=80))
def test_any_text_survives_its_bytes(text: str) -> None:
    ids = _BYTES(text)["input_ids"]
    assert "".join(_pieces(_BYTE_LEVEL, ids)) == text


@given(st.text(max_size=60))
def test_only_the_bytes_of_an_unfinished_character_are_held_back(text: str) -> None:
    shown = ""
    detokenizer = Detokenizer(_BYTE_LEVEL)
    data = text.encode()
    for i, token in enumerate(_BYTES(text)["input_ids"]):
        shown += detokenizer.push(token)
        certain = data[: i + 1].decode("utf-8", errors="ignore")
        # A replacement character that the text itself holds looks like one that is unfinished.
        assert shown == certain or certain.endswith("\ufffd")


@given(st.lists(st.integers(0, 259), max_size=80))
def test_any_tokens_give_the_text_of_the_whole(ids: list[int]) -> None:
    """Also those that make no UTF-8; special ones have no text."""
    assert "".join(_pieces(_BYTE_LEVEL, ids)) == _BYTES.decode(
        ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )


def test_an_emoji_comes_when_its_last_byte_has() -> None:
    pieces = _pieces(_BYTE_LEVEL, _BYTES("a😀b")["input_ids"])
    assert pieces == ["a", "", "", "", "😀", "b", ""]


def test_what_is_no_character_comes_at_the_end() -> None:
    pieces = _pieces(_BYTE_LEVEL, _BYTES("a中")["input_ids"][:-1])
    assert pieces == ["a", "", "", "\ufffd"]


def test_the_first_word_keeps_the_space_that_the_prompt_asks_for() -> None:
    assert _pieces(_FALLBACK, [4], before=[1, 3]) == [" world", ""]
    assert _pieces(_FALLBACK, [4], before=[1]) == ["world", ""]


def test_byte_tokens_make_characters_and_noise_does_not_swallow_what_follows() -> None:
    ids = [3, *_as_bytes("é中😀"), 4, *_as_bytes("中")[:2], 5, *_as_bytes("中中")]
    pieces = _pieces(_FALLBACK, ids)
    assert "".join(pieces) == "Helloé中😀 world\ufffdly中中"
    assert pieces[:4] == ["Hello", "", "é", ""]


@given(
    st.lists(
        st.sampled_from([[3], [4], [5], [7], [8], _as_bytes("é"), _as_bytes("😀"), _as_bytes("語")])
    )
)
def test_long_mixed_texts_equal_the_text_of_the_whole(groups: list[list[int]]) -> None:
    """Longer than the window that is decoded again at each token."""
    ids = [token for group in groups for token in group]
    expected = _FALLBACK.plain([3, *ids])[len("Hello") :]
    assert "".join(_pieces(_FALLBACK, ids, before=[3])) == expected


def test_slow_tokenizers_stream_too(tmp_path: Path) -> None:
    folder = tiny_models.m2m100(tmp_path / "m2m100")
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    vocabulary = vocabulary_of(tokenizer, {tokenizer.eos_token_id})
    text = "a cat sat on the mat, and it was a long day for all the people there."
    ids = tokenizer(text)["input_ids"]
    pieces = _pieces(vocabulary, ids)
    assert "".join(pieces) == text
    assert sum(bool(piece) for piece in pieces) > 40
