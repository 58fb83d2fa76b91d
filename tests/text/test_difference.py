"""What changed, word by word, and that it can be carried out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.tasks import Replacement, Span
from assistant.text.difference import apply, replacements

TEXTS = (
    st.lists(
        st.sampled_from(
            ["a", "b", "the", " ", "  ", "\n", "\r\n", ",", "中", "国", "😀", "don't", "."]
        )
    ).map("".join)
    | st.text()
)


@given(TEXTS, TEXTS)
def test_the_changes_make_the_one_text_into_the_other(before: str, after: str) -> None:
    changes = replacements(before, after)
    assert apply(before, changes) == after
    assert all(before[c.span.start : c.span.end] != c.text for c in changes)


@given(TEXTS)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert replacements(text, text) == ()


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("He have went home.", "He has gone home.", [("have went", "has gone")]),
        ("He have long went.", "He has long gone.", [("have", "has"), ("went", "gone")]),
        ("This is very good.", "This is good.", [(" very", "")]),
        ("This is good.", "This is very good.", [("", " very")]),
        ("I dont know", "I don't know", [("dont", "don't")]),
        ("Yes.\n\nfoo", "Yes.\n\nbar foo", [("", "bar ")]),
        ("我昨天去了学校。", "我昨天没去学校。", [("", "没"), ("了", "")]),
        ("Hi 😀 you", "Hi 😀 there", [("you", "there")]),
        ("", "new", [("", "new")]),
        ("old", "", [("old", "")]),
    ],
)
def test_changes_are_words(before: str, after: str, changes: list[tuple[str, str]]) -> None:
    found = replacements(before, after)
    assert [(before[c.span.start : c.span.end], c.text) for c in found] == changes


def test_some_of_the_changes_can_be_carried_out() -> None:
    before = "He have long went."
    first, second = replacements(before, "He has long gone.")
    assert apply(before, [first]) == "He has long went."
    assert apply(before, [second]) == "He have long gone."
    assert apply(before, []) == before


@pytest.mark.parametrize(
    "changes",
    [
        [Replacement(Span(0, 3), "x"), Replacement(Span(2, 4), "y")],
        [Replacement(Span(3, 9), "x")],
        [Replacement(Span(-1, 1), "x")],
    ],
)
def test_changes_that_overlap_or_lie_outside_are_refused(changes: list[Replacement]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply("abcdef", changes)


def test_one_word_is_found_in_a_long_text() -> None:
    sentences = [f"The number {number} is a number of its own." for number in range(10_000)]
    before = " ".join(sentences)
    after = before.replace("number 77 ", "figure 77 ")
    (change,) = replacements(before, after)
    assert (before[change.span.start : change.span.end], change.text) == ("number", "figure")


def test_long_texts_with_nothing_in_common_are_one_change() -> None:
    before, after = "a b " * 30_000, "b c " * 30_000
    (change,) = replacements(before, after)
    assert apply(before, [change]) == after
