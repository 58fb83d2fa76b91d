"""The sentences that say the most of a text."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from assistant.core.errors import Cancelled
from assistant.text.ranking import key_sentences


def texts(text: str, count: int) -> list[str]:
    return [text[span.start : span.end] for span in key_sentences(text, count)]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_news_of_the_bridge_mentions_the_bridge(bridge: str, count: int) -> None:
    found = texts(bridge, count)
    assert len(found) == count
    assert "bridge" in " ".join(found)


def test_the_news_in_chinese_mentions_the_bridge(chinese_bridge: str) -> None:
    assert "桥" in "".join(texts(chinese_bridge, 2))


def test_what_many_sentences_speak_of_is_central() -> None:
    """The one sentence that shares words with all others wins, wherever it stands."""
    hub = "The lighthouse keeper sold his boat, his garden and his violin in one winter."
    others = [
        "Nobody in the harbour had seen a better boat than that white one before.",
        "Behind the house there was a garden of beans, roses and very old apple trees.",
        "His daughter played the violin whenever rain kept her away from the long beach.",
        "In winter the road was closed and letters came only once in three weeks.",
        "Tourists asked for the lighthouse although it had been dark for many years.",
    ]
    for place in range(len(others) + 1):
        text = " ".join([*others[:place], hub, *others[place:]])
        assert texts(text, 1) == [hub]


def test_sentences_come_in_the_order_of_the_text(bridge: str) -> None:
    spans = key_sentences(bridge, 4)
    assert len(spans) == 4
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_short_sentences_headings_and_repetitions_are_left_out() -> None:
    long = "The old bridge over the river is closed until the spring comes."
    other = "A ferry carries people over the river while the bridge is being repaired."
    heading = "The Old Bridge over the River and What Became of It"
    text = f"{heading}\n\nOh no! The bridge! {long} Really? {other} {long} {long}"
    assert texts(text, 9) == [long, other]


def test_a_sentence_of_common_words_is_not_worth_showing(bridge: str) -> None:
    chatter = "Well, what was it that you have said about the bridge?"
    assert chatter not in texts(f"{chatter} {bridge} {chatter}", 5)
    assert texts(chatter, 1) == [chatter]


def test_a_list_without_full_stops_is_still_ranked() -> None:
    text = "\n".join(f"- the bridge number {n} over the river is closed" for n in ("one", "two"))
    assert len(texts(text, 1)) == 1


@pytest.mark.parametrize("text", ["", "   ", "No!", "Short. Very short. Too short."])
def test_a_text_without_long_sentences_has_no_key_sentence(text: str) -> None:
    assert key_sentences(text, 3) == ()


def test_none_are_asked_for(bridge: str) -> None:
    assert key_sentences(bridge, 0) == ()


def long_text(sentences: int) -> str:
    """Return sentences whose words are as unevenly spread as those of a language."""
    chance = random.Random(4)
    words = [f"{chr(97 + n % 26)}{n}word" for n in range(8000)]
    weights = [1 / (n + 1) for n in range(8000)]
    drawn = (chance.choices(words, weights, k=14) for _ in range(sentences))
    return " ".join(" ".join(one).capitalize() + "." for one in drawn)


def test_more_sentences_than_fit_one_part_are_ranked_in_parts() -> None:
    spans = key_sentences(long_text(6000), 5, language="en")
    assert len(spans) == 5
    assert len(set(spans)) == 5


def test_ranking_stops_when_it_is_cancelled() -> None:
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Cancelled):
        key_sentences(long_text(400), 3, language="en", should_stop=should_stop)
