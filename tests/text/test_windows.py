"""Where the model's window of a long text begins."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.text.windows import window_start

STORY = " ".join(
    f"Chapter {number} told of a boat. It was {number} feet long, and nobody knew who had built it."
    for number in range(300)
)
CHINESE = "".join(
    f"第{number}只船停在河边。老人说它很旧，可是没有人知道是谁造的！" for number in range(300)
)
MOST, STEP = 1200, 600

texts = st.text(st.sampled_from("ab .!?\n\r\u3000。，河e\u0301“”'-🛶"), max_size=400)
sizes = st.tuples(st.integers(20, 90), st.integers(10, 90)).map(sorted)


@given(texts, st.integers(0, 300), sizes)
@settings(deadline=None, max_examples=300)
def test_a_window_is_never_too_long_nor_outside_the_text(
    text: str, offset: int, sizes: list[int]
) -> None:
    """What is left out is left out at the beginning, and only where there is too much."""
    step, most = sizes
    start = window_start(text, offset, most, step)
    assert 0 <= start <= len(text)
    if start == 0:
        assert len(text) <= most or offset > 0
    else:
        assert len(text) - start <= most
        assert offset + len(text) > most


@given(texts, texts, st.integers(0, 300), sizes)
@settings(deadline=None, max_examples=300)
def test_it_keeps_its_place_until_the_next_step(
    text: str, more: str, offset: int, sizes: list[int]
) -> None:
    """Typing on moves the window once in a step of the whole document."""
    step, most = sizes

    def bucket(length: int) -> int:
        return max(0, -(-(offset + length - most) // step))

    first = window_start(text, offset, most, step)
    for end in range(1, len(more) + 1):
        grown = text + more[:end]
        if bucket(len(grown)) == bucket(len(text)):
            assert window_start(grown, offset, most, step) == first


@pytest.mark.parametrize("text", [STORY, CHINESE])
def test_a_caret_that_runs_through_a_book_moves_the_window_rarely(text: str) -> None:
    """Each step is at least as long as asked, and a window holds enough to be of use."""
    starts = [window_start(text[:end], 0, MOST, STEP) for end in range(0, len(text), 10)]
    assert len(set(starts)) <= len(text) // STEP
    assert starts == sorted(starts)
    lengths = [end - start for end, start in zip(range(0, len(text), 10), starts, strict=True)]
    assert max(lengths) <= MOST
    assert min(lengths[MOST // 10 :]) >= MOST - STEP - STEP // 3


@pytest.mark.parametrize("end", range(2000, 9000, 333))
def test_it_begins_with_a_sentence(end: int) -> None:
    start = window_start(STORY[:end], 0, MOST, STEP)
    assert STORY[start:].startswith(("Chapter", "It was"))


@pytest.mark.parametrize("end", range(2000, 6000, 333))
def test_it_begins_with_a_sentence_in_chinese(end: int) -> None:
    start = window_start(CHINESE[:end], 0, MOST, STEP)
    assert CHINESE[start - 1] in "。！"


def test_a_paragraph_is_a_better_beginning_than_a_sentence() -> None:
    text = "One of them went. " * 34 + "He sat.\n\nThe boat came. " + "It was late. " * 60
    start = window_start(text, 0, MOST, STEP)
    assert text[start:].startswith("The boat came.")


def test_without_sentences_it_begins_with_a_word_and_without_words_anywhere() -> None:
    words = "boat " * 1000
    start = window_start(words[2:], 0, MOST, STEP)
    assert words[2:][start:].startswith("boat ")
    signs = "x" * 5000
    assert len(signs) - window_start(signs, 0, MOST, STEP) <= MOST


@pytest.mark.parametrize("end", [3000, 3200, 3999])
@pytest.mark.parametrize("cut", [0, 500, 1000])
def test_it_is_the_same_place_whether_or_not_the_beginning_of_the_document_is_there(
    end: int, cut: int
) -> None:
    whole = window_start(STORY[:end], 0, MOST, STEP)
    assert window_start(STORY[cut:end], cut, MOST, STEP) + cut == whole


def test_a_text_that_is_short_itself_is_read_from_its_beginning() -> None:
    assert window_start(STORY[:MOST], 0, MOST, STEP) == 0
    assert window_start(STORY[3000:3100], 3000, MOST, STEP) == 0
    assert window_start("", 0, MOST, STEP) == 0
