"""What the marks of a line of Markdown mean, and what a line of lone marks costs."""

from __future__ import annotations

import pytest

from assistant.ui.markdown_lines import Within, line_parts


def names(text: str, before: Within = Within.PROSE) -> list[tuple[str, str]]:
    """Return the parts of a line that are not marks, as text and name."""
    parts, _ = line_parts(text, before)
    return [(text[part.start : part.end], part.name) for part in parts if part.name != "mark"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain prose, 2 * 3 * 4 and a_b_c", []),
        ("a *word* here", [("word", "emphasis")]),
        ("a _word_ here", [("word", "emphasis")]),
        ("**two words**", [("two words", "strong")]),
        ("__init__ is bold to Markdown", [("init", "strong")]),
        ("a ~~slip~~", [("slip", "struck")]),
        ("## Second", [("## Second", "heading2")]),
        ("#hashtag", []),
        ("####### seven", []),
        ("> he said", [("> he said", "quote")]),
        ("- item *one*", [("one", "emphasis")]),
        ("* item", []),
        ("* * *", []),
        ("use `a * b` or ``c ` d``", [("`a * b`", "code"), ("``c ` d``", "code")]),
        ("`*not* emphasis`", [("`*not* emphasis`", "code")]),
        ("[page](http://x.org/a_b_c)", [("page", "link")]),
        (r"\*no\*", []),
        ("*一座桥*。", [("一座桥", "emphasis")]),
        ("*open", []),
    ],
)
def test_a_line_has_its_parts(text: str, expected: list[tuple[str, str]]) -> None:
    """Marks mean what a writer expects, and nothing in the midst of words and sums."""
    assert names(text) == expected


def test_a_fence_makes_code_until_it_is_closed() -> None:
    """Between fences nothing is a mark."""
    _, within = line_parts("```python", Within.PROSE)
    assert within is Within.CODE
    assert names("*x* # y", within) == [("*x* # y", "code")]
    _, within = line_parts("```", within)
    assert within is Within.PROSE


@pytest.mark.parametrize("mark", ["*a ", "`a ", "_a ", "[a ", "**a ", "~~a ", "![", "](", "***"])
def test_a_line_of_lone_marks_is_read(mark: str) -> None:
    """Thousands of marks without a partner end in time (the test has a limit)."""
    text = mark * 5000
    parts, _ = line_parts(text, Within.PROSE)
    assert all(0 <= part.start <= part.end <= len(text) for part in parts)
