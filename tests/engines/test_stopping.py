"""A text ends at the first stop string behind something visible, however it arrives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.engines.stopping import StopStrings


def _shown(stops: tuple[str, ...], pieces: list[str]) -> tuple[str, bool]:
    stop = StopStrings(stops)
    shown = "".join(stop.feed(piece) for piece in pieces)
    return shown + stop.finish(), stop.found


def _expected(stops: tuple[str, ...], text: str) -> tuple[str, bool]:
    """Find the stop string that is complete first, and of those the one that begins first."""
    first = len(text) - len(text.lstrip()) + 1
    ends = [(text.find(s, first) + len(s), text.find(s, first)) for s in stops if s]
    found = [(end, start) for end, start in ends if start >= 0]
    return (text[: min(found)[1]], True) if found else (text, False)


@given(
    st.lists(st.text(alphabet="ab\n ", min_size=1, max_size=3), max_size=3).map(tuple),
    st.text(alphabet="ab\n ", max_size=30),
)
def test_letter_by_letter_the_first_stop_string_ends_the_text(
    stops: tuple[str, ...], text: str
) -> None:
    shown, found = _shown(stops, list(text))
    expected, is_there = _expected(stops, text)
    assert found == is_there
    if not found or len(set(map(len, stops))) == 1:
        assert shown == expected
    else:
        assert text.startswith(shown)


@given(
    st.text(alphabet="ab\n ", min_size=1, max_size=3),
    st.lists(st.text(alphabet="ab\n ", max_size=5), max_size=8),
)
def test_how_the_text_is_cut_makes_no_difference(stop: str, pieces: list[str]) -> None:
    assert _shown((stop,), pieces) == _shown((stop,), list("".join(pieces)))


def test_leading_line_breaks_do_not_end_a_text() -> None:
    assert _shown(("\n",), ["\n", "\n\nHel", "lo\nmore"]) == ("\n\n\nHello", True)


def test_a_beginning_of_a_stop_string_waits_until_it_is_known() -> None:
    stop = StopStrings(("END",))
    assert stop.feed("the E") == "the "
    assert stop.feed("N") == ""
    assert stop.feed("ough") == "ENough"
    assert stop.feed(" END of it") == " "
    assert stop.found
    assert stop.feed("more") == ""


def test_what_waited_comes_at_the_end() -> None:
    stop = StopStrings(("END",))
    assert stop.feed("the EN") == "the "
    assert stop.finish() == "EN"


def test_empty_stop_strings_stop_nothing() -> None:
    assert _shown(("",), ["a", "b"]) == ("ab", False)
