"""What steers a story, as frozen values: facts, style, and lore that comes up by its keywords.

Kept with each document; `assistant.tasks.steering` puts it into prompts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lore:
    """Something to know about a person, a place or a thing.

    It joins the prompt when one of its `keywords` has come up in the last words of the text.
    """

    keywords: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Steering:
    """All that steers one document.

    `memory` stands before everything. `note` (the author's note: style, mood) is put about
    `note_distance` words before the caret: closer is stronger. Lore is looked for in the last
    `lore_reach` words.
    """

    memory: str = ""
    note: str = ""
    lore: tuple[Lore, ...] = ()
    note_distance: int = 60
    lore_reach: int = 300

    @property
    def empty(self) -> bool:
        """Whether it changes no prompt."""
        return not (self.memory.strip() or self.note.strip() or self.lore)


NO_STEERING = Steering()


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One part of a prompt: which one, its text, what it costs, and whether it is in it now.

    `name` is `memory`, `note`, `lore` or `text`; `number` counts lore entries from 0.
    """

    name: str
    text: str
    tokens: int
    used: bool
    number: int = 0
