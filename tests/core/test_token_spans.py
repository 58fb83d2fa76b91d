"""Tokens are found again in what a task makes of the text that they were written as."""

from __future__ import annotations

import pytest

from assistant.core.requests import Completion, Finish, TokenChoice, TokenOption
from assistant.core.token_spans import token_spans

_TOKENS = (" ", "\n\n", " The", " 😀", " cat", " sat", ".", "\n\nMore")


def _completion(*texts: str) -> Completion:
    tokens = tuple(
        TokenChoice(text, -1.0, tuple(TokenOption(own, -1.0) for own in (text, " a", "s", "")))
        for text in texts
    )
    return Completion("".join(texts), (), Finish.END, 0, 0.0, 0.0, tokens=tokens)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (" \n\n The 😀 cat sat.\n\nMore", list(_TOKENS)),
        ("The 😀 cat sat.", ["The", " 😀", " cat", " sat", "."]),
        (" The 😀 cat sat", [" The", " 😀", " cat", " sat"]),
        (" The 😀 cat sa ", [" The", " 😀", " cat", " sa"]),
        ("\tThe 😀 cat ", ["The", " 😀", " cat", " "]),
        ("\n The", ["\n", " The"]),
        ("The dog", []),
        ("", []),
        ("  ", []),
    ],
)
def test_blanks_may_go_and_come_and_the_end_be_cut(text: str, pieces: list[str]) -> None:
    """In code points; what the task added is nobody's."""
    spans = token_spans(text, _completion(*_TOKENS))
    assert [text[span.start : span.end] for span in spans] == pieces


def test_a_cut_blank_is_cut_from_the_options_too() -> None:
    """Those that cannot stand behind it are gone, but for the end of the text."""
    first, second = token_spans("The cat", _completion(" The", " cat", "."))
    assert first.choice.text == "The"
    assert [option.text for option in first.choice.options] == ["The", "a", ""]
    assert [option.text for option in second.choice.options] == [" cat", " a", "s", ""]


def test_without_tokens_there_are_no_spans() -> None:
    assert token_spans("The cat", Completion("The cat", (), Finish.END, 0, 0.0, 0.0)) == ()
