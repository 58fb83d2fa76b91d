"""The split: whole books on one side, whatever their titles look like."""

from __future__ import annotations

import pytest

from assistant.training.split import HELD_OUT, Part, book_group, group_name, place


@pytest.mark.parametrize(
    ("title", "author"),
    [
        ("A Little Princess", "Frances Hodgson Burnett"),
        ("A Little PrincessBeing the whole story of Sara Crewe", "Burnett, Frances Hodgson"),
        ("A Little Princess\rBeing the whole story", "Burnett, Frances Hodgson"),
        ("A Little Princess; Or, Sara Crewe", "F. H. Burnett"),
        ("“A LITTLE PRINCESS”", "BURNETT, F. H. (Frances Hodgson)"),
        ("A Little Princess, Part 2.", "Burnett"),
        ("A Little Princess1905", "Burnett"),
    ],
)
def test_editions_of_one_work_are_one_group(title: str, author: str) -> None:
    """Subtitles, parts and the order of an author's names make no other book."""
    assert book_group(title, author) == "a little princess burnett"


def test_an_author_known_as_junior_keeps_the_surname() -> None:
    """What follows the surname is not the surname."""
    assert book_group("Andy Gordon", "Alger, Horatio, Jr.") == book_group(
        "Andy Gordon", "Horatio Alger Jr."
    )


def test_accents_do_not_break_a_name() -> None:
    """An accented letter is the letter."""
    assert group_name("Mère Giraud's") == group_name("Mere Giraud’s") == "mere giraud s"


@pytest.mark.parametrize("title", ["", "(untitled)", "; or, Nothing"])
def test_a_title_that_is_no_title_still_names_a_group(title: str) -> None:
    """Nothing that a file can hold fails here."""
    assert book_group(title, "") == group_name(title)


def test_every_group_is_on_exactly_one_side() -> None:
    """About the share that is meant is held out."""
    groups = [f"book {number}" for number in range(4000)]
    held_out = [group for group in groups if Part.VALIDATION.has(group)]
    assert all(Part.TRAIN.has(group) is not Part.VALIDATION.has(group) for group in groups)
    assert abs(len(held_out) / len(groups) - HELD_OUT) < 0.02
    assert all(place(group) < HELD_OUT for group in held_out)
