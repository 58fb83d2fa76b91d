"""What the page and the draft say at the caret: the question for a model, or why there is none.

Reads one editor and changes nothing. When to ask is `assistant.ui.autocomplete`'s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol

from assistant.config.settings import SuggestionSettings
from assistant.core.jobs import EngineSpec
from assistant.core.steering import NO_STEERING, Steering
from assistant.core.suggestions import Silence, Source, Suggestion
from assistant.core.tasks import Complete
from assistant.tasks.choices import THRESHOLDS
from assistant.tasks.silences import can_be_bridged, silence_before
from assistant.text.draft_words import DraftWords
from assistant.ui.editor import Editor
from assistant.ui.suggestion_manners import Scene
from assistant.ui.suggestion_offer import Spot
from assistant.ui.suggestion_source import ALTERNATIVES, Question

# More than any model here reads, in UTF-16 units.
_NEAR = 24_000


class DraftWordsKeeper(Protocol):
    """Keeps the draft's own words."""

    def words(self) -> DraftWords:
        """Return them as they are now."""


def not_steered() -> Steering:
    """Return the steering of a document that has none."""
    return NO_STEERING


class SuggestionContext:
    """Reads `editor` for suggestions by `settings`, an attribute.

    `choose` returns the engine to use, or raises the `ModelError` that says why there is none.
    """

    def __init__(
        self,
        editor: Editor,
        choose: Callable[[], EngineSpec],
        draft: DraftWordsKeeper | None,
        steering: Callable[[], Steering],
    ) -> None:
        self.settings = SuggestionSettings()
        self._editor = editor
        self._choose = choose
        # Looking a model up takes a moment, which is missed where a key waits.
        self._spec: EngineSpec | None = None
        self._draft = draft
        self._steering = steering

    def spot(self) -> Spot:
        """Return where the caret is."""
        start = self._editor.textCursor().block().position()
        return Spot(start, self._editor.start_of_paragraph(), self._editor.rest_of_paragraph())

    def scene(self) -> Scene:
        """Return what goes on in the page."""
        selecting = self._editor.textCursor().hasSelection()
        return Scene(self._editor.locked, self._editor.composing, selecting)

    def question(self, spot: Spot, *, by_hand: bool) -> Question:
        """Return what a model is asked at `spot`, the caret's; a `ModelError` without a model."""
        before, offset = self._editor.near_caret(_NEAR)
        task = Complete(
            before,
            after=spot.rest,
            offset=offset,
            words=self.settings.words,
            threshold=THRESHOLDS[self.settings.eagerness],
            alternatives=ALTERNATIVES if can_be_bridged(spot.rest) else 1,
            by_hand=by_hand,
            markdown=self._editor.markdown,
            draft=self._draft.words() if self._draft and self.settings.own_words else None,
            steering=self._steering(),
        )
        if self._spec is None:
            self._spec = self._choose()
        return Question(spot, task, self._spec, time.monotonic())

    def choose_anew(self) -> None:
        """Look the engine up again for the next question."""
        self._spec = None

    def silence(self, before: str, after: str) -> Silence | None:
        """Return why there is no place for a suggestion between `before` and `after`."""
        if self._editor.is_code(self._editor.textCursor().block()):
            return Silence.CODE
        return silence_before(before, after, self._editor.markdown)

    def draft_word(self, spot: Spot) -> Suggestion | None:
        """Return the rest of the word that is being written, where the draft alone is sure."""
        if self._draft is None or not (self.settings.own_words and self.settings.enabled):
            return None
        if self.silence(spot.head, spot.rest) is not None:
            return None
        found = self._draft.words().complete_word(spot.head)
        if found is None:
            return None
        return Suggestion(found[0], math.log(found[1]), source=Source.DRAFT)
