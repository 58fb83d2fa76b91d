"""The interface's language: what is chosen, what the machine speaks, what is missing."""

from __future__ import annotations

import gettext
import locale
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.config import languages
from assistant.core import i18n
from assistant.core.i18n import tr, trn

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Open {path}"
msgstr "打开 {path}"

msgid "{n} word"
msgid_plural "{n} words"
msgstr[0] "{n} 个字"

msgid "Empty"
msgstr ""

#, fuzzy
msgid "Doubtful"
msgstr "可疑"

#~ msgid "Old"
#~ msgstr "旧"
"""


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    i18n.install(gettext.NullTranslations())


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "zh_CN.po"
    path.write_text(CATALOGUE, "utf-8")
    monkeypatch.setattr(languages, "resource", lambda *parts: tmp_path / parts[-1])
    return path


def test_chinese_is_spoken_and_what_is_missing_stays_english(catalogue: Path) -> None:
    languages.install("zh_CN")
    assert tr("Open {path}", path="a.md") == "打开 a.md"
    assert trn("{n} word", "{n} words", 1) == "1 个字"
    assert trn("{n} word", "{n} words", 5) == "5 个字"
    assert trn("{n} page", "{n} pages", 5) == "5 pages"
    assert [tr(text) for text in ("Empty", "Doubtful", "Old", "New")] == [
        "Empty",
        "Doubtful",
        "Old",
        "New",
    ]


def test_english_needs_no_catalogue(catalogue: Path) -> None:
    languages.install("zh_CN")
    catalogue.unlink()
    languages.install("en")
    assert tr("Open {path}", path="a.md") == "Open a.md"
    assert trn("{n} word", "{n} words", 1) == "1 word"


@pytest.mark.parametrize("text", [None, 'msgid "x', "\0\0"])
def test_a_missing_or_damaged_catalogue_leaves_english(catalogue: Path, text: str | None) -> None:
    catalogue.unlink()
    if text is not None:
        catalogue.write_text(text)
    languages.install("zh_CN")
    assert tr("Open {path}", path="a.md") == "Open a.md"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_the_machine_s_language_is_taken(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(locale, "getlocale", lambda *_: (None, None))
    assert languages.system_language() == language


def test_windows_names_its_language_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(locale, "getlocale", lambda *_: ("Chinese (Simplified)_China", "936"))
    assert languages.system_language() == "zh_CN"
