"""Which texts are judged by: those that nobody learned from, in the order of the split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.bench.judging.selection import (
    Learned,
    Lowest,
    dealt,
    digest_of,
    learned_by,
    lowest,
)
from assistant.training.cleaning import group_of
from assistant.training.split import HELD_OUT, place

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Learned(frozenset(), frozenset())
ROWS = [{"title": f"Book {n}", "author": "Grey, Ann", "text": ""} for n in range(300)]


def test_groups_come_by_their_place_so_those_held_out_are_first() -> None:
    groups = [group_of(rows[0]) for rows in lowest(ROWS, 30, NOTHING.is_unseen)]
    places = [place(group) for group in groups]
    held_out = sum(place(group_of(row)) < HELD_OUT for row in ROWS)
    assert places == sorted(places)
    assert 0 < held_out < 30
    assert [p < HELD_OUT for p in places] == [True] * held_out + [False] * (30 - held_out)


def test_what_was_learned_from_is_left_out() -> None:
    first = group_of(lowest(ROWS, 1, NOTHING.is_unseen)[0][0])
    for learned in (
        Learned(frozenset({digest_of(first)}), frozenset()),
        Learned(frozenset(), frozenset({digest_of(first)})),
    ):
        groups = {group_of(rows[0]) for rows in lowest(ROWS, 300, learned.is_unseen)}
        assert first not in groups
        assert len(groups) == 299


def test_rows_of_one_group_stay_together() -> None:
    found: Lowest[int] = Lowest(2, lambda _group: True, float)
    for number, group in enumerate(("3", "1", "3", "2", "1")):
        found.add(group, lambda number=number: number)
    assert found.groups() == [[1, 4], [3]]


def test_items_are_dealt_from_all_groups_in_turn() -> None:
    assert dealt([[1, 2, 3], [], [4], [5, 6]], 5) == [1, 4, 5, 2, 6]


def test_no_more_groups_are_used_than_are_needed() -> None:
    groups = [[number] * 5 for number in range(60)]
    assert set(dealt(groups, 100)) == set(range(20))
    assert set(dealt(groups, 150)) == set(range(30))


@pytest.mark.parametrize("place_of_list", ["adapter", "."])
def test_the_list_lies_in_the_adapter_or_in_its_run(tmp_path: Path, place_of_list: str) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (tmp_path / place_of_list / "trained_on.txt").write_text(f"{digest_of('hen')}\n", "utf-8")
    learned = learned_by([adapter])
    assert not learned.is_unseen("hen")
    assert learned.is_seen("hen")
    assert not learned.is_seen("fox")
