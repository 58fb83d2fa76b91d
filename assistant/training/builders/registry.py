"""Which builders a recipe can name."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.training.builders.chapters import chapters
from assistant.training.builders.corrections import corrections
from assistant.training.builders.gaps import gaps
from assistant.training.builders.key_sentences import key_sentences
from assistant.training.builders.pages import pages
from assistant.training.builders.questions import questions
from assistant.training.builders.stories import stories
from assistant.training.builders.summaries import summaries
from assistant.training.builders.translations import translations
from assistant.training.examples import Builder

BUILDERS: Mapping[str, Builder] = {
    "chapters": chapters,
    "corrections": corrections,
    "gaps": gaps,
    "key_sentences": key_sentences,
    "pages": pages,
    "questions": questions,
    "stories": stories,
    "summaries": summaries,
    "translations": translations,
}
