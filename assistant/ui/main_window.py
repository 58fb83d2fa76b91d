"""The window: page, panel, toolbar, status bar, and the wires between them.

Knows every part and none of their insides. Work goes to the model's thread as jobs; what the
settings change is `assistant.ui.preferences`' business.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from assistant.config.ignored_words import IgnoredWords
from assistant.config.settings import Settings
from assistant.config.store import SettingsStore
from assistant.core.errors import ModelError
from assistant.core.i18n import tr
from assistant.core.tasks import LoadModel, TaskName
from assistant.ui import theme
from assistant.ui.actions import Actions
from assistant.ui.assistant_flow import AssistantFlow
from assistant.ui.assistant_panel import AssistantPanel
from assistant.ui.continue_flow import ContinueFlow
from assistant.ui.document_session import DocumentSession
from assistant.ui.editor import Editor
from assistant.ui.find_bar import FindBar
from assistant.ui.grammar_marks import GrammarMarks
from assistant.ui.message_bar import MessageBar
from assistant.ui.model_choice import ModelChoice
from assistant.ui.model_installer import ModelInstaller
from assistant.ui.preferences import Preferences
from assistant.ui.recent_menu import RecentMenu
from assistant.ui.status_line import StatusLine
from assistant.ui.story_keeper import StoryKeeper
from assistant.ui.story_panel import StoryPanel
from assistant.ui.suggestion_desk import SuggestionDesk
from assistant.ui.token_view import TokenView
from assistant.ui.version_bar import VersionBar
from assistant.ui.voice_flow import VoiceFlow
from assistant.ui.voice_menu import VoiceMenu
from assistant.ui.welcome import WelcomePage
from assistant.ui.window_place import WindowPlace
from assistant.ui.word_count import WordCount
from assistant.ui.work_status import WorkStatus
from assistant.worker.queue import JobQueue

_SIZE = (1180, 780)
_PANEL_WIDTH = 400


class MainWindow(QMainWindow):
    """One document, its assistant, and everything around them."""

    def __init__(self, store: SettingsStore, settings: Settings, queue: JobQueue) -> None:
        super().__init__()
        self._queue = queue
        self._choice = ModelChoice(settings, self)
        self._installer = ModelInstaller(self)
        self._preferences = Preferences(store, settings, queue, self._installer, self)
        self._build_parts()
        self._actions = Actions(self)
        self._recent = RecentMenu(self)
        self._voices = VoiceMenu(self._voice, self._actions.learn_voice, self)
        self._work = WorkStatus(self._status, queue, self._choice, self._actions.stop, self)
        self._actions.build_menus(self._recent, self._voices)
        self._toolbar = self._actions.build_toolbar()
        self._lay_out()
        self._connect_actions()
        self._connect_parts()
        self.setWindowTitle(self._session.title())
        self._on_settings_changed(settings)
        self.resize(*_SIZE)
        self._place = WindowPlace(self, self._desk, self._editor)
        self._place.restore()
        self._show_first_page()

    # What the application asks for

    def open_file(self, path: Path) -> None:
        """Open a document."""
        self._show_desk()
        self._session.open(path)

    def say(self, sentence: str) -> None:
        """Show a sentence that stays until it is closed."""
        self._messages.show_news(sentence)

    @Slot()
    def prepare_model(self) -> None:
        """Load Continue's model in the background if it is there, so that nothing waits for it."""
        try:
            self._choice.describe(TaskName.CONTINUE)
        except ModelError:
            return
        self._queue.submit(LoadModel(), self._choice.engine_for(TaskName.CONTINUE))

    def offer_recovery(self) -> None:
        """Offer what was not saved or not learned to its end when the program ended last."""
        self._session.offer_recovery()
        self._voice.offer_unfinished()

    # How it is made

    def _build_parts(self) -> None:
        self._editor = Editor()
        self._editor.hint = tr("Begin to write. Ctrl+Return goes on from where you stop.")
        self._ignored_words = IgnoredWords()
        self._find_bar = FindBar(self._editor)
        self._versions = VersionBar()
        self._messages = MessageBar()
        self._panel = AssistantPanel()
        self._status = StatusLine()
        self._welcome = WelcomePage(installer=self._installer)
        self._session = DocumentSession(self._editor, parent=self)
        self._words = WordCount(self._editor)
        self._grammar = GrammarMarks(self._editor, self._ignored_words)
        self._notes = StoryKeeper(self._session, self)
        self._continue = ContinueFlow(
            self._editor,
            self._versions,
            self._queue,
            self._choice.for_continue,
            self,
            steering=self._notes.steering,
        )
        self._story = StoryPanel(
            self._editor, self._notes, self._queue, self._continue.task_at_caret, self
        )
        self._tokens = TokenView(self._editor, self._continue, self)
        self._suggestions = SuggestionDesk(
            self._editor,
            self._queue,
            self._choice.for_complete,
            self,
            steering=self._notes.steering,
        )
        self._voice = VoiceFlow(
            self._choice, self._preferences, self._queue, lambda: self._session.path, self
        )
        self._assistant = AssistantFlow(self._editor, self._panel, self._queue, self._choice, self)

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._messages)
        column.addWidget(self._find_bar)
        column.addWidget(self._editor, 1)
        column.addWidget(self._versions)
        self._desk = QSplitter(Qt.Orientation.Horizontal)
        self._desk.setChildrenCollapsible(False)
        self._desk.addWidget(page)
        self._desk.addWidget(self._panel)
        self._desk.setStretchFactor(0, 1)
        self._desk.setSizes([_SIZE[0] - _PANEL_WIDTH, _PANEL_WIDTH])
        self._panel.hide()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._desk)
        self._pages.addWidget(self._welcome)
        self.setCentralWidget(self._pages)
        self.setStatusBar(self._status)
        self.setAcceptDrops(True)

    def _connect_actions(self) -> None:
        actions, editor = self._actions, self._editor
        for action, slot in (
            (actions.new, self._session.new),
            (actions.open, self._session.ask_and_open),
            (actions.save, self._session.save),
            (actions.save_as, self._session.save_as),
            (actions.quit, self.close),
            (actions.settings, self._preferences.show_dialog),
            (actions.undo, editor.undo),
            (actions.redo, editor.redo),
            (actions.cut, editor.cut),
            (actions.copy, editor.copy),
            (actions.paste, editor.paste),
            (actions.select_all, editor.selectAll),
            (actions.find, self._find_bar.open_find),
            (actions.find_next, self._find_bar.find_next),
            (actions.find_previous, self._find_bar.find_previous),
            (actions.replace, self._find_bar.open_replace),
            (actions.zoom_in, editor.zoom_in),
            (actions.zoom_out, editor.zoom_out),
            (actions.zoom_reset, editor.reset_zoom),
            (actions.continue_, self._on_continue),
            (actions.another, self._continue.another),
            (actions.alternatives, self._tokens.open_at_caret),
            (actions.probabilities, self._preferences.show_probabilities),
            (actions.suggest, self._preferences.suggest),
            (actions.story, self._story.show_now),
            (actions.learn_voice, self._voice.show_dialog),
            (actions.stop, self._queue.cancel_all),
            (actions.panel, self._panel.setVisible),
            (actions.full_screen, self._on_full_screen_toggled),
        ):
            action.triggered.connect(slot)
        self._suggestions.connect_actions(actions)
        for action in actions.tasks:
            action.triggered.connect(self._on_task)

    def _connect_parts(self) -> None:
        self._editor.menu_opened.connect(self._on_menu_opened)
        self._editor.copyAvailable.connect(self._actions.cut.setEnabled)
        self._editor.copyAvailable.connect(self._actions.copy.setEnabled)
        self._words.counted.connect(self._status.show_counts)
        self._status.model_clicked.connect(self._preferences.show_dialog)
        self._session.title_changed.connect(self.setWindowTitle)
        self._session.modified_changed.connect(self.setWindowModified)
        self._session.recent_changed.connect(self._on_recent_changed)
        self._session.failed.connect(self._messages.show_problem)
        self._notes.failed.connect(self._messages.show_problem)
        self._session.disk_changed.connect(self._on_disk_changed)
        self._continue.failed.connect(self._on_continue_failed)
        self._continue.said.connect(self._status.say)
        self._tokens.said.connect(self._status.say)
        self._suggestions.autocomplete.hint_changed.connect(self._status.show_hint)
        self._suggestions.autocomplete.failed.connect(self._on_continue_failed)
        self._voice.said.connect(self._on_voice_said)
        self._voice.failed.connect(self._messages.show_problem)
        self._assistant.shown.connect(self._on_panel_shown)
        self._assistant.closed.connect(self._on_panel_closed)
        self._assistant.said.connect(self._status.say)
        self._choice.settings_changed.connect(self._preferences.keep)
        self._choice.install_requested.connect(self._preferences.get_model)
        self._preferences.changed.connect(self._on_settings_changed)
        self._preferences.failed.connect(self._messages.show_problem)
        self._grammar.failed.connect(self._messages.show_problem)
        self._preferences.said.connect(self._status.say)
        self._messages.action_requested.connect(self._on_message_action)
        self._welcome.model_ready.connect(self._on_model_ready)
        self._welcome.skipped.connect(self._show_desk)
        self._recent.chosen.connect(self._on_recent_chosen)

    def _show_first_page(self) -> None:
        """Show the page when there is a model to write with, the welcome when there is none."""
        try:
            self._choice.describe(TaskName.CONTINUE)
        except ModelError:
            self._pages.setCurrentWidget(self._welcome)
            self._toolbar.hide()
            return
        self._show_desk()

    @Slot()
    def _show_desk(self) -> None:
        self._pages.setCurrentWidget(self._desk)
        self._toolbar.show()
        self._editor.setFocus()

    # Slots

    @Slot(object)
    def _on_settings_changed(self, settings: Settings) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, settings.editor.theme)
        self._choice.apply_settings(settings)
        self._editor.apply_settings(settings.editor)
        self._grammar.apply_settings(settings.editor)
        self._tokens.apply_settings(settings.editor)
        self._actions.probabilities.setChecked(settings.editor.show_probabilities)
        self._continue.apply_settings(settings)
        self._suggestions.apply_settings(settings, self._actions)
        self._panel.options.apply_settings(settings, self._preferences.ignored_words)
        self._session.set_recent(settings.recent_files)
        self._queue.set_idle_seconds(60.0 * settings.model.unload_after_minutes)
        self._work.apply_settings(settings)

    @Slot()
    def _on_continue(self) -> None:
        self._show_desk()
        self._continue.start()

    @Slot(str)
    def _on_continue_failed(self, sentence: str) -> None:
        self._messages.show_problem(sentence, label=tr("Choose a model"), key="models")

    @Slot(str, str, str)
    def _on_voice_said(self, sentence: str, label: str, key: str) -> None:
        self._messages.show_news(sentence, label=label, key=key)

    @Slot(str)
    def _on_disk_changed(self, sentence: str) -> None:
        self._messages.show_news(sentence, label=tr("Read it anew"), key="reload")

    @Slot(str)
    def _on_message_action(self, key: str) -> None:
        if key == "models":
            self._preferences.show_dialog()
        elif key == "reload":
            self._session.reload()
        else:
            self._voice.act(key)

    @Slot()
    def _on_task(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._assistant.open(*self._actions.tasks[action])

    @Slot(QMenu, int)
    def _on_menu_opened(self, menu: QMenu, _position: int) -> None:
        menu.addSeparator()
        self._actions.add_task_actions(menu)

    @Slot()
    def _on_panel_shown(self) -> None:
        self._show_desk()
        self._panel.show()
        self._actions.panel.setChecked(True)
        self._panel.options.focus_first()

    @Slot()
    def _on_panel_closed(self) -> None:
        self._panel.hide()
        self._actions.panel.setChecked(False)
        self._editor.setFocus()

    @Slot(bool)
    def _on_full_screen_toggled(self, full: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.setWindowState(
            Qt.WindowState.WindowFullScreen if full else Qt.WindowState.WindowNoState
        )

    @Slot(str)
    def _on_model_ready(self, reference: str) -> None:
        self._preferences.use_model(reference)
        self._show_desk()
        self.prepare_model()

    @Slot(object)
    def _on_recent_changed(self, paths: tuple[str, ...]) -> None:
        self._preferences.keep(replace(self._preferences.settings, recent_files=paths))
        self._recent.show_paths(paths)

    @Slot(str)
    def _on_recent_chosen(self, path: str) -> None:
        self.open_file(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file that is dragged here."""
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file that was dropped."""
        path = _dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_file(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let the session save or keep what is unsaved; then leave."""
        if not self._session.may_close():
            event.ignore()
            return
        self._story.close()
        self._notes.keep()
        self._queue.cancel_all()
        self._place.keep()
        self._grammar.shutdown()
        self._suggestions.shutdown()
        self._installer.close()
        if self._voice.learner.busy:
            # What is being learned is kept first, which takes a moment that nobody need see.
            self.hide()
        self._voice.shutdown()
        event.accept()


def _dropped_file(event: QDropEvent) -> Path | None:
    """Return the one file that is dropped, if that is what it is."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    return Path(urls[0].toLocalFile())
