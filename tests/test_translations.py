"""Every sentence of the interface has its Chinese one, with the same names to fill in."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from assistant.config import languages
from assistant.core import i18n
from assistant.core.i18n import tr, trn
from assistant.models.abilities import reader_sentences

ROOT = Path(__file__).parent.parent
CATALOGUE = polib.pofile(str(ROOT / "resources" / "translations" / "zh_CN.po"))
_NAMES = re.compile(r"{(\w+)[^}]*}")
_MNEMONIC = re.compile(r"&(\w)")
_COMMAND = re.compile(r"(?:inkling|sudo apt-get|git lfs|hf auth) [a-z][-a-z]*")


@pytest.fixture
def _english_afterwards() -> Iterator[None]:
    yield
    i18n.install(gettext.NullTranslations())


def _messages() -> list[tuple[ast.expr, ...]]:
    """Return what the source hands to `tr` and `trn` as messages."""
    found: list[tuple[ast.expr, ...]] = []
    for path in sorted((ROOT / "assistant").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("tr", "trn"):
                found.append(tuple(node.args[: 1 if node.func.id == "tr" else 2]))
    return found


def _sentences() -> dict[str, str]:
    """Return every sentence that a reader may meet, each with its plural or an empty one."""
    found = dict.fromkeys(reader_sentences(), "")
    for message in _messages():
        texts = [part.value for part in message if isinstance(part, ast.Constant)]
        if texts:
            found[texts[0]] = "".join(texts[1:])
    return found


def _pairs(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Return pairs of an English sentence and its translation."""
    if entry.msgid_plural:
        forms = entry.msgstr_plural.values()
        return [(english, form) for english in (entry.msgid, entry.msgid_plural) for form in forms]
    return [(entry.msgid, entry.msgstr)]


def test_nothing_is_left_in_english() -> None:
    known = {(entry.msgid, entry.msgid_plural) for entry in CATALOGUE.translated_entries()}
    assert sorted(set(_sentences().items()) - known) == []


def test_the_catalogue_keeps_no_sentence_that_is_gone() -> None:
    sentences = _sentences()
    assert [e.msgid for e in CATALOGUE if sentences.get(e.msgid) != e.msgid_plural] == []


def test_the_catalogue_has_each_sentence_once_and_in_order() -> None:
    messages = [entry.msgid for entry in CATALOGUE]
    assert messages == sorted(set(messages))


def test_a_message_is_a_literal_or_a_sentence_kept_with_a_model() -> None:
    # What is put together on the way to `tr` is in no catalogue.
    known = (ast.Constant, ast.Attribute, ast.Subscript)
    parts = [part for message in _messages() for part in message]
    assert [ast.unparse(part) for part in parts if not isinstance(part, known)] == []


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.msgid[:40])
def test_a_translation_has_the_same_names_mnemonic_and_commands(entry: polib.POEntry) -> None:
    for english, chinese in _pairs(entry):
        assert chinese.strip()
        for kept in (_NAMES, _COMMAND):
            assert set(kept.findall(english)) == set(kept.findall(chinese))
        assert _MNEMONIC.findall(english.upper()) == _MNEMONIC.findall(chinese.upper())


@pytest.mark.parametrize(
    "entry",
    [entry for entry in CATALOGUE if entry.msgid_plural],
    ids=lambda entry: entry.msgid[:40],
)
def test_chinese_has_one_form_for_every_number(entry: polib.POEntry) -> None:
    assert list(entry.msgstr_plural) == [0]


@pytest.mark.usefixtures("_english_afterwards")
def test_the_catalogue_that_ships_is_spoken() -> None:
    languages.install("zh_CN")
    assert tr("&File") == "文件(&F)"
    assert tr("Loading {model}…", model="GPT-2") == "正在加载 GPT-2…"
    assert [trn("{n} word", "{n} words", n) for n in (0, 1, 5)] == ["0 字", "1 字", "5 字"]
    assert all(tr(sentence) != sentence for sentence in reader_sentences())


@pytest.mark.usefixtures("_english_afterwards")
def test_english_is_spoken_again() -> None:
    languages.install("zh_CN")
    languages.install("en")
    assert tr("&File") == "&File"
    assert tr("Loading {model}…", model="GPT-2") == "Loading GPT-2…"
    assert [trn("{n} word", "{n} words", n) for n in (1, 5)] == ["1 word", "5 words"]
