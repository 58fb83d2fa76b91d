"""Code points to UTF-16 units and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.offsets import Offsets, from_utf16, to_utf16

TEXTS = st.text(alphabet=st.sampled_from("aé中😀𠀀\n\ud800") | st.characters())


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(TEXTS)
def test_every_position_agrees_with_the_encoding_and_comes_back(text: str) -> None:
    offsets = Offsets(text)
    for position in range(len(text) + 1):
        utf16 = offsets.to_utf16(position)
        assert utf16 == utf16_length(text[:position])
        assert offsets.from_utf16(utf16) == position
    assert offsets.length == len(text)
    assert offsets.utf16_length == utf16_length(text)


def test_a_position_inside_a_character_is_its_beginning() -> None:
    assert [from_utf16("a😀b", position) for position in range(5)] == [0, 1, 1, 2, 3]
    assert [to_utf16("a😀b", position) for position in range(4)] == [0, 1, 3, 4]


@pytest.mark.parametrize("position", [-1, 4])
def test_a_position_outside_the_text_is_an_error(position: int) -> None:
    with pytest.raises(IndexError):
        to_utf16("a😀b", position)
    with pytest.raises(IndexError):
        from_utf16("a中b", position)
