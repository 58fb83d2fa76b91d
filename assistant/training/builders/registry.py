"""Which builders a recipe can name."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.training.builders.gaps import gaps
from assistant.training.builders.stories import stories
from assistant.training.examples import Builder

BUILDERS: Mapping[str, Builder] = {
    "gaps": gaps,
    "stories": stories,
}
