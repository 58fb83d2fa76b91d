"""The guard against copying: what counts as a copy, in words and in characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.copying import CopyIndex, index_at, safe_part

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (
    "The old keeper went up the winding stairs with his lamp, as he had done every evening for "
    "thirty years. Nobody had ever thanked him for it."
)
CHINESE = "老人每天晚上都提着灯走上盘旋的楼梯，三十年来从来没有人为此感谢过他。"


@pytest.fixture
def index() -> CopyIndex:
    return CopyIndex.of([PAGE, CHINESE])


def test_eight_words_of_the_page_are_a_copy_and_seven_are_none(index: CopyIndex) -> None:
    """The border is where it is said to be."""
    eight = "he had done every evening for thirty years"
    assert index.first_copy(f"She smiled: {eight}!") == len("She smiled: ")
    assert (
        index.first_copy(eight.rpartition(" ")[0] + " decades and more than that, always") is None
    )


def test_twelve_characters_are_a_copy_and_eleven_are_none(index: CopyIndex) -> None:
    """Chinese is counted by characters."""
    assert index.first_copy("她说" + CHINESE[4:16]) == 2
    assert index.first_copy("她说" + CHINESE[4:15] + "了很久很久很久以后") is None


def test_case_marks_and_line_breaks_hide_no_copy(index: CopyIndex) -> None:
    """What differs in nothing but these is still the same words."""
    assert index.copies("HE HAD DONE,\nevery evening — for “thirty” years; nobody")


def test_a_copied_run_is_found_whole(index: CopyIndex) -> None:
    """Overlapping runs are one, from the first copied word to the last."""
    text = f"Once. {PAGE} And so it went on."
    (span,) = index.copies(text)
    assert text[span.start : span.end] == PAGE.rstrip(".")


def test_no_run_goes_from_one_page_into_another() -> None:
    """Pages that do not follow each other make no sentence together."""
    index = CopyIndex.of(["one two three four", "five six seven eight"])
    assert len(index) == 0
    assert index.first_copy("one two three four five six seven eight") is None


def test_an_index_survives_the_disk_and_holds_no_words(index: CopyIndex, tmp_path: Path) -> None:
    """Eight bytes a run, and the same answers afterwards."""
    path = tmp_path / "copying.index"
    index.save(path)
    assert path.stat().st_size == 8 * len(index)
    assert b"keeper" not in path.read_bytes()
    assert CopyIndex.load(path).copies(PAGE) == index.copies(PAGE)


def test_a_missing_or_damaged_index_guards_nothing(tmp_path: Path) -> None:
    """Whoever has no index writes without one; half a number is not one."""
    path = tmp_path / "copying.index"
    assert index_at(path) is None
    path.write_bytes(b"12345")
    assert index_at(path) is None


def test_an_index_that_is_written_anew_is_read_anew(index: CopyIndex, tmp_path: Path) -> None:
    """A voice that has learned more is guarded by what it has learned."""
    path = tmp_path / "copying.index"
    CopyIndex.of([]).save(path)
    first = index_at(path)
    index.save(path)
    second = index_at(path)
    assert first is not None
    assert second is not None
    assert (len(first), len(second)) == (0, len(index))


@given(st.lists(st.sampled_from([*PAGE.split(), "gull", "sea", "灯", "楼梯"]), max_size=40))
def test_the_safe_part_never_ends_inside_a_copy_to_come(words: list[str]) -> None:
    """Text is shown only once no word to come can make a copied run of it."""
    index = CopyIndex.of([PAGE, CHINESE])
    text = " ".join(words)
    first = index.first_copy(text)
    for end in range(len(text) + 1):
        if first is not None and index.first_copy(text[:end]) is None:
            assert len(safe_part(text[:end])) <= first
