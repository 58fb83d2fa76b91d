"""The settings' window: what it shows, what it hands over, and how it is used by hand."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QWidget,
)

from assistant.config.settings import (
    EditorSettings,
    GenerationSettings,
    ModelSettings,
    Settings,
    SuggestionKeys,
    SuggestionSettings,
    TaskSettings,
)
from assistant.core.devices import Device
from assistant.core.errors import ModelError
from assistant.core.holding import Holding
from assistant.core.jobs import EngineSpec
from assistant.core.tasks import TaskName
from assistant.models import library
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Kind, ModelDescription
from assistant.text.language import LANGUAGES
from assistant.ui import language_names, settings_model_page, theme
from assistant.ui.model_installer import ModelInstaller
from assistant.ui.settings_dialog import SettingsDialog
from assistant.ui.settings_page import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

SMOL = ModelDescription(
    reference="smollm2",
    title="SmolLM2 135M Instruct",
    kind=Kind.CHAT,
    architecture="LlamaForCausalLM",
    context_length=8192,
    parameters=134_515_008,
    size=272_600_000,
    licence="Apache-2.0",
    catalogue_name="smollm2",
)
GPT2 = ModelDescription(
    reference="my-gpt2",
    title="my-gpt2",
    kind=Kind.BASE,
    architecture="GPT2LMHeadModel",
    context_length=1024,
)
DEVICES = (
    Device("cpu", "Intel(R) Xeon(R)", 16 * 2**30),
    Device("cuda:0", "NVIDIA H100", 80 * 2**30),
)
FIRST = Settings()
UNUSUAL = Settings(
    language="zh_CN",
    model=ModelSettings(
        default="my-gpt2",
        per_task={"translate": "smollm2"},
        kinds={"my-gpt2": "chat"},
        device="cuda:0",
        precision="bfloat16",
        threads=3,
        unload_after_minutes=0,
    ),
    generation=GenerationSettings(False, 200, 1, 1.25, 40, 0.5, 0.1, 1.3, 8, 7),
    tasks=TaskSettings("extract", 7, "fr", "zh"),
    editor=EditorSettings("", 20, 90, "dark", False, "british"),
    suggestions=SuggestionSettings(
        False,
        "calm",
        "eager",
        25,
        False,
        False,
        SuggestionKeys("Ctrl+G", "F2", "", "", "", "", "F3"),
    ),
    recent_files=("a.txt",),
)

Open = "Callable[..., SettingsDialog]"


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Iterator[Callable[..., SettingsDialog]]:
    """Open a dialog as the window does."""
    opened: list[SettingsDialog] = []

    def open_dialog(
        settings: Settings = FIRST,
        models: tuple[ModelDescription, ...] = (SMOL, GPT2),
        **more: object,
    ) -> SettingsDialog:
        dialog = SettingsDialog(settings, models, **more)  # type: ignore[arg-type]
        opened.append(dialog)
        dialog.show()
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        return dialog

    yield open_dialog
    for dialog in opened:
        dialog.reject()


def page(dialog: SettingsDialog, name: str) -> QWidget:
    """Turn to a page by its name in the list, with the mouse's help, and return it."""
    names = [dialog._navigation.item(row).text() for row in range(dialog._navigation.count())]
    dialog._navigation.setCurrentRow(names.index(name))
    return dialog._stack.currentWidget()


def control(dialog: SettingsDialog, name: str) -> QWidget:
    """Return the control of that accessible name on the page that is shown."""
    found = [
        widget
        for widget in dialog._stack.currentWidget().findChildren(QWidget)
        if widget.accessibleName() == name
    ]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def button(where: QWidget, text: str) -> QPushButton:
    """Return the button with that text."""
    found = [
        b
        for b in where.findChildren(QPushButton)
        if b.text().replace("&", "") == text and b.isVisible()
    ]
    assert len(found) == 1, f"{text}: {found}"
    return found[0]


def press(qtbot: QtBot, where: QWidget, text: str) -> None:
    """Click the button with that text."""
    qtbot.mouseClick(button(where, text), Qt.MouseButton.LeftButton)


def pick(qtbot: QtBot, box: QWidget, title: str) -> None:
    """Choose an option with the keyboard, as a person does."""
    assert isinstance(box, QComboBox)
    target = box.findText(title)
    assert target >= 0, [box.itemText(i) for i in range(box.count())]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(target):
        qtbot.keyClick(box, Qt.Key.Key_Down)


