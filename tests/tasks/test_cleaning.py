"""What is taken off an answer, and what stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.tasks import cleaning


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("She left.", "She left."),
        ("\n\n  She left.  \nBecause.", "She left."),
        ("Here is the corrected sentence:\n\nShe left.", "She left."),
        ("Sure! Here's a shorter version of it:\nShe left.", "She left."),
        ("Certainly.\n\nShe left.", "She left."),
        ("**Corrected sentence:**\nShe left.", "She left."),
        ("Corrected sentence: She left.", "She left."),
        ("Here is the corrected sentence: She left.", "She left."),
        ("Translation: She left.", "She left."),
        ('"She left."', "She left."),
        ("“She left.”", "She left."),
        ("« She left. »", "She left."),
        # What only looks like it.
        ("Of course she left.", "Of course she left."),
        ("Here is where she left.", "Here is where she left."),
        ("Okay, she left.", "Okay, she left."),
        ('"Go," she said. "Now."', '"Go," she said. "Now."'),
        ("The answer is that she left.", "The answer is that she left."),
        ("", ""),
        ("Here is the sentence:\n", ""),
    ],
)
def test_one_line_is_what_was_asked_for(answer: str, line: str) -> None:
    assert cleaning.one_line(answer, "He left.") == line


def test_marks_and_labels_of_the_source_stay() -> None:
    assert cleaning.one_line('"She left."', '"He left."') == '"She left."'
    assert cleaning.one_line("Summary: she left.", "Summary: he left.") == "Summary: she left."


def test_a_line_is_whole_when_it_says_something_and_ends() -> None:
    assert not cleaning.has_whole_line("Here is the sentence:\n")
    assert not cleaning.has_whole_line("\n\nShe left.")
    assert cleaning.has_whole_line("\nShe left.\n")


def test_of_several_lines_only_the_announcement_goes() -> None:
    assert cleaning.without_announcement("Here you are:\n\nOne.\n\nTwo.", "x") == "One.\n\nTwo."


@pytest.mark.parametrize("start", ["Sure", "Here is", "Okay, here"])
def test_a_beginning_that_may_turn_out_an_announcement_is_known(start: str) -> None:
    assert cleaning.may_announce(start)
    assert not cleaning.may_announce(start + ":\nShe left.")
    assert not cleaning.may_announce("She left. Sure")


@given(st.text(), st.text())
def test_cleaning_never_adds_anything(answer: str, source: str) -> None:
    assert cleaning.one_line(answer, source) in answer
