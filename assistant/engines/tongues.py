"""How translation models name languages, and how each family is told which ones are meant.

Languages come in as ISO 639-1 codes. A new family is one function here and its name in
`_FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from assistant.core.errors import UsageError
from assistant.core.i18n import tr
from assistant.engines.detokenizing import token_id

# ISO 639-1 to the codes of FLORES, whose first three letters are ISO 639-3.
_FLORES: Mapping[str, str] = {
    "af": "afr_Latn",
    "ar": "arb_Arab",
    "be": "bel_Cyrl",
    "bg": "bul_Cyrl",
    "bn": "ben_Beng",
    "bs": "bos_Latn",
    "ca": "cat_Latn",
    "cs": "ces_Latn",
    "cy": "cym_Latn",
    "da": "dan_Latn",
    "de": "deu_Latn",
    "el": "ell_Grek",
    "en": "eng_Latn",
    "eo": "epo_Latn",
    "es": "spa_Latn",
    "et": "est_Latn",
    "eu": "eus_Latn",
    "fa": "pes_Arab",
    "fi": "fin_Latn",
    "fr": "fra_Latn",
    "ga": "gle_Latn",
    "gl": "glg_Latn",
    "he": "heb_Hebr",
    "hi": "hin_Deva",
    "hr": "hrv_Latn",
    "hu": "hun_Latn",
    "hy": "hye_Armn",
    "id": "ind_Latn",
    "is": "isl_Latn",
    "it": "ita_Latn",
    "ja": "jpn_Jpan",
    "ka": "kat_Geor",
    "kk": "kaz_Cyrl",
    "ko": "kor_Hang",
    "lt": "lit_Latn",
    "lv": "lvs_Latn",
    "mk": "mkd_Cyrl",
    "ms": "zsm_Latn",
    "mt": "mlt_Latn",
    "nl": "nld_Latn",
    "no": "nob_Latn",
    "pl": "pol_Latn",
    "pt": "por_Latn",
    "ro": "ron_Latn",
    "ru": "rus_Cyrl",
    "sk": "slk_Latn",
    "sl": "slv_Latn",
    "sq": "als_Latn",
    "sr": "srp_Cyrl",
    "sv": "swe_Latn",
    "sw": "swh_Latn",
    "ta": "tam_Taml",
    "te": "tel_Telu",
    "th": "tha_Thai",
    "tl": "tgl_Latn",
    "tr": "tur_Latn",
    "uk": "ukr_Cyrl",
    "ur": "urd_Arab",
    "vi": "vie_Latn",
    "zh": "zho_Hans",
}
# What Marian models call them where that is not the first three letters above.
_MARIAN: Mapping[str, tuple[str, ...]] = {
    "ar": ("ara",),
    "et": ("est",),
    "fa": ("pes", "fas"),
    "lv": ("lav",),
    "ms": ("zsm_Latn", "msa"),
    "no": ("nob", "nor"),
    "sq": ("sqi",),
    "sr": ("srp_Cyrl", "srp_Latn"),
    "zh": ("cmn_Hans", "cmn", "zho"),
}
# The languages of mBART and mBART-50.
_MBART = [
    "af_ZA",
    "ar_AR",
    "az_AZ",
    "bn_IN",
    "cs_CZ",
    "de_DE",
    "en_XX",
    "es_XX",
    "et_EE",
    "fa_IR",
    "fi_FI",
    "fr_XX",
    "gl_ES",
    "gu_IN",
    "he_IL",
    "hi_IN",
    "hr_HR",
    "id_ID",
    "it_IT",
    "ja_XX",
    "ka_GE",
    "kk_KZ",
    "km_KH",
    "ko_KR",
    "lt_LT",
    "lv_LV",
    "mk_MK",
    "ml_IN",
    "mn_MN",
    "mr_IN",
    "my_MM",
    "ne_NP",
    "nl_XX",
    "pl_PL",
    "ps_AF",
    "pt_XX",
    "ro_RO",
    "ru_RU",
    "si_LK",
    "sl_SI",
    "sv_SE",
    "sw_KE",
    "ta_IN",
    "te_IN",
    "th_TH",
    "tl_XX",
    "tr_TR",
    "uk_UA",
    "ur_PK",
    "vi_VN",
    "xh_ZA",
    "zh_CN",
]


@dataclass(frozen=True, slots=True)
class Source:
    """Text as an encoder gets it: its tokens, and what `generate` is told about the target."""

    ids: list[int]
    options: dict[str, Any] = field(default_factory=dict)


Encode: TypeAlias = Callable[[str, str | None, str | None], Source]


def source_encoder(tokenizer: Any) -> Encode:
    """Return the function from text, source and target language to what the encoder gets.

    It raises `UsageError` for a language that the model does not know, or when the model wants to
    be told and is not.
    """
    for family in _FAMILIES:
        encode = family(tokenizer)
        if encode is not None:
            return encode
    return lambda text, _source, _target: Source(_plain(text, tokenizer))


def _plain(text: str, tokenizer: Any) -> list[int]:
    return list(tokenizer(text)["input_ids"])


def _marian(tokenizer: Any) -> Encode | None:
    """Put the target's token before the text, as in `>>fra<< The text`."""
    known = frozenset(getattr(tokenizer, "supported_language_codes", ()))

    def encode(text: str, _source: str | None, target: str | None) -> Source:
        wanted = _required(target)
        names = (*_MARIAN.get(wanted, ()), _FLORES.get(wanted, wanted)[:3], wanted)
        mark = next((mark for name in names if (mark := f">>{name}<<") in known), None)
        if mark is None:
            raise _unknown(wanted)
        return Source(_plain(f"{mark} {text}", tokenizer))

    return encode if known else None


