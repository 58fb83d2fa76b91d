"""The simulated writer takes what is right and nothing else, and counts each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.typist import Tally, best, between_words, everywhere, type_text

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT = "The old mill, they said, is older than the bridge."


@pytest.mark.parametrize(
    ("view", "meant", "taken"),
    [
        (["old mill"], "old mill, they", (0, "old mill", 1)),
        (["old mill by the"], "old mill, they", (0, "old mill", 2)),
        (["old"], "older than", None),
        (["o"], "o clock", None),
        (["Old"], "old mill", None),
        (["th"], "th.", (0, "th", 1)),
        (["young", "old mill"], "old mill", (1, "old mill", 1)),
        (["young", "it", "an"], "an apple", None),
        (["don’t"], "don’t go", (0, "don’t", 1)),
        (["don"], "don’t go", None),
        ([], "old", None),
    ],
)
def test_as_much_is_taken_as_is_right_and_saves_a_key(
    view: list[str], meant: str, taken: tuple[int, str, int] | None
) -> None:
    assert best(view, meant) == taken


def test_a_writer_without_suggestions_types_everything() -> None:
    tally = type_text(TEXT, lambda _: (), everywhere)
    assert tally == Tally(characters=len(TEXT), asked=len(TEXT))


def test_a_suggestion_that_knows_the_text_saves_all_but_a_key() -> None:
    tally = type_text(TEXT, lambda written: (TEXT[len(written) :],), between_words)
    assert tally == Tally(len(TEXT), given=len(TEXT), accepts=1, asked=1, shown=1, accepted=1)
    assert tally.saved == 1
    assert tally.saved_with_keys == 1 - 1 / len(TEXT)


def test_typing_along_keeps_the_suggestion_in_view() -> None:
    """“older” is in view for all of “old”: nothing else is asked for meanwhile."""
    asked: list[str] = []

    def ask(written: str) -> Sequence[str]:
        asked.append(written)
        return ("older mill",) if written == "The " else ()

    tally = type_text("The old mill", ask, between_words)
    assert asked == ["", "The ", "The old "]
    assert (tally.shown, tally.accepted) == (1, 0)


def test_what_is_left_of_a_suggestion_stays_and_counts_once() -> None:
    def ask(written: str) -> Sequence[str]:
        return ("old mill, they say",) if written == "The " else ()

    tally = type_text(TEXT, ask, between_words)
    assert tally.given == len("old mill, they")
    assert (tally.accepts, tally.shown, tally.accepted) == (4, 1, 1)


def test_going_to_an_alternative_costs_keys() -> None:
    def ask(written: str) -> Sequence[str]:
        return ("new", "young", "old mill") if written == "The " else ()

    tally = type_text(TEXT, ask, between_words)
    assert (tally.given, tally.turns, tally.accepts) == (8, 2, 1)
    assert tally.saved == (8 - 2) / len(TEXT)
    total = Tally()
    total += tally
    total += tally
    assert total.saved == tally.saved
    assert total.acceptance == 1
