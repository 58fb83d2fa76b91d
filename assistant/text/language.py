"""Which language a text is written in.

Languages are ISO 639-1 codes. What is too short or too mixed to be trusted has none. `py3langid`
and its model (0.1 s) are loaded at the first text that is not plainly English, Chinese, Japanese
or Korean.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from assistant.text.scripts import BOPOMOFO, HAN, KANA

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# The languages that can be told apart, as English names them.
LANGUAGES: dict[str, str] = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

# More says no more about the language, and takes longer.
_SAMPLE = 4000
_FEWEST_LETTERS = 10
_SUREST = 0.7

_HAN = re.compile(f"[{HAN}{BOPOMOFO}]")
_KANA = re.compile(f"[{KANA}]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
# No other language's: seven in a hundred words of any English prose and none of its neighbours'.
_ENGLISH = frozenset(
    ["the", "of", "and", "that", "with", "which", "this", "was", "were", "they", "from", "have"]
)
_FEWEST_WORDS = 12


def detect(text: str) -> str | None:
    """Return the language of `text`, or None where it cannot be trusted."""
    sample = text[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    if letters == 0:
        return None
    by_script = _by_script(sample, letters)
    if by_script or letters < _FEWEST_LETTERS:
        return by_script
    if _plainly_english(sample):
        return "en"
    code, probability = _identifier().classify(sample)
    return str(code) if probability >= _SUREST else None


def _by_script(sample: str, letters: int) -> str | None:
    """Return Chinese, Japanese or Korean where their characters are the larger part."""
    if sample.isascii():
        return None
    kana = len(_KANA.findall(sample))
    hangul = len(_HANGUL.findall(sample))
    han = len(_HAN.findall(sample))
    # A character of these weighs about as much as two letters of an alphabet.
    if 3 * (kana + hangul + han) <= letters:
        return None
    if hangul > kana + han:
        return "ko"
    return "ja" if 10 * kana > han + kana else "zh"


def _plainly_english(sample: str) -> bool:
    if not sample.isascii() and len(re.findall("[\u00c0-\u024f]", sample)) * 50 > len(sample):
        return False
    words = _WORD.findall(sample.lower())
    if len(words) < _FEWEST_WORDS:
        return False
    return sum(word in _ENGLISH for word in words) * 8 >= len(words)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
