"""The interface's language, for every layer.

Owns the one active message catalogue and the two functions that look a sentence up in it.
Knows no file: `assistant.config.languages` reads catalogues and installs them here.
"""

from __future__ import annotations

import gettext

_catalogue = gettext.NullTranslations()
_language = "en"


def install(catalogue: gettext.NullTranslations, language: str = "en") -> None:
    """Make `catalogue`, which speaks `language`, the one that `tr` and `trn` look into."""
    global _catalogue, _language  # noqa: PLW0603 - the interface has one language at a time
    _catalogue = catalogue
    _language = language


def language() -> str:
    """Return the language that the interface speaks: `en` or `zh_CN`."""
    return _language


def tr(message: str, **values: object) -> str:
    """Return `message` in the interface's language, its `{names}` filled from `values`."""
    text = _catalogue.gettext(message)
    return text.format(**values) if values else text


def trn(singular: str, plural: str, n: int, **values: object) -> str:
    """Return the form of a sentence that `n` asks for; `{n}` stands for the number itself."""
    return _catalogue.ngettext(singular, plural, n).format(n=n, **values)