def type_number(qtbot: QtBot, box: QWidget, text: str) -> None:
    """Type a number over the one that is there."""
    assert isinstance(box, QSpinBox | QDoubleSpinBox)
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)


# Values


@pytest.mark.parametrize("settings", [Settings(), UNUSUAL], ids=["first", "unusual"])
def test_what_is_shown_is_what_comes_back(open_dialog: Open, settings: Settings) -> None:
    """No setting is lost or bent by being shown."""
    dialog = open_dialog(settings, devices=DEVICES)
    assert dialog._collected() == settings
    assert not dialog._apply.isEnabled()


def test_nothing_is_handed_over_without_a_change(qtbot: QtBot, open_dialog: Open) -> None:
    """OK with nothing changed closes and says nothing."""
    dialog = open_dialog()
    with qtbot.assertNotEmitted(dialog.applied):
        press(qtbot, dialog, "OK")
    assert dialog.result() == SettingsDialog.DialogCode.Accepted


def test_apply_hands_over_once_and_stays_open(qtbot: QtBot, open_dialog: Open) -> None:
    """Apply is offered only while there is something to apply."""
    dialog = open_dialog()
    page(dialog, "Generation")
    type_number(qtbot, control(dialog, "Words"), "120")
    assert dialog._apply.isEnabled()
    with qtbot.waitSignal(dialog.applied) as applied:
        press(qtbot, dialog, "Apply")
    assert applied.args == [replace(Settings(), generation=GenerationSettings(words=120))]
    assert dialog.isVisible()
    assert not dialog._apply.isEnabled()
    with qtbot.assertNotEmitted(dialog.applied):
        press(qtbot, dialog, "OK")


def test_a_change_taken_back_is_none(qtbot: QtBot, open_dialog: Open) -> None:
    """Apply goes grey again when the old value is back."""
    dialog = open_dialog()
    page(dialog, "Editor")
    pick(qtbot, control(dialog, "Theme"), "Dark")
    assert dialog._apply.isEnabled()
    pick(qtbot, control(dialog, "Theme"), "As the system")
    assert not dialog._apply.isEnabled()


def test_cancel_and_escape_hand_nothing_over(qtbot: QtBot, open_dialog: Open) -> None:
    """What was changed is forgotten."""
    for leave in ("button", "key"):
        dialog = open_dialog()
        page(dialog, "Editor")
        pick(qtbot, control(dialog, "Theme"), "Dark")
        with qtbot.assertNotEmitted(dialog.applied):
            if leave == "button":
                press(qtbot, dialog, "Cancel")
            else:
                qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()


def test_every_page_hands_its_values_over(qtbot: QtBot, open_dialog: Open) -> None:
    """One change on each page arrives in one value."""
    dialog = open_dialog(devices=DEVICES)
    page(dialog, "Models")
    pick(qtbot, control(dialog, "Model"), "my-gpt2")
    pick(qtbot, control(dialog, "Translate"), "SmolLM2 135M Instruct")
    pick(qtbot, control(dialog, "Kind of my-gpt2"), "Chat")
    page(dialog, "Performance")
    pick(qtbot, control(dialog, "Device"), "CUDA 0 · 80 GB · NVIDIA H100")
    type_number(qtbot, control(dialog, "Threads"), "4")
    page(dialog, "Generation")
    qtbot.mouseClick(
        dialog._stack.currentWidget()._measured, Qt.MouseButton.LeftButton, pos=QPoint(8, 10)
    )
    type_number(qtbot, control(dialog, "Temperature"), "1.5")
    page(dialog, "Tasks")
    pick(qtbot, control(dialog, "Kind of summary"), "Key sentences")
    pick(qtbot, control(dialog, "To"), "French")
    page(dialog, "Editor")
    type_number(qtbot, control(dialog, "Line width"), "80")
    page(dialog, "General")
    pick(qtbot, control(dialog, "Language"), "简体中文")
    with qtbot.waitSignal(dialog.applied) as applied:
        press(qtbot, dialog, "OK")
    assert applied.args == [
        Settings(
            language="zh_CN",
            model=ModelSettings(
                default="my-gpt2",
                per_task={"translate": "smollm2"},
                kinds={"my-gpt2": "chat"},
                device="cuda:0",
                threads=4,
            ),
            generation=GenerationSettings(measured=False, temperature=1.5),
            tasks=TaskSettings(summary_form="extract", target_language="fr"),
            editor=EditorSettings(line_width=80),
        )
    ]


