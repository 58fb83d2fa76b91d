"""Reading ahead: where the caret rests, what is before it is read before a suggestion is wanted.

The first suggestion in a long text would come too late otherwise. Reads only with a model that is
in memory already; what is read is the model's to remember.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from assistant.core.devices import LoadedModel
from assistant.core.errors import ModelError
from assistant.core.suggestions import Silence
from assistant.ui.editor import Act, Editor
from assistant.ui.suggestion_context import SuggestionContext
from assistant.ui.suggestion_source import SuggestionSource
from assistant.worker.queue import JobQueue

# A caret that goes through the text does not rest so long.
_REST_MS = 250


class ReadingAhead(QObject):
    """Has the place of the caret in `editor` read once it has come to rest there.

    `silence` says why nothing would be suggested now, wherever the caret is. Typing asks for
    suggestions itself: then nothing is read here.
    """

    def __init__(
        self,
        editor: Editor,
        queue: JobQueue,
        context: SuggestionContext,
        source: SuggestionSource,
        silence: Callable[[], Silence | None],
    ) -> None:
        super().__init__(editor)
        self._editor = editor
        self._context = context
        self._source = source
        self._silence = silence
        self._loaded: frozenset[str] = frozenset()
        # Whether the place has not been read yet.
        self._due = False
        self._rest = single_shot(self, self._on_rest)
        editor.acted.connect(self._on_acted)
        editor.cursorPositionChanged.connect(self._on_caret_moved)
        editor.text_set.connect(self._on_other_place)
        queue.models_changed.connect(self._on_models_changed)

    @Slot(object)
    def _on_acted(self, act: Act) -> None:
        if act is Act.MOVED:
            self._on_other_place()
        else:
            self._due = False
            self._rest.stop()

    @Slot()
    def _on_caret_moved(self) -> None:
        if not self._editor.acting:
            self._on_other_place()

    @Slot()
    def _on_other_place(self) -> None:
        self._due = True
        self._rest.start(_REST_MS)

    @Slot(object)
    def _on_models_changed(self, models: tuple[LoadedModel, ...]) -> None:
        self._loaded = frozenset(model.reference for model in models)
        if self._due:
            self._rest.start(_REST_MS)

    @Slot()
    def _on_rest(self) -> None:
        settings = self._context.settings
        if not (settings.enabled and settings.ahead) or self._silence() is not None:
            return
        try:
            question = self._context.question(self._context.spot(), by_hand=False)
        except ModelError:
            return
        if question.spec.model not in self._loaded:
            return
        self._due = False
        if self._context.silence(question.task.before, question.task.after) is None:
            self._source.read_ahead(question)


def single_shot(owner: QObject, slot: Callable[[], None]) -> QTimer:
    """Return a timer that calls `slot` once each time it is started."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.timeout.connect(slot)
    return timer
