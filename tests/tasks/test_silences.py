"""Where nothing is suggested at a caret, and what says what is there already."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.suggestions import Silence
from assistant.tasks.silences import can_be_bridged, following, repeats_before, silence_before

FENCE = "Look:\n```python\nprint(1)\n"


@pytest.mark.parametrize(
    ("before", "after", "silence"),
    [
        ("", "", Silence.EMPTY),
        (" \n\t\n", "He went.", Silence.EMPTY),
        ("He went", "", None),
        ("He went home.\n\n", "", None),
        ("He wal", "ked home", Silence.IN_WORD),
        ("He did", "n't go", Silence.IN_WORD),
        ("He didn'", "t go", Silence.IN_WORD),
        ("Chapter 1", "2", Silence.IN_WORD),
        ("He wal", " home", None),
        ("He ", "went", None),
        ("老人", "走了很远的路。", None),
        ("He said “I am", "”", None),
        ("He said “I am ", ".” (twice)", None),
        ("He went ", "home in the dark.", None),
        ("Said he: “I am ", "”, and he never came back.", None),
        ("He went ", "\nShe stayed where she was.", None),
        ("He went ", "-- == -- == -- ==", Silence.MID_LINE),
        ("| a ", "| second | third |", Silence.MID_LINE),
        ("# He ", "", None),
        ("    He ", "", None),
    ],
)
def test_a_caret_in_plain_text(before: str, after: str, silence: Silence | None) -> None:
    assert silence_before(before, after, markdown=False) == silence


@pytest.mark.parametrize(
    ("before", "silence"),
    [
        ("# The first ch", Silence.HEADING),
        ("He went.\n\n  ### He", Silence.HEADING),
        ("#", Silence.HEADING),
        ("# Chapter\nHe went", None),
        ("#hashtag and ", None),
        ("####### seven ", None),
        (FENCE, Silence.CODE),
        (f"{FENCE}~~~\n", Silence.CODE),
        (f"{FENCE}```", Silence.CODE),
        (f"{FENCE}```\nHe went", None),
        ("~~~\nx\n~~~~\nHe went", None),
        ("````\n```\nx", Silence.CODE),
        ("Use ```x``` and ", None),
        ("The call `pri", Silence.CODE),
        ("The call ``a ` b", Silence.CODE),
        ("The call `print` does", None),
        (r"A lone \` tick", None),
        ("One ` tick\nin another line ", None),
        ("See:\n\n    print", Silence.CODE),
        ("    print", Silence.CODE),
        ("See:\n\n    one\n\n    two", Silence.CODE),
        ("See what\n    goes on here", None),
        ("- One\n\n    still one", None),
        ("\tA paragraph with an indent", None),
    ],
)
def test_headings_and_code_are_told_by_their_marks(before: str, silence: Silence | None) -> None:
    assert silence_before(before, "", markdown=True) == silence


@given(st.text(st.sampled_from("ab 看。'`~#\n\t-|”.1"), max_size=60), st.text(max_size=20))
def test_there_is_an_answer_for_any_text(before: str, after: str) -> None:
    """Nothing written is the only reason that an empty text has."""
    for markdown in (True, False):
        silence = silence_before(before, after, markdown=markdown)
        assert (silence is Silence.EMPTY) == (not before.strip())


def test_marks_that_close_do_not_count_as_text_that_follows() -> None:
    assert following("?” she asked.\nThen") == "she asked."
    assert following("”)") == ""
    assert can_be_bridged("?” she asked.")
    assert not can_be_bridged("?”\nShe left.")
    assert can_be_bridged("。老人走了。")


@pytest.mark.parametrize(
    ("before", "suggestion", "repeats"),
    [
        ("The boat was very", " very", True),
        ("He said so. He said", " so", True),
        ("He went home. He went", " home.", True),
        ("“I know,” she said. “I know", ",” she said", True),
        ("One two three four. One two", " three four", True),
        ("I was tired. I was", " hungry", False),
        ("He went home. She went", " home", False),
        ("他慢", "慢", False),
        ("他说是的是的", "是的是的", True),
        ("他走了很远", "的路", False),
        ("", " word", False),
        ("He went", " ...", False),
    ],
)
def test_what_was_just_said_is_not_said_again(before: str, suggestion: str, repeats: bool) -> None:
    assert repeats_before(before, suggestion) == repeats