def test_numbers_keep_to_the_bounds_of_the_settings(open_dialog: Open) -> None:
    """The fields take their bounds from the declarations, so that nothing else can be typed."""
    numbers = open_dialog()._pages["generation"]._numbers  # type: ignore[attr-defined]
    for field in fields(GenerationSettings):
        if field.metadata:
            box = numbers[field.name]
            assert (box.minimum(), box.maximum()) == (
                field.metadata["minimum"],
                field.metadata["maximum"],
            )


def test_measured_settings_leave_length_and_seed_free(qtbot: QtBot, open_dialog: Open) -> None:
    """While the measured numbers are used, one's own cannot be changed; the seed can."""
    dialog = open_dialog()
    generation = page(dialog, "Generation")
    assert not control(dialog, "Temperature").isEnabled()
    assert control(dialog, "Seed").isEnabled()
    assert control(dialog, "Words").isEnabled()
    qtbot.mouseClick(generation._measured, Qt.MouseButton.LeftButton, pos=QPoint(8, 10))  # type: ignore[attr-defined]
    assert control(dialog, "Temperature").isEnabled()


@pytest.mark.parametrize(
    "name", ["Models", "Performance", "Generation", "Tasks", "Editor", "General"]
)
def test_restore_brings_back_the_shown_page_only(
    qtbot: QtBot, open_dialog: Open, name: str
) -> None:
    """Restore defaults changes one page, and nothing before Apply."""
    dialog = open_dialog(UNUSUAL, devices=DEVICES)
    shown = page(dialog, name)
    with qtbot.assertNotEmitted(dialog.applied):
        press(qtbot, dialog, "Restore defaults")
    assert dialog._collected() == shown.defaults(UNUSUAL) != UNUSUAL  # type: ignore[attr-defined]


def test_restoring_every_page_gives_the_first_settings(qtbot: QtBot, open_dialog: Open) -> None:
    """The pages together own every setting but the recent files."""
    dialog = open_dialog(UNUSUAL, devices=DEVICES)
    for row in range(dialog._navigation.count()):
        dialog._navigation.setCurrentRow(row)
        press(qtbot, dialog, "Restore defaults")
    assert dialog._collected() == replace(Settings(), recent_files=UNUSUAL.recent_files)


def test_settings_from_elsewhere_replace_what_is_shown(open_dialog: Open) -> None:
    """A model chosen in the window while the dialog is open shows here."""
    dialog = open_dialog()
    dialog.set_settings(UNUSUAL)
    assert dialog._collected() == UNUSUAL
    assert not dialog._apply.isEnabled()


# Devices, fonts, languages


def test_devices_may_come_later(open_dialog: Open) -> None:
    """What is chosen stays chosen when the machine's devices become known."""
    dialog = open_dialog(UNUSUAL)
    page(dialog, "Performance")
    box = control(dialog, "Device")
    assert isinstance(box, QComboBox)
    assert chosen(box) == "cuda:0"
    dialog.set_devices(DEVICES)
    assert chosen(box) == "cuda:0"
    assert [box.itemData(i) for i in range(box.count())] == ["auto", "cpu", "cuda:0"]
    assert box.itemText(1) == "CPU · 16 GB · Intel Xeon"
    assert dialog._collected() == UNUSUAL


