"""Which sentence answers a question, and whether the text answers it at all."""

from __future__ import annotations

import pytest

from assistant.core.tasks import Span
from assistant.text.passages import (
    ANSWERABLE,
    best_passages,
    best_sentence,
    even_parts,
    share_found,
)


def answer(text: str, question: str) -> str | None:
    span = best_sentence(text, question)
    return text[span.start : span.end] if span else None


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("How much will the repair cost?", "nine million euros"),
        ("Who pays for the repairs?", "the state pays two thirds"),
        ("What did engineers find?", "cracks in two of the four pillars"),
        ("How often does the ferry carry people?", "every fifteen minutes"),
    ],
)
def test_the_sentence_that_answers_is_found(bridge: str, question: str, part: str) -> None:
    assert share_found(bridge, question) >= ANSWERABLE
    assert part in (answer(bridge, question) or "")


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("维修要花多少钱？", "九百万欧元"),
        ("工程师发现了什么？", "裂缝"),
        ("谁担心失去顾客？", "店主"),
    ],
)
def test_the_sentence_is_found_in_chinese(chinese_bridge: str, question: str, part: str) -> None:
    assert share_found(chinese_bridge, question) >= ANSWERABLE
    assert part in (answer(chinese_bridge, question) or "")


@pytest.mark.parametrize("question", ["Who won the match?", "What is the weather like?"])
def test_a_question_about_something_else_is_not_answered(bridge: str, question: str) -> None:
    assert share_found(bridge, question) < ANSWERABLE
    assert best_sentence(bridge, question) is None


def test_a_chinese_question_about_something_else_is_not_answered(chinese_bridge: str) -> None:
    assert share_found(chinese_bridge, "谁赢了比赛？") < ANSWERABLE


@pytest.mark.parametrize(
    ("text", "question"),
    [("", "Who?"), ("A text.", ""), ("A text.", "Who is it?"), ("...", "What text?"), ("", "")],
)
def test_nothing_is_found_in_nothing(text: str, question: str) -> None:
    assert share_found(text, question) == 0.0
    assert best_sentence(text, question) is None


def test_the_share_is_that_of_the_words_found(bridge: str) -> None:
    assert share_found(bridge, "Did the mayor open a zoo?") == pytest.approx(1 / 3)


def test_a_text_that_fits_is_one_passage(bridge: str) -> None:
    assert best_passages(bridge, "What?", 3, lambda _: True) == (Span(0, len(bridge)),)


def test_the_best_passage_grows_around_the_sentence_that_answers(bridge: str) -> None:
    question = "How much will the repair cost?"
    found = best_passages(bridge, question, 2, lambda text: len(text) < 250)
    passages = [bridge[span.start : span.end] for span in found]
    assert "nine million" in passages[0]
    assert passages[0].startswith("Shop owners")
    assert len(passages) == 2
    assert all(len(passage) < 250 for passage in passages)
    first, second = sorted(found, key=lambda span: span.start)
    assert first.end <= second.start


def test_a_sentence_that_does_not_fit_is_a_passage_and_strange_ones_are_none(bridge: str) -> None:
    (span,) = best_passages(bridge, "What will it cost?", 1, lambda _: False)
    assert bridge[span.start : span.end].startswith("The repair will cost")
    assert best_passages(bridge, "Who painted Guernica?", 1, lambda _: False) == ()


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_even_parts_are_whole_sentences_with_nothing_left_out(bridge: str, count: int) -> None:
    parts = even_parts(bridge, count)
    assert len(parts) == count
    assert " ".join(bridge[part.start : part.end] for part in parts) == bridge
    assert all(bridge[part.end - 1] == "." for part in parts)


def test_there_are_no_more_parts_than_sentences(bridge: str) -> None:
    assert len(even_parts(bridge, 50)) == 5
    assert even_parts(" \n", 3) == ()
    short = "Yes. " * 4 + "This sentence is much longer than those before it, and ends them all."
    assert len(even_parts(short, 3)) == 3
