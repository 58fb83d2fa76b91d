"""The words that say what a text is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.words import content_words, stem


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("How much will the repair cost?", "en", ["repair", "cost"]),
        ("It's the mayor’s well-known bridge.", "en", ["mayor", "known", "bridg"]),
        ("Qu'est-ce que l’eau a coûté à d'Artagnan ?", "fr", ["eau", "coûté", "artagnan"]),
        ("Was hat die Brücke gekostet?", "de", ["brücke", "gekostet"]),
        ("¿Cuánto cuesta el puente?", "es", ["cuesta", "puente"]),
        ("维修要花多少钱？", "zh", ["维修", "花", "钱"]),
        ("市长关闭旧桥", "zh", ["市长", "长关", "关闭", "闭旧", "旧桥"]),
        ("新しい橋", "ja", ["新し", "しい", "い橋"]),
        ("Ｆｕｌｌ width", "en", ["full", "width"]),
        ("", "en", []),
        ("... !?", None, []),
    ],
)
def test_words_without_meaning_are_left_out(
    text: str, language: str | None, words: list[str]
) -> None:
    expected = [stem(word) if language == "en" else word for word in words]
    assert list(content_words(text, language)) == expected


@pytest.mark.parametrize(
    "forms",
    [
        ("repair", "repairs", "repaired", "repairing"),
        ("close", "closes", "closed", "closing"),
        ("stop", "stops", "stopped", "stopping"),
        ("carry", "carries", "carried", "carrying"),
        ("watch", "watches", "watched"),
        ("city", "cities"),
        ("find", "found", "finding"),
        ("child", "children"),
        ("class", "classes"),
        ("day", "days"),
    ],
)
def test_forms_of_one_word_are_one(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("pair", [("need", "ned"), ("king", "k"), ("bus", "bu")])
def test_short_words_keep_what_only_looks_like_an_ending(pair: tuple[str, str]) -> None:
    assert stem(pair[0]) != stem(pair[1])


def test_the_language_is_detected_where_it_is_not_given() -> None:
    assert "que" not in content_words("Il pense que le pont est fermé depuis mardi.")
    assert content_words("bridge") == content_words("bridges", "en")


@given(st.text())
def test_every_word_is_lowercase_and_has_no_space(text: str) -> None:
    for word in content_words(text, "en"):
        assert word
        assert word == word.lower()
        assert not any(map(str.isspace, word))