def test_how_the_model_is_held_is_told_where_the_precision_is_chosen(
    qtbot: QtBot, open_dialog: Open
) -> None:
    """Each choice is asked about; the answer to a former one is not shown."""
    dialog = open_dialog(Settings(model=ModelSettings("my-gpt2", device="cpu", threads=2)))
    asked: list[EngineSpec] = []
    dialog.holding_wanted.connect(asked.append)
    texts = [one.text() for one in page(dialog, "Performance").findChildren(QLabel)]
    assert asked == [EngineSpec("my-gpt2", "cpu", "auto", 2)]
    dialog.show_holding(asked[0], Holding("balanced"))
    shown = [one.text() for one in dialog._performance.findChildren(QLabel) if one.isVisible()]
    (told,) = set(shown) - set(texts)
    assert told.startswith("my-gpt2")
    assert "when it is first used" in told
    pick(qtbot, control(dialog, "Precision"), "Exact (32 bits)")
    assert asked[-1] == EngineSpec("my-gpt2", "cpu", "exact", 2)
    dialog.show_holding(asked[0], None)
    assert dialog._performance._holding.isVisible()
    dialog.show_holding(asked[-1], Holding("exact", "float32", "float32", "float32"))
    assert "32 bits" in dialog._performance._holding.text()
    dialog.show_holding(asked[-1], None)
    assert not dialog._performance._holding.isVisible()


def test_nothing_is_asked_about_the_model_on_other_pages(open_dialog: Open) -> None:
    dialog = open_dialog()
    asked: list[EngineSpec] = []
    dialog.holding_wanted.connect(asked.append)
    page(dialog, "Editor")
    dialog.ask_holding()
    assert asked == []


def test_a_device_that_is_gone_is_shown_as_such(open_dialog: Open) -> None:
    """A setting for a card that was taken out is neither changed nor hidden."""
    dialog = open_dialog(UNUSUAL, devices=DEVICES[:1])
    page(dialog, "Performance")
    box = control(dialog, "Device")
    assert isinstance(box, QComboBox)
    assert box.currentText() == "cuda:0 (not there now)"
    assert dialog._collected() == UNUSUAL


def test_a_font_or_model_that_is_gone_is_kept(open_dialog: Open) -> None:
    """What is not on this computer stays chosen until something else is."""
    settings = replace(
        Settings(),
        model=ModelSettings(default="/gone", per_task={"ask": "also-gone"}),
        editor=EditorSettings(font_family="No Such Font"),
    )
    dialog = open_dialog(settings)
    assert dialog._collected() == settings
    page(dialog, "Models")
    box = control(dialog, "Model")
    assert isinstance(box, QComboBox)
    assert box.currentText() == "/gone (not here)"


def test_the_sample_shows_the_chosen_letters(qtbot: QtBot, open_dialog: Open) -> None:
    """Font and size can be seen before they are applied."""
    dialog = open_dialog()
    page(dialog, "Editor")
    sample = control(dialog, "How the page’s letters look")
    type_number(qtbot, control(dialog, "Size"), "30")
    assert sample.font().pointSize() == 30
    pick(qtbot, control(dialog, "Font"), "DejaVu Sans")
    assert sample.font().family() == "DejaVu Sans"


def test_every_language_has_a_name_of_its_own() -> None:
    """No language is offered in English only because its name was forgotten."""
    assert set(language_names._names()) == set(LANGUAGES)
    assert len(set(language_names.language_names().values())) == len(LANGUAGES)


# Words to ignore


def test_words_to_ignore_are_added_and_removed(qtbot: QtBot, open_dialog: Open) -> None:
    """The list is handed over apart from the settings, and only when it has changed."""
    dialog = open_dialog(ignored_words=("zebu", "Pemberley"))
    page(dialog, "Editor")
    entry = control(dialog, "Another word to ignore")
    qtbot.keyClicks(entry, "  Inkling ")
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert dialog.isVisible()
    qtbot.keyClicks(entry, "zebu")
    assert not button(dialog, "Add").isEnabled()
    words = control(dialog, "Words to ignore")
    assert isinstance(words, QListWidget)
    item = words.findItems("Pemberley", Qt.MatchFlag.MatchExactly)[0]
    qtbot.mouseClick(
        words.viewport(), Qt.MouseButton.LeftButton, pos=words.visualItemRect(item).center()
    )
    press(qtbot, dialog._stack.currentWidget(), "Remove")
    with (
        qtbot.assertNotEmitted(dialog.applied),
        qtbot.waitSignal(dialog.ignored_words_changed) as changed,
    ):
        press(qtbot, dialog, "Apply")
    assert changed.args == [("Inkling", "zebu")]
    assert not dialog._apply.isEnabled()


# Models


