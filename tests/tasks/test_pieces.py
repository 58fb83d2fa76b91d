"""A text taken apart and put together again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.core.tasks import Replacement, Span
from assistant.tasks import pieces

TEXTS = st.lists(
    st.sampled_from(["One. ", "Two two!", "\n", "\n\n", "- ", "# ", "  ", "好。", "3) ", "“A.” "])
).map("".join)


@given(TEXTS)
def test_nothing_is_lost(text: str) -> None:
    for units in (pieces.by_sentence(text), pieces.by_paragraph(text)):
        together = "".join(unit.gap + unit.text for unit in units) + pieces.after(text, units)
        assert together == text
        assert all(text[unit.span.start : unit.span.end] == unit.text for unit in units)


def test_marks_at_the_beginning_of_a_line_are_no_part_of_a_sentence() -> None:
    units = pieces.by_sentence("## Title\n- [ ] First. Second.\n> Third - fourth.")
    assert [unit.text for unit in units] == ["Title", "First.", "Second.", "Third - fourth."]


def test_changes_of_a_piece_are_put_where_it_stands() -> None:
    changes = pieces.shifted([Replacement(Span(1, 2), "x", "why")], 10)
    assert changes == [Replacement(Span(11, 12), "x", "why")]
