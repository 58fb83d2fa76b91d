"""Harper's findings, as spans of the text and texts to put there."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise

import pytest

from assistant.core.errors import UsageError
from assistant.core.tasks import Replacement
from assistant.text import grammar
from assistant.text.difference import apply

needs_rules = pytest.mark.skipif(find_spec("harper") is None, reason="no wheel for this machine")


@pytest.fixture(scope="module")
def checker() -> grammar.Checker:
    return grammar.Checker()


@needs_rules
@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("I has a plan.", "I have a plan."),
        ("😀 teh house", "😀 the house"),
        ("中文 teh house", "中文 the house"),
        ("It was in the the house.", "It was in the house."),
        ("\tteh house was old.", "\tthe house was old."),
        ("First line\r\nteh house", "First line\r\nthe house"),
        ("All is well.", "All is well."),
        ("", ""),
    ],
)
def test_suggestions_mend_the_text(checker: grammar.Checker, text: str, mended: str) -> None:
    changes = [Replacement(found.span, found.suggestions[0]) for found in checker.check(text)]
    assert apply(text, changes) == mended


@needs_rules
def test_findings_are_in_order_and_do_not_overlap(checker: grammar.Checker) -> None:
    found = checker.check("He have a appple and the the wrld , i think. teh end are near.")
    assert len(found) > 4
    assert all(one.span.end <= other.span.start for one, other in pairwise(found))
    assert all(one.message for one in found)


@needs_rules
def test_code_and_links_of_markdown_are_not_checked(checker: grammar.Checker) -> None:
    assert not checker.check("This is `teh wrld` and [a link](http://exmple.com/teh).")


@needs_rules
def test_half_a_character_does_no_harm(checker: grammar.Checker) -> None:
    (found,) = checker.check("\ud83d teh house")
    assert (found.span.start, found.span.end) == (2, 5)


@needs_rules
def test_ignored_words_are_let_stand_in_every_form() -> None:
    text = "Zorblax saw ZORBLAX. It was Zorblax's wrld, zorblax’s."
    kinds = {found.kind for found in grammar.Checker().check(text)}
    assert kinds == {grammar.SPELLING}
    found = grammar.Checker(ignored_words=("zorblax",)).check(text)
    assert [text[one.span.start : one.span.end] for one in found] == ["wrld"]


@needs_rules
def test_the_dialect_decides_what_is_misspelt() -> None:
    text = "The colour of the theatre is grey."
    assert grammar.Checker("american").check(text)
    assert not grammar.Checker("british").check(text)


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(UsageError, match="american"):
        grammar.Checker("klingon")


def test_a_machine_without_rules_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "find_spec", lambda name: None)
    assert not grammar.available()
    with pytest.raises(UsageError):
        grammar.Checker().check("teh")
