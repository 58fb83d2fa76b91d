"""What languages are called in the interface's language.

Spelt out here so that each name is a message of its own to translate.
"""

from __future__ import annotations

from assistant.core.i18n import tr
from assistant.text.language import LANGUAGES


def language_names() -> dict[str, str]:
    """Return the languages to choose from: ISO 639-1 codes with their names, by name."""
    known = _names()
    names = {code: known.get(code, name) for code, name in LANGUAGES.items()}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def _names() -> dict[str, str]:
    return {
        "ar": tr("Arabic"),
        "bg": tr("Bulgarian"),
        "cs": tr("Czech"),
        "da": tr("Danish"),
        "de": tr("German"),
        "el": tr("Greek"),
        "en": tr("English"),
        "es": tr("Spanish"),
        "fa": tr("Persian"),
        "fi": tr("Finnish"),
        "fr": tr("French"),
        "he": tr("Hebrew"),
        "hi": tr("Hindi"),
        "hu": tr("Hungarian"),
        "id": tr("Indonesian"),
        "it": tr("Italian"),
        "ja": tr("Japanese"),
        "ko": tr("Korean"),
        "nl": tr("Dutch"),
        "no": tr("Norwegian"),
        "pl": tr("Polish"),
        "pt": tr("Portuguese"),
        "ro": tr("Romanian"),
        "ru": tr("Russian"),
        "sv": tr("Swedish"),
        "th": tr("Thai"),
        "tr": tr("Turkish"),
        "uk": tr("Ukrainian"),
        "vi": tr("Vietnamese"),
        "zh": tr("Chinese"),
    }
