"""Where words and clauses end while a text is being written."""

from __future__ import annotations

import pytest

from assistant.engines.suggesting.units import ends, ends_with_clause, is_open, typed_word


def _ends(before: str, text: str, *, final: bool = False) -> list[str]:
    """Return the parts of `text` up to each end, with a bar behind that of a clause."""
    found = ends(before, text, final=final)
    return [text[: end.position] + "|" * end.clause for end in found]


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("a ti", "me", []),
        ("a ti", "me and", ["me"]),
        ("He said", " yes, no", [" yes", " yes,|"]),
        ("He said", " yes,", [" yes", " yes,"]),
        ("x", " he said.” H", [" he", " he said", " he said.", " he said.”|"]),
        ("x", ' a "b" c', [" a", ' a "b', ' a "b"']),
        ("x", " 3.", []),
        ("x", " 3.5 m", [" 3.5"]),
        ("x", " the U.S. a", [" the", " the U.S", " the U.S.|"]),
        ("x", " Mr. S", [" Mr", " Mr."]),
        ("I don", "’", []),
        ("I don", "’t k", ["’t"]),
        ("x", " well-", []),
        ("x", " well-known b", [" well-known"]),
        ("x", " so—he w", [" so", " so—he"]),
        ("我", "们去。她", ["们", "们去", "们去。|"]),
    ],
)
def test_words_and_marks_end_where_it_is_certain(
    before: str, text: str, expected: list[str]
) -> None:
    assert _ends(before, text) == expected


def test_at_the_end_of_all_text_everything_is_complete() -> None:
    assert _ends("a ti", "me", final=True) == ["me"]
    assert _ends("x", " 3.", final=True) == [" 3", " 3.|"]


def test_the_word_at_the_caret_is_found() -> None:
    words = ["Eliz", "“Eliz", "I don’", "x—mother-in-l", "a ", "said,", "我们", "我们Ab"]
    assert [typed_word(word) for word in words] == [
        "Eliz", "Eliz", "don’", "mother-in-l", "", "", "", "Ab",
    ]  # fmt: skip


def test_behind_a_blank_an_opening_mark_or_a_character_words_begin_without_a_blank() -> None:
    assert all(is_open(text) for text in ("", "a ", "a\n", "“", 'said, "', "我", "。", "so—"))
    assert not any(is_open(text) for text in ("a", "said,", "”", 'said"', "3"))


def test_a_clause_ends_with_its_mark_and_the_quotes_behind_it() -> None:
    assert ends_with_clause("so.”")
    assert ends_with_clause("好。")
    assert not ends_with_clause("“so”")
    assert not ends_with_clause("")
