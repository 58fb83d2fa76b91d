"""Labels without the letter that Alt goes with."""

from __future__ import annotations

import re

# Chinese labels carry it in brackets, which Qt would leave in a text.
_MNEMONIC = re.compile(r"\(&\w\)|&")


def without_mnemonic(label: str) -> str:
    """Return `label` as it is read."""
    return _MNEMONIC.sub("", label)
