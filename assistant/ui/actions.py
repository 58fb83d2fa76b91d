"""Every action of the window, with its words, shortcut and icon; menus and toolbar made of them.

Says nothing of what an action does: `assistant.ui.main_window` connects them.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton

from assistant.core.i18n import tr
from assistant.core.tasks import RewriteStyle, TaskName
from assistant.ui import icons
from assistant.ui.mnemonics import without_mnemonic
from assistant.ui.task_options import style_name

_Key = QKeySequence.StandardKey


class Actions(QObject):
    """The window's actions as attributes.

    `rewrite_styles` maps a style to its action, `tasks` an action to what the assistant is to do.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._build_file_actions()
        self._build_edit_actions()
        self._build_write_actions()
        self._build_view_actions()

    def build_menus(self, recent: QMenu, voices: QMenu) -> None:
        """Fill the window's menu bar; `recent` and `voices` are submenus of files and voices."""
        bar = self._window.menuBar()
        file = bar.addMenu(tr("&File"))
        file.addActions([self.new, self.open])
        file.addMenu(recent)
        file.addSeparator()
        file.addActions([self.save, self.save_as])
        file.addSeparator()
        file.addActions([self.settings, self.quit])
        edit = bar.addMenu(tr("&Edit"))
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        edit.addActions([self.cut, self.copy, self.paste, self.select_all])
        edit.addSeparator()
        edit.addActions([self.find, self.find_next, self.find_previous, self.replace])
        write = bar.addMenu(tr("&Write"))
        write.addActions([self.continue_, self.another, self.alternatives, self.suggest_here])
        write.addMenu(voices)
        write.addSeparator()
        self.add_task_actions(write)
        write.addSeparator()
        write.addAction(self.stop)
        view = bar.addMenu(tr("&View"))
        view.addActions([self.panel, self.zoom_in, self.zoom_out, self.zoom_reset])
        view.addActions([self.probabilities, self.full_screen])
        view.addSeparator()
        view.addActions([self.story, self.suggest, self.silences])

    def show_suggestion_key(self, keys: str) -> None:
        """Show which key suggests something; the page listens to it, so it is no shortcut."""
        title = tr("Suggest &here")
        self.suggest_here.setText(f"{title}\t{keys}" if keys else title)

    def add_task_actions(self, menu: QMenu) -> None:
        """Add what can be done with a passage: the same in the menu bar and the context menu."""
        menu.addActions([self.summarize, self.translate, self.ask])
        rewrite = menu.addMenu(tr("Re&write"))
        icons.dress(rewrite, "rewrite")
        rewrite.addActions(list(self.rewrite_styles.values()))

    def build_toolbar(self) -> QToolBar:
        """Fill the window's toolbar."""
        bar = self._window.addToolBar(tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addActions([self.continue_, self.summarize, self.translate, self.ask])
        rewrite = QToolButton(bar)
        rewrite.setDefaultAction(self.rewrite)
        rewrite.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        rewrite.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        menu = QMenu(rewrite)
        menu.addActions(list(self.rewrite_styles.values()))
        rewrite.setMenu(menu)
        bar.addWidget(rewrite)
        bar.addSeparator()
        bar.addAction(self.stop)
        return bar

    def _build_file_actions(self) -> None:
        self.new = self._action(tr("&New"), _Key.New, "new")
        self.open = self._action(tr("&Open…"), _Key.Open, "open")
        self.save = self._action(tr("&Save"), _Key.Save, "save")
        self.save_as = self._action(tr("Save &as…"), _Key.SaveAs)
        self.settings = self._action(tr("Se&ttings…"), "Ctrl+,", "settings")
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.quit = self._action(tr("&Quit"), _Key.Quit)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)

    def _build_edit_actions(self) -> None:
        self.undo = self._action(tr("&Undo"), _Key.Undo)
        self.redo = self._action(tr("&Redo"), _Key.Redo)
        self.cut = self._action(tr("Cu&t"), _Key.Cut)
        self.copy = self._action(tr("&Copy"), _Key.Copy)
        self.paste = self._action(tr("&Paste"), _Key.Paste)
        self.select_all = self._action(tr("Select &all"), _Key.SelectAll)
        self.find = self._action(tr("&Find…"), _Key.Find, "find")
        self.find_next = self._action(tr("Find &next"), _Key.FindNext)
        self.find_previous = self._action(tr("Find pre&vious"), _Key.FindPrevious)
        self.replace = self._action(tr("R&eplace…"), "Ctrl+H", "replace")

    def _build_write_actions(self) -> None:
        self.continue_ = self._action(tr("&Continue"), "Ctrl+Return", "continue")
        self.another = self._action(tr("Another &version"), "Ctrl+Shift+Return", "retry")
        self.alternatives = self._action(tr("&Other words here"), "Ctrl+J")
        self.suggest_here = self._action(tr("Suggest &here"), None)
        self.summarize = self._action(tr("&Summarize"), "Ctrl+Alt+S", "summarize")
        self.translate = self._action(tr("&Translate"), "Ctrl+Alt+T", "translate")
        self.ask = self._action(tr("&Ask…"), "Ctrl+Alt+A", "ask")
        self.rewrite = self._action(tr("Re&write"), "Ctrl+Alt+R", "rewrite")
        self.rewrite_styles = {
            style: self._action(style_name(style), None) for style in RewriteStyle
        }
        self.tasks: dict[QAction, tuple[TaskName, RewriteStyle | None]] = {
            self.summarize: (TaskName.SUMMARIZE, None),
            self.translate: (TaskName.TRANSLATE, None),
            self.ask: (TaskName.ASK, None),
            self.rewrite: (TaskName.REWRITE, None),
            **{action: (TaskName.REWRITE, style) for style, action in self.rewrite_styles.items()},
        }
        self.learn_voice = self._action(tr("&Learn my voice…"), None, "voice")
        self.stop = self._action(tr("St&op"), "Esc", "stop")

    def _build_view_actions(self) -> None:
        self.panel = self._action(tr("&Assistant"), "F9")
        self.panel.setCheckable(True)
        self.zoom_in = self._action(tr("Zoom &in"), _Key.ZoomIn)
        self.zoom_out = self._action(tr("Zoom &out"), _Key.ZoomOut)
        self.zoom_reset = self._action(tr("&Actual size"), "Ctrl+0")
        self.probabilities = self._action(tr("Colour by &probability"), None)
        self.probabilities.setCheckable(True)
        self.story = self._action(tr("Story &notes…"), "F8")
        self.suggest = self._action(tr("&Suggestions while writing"), None)
        self.suggest.setCheckable(True)
        self.silences = self._action(tr("&Why no suggestion?"), None)
        self.full_screen = self._action(tr("&Full screen"), "F11")
        self.full_screen.setCheckable(True)

    def _action(
        self, text: str, keys: QKeySequence.StandardKey | str | None, icon: str = ""
    ) -> QAction:
        action = QAction(text, self._window)
        name = without_mnemonic(text).replace("…", "")
        action.setIconText(name)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
            shortcut = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{name} ({shortcut})" if shortcut else name)
        if icon:
            icons.dress(action, icon)
        # So that a shortcut works when the toolbar and the menu bar are hidden.
        self._window.addAction(action)
        return action
