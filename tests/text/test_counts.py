"""Words and characters as a writer counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.counts import count_characters, count_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("   \n\t ", 0),
        ("Hello, world!", 2),
        ("don't well-known 3.14 and/or", 4),
        ("one—two – three--four … five", 5),
        ("# *Heading* `code` - _x_ ***", 3),
        ("你好，世界！", 4),
        ("我有iPhone手机2台。", 7),
        ("Hello，世界。Bye", 4),
        ("こんにちは", 5),
        ("안녕하세요 세계", 2),
        ("हिन्दी में लिखना", 3),
        ("e\u0301te\u0301 naïve", 2),
        ("😀 😀 ok", 1),
        ("𠀀𠀁", 2),
    ],
)
def test_words(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("ab c\r\nd\n", 5),
        ("你好，世界！", 6),
        ("e\u0301", 1),
        ("😀", 1),
        ("👨\u200d👩\u200d👧", 1),
        ("👍🏽", 1),
        ("🇫🇷🇩🇪", 2),
        ("❤\ufe0f", 1),
        ("a\u200bb", 2),
    ],
)
def test_characters(text: str, characters: int) -> None:
    assert count_characters(text) == characters


@given(st.text(), st.text())
def test_paragraphs_count_independently(one: str, other: str) -> None:
    """The window may count block by block and add up."""
    assert count_words(f"{one}\n{other}") == count_words(one) + count_words(other)
    joined = count_characters(f"{one}\n{other}")
    assert joined == count_characters(one) + count_characters(other)


def test_a_row_of_marks_is_no_word_however_long() -> None:
    assert count_words("-" * 1_000_000) == 0
    assert count_words("a" * 1_000_000) == 1