@pytest.fixture
def child(tmp_path: Path) -> Callable[[str], ModelInstaller]:
    """Make an installer whose child runs the given Python lines."""

    def make(script: str) -> ModelInstaller:
        path = tmp_path / "child.py"
        path.write_text("import json, sys, time\n" + script, encoding="utf-8")
        return ModelInstaller(command=[sys.executable, "-I", str(path)])

    return make


def test_getting_a_model_makes_it_the_one_in_use(
    qtbot: QtBot,
    open_dialog: Open,
    child: Callable[[str], ModelInstaller],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first model is chosen by itself, and its button goes."""
    installer = child("print(json.dumps({'installed': sys.argv[1]}))\n")
    dialog = open_dialog(
        replace(Settings(), model=ModelSettings(default="gone")), (), installer=installer
    )
    monkeypatch.setattr(library, "installed", lambda: (SMOL,))
    page(dialog, "Models")
    get = control(dialog, "Get SmolLM2 135M Instruct")
    assert "93 MB" in get.accessibleDescription()
    assert "Apache-2.0" in get.accessibleDescription()
    with qtbot.waitSignal(dialog.models_changed):
        qtbot.mouseClick(get, Qt.MouseButton.LeftButton)
    assert not get.isVisible()
    assert dialog._collected().model.default == "smollm2"
    assert dialog._apply.isEnabled()


def test_progress_is_shown_at_the_model_and_can_be_stopped(
    qtbot: QtBot, open_dialog: Open, child: Callable[[str], ModelInstaller]
) -> None:
    """Size, time left and Cancel while a model is got; nothing else can be got meanwhile."""
    installer = child(
        "print(json.dumps({'stage': 'downloading', 'done': 41e6, 'total': 93e6,"
        " 'seconds_left': 100}), flush=True)\ntime.sleep(60)\n"
    )
    dialog = open_dialog(models=(), installer=installer)
    page(dialog, "Models")
    row = dialog._models._rows["smollm2"]
    with qtbot.waitSignal(installer.progressed):
        qtbot.mouseClick(control(dialog, "Get SmolLM2 135M Instruct"), Qt.MouseButton.LeftButton)
    assert row.progress.isVisible()
    shown = [label.text() for label in row.progress.findChildren(QLabel)]
    assert shown == ["Downloading · 41 MB of 93 MB · about 2 minutes left"]
    assert not control(dialog, "Get Gemma 3 270M").isEnabled()
    with qtbot.waitSignal(installer.cancelled):
        press(qtbot, row.progress, "Cancel")
    assert not row.progress.isVisible()
    assert control(dialog, "Get Gemma 3 270M").isEnabled()


def test_a_model_that_cannot_be_got_is_said_on_the_page(
    qtbot: QtBot, open_dialog: Open, child: Callable[[str], ModelInstaller]
) -> None:
    """The child's sentence stands at the top of the page."""
    installer = child("print(json.dumps({'error': 'There is no room left.'}))\nsys.exit(1)\n")
    dialog = open_dialog(installer=installer)
    page(dialog, "Models")
    name = control(dialog, "Name of a model in the hub")
    qtbot.keyClicks(name, "no/such-model")
    with qtbot.waitSignal(installer.failed):
        qtbot.keyClick(name, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog._models._problem.isVisible()
    assert dialog._models._problem_text.text() == "There is no room left."


@pytest.mark.parametrize("accepts", [True, False])
def test_terms_are_shown_before_a_model_is_got(
    qtbot: QtBot,
    open_dialog: Open,
    child: Callable[[str], ModelInstaller],
    monkeypatch: pytest.MonkeyPatch,
    accepts: bool,
) -> None:
    """Declined terms end it without a word; accepted ones go on."""
    installer = child(
        "if '--accept-terms' in sys.argv:\n"
        "    print(json.dumps({'installed': 'gemma3'})); sys.exit(0)\n"
        "print(json.dumps({'terms': 'You must not …'}))\nsys.exit(1)\n"
    )
    asked = []

    def answer(name: str, text: str, _parent: QWidget) -> bool:
        asked.append((name, text))
        return accepts

    monkeypatch.setattr(settings_model_page, "accept_terms", answer)
    dialog = open_dialog(installer=installer)
    page(dialog, "Models")
    outcome = installer.installed if accepts else installer.terms_asked
    with qtbot.waitSignal(outcome):
        qtbot.mouseClick(control(dialog, "Get Gemma 3 270M"), Qt.MouseButton.LeftButton)
    assert asked == [("gemma3", "You must not …")]
    assert not installer.busy
    assert not dialog._models._problem.isVisible()


def test_a_folder_and_a_file_are_chosen_in_a_dialog(
    qtbot: QtBot,
    open_dialog: Open,
    child: Callable[[str], ModelInstaller],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was chosen goes to the installer as it is; a closed dialog does nothing."""
    installer = child("print(json.dumps({'error': sys.argv[1]}))\nsys.exit(1)\n")
    dialog = open_dialog(installer=installer)
    models = page(dialog, "Models")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/home/a b/模型")
    with qtbot.waitSignal(installer.failed) as failed:
        press(qtbot, models, "Use a folder…")
    assert failed.args == ["/home/a b/模型"]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/x/m.gguf", ""))
    with qtbot.waitSignal(installer.failed) as failed:
        press(qtbot, models, "Use a GGUF file…")
    assert failed.args == ["/x/m.gguf"]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    press(qtbot, models, "Use a folder…")
    assert not installer.busy


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_removing_a_model_is_asked_first(
    qtbot: QtBot,
    open_dialog: Open,
    monkeypatch: pytest.MonkeyPatch,
    answer: QMessageBox.StandardButton,
) -> None:
    """Only a yes removes; the model is offered no longer then, yet stays what is set."""
    removed: list[str] = []
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answer)
    monkeypatch.setattr(library, "remove", removed.append)
    monkeypatch.setattr(library, "installed", lambda: (GPT2,))
    dialog = open_dialog()
    page(dialog, "Models")
    qtbot.mouseClick(control(dialog, "Remove SmolLM2 135M Instruct"), Qt.MouseButton.LeftButton)
    yes = answer == QMessageBox.StandardButton.Yes
    assert removed == (["smollm2"] if yes else [])
    assert dialog._models._rows["smollm2"]._get.isVisible() is yes
    assert dialog._collected().model.default == "smollm2"


def test_a_model_that_cannot_be_removed_is_said(
    qtbot: QtBot, open_dialog: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason stands on the page, and the model stays in the list."""

    def remove(_: str) -> None:
        message = "It is in use."
        raise ModelError(message)

    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    monkeypatch.setattr(library, "remove", remove)
    dialog = open_dialog()
    page(dialog, "Models")
    qtbot.mouseClick(control(dialog, "Remove my-gpt2"), Qt.MouseButton.LeftButton)
    assert dialog._models._problem_text.text() == "It is in use."
    assert control(dialog, "Remove my-gpt2").isVisible()


def test_a_problem_turns_to_the_models_and_can_be_tried_again(
    qtbot: QtBot, open_dialog: Open
) -> None:
    """A model that failed to load is said where it was chosen; Apply tries it once more."""
    dialog = open_dialog()
    page(dialog, "Models")
    pick(qtbot, control(dialog, "Model"), "my-gpt2")
    press(qtbot, dialog, "Apply")
    page(dialog, "Editor")
    dialog.show_problem("It does not fit. The former model stays in use.")
    assert dialog._stack.currentWidget() is dialog._models
    assert dialog._models._problem.isVisible()
    with qtbot.waitSignal(dialog.applied) as applied:
        press(qtbot, dialog, "Apply")
    assert applied.args[0].model.default == "my-gpt2"
    assert not dialog._models._problem.isVisible()
    assert not dialog._apply.isEnabled()


def test_a_download_of_the_dialogs_own_ends_with_it(qtbot: QtBot, open_dialog: Open) -> None:
    """A shared installer goes on; the dialog's own does not outlive it."""
    shared = ModelInstaller(command=[sys.executable, "-c", "import time; time.sleep(60)"])
    dialog = open_dialog(installer=shared)
    dialog.get_model("smollm2")
    dialog.reject()
    assert shared.busy
    shared.close()
    dialog = open_dialog()
    dialog._own_installer._command = (sys.executable, "-c", "import time; time.sleep(60)")  # type: ignore[union-attr]
    dialog.get_model("smollm2")
    dialog.reject()
    assert not dialog._own_installer.busy  # type: ignore[union-attr]


# By hand


@pytest.mark.parametrize("row", range(7))
def test_every_control_has_a_name_and_can_be_reached_by_tab(
    qtbot: QtBot, open_dialog: Open, row: int
) -> None:
    """A screen reader names everything, and Tab comes by everything that is enabled."""
    dialog = open_dialog(UNUSUAL, devices=DEVICES)
    dialog._navigation.setCurrentRow(row)
    dialog._navigation.setFocus()
    shown = dialog._stack.currentWidget()
    kinds = (QComboBox, QSpinBox, QDoubleSpinBox, QAbstractButton, QListWidget, QLineEdit)
    controls = [
        widget
        for widget in shown.findChildren(QWidget)
        if isinstance(widget, kinds)
        and widget.isVisibleTo(shown)
        and widget.isEnabled()
        and not widget.objectName().startswith("qt_")
    ]
    assert controls
    for widget in controls:
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        assert widget.accessibleName() or text, widget
    reached = []
    for _ in range(60):
        reached.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is dialog._navigation:
            break
    missing = [w for w in controls if w not in reached]
    assert not missing, [(type(w).__name__, w.accessibleName()) for w in missing]


@pytest.mark.parametrize("row", range(7))
def test_no_mnemonic_is_given_twice_on_a_page(open_dialog: Open, row: int) -> None:
    """Alt and a letter goes to one place."""
    dialog = open_dialog(devices=DEVICES)
    dialog._navigation.setCurrentRow(row)
    shown = dialog._stack.currentWidget()
    texts = [label.text() for label in shown.findChildren(QLabel) if label.buddy()]
    texts += [b.text() for b in shown.findChildren(QAbstractButton)]
    texts += [dialog._restore.text(), dialog._apply.text()]
    letters = Counter(
        match.group(1).lower() for text in texts if (match := re.search(r"&(\w)", text))
    )
    assert [letter for letter, count in letters.items() if count > 1] == []


def test_a_mnemonic_goes_to_its_control(qtbot: QtBot, open_dialog: Open) -> None:
    """Alt+T on the page of generation is the temperature."""
    dialog = open_dialog(UNUSUAL)
    page(dialog, "Generation")
    qtbot.keyClick(dialog, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    assert control(dialog, "Temperature").hasFocus()


def test_pages_are_turned_by_the_arrow_keys(qtbot: QtBot, open_dialog: Open) -> None:
    """The list of pages has the focus first."""
    dialog = open_dialog()
    assert dialog._navigation.hasFocus()
    qtbot.keyClick(dialog._navigation, Qt.Key.Key_Down)
    assert dialog._stack.currentIndex() == 1


def test_return_in_a_number_closes_with_ok(qtbot: QtBot, open_dialog: Open) -> None:
    """OK is the default button."""
    dialog = open_dialog()
    page(dialog, "Generation")
    box = control(dialog, "Words")
    type_number(qtbot, box, "77")
    with qtbot.waitSignal(dialog.applied) as applied:
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert applied.args[0].generation.words == 77
    assert not dialog.isVisible()


def test_the_wheel_scrolls_the_page_instead_of_changing_a_value(
    qtbot: QtBot, open_dialog: Open
) -> None:
    """A value changes by the wheel only where one has put the focus."""
    dialog = open_dialog()
    page(dialog, "Generation")
    box = control(dialog, "Words")
    centre = QPointF(box.rect().center())

    def turn() -> None:
        event = QWheelEvent(
            centre,
            QPointF(box.mapToGlobal(box.rect().center())),
            QPoint(0, -120),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(box, event)

    assert isinstance(box, QSpinBox)
    turn()
    assert box.value() == 60
    box.setFocus()
    turn()
    assert box.value() == 59


def test_icons_follow_the_theme(open_dialog: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list's icons are drawn anew when the theme changes."""
    dialog = open_dialog()
    before = dialog._navigation.item(0).icon().cacheKey()
    monkeypatch.setattr(theme.appearance(), "theme", theme.DARK)
    theme.appearance().changed.emit(theme.DARK)
    assert dialog._navigation.item(0).icon().cacheKey() != before


def test_the_catalogue_is_the_programs_own_by_default(open_dialog: Open) -> None:
    """Every model of the catalogue can be got from here, and every task can have its own."""
    models = open_dialog()._models
    assert list(models._rows) == [entry.name for entry in load_catalogue()]
    assert set(models._per_task) == set(TaskName)
