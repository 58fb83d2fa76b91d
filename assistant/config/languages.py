"""Which language the interface speaks, and its catalogue of messages.

Catalogues are gettext's `.po` files in `resources/translations`, read as they are; English needs
none.
"""

from __future__ import annotations

import gettext
import locale
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from assistant.config.paths import resource
from assistant.core import i18n

_log = logging.getLogger(__name__)

_CHINESE = "zh_CN"


class _Catalogue(gettext.NullTranslations):
    """Messages by their English text; what is missing stays English."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__()
        self._messages = messages

    def gettext(self, message: str) -> str:
        return self._messages.get(message) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        # Chinese has one form for every number.
        return self._messages.get(msgid1) or super().ngettext(msgid1, msgid2, n)


def install(language: str) -> None:
    """Speak `language` from now on: `en`, `zh_CN`, or `system` for what the machine speaks."""
    if language == "system":
        language = system_language()
    if language != _CHINESE:
        i18n.install(gettext.NullTranslations())
        return
    messages = _messages(resource("translations", f"{language}.po"))
    i18n.install(_Catalogue(messages), language)


def _messages(path: Path) -> dict[str, str]:
    """Return the messages of a catalogue; none where it cannot be read, for English will do."""
    import polib

    try:
        entries = polib.pofile(str(path), encoding="utf-8").translated_entries()
    except (OSError, ValueError) as error:
        _log.warning("the catalogue %s cannot be read: %s", path, error)
        return {}
    return {entry.msgid: entry.msgstr or entry.msgstr_plural.get(0, "") for entry in entries}


def system_language() -> str:
    """Return the machine's language if it is one of ours, else English."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next(filter(None, names), "") or locale.getlocale()[0] or ""
    # Windows says “Chinese (Simplified)_China”.
    return _CHINESE if name.lower().startswith(("zh", "chinese")) else "en"
