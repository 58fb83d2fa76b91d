"""Each family of translation models is told the languages in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import transformers as hf

from assistant.core.errors import UsageError
from assistant.engines.tongues import source_encoder
from tests.engines import tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.engines.seq2seq import Seq2SeqEngine

    Seq2Seq = Callable[[str], Seq2SeqEngine]


def test_marian_reads_the_targets_token_first(seq2seq: Seq2Seq) -> None:
    tokenizer = seq2seq("marian")._ready().tokenizer
    encode = source_encoder(tokenizer)
    for target, mark in (("fr", ">>fra<<"), ("es", ">>spa<<")):
        source = encode("a cat", "en", target)
        assert source.ids[0] == tokenizer.get_vocab()[mark]
        assert source.options == {}


def test_m2m100_reads_the_sources_token_and_writes_the_targets_first(seq2seq: Seq2Seq) -> None:
    tokenizer = seq2seq("m2m100")._ready().tokenizer
    source = source_encoder(tokenizer)("a cat", "de", "zh")
    assert source.ids[0] == tokenizer.get_lang_id("de")
    assert source.options == {"forced_bos_token_id": tokenizer.get_lang_id("zh")}


def test_nllb_names_languages_and_scripts(seq2seq: Seq2Seq) -> None:
    tokenizer = seq2seq("nllb")._ready().tokenizer
    source = source_encoder(tokenizer)("a cat", "de", "zh")
    assert source.ids[0] == tokenizer.convert_tokens_to_ids("deu_Latn")
    forced = tokenizer.convert_tokens_to_ids("zho_Hans")
    assert source.options == {"forced_bos_token_id": forced}


def test_mbart_names_languages_and_countries() -> None:
    tokenizer = hf.MBartTokenizer()
    source = source_encoder(tokenizer)("", "de", "zh")
    assert source.ids[-1] == tokenizer.convert_tokens_to_ids("de_DE")
    assert source.options == {"forced_bos_token_id": tokenizer.convert_tokens_to_ids("zh_CN")}


def test_madlad_reads_the_target_in_angle_brackets() -> None:
    tokenizer = tiny_models.byte_tokenizer(extra=("<2en>", "<2fr>"))
    encode = source_encoder(tokenizer)
    assert encode("a", None, "fr").ids[0] == tokenizer.convert_tokens_to_ids("<2fr>")
    with pytest.raises(UsageError):
        encode("a", None, "de")


def test_a_model_without_marks_gets_the_text_alone(seq2seq: Seq2Seq) -> None:
    tokenizer = seq2seq("t5")._ready().tokenizer
    source = source_encoder(tokenizer)("a cat", "en", "fr")
    assert source.ids == tokenizer("a cat")["input_ids"]


@pytest.mark.parametrize("name", ["marian", "m2m100", "nllb"])
def test_a_language_that_is_unknown_or_missing_is_refused(name: str, seq2seq: Seq2Seq) -> None:
    encode = source_encoder(seq2seq(name)._ready().tokenizer)
    with pytest.raises(UsageError, match="xx"):
        encode("a cat", "en", "xx")
    with pytest.raises(UsageError):
        encode("a cat", "en", None)


def test_an_unknown_source_is_refused_where_it_matters(seq2seq: Seq2Seq) -> None:
    encode = source_encoder(seq2seq("m2m100")._ready().tokenizer)
    with pytest.raises(UsageError, match="xx"):
        encode("a cat", "xx", "fr")


def test_the_same_text_twice_is_encoded_the_same(tmp_path: Path) -> None:
    """The tokenizer keeps no language from the request before."""
    tokenizer = hf.AutoTokenizer.from_pretrained(tiny_models.nllb(tmp_path / "nllb"))
    encode = source_encoder(tokenizer)
    first = encode("a cat", "en", "fr")
    encode("a cat", "de", "es")
    assert encode("a cat", None, "fr") == first
