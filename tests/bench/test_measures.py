"""The measures of SQuAD and ROUGE, against values worked out by hand."""

from __future__ import annotations

import pytest

from assistant.bench.judging.measures import is_exact, normalized, rouge_l, token_f1


def test_case_marks_and_articles_do_not_count() -> None:
    assert normalized("  The “Old” Barn, a place! ") == "old barn place"
    assert is_exact("the barn.", ("A Barn",))
    assert not is_exact("the barns", ("barn",))


@pytest.mark.parametrize(
    ("answer", "golds", "expected"),
    [
        ("the old barn", ("old barn",), 1.0),
        ("old barn", ("a very old barn", "horse"), 0.8),
        ("horse", ("old barn",), 0.0),
        ("", ("old barn",), 0.0),
        ("the", ("a",), 1.0),
        ("barn barn", ("barn",), 2 / 3),
    ],
)
def test_f1_is_of_the_nearest_gold(answer: str, golds: tuple[str, ...], expected: float) -> None:
    assert token_f1(answer, golds) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("summary", "references", "expected"),
    [
        ("police killed the gunman", ("police kill the gunman",), 0.75),
        ("the gunman police kill", ("police kill the gunman",), 0.5),
        ("one", ("two", "One."), 1.0),
        ("", ("two",), 0.0),
    ],
)
def test_rouge_l_is_of_the_longest_common_subsequence(
    summary: str, references: tuple[str, ...], expected: float
) -> None:
    """The first two are Lin's own examples (2004, section 3)."""
    assert rouge_l(summary, references) == pytest.approx(expected)
