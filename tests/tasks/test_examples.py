"""The example translations and how the nearest are found."""

from __future__ import annotations

import itertools

import pytest

from assistant.config.paths import resource
from assistant.tasks.examples import languages, nearest


def rows() -> list[list[str]]:
    text = resource("examples", "everyday.tsv").read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()]


def test_every_sentence_is_there_in_every_language_once() -> None:
    head, *body = rows()
    assert len(body) >= 150
    for row in body:
        assert len(row) == len(head)
        assert all(cell == cell.strip() and cell for cell in row), row
    for column in zip(*body, strict=True):
        assert len(set(column)) == len(column)


def test_the_nearest_pair_comes_last() -> None:
    pairs = nearest("I did not know where the keys were left.", "en", "fr", 8)
    assert len(pairs) == 8
    assert pairs[-1].source == "I don't know where I left my keys."
    assert pairs[-1].target == "Je ne sais pas où j'ai laissé mes clés."


def test_chinese_is_compared_by_pairs_of_characters() -> None:
    pairs = nearest("你的护照在哪里？我找不到我的护照。", "zh", "en", 3)
    assert pairs[-1].source == "我到处都找不到我的护照。"


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(languages(), 2)))
def test_any_two_languages_make_pairs(source: str, target: str) -> None:
    assert len(nearest("1", source, target, 8)) == 8


def test_a_language_without_examples_has_none() -> None:
    assert nearest("Good morning.", "en", "ko", 8) == ()
    assert nearest("", "xx", "en", 8) == ()
