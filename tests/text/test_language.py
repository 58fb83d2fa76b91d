"""Which language a text is written in, and when it is better not to say."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.language import LANGUAGES, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The mayor said that a ferry will carry people on foot.", "en"),
        ("THE MAYOR SAID THAT IT IS FREE", "en"),
        ("Le maire a dit que le pont est fermé.", "fr"),
        ("Der Bürgermeister sagte, dass die Brücke zu ist.", "de"),
        ("El alcalde dijo que el puente está cerrado.", "es"),
        ("Il sindaco ha detto che il ponte è chiuso.", "it"),
        ("O prefeito disse que a ponte está fechada.", "pt"),
        ("Мэр сказал, что мост закрыт.", "ru"),
        ("Burmistrz powiedział, że most jest zamknięty.", "pl"),
        ("桥关了", "zh"),
        ("橋", "zh"),
        ("他用iPhone拍照", "zh"),
        ("橋は閉まっている", "ja"),
        ("다리", "ko"),
    ],
)
def test_languages_are_told_apart(text: str, language: str) -> None:
    assert detect(text) == language
    assert language in LANGUAGES


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "12345 67890 12345 !!!", "😀😀😀", "Hello", "il ponte", "qwx zkpv hgrt jjkl wvbn"],
)
def test_nothing_is_said_of_what_cannot_be_trusted(text: str) -> None:
    assert detect(text) is None


def test_the_larger_part_decides() -> None:
    english = "She wrote that the word for it was 桥 and that he had not known this before."
    assert detect(english) == "en"
    assert detect("他说这个词是bridge，以前他不知道。") == "zh"


@given(st.text())
def test_any_text_has_a_known_language_or_none(text: str) -> None:
    assert detect(text) in {None, *LANGUAGES}


def test_plain_english_and_chinese_need_no_language_model() -> None:
    code = (
        "import sys; from assistant.text.language import detect;"
        "print(detect('It was the best of times, it was the worst of times, it was the age.'),"
        "detect('他很高兴'), 'py3langid' in sys.modules, 'numpy' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["en", "zh", "False", "False"]
