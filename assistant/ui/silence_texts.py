"""Why nothing is suggested, in the reader's words."""

from __future__ import annotations

from assistant.core.i18n import tr
from assistant.core.suggestions import Silence


def silence_text(silence: Silence) -> str:
    """Return the sentence for `silence`."""
    return {
        Silence.OFF: tr("Suggestions are switched off."),
        Silence.NO_MODEL: tr("There is no model that could suggest something."),
        Silence.LOCKED: tr("Something is being written into the page."),
        Silence.EMPTY: tr("Nothing is written yet."),
        Silence.COMPOSING: tr("A word is being put together by an input method."),
        Silence.SELECTION: tr("Text is selected."),
        Silence.DELETED: tr("Something was just deleted."),
        Silence.UNDONE: tr("A step was just undone or redone."),
        Silence.HEADING: tr("The caret is in a heading."),
        Silence.CODE: tr("The caret is in code."),
        Silence.IN_WORD: tr("The caret is inside a word."),
        Silence.MID_LINE: tr("More text follows in this line."),
        Silence.UNSURE: tr("The model is not sure what comes next."),
        Silence.REPEATS_BEFORE: tr("It would only repeat what stands before."),
        Silence.REPEATS_AFTER: tr("It would only repeat what follows."),
        Silence.COPIES: tr("It would copy what the model has learned from."),
        Silence.TOO_SLOW: tr("The model took too long."),
        Silence.REJECTED: tr("You have sent the same away here before."),
        Silence.RESTING: tr("Suggestions are resting, since many in a row were not wanted."),
    }[silence]
