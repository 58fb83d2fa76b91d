"""Which sentence answers a question, and whether the text answers it at all."""

from __future__ import annotations

import pytest

from assistant.text.passages import ANSWERABLE, best_sentence, share_found


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