def _madlad(tokenizer: Any) -> Encode | None:
    """Put the target's token before the text, as in `<2fr> The text`."""

    def encode(text: str, _source: str | None, target: str | None) -> Source:
        mark = f"<2{_required(target)}>"
        if token_id(tokenizer, mark) is None:
            raise _unknown(str(target))
        return Source(_plain(f"{mark} {text}", tokenizer))

    return encode if token_id(tokenizer, "<2en>") is not None else None


def _m2m100(tokenizer: Any) -> Encode | None:
    known = getattr(tokenizer, "lang_code_to_id", {})
    return _forced(tokenizer, known) if "en" in known else None


def _nllb(tokenizer: Any) -> Encode | None:
    return _named(tokenizer, _FLORES)


def _mbart(tokenizer: Any) -> Encode | None:
    return _named(tokenizer, {code[:2]: code for code in _MBART})


def _named(tokenizer: Any, names: Mapping[str, str]) -> Encode | None:
    """Encode with those of `names` that are tokens, if English is one."""
    found = {code: token_id(tokenizer, name) for code, name in names.items()}
    tokens = {code: token for code, token in found.items() if token is not None}
    return _forced(tokenizer, tokens, names) if "en" in tokens else None


def _forced(
    tokenizer: Any, tokens: Mapping[str, int], names: Mapping[str, str] | None = None
) -> Encode:
    """Tell the tokenizer the source, and have the target's token written first.

    `names` are the tokenizer's own for the codes, where they differ.
    """
    usual = tokenizer.src_lang

    def encode(text: str, source: str | None, target: str | None) -> Source:
        wanted = _required(target)
        for code in (source, wanted):
            if code is not None and code not in tokens:
                raise _unknown(code)
        # The tokenizer would keep the language of the text before.
        name = names[source] if names and source else source
        tokenizer.src_lang = name or usual
        return Source(_plain(text, tokenizer), {"forced_bos_token_id": tokens[wanted]})

    return encode


def _required(target: str | None) -> str:
    if target is None:
        raise UsageError(
            tr("This model translates into several languages. Say which one is wanted.")
        )
    return target


def _unknown(language: str) -> UsageError:
    return UsageError(
        tr(
            "This model does not know the language “{language}”. Choose another language or "
            "another model.",
            language=language,
        )
    )


_FAMILIES: tuple[Callable[[Any], Encode | None], ...] = (_marian, _m2m100, _nllb, _mbart, _madlad)
