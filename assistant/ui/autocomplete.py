"""Suggestions at the caret while one writes: when they are asked for, shown, taken and given up.

Owns what is offered in one editor. What the model suggests comes by `suggestion_source`, what the
draft alone knows at once; how it is seen is `ghost_text`'s business.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from assistant.config.settings import Settings, SuggestionSettings
from assistant.core.errors import InklingError, ModelError
from assistant.core.i18n import tr
from assistant.core.jobs import EngineSpec
from assistant.core.steering import Steering
from assistant.core.suggestions import Silence, Source, Suggestion, Suggestions
from assistant.tasks.silences import can_be_bridged
from assistant.ui.editor import Act, Editor
from assistant.ui.ghost_text import GhostText
from assistant.ui.learning_conditions import on_mains
from assistant.ui.suggestion_context import DraftWordsKeeper, SuggestionContext, not_steered
from assistant.ui.suggestion_keys import Wish
from assistant.ui.suggestion_manners import Manners
from assistant.ui.suggestion_offer import Offer, behind
from assistant.ui.suggestion_parts import next_sentence, next_word
from assistant.ui.suggestion_reading import ReadingAhead, single_shot
from assistant.ui.suggestion_record import shown, silent
from assistant.ui.suggestion_source import Purpose, Question, SuggestionSource
from assistant.ui.suggestion_watch import SuggestionWatch
from assistant.worker.queue import JobQueue

# What takes the machine begins when what was done last has been painted.
_PAINTED_MS = 20


class Autocomplete(QObject):
    """Suggests in `editor`.

    `choose` returns the engine to use, or raises the `ModelError` that says why there is none.
    Signals: `decided(SuggestionRecord)` when something is shown, or nothing and why;
    `hint_changed(sentence)` to stand in view, none where empty; `failed(sentence)` when what was
    asked for by hand could not be had.
    """

    decided = Signal(object)
    hint_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        editor: Editor,
        queue: JobQueue,
        choose: Callable[[], EngineSpec],
        draft: DraftWordsKeeper | None = None,
        parent: QObject | None = None,
        *,
        steering: Callable[[], Steering] = not_steered,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._context = SuggestionContext(editor, choose, draft, steering)
        self._settings = Settings()
        self._manners = Manners()
        self._ghost = GhostText(editor)
        self._watch = SuggestionWatch(editor, self._ghost)
        self._source = SuggestionSource(queue, self)
        ReadingAhead(editor, queue, self._context, self._source, self._silence)
        self._spot = self._context.spot()
        self._offer: Offer | None = None
        self._seen_since = 0.0
        self._dismissed: Offer | None = None
        # How far to step when the alternatives that are awaited are there.
        self._step = 0
        self._hint = ""
        # What is being read now.
        self._read: tuple[Question, Suggestions] | None = None
        self._reading = single_shot(self, self._look_ahead)
        self._pause = single_shot(self, self._on_pause)
        self._source.answered.connect(self._on_answered)
        self._source.failed.connect(self._on_failed)
        self._watch.wished.connect(self._on_wished)
        self._watch.left.connect(self.withdraw)
        editor.acted.connect(self._on_acted)
        editor.cursorPositionChanged.connect(self._on_caret_moved)
        editor.selectionChanged.connect(self._on_caret_moved)
        editor.lock_changed.connect(self.withdraw)
        editor.text_set.connect(self.withdraw)
        editor.edited.connect(self._on_edited)

    def apply_settings(self, settings: Settings) -> None:
        """Suggest, or not, as `settings` say from now on."""
        if (settings.model, settings.suggestions) != (
            self._settings.model,
            self._settings.suggestions,
        ):
            self.withdraw()
            self._source.forget()
        self._settings = settings
        self._context.settings = self._wanted
        self._context.choose_anew()
        self._watch.apply_keys(self._wanted.keys)
        self._manners.pace = self._wanted.pace
        self._hint_at_rest()

    @Slot()
    def wake(self) -> None:
        """End a rest that too many rejections have brought."""
        self._manners.wake()
        self._hint_at_rest()

    @Slot()
    def ask(self) -> None:
        """Suggest something here and now, however unsure; with one in view, the next one."""
        self.wake()
        if self._ghost.text:
            self._step_by(1)
        else:
            self._editor.ensureCursorVisible()
            self._ask(by_hand=True)

    @Slot()
    def withdraw(self) -> None:
        """Take away what is offered, and stop asking."""
        self._ghost.clear()
        self._pause.stop()
        self._reading.stop()
        self._source.cancel()
        self._offer = None
        self._step = 0

    # What the writer does

    @Slot(object)
    def _on_acted(self, act: Act) -> None:
        former, self._spot = self._spot, self._context.spot()
        if act is Act.TYPED:
            self._manners.typed()
            self._go_along()
        elif act is not Act.MOVED:
            self.withdraw()
            (self._manners.undone if act is Act.UNDONE else self._manners.deleted)()
            self._wait()
        elif self._spot != former:
            self.withdraw()
        elif self._offer is not None:
            # A key that did nothing here.
            self._ghost.show(self._offer.current.text)
        self._hint_at_rest()

    @Slot()
    def _on_edited(self) -> None:
        if not self._editor.acting:
            self.withdraw()

    @Slot()
    def _on_caret_moved(self) -> None:
        if self._editor.acting:
            return
        former, self._spot = self._spot, self._context.spot()
        if self._spot != former or self._editor.textCursor().hasSelection():
            self.withdraw()

    def _go_along(self) -> None:
        """Keep what is offered as far as it is what was written; else wait for a pause."""
        offer, self._offer = self._offer, None
        left = offer.at(self._spot) if offer else None
        if left is not None:
            self._show(left)
            if left.current.source is not Source.DRAFT:
                self._pause.stop()
                return
        elif offer is not None and offer.used_up_at(self._spot):
            self._manners.accepted()
            if self._show_known():
                return
        elif offer is not None:
            if not _has_word(offer):
                self._manners.passed(time.monotonic() - self._seen_since)
            self._source.cancel(Purpose.MORE, Purpose.AHEAD)
        self._show_draft()
        self._wait()

    def _wait(self) -> None:
        self._pause.start(self._manners.pause_ms)

    @Slot()
    def _on_pause(self) -> None:
        if self._wanted.enabled:
            self._ask(by_hand=False)
        else:
            self._keep_silent(Silence.OFF)

    # Asking

    @property
    def _wanted(self) -> SuggestionSettings:
        return self._settings.suggestions

    def _silence(self) -> Silence | None:
        """Return why nothing is suggested now, wherever the caret is."""
        return self._manners.silence(self._context.scene())

    def _ask(self, *, by_hand: bool) -> None:
        self._pause.stop()
        silence = self._silence()
        if silence is not None:
            self._keep_silent(silence)
            return
        try:
            question = self._context.question(self._spot, by_hand=by_hand)
        except ModelError as error:
            self._keep_silent(Silence.NO_MODEL, str(error))
            if by_hand:
                self.failed.emit(str(error))
            return
        if not by_hand:
            silence = self._context.silence(question.task.before, question.task.after)
            if silence is not None:
                self._keep_silent(silence)
                return
        known = self._source.known(question)
        if known is not None:
            self._on_answered(question, known)
        else:
            self._source.ask(question)

    def _show_known(self) -> bool:
        """Show what was found ahead for this place; False where there is no such thing."""
        if self._silence() is not None or not self._wanted.enabled:
            return False
        try:
            question = self._context.question(self._spot, by_hand=False)
        except ModelError:
            return False
        known = self._source.known(question)
        if known is not None and known.texts:
            self._on_answered(question, known)
        return self._offer is not None

    def _show_draft(self) -> None:
        """Complete the word that is being written at once where the draft alone is sure."""
        word = self._context.draft_word(self._spot) if self._silence() is None else None
        if word is not None and (self._offer is None or self._offer.current.text != word.text):
            self._put((word,))
            self._tell(word, 0.0)

    # Answers

    @Slot(object, object)
    def _on_answered(self, question: Question, found: Suggestions) -> None:
        typed = self._spot.typed_since(question.spot)
        if typed is None or question.purpose in (Purpose.AHEAD, Purpose.READ):
            return
        if question.purpose is Purpose.MORE:
            self._add(behind(typed, found.texts))
            return
        milliseconds = 1000 * (time.monotonic() - question.asked)
        texts = behind(typed, found.texts)
        if not found.texts:
            if self._offer is None:
                silence = found.silence or Silence.UNSURE
                best = found.best_log_probability
                self.decided.emit(silent(self._spot.head, silence, "", milliseconds, best))
            if question.task.by_hand:
                self._say(tr("There is nothing to suggest here."))
            return
        if not texts or (self._offer is not None and not self._offer.gives_way_to(texts[0])):
            return
        former = None if question.task.by_hand else self._dismissed
        if former is not None and former.has_offered(texts[0], self._spot):
            self._keep_silent(Silence.REJECTED)
            return
        self._put(texts)
        if not self._ghost.text:
            return
        self._ghost.announce()
        self._tell(texts[0], milliseconds)
        self._read = (question, found)
        self._reading.start(_PAINTED_MS)

    @Slot()
    def _look_ahead(self) -> None:
        """While the writer reads, find what would come next, and what else there is."""
        if self._read is None or self._offer is None:
            return
        question, found = self._read
        ahead = self._wanted.ahead and not can_be_bridged(question.task.after)
        text = found.texts[0].text
        if ahead:
            self._source.look_ahead(question, text)
        elif self._wanted.ahead:
            # What fills gaps may not have been read to its end.
            self._source.read_ahead(question)
        if len(found.texts) == 1:
            self._source.ask_for_more(question)
        if ahead and on_mains() and (word := next_word(text)) != text:
            self._source.look_ahead(question, word)

    def _add(self, suggestions: tuple[Suggestion, ...]) -> None:
        step, self._step = self._step, 0
        if self._offer is not None:
            self._offer = self._offer.with_more(suggestions)
            if step:
                self._step_by(step)

    @Slot(object, object)
    def _on_failed(self, question: Question, error: InklingError) -> None:
        self._context.choose_anew()
        if question.purpose is not Purpose.NOW:
            return
        self._keep_silent(Silence.NO_MODEL, str(error))
        if question.task.by_hand:
            self.failed.emit(str(error))

    # Showing and telling

    def _put(self, suggestions: tuple[Suggestion, ...]) -> None:
        """Offer these here, instead of what was in view, which they may go on with."""
        if self._offer is None:
            self._seen_since = time.monotonic()
        along = self._offer.along if self._offer else ""
        self._show(Offer(self._spot, suggestions, along=along))

    def _show(self, offer: Offer) -> None:
        self._offer = offer
        self._ghost.show(offer.current.text)

    def _tell(self, suggestion: Suggestion, milliseconds: float) -> None:
        self.decided.emit(shown(self._spot.head, suggestion, milliseconds))

    def _keep_silent(self, silence: Silence, detail: str = "") -> None:
        self.decided.emit(silent(self._spot.head, silence, detail))

    def _hint_at_rest(self) -> None:
        hint = ""
        if self._wanted.enabled and self._manners.resting:
            key = self._watch.name(Wish.ASK)
            hint = tr("Suggestions are resting. {key} wakes them.", key=key)
        self._say(hint)

    def _say(self, hint: str) -> None:
        if hint != self._hint:
            self._hint = hint
            self.hint_changed.emit(hint)

    # Keys

    @Slot(object)
    def _on_wished(self, wish: Wish) -> None:
        if wish is Wish.ACCEPT:
            self._take(self._ghost.text)
        elif wish is Wish.ACCEPT_WORD:
            self._take(next_word(self._ghost.text))
        elif wish is Wish.ACCEPT_SENTENCE:
            self._take(next_sentence(self._ghost.text))
        elif wish is Wish.DISMISS:
            self._dismissed = self._offer
            self._manners.dismissed()
            self.withdraw()
            self._hint_at_rest()
        elif wish is Wish.ASK:
            self.ask()
        else:
            self._step_by(1 if wish is Wish.NEXT else -1)

    def _take(self, text: str) -> None:
        more = len(text) < len(self._ghost.text)
        self._ghost.clear()
        self._manners.accepted()
        self._editor.write(text)
        if more:
            # From here the model may have gone on further.
            self._show_known()
        elif self._offer is None:
            # Who takes one wants the next one, once this one has been painted.
            self._pause.start(_PAINTED_MS)

    def _step_by(self, step: int) -> None:
        if self._offer is None:
            return
        if len(self._offer.suggestions) == 1:
            # The alternatives may be on their way.
            waiting = self._reading.isActive() or self._source.asking(Purpose.MORE)
            self._step = step if waiting else 0
            if not waiting:
                self._say(tr("There is no other suggestion here."))
            return
        self._show(self._offer.stepped(step))
        self._ghost.announce()


def _has_word(offer: Offer) -> bool:
    """Return whether the writer has taken at least a word of it."""
    return len(offer.along) >= len(next_word(offer.along + offer.current.text))
