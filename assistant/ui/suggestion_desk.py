"""Everything about suggestions in one window: the flow, the draft's words, what was decided.

Puts the parts together; what each of them does is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from assistant.config.settings import Settings
from assistant.core.jobs import EngineSpec
from assistant.core.steering import Steering
from assistant.ui.actions import Actions
from assistant.ui.autocomplete import Autocomplete
from assistant.ui.draft_reader import DraftReader
from assistant.ui.editor import Editor
from assistant.ui.silence_view import SilenceView
from assistant.ui.suggestion_context import not_steered
from assistant.ui.suggestion_keys import KeyTable, Wish
from assistant.worker.queue import JobQueue


class SuggestionDesk:
    """Suggests in `editor`, and tells why not. Attributes: `autocomplete`, `silences`.

    `choose` returns the engine to use, or raises the `ModelError` that says why there is none.
    """

    def __init__(
        self,
        editor: Editor,
        queue: JobQueue,
        choose: Callable[[], EngineSpec],
        window: QWidget,
        *,
        steering: Callable[[], Steering] = not_steered,
    ) -> None:
        self._draft = DraftReader(editor)
        self.autocomplete = Autocomplete(
            editor, queue, choose, self._draft, window, steering=steering
        )
        self.silences = SilenceView(window)
        self.autocomplete.decided.connect(self.silences.add)

    def connect_actions(self, actions: Actions) -> None:
        """Have the menus ask for suggestions and for the reasons; switching them is a setting."""
        actions.suggest_here.triggered.connect(self.autocomplete.ask)
        actions.silences.triggered.connect(self.silences.show_now)

    def apply_settings(self, settings: Settings, actions: Actions) -> None:
        """Suggest as `settings` say, and show it in the menus."""
        self._draft.apply_settings(settings.suggestions)
        self.autocomplete.apply_settings(settings)
        actions.suggest.setChecked(settings.suggestions.enabled)
        actions.show_suggestion_key(KeyTable(settings.suggestions.keys).name(Wish.ASK))

    def shutdown(self) -> None:
        """End the thread that counts words."""
        self._draft.shutdown()
