"""Adapters in the window: in the settings below their base, and named where they do a task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton

from assistant.config.paths import models_folder
from assistant.config.settings import ModelSettings, Settings
from assistant.core.tasks import Form, RewriteStyle, TaskName
from assistant.models import adapters, library
from assistant.models.description import AdapterRef
from assistant.models.install import install
from assistant.ui.adapter_row import AdapterRow
from tests.engines import tiny_adapters, tiny_models
from tests.models.test_adapters import READER, adapter
from tests.ui.test_main_window import BRIDGE, open_window, settle  # noqa: F401 - a fixture
from tests.ui.test_settings_dialog import (  # noqa: F401 - a fixture
    GPT2,
    SMOL,
    control,
    open_dialog,
    page,
    pick,
    press,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.ui.main_window import MainWindow
    from assistant.ui.settings_dialog import SettingsDialog

SMOL_THERE = replace(SMOL, path=Path("/models/smollm2"))
SKILL = replace(
    SMOL_THERE,
    reference="reader",
    title="Reader (SmolLM2 135M Instruct)",
    size=9_000_000,
    catalogue_name=None,
    adapter=AdapterRef(
        Path("/adapters/reader"),
        SMOL_THERE,
        "Reader",
        "Answers from a text.",
        ("ask", "rewrite.proofread"),
        ships=True,
    ),
)
OWN = replace(
    SKILL,
    reference="mine",
    title="Mine (SmolLM2 135M Instruct)",
    adapter=AdapterRef(Path("/adapters/mine"), SMOL_THERE, "Mine"),
)
MODELS = (SMOL_THERE, SKILL, OWN, GPT2)


@pytest.fixture
def _shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader comes with the program."""
    adapter(tmp_path / "resources" / "adapters" / "reader", purpose=READER)
    monkeypatch.setattr(adapters, "resource", (tmp_path / "resources").joinpath)


def _rows(dialog: SettingsDialog) -> dict[str, AdapterRow]:
    rows = page(dialog, "Models").findChildren(AdapterRow)
    return {row.model.reference: row for row in rows if row.isVisible()}


def _first_choice(dialog: SettingsDialog, task: str) -> str:
    box = control(dialog, task)
    assert isinstance(box, QComboBox)
    return box.itemText(0)


def test_adapters_stand_below_their_base_with_their_purpose(
    open_dialog: Callable[..., SettingsDialog],  # noqa: F811 - the fixture
) -> None:
    """What they are for, what they do unasked; only one's own can be removed."""
    dialog = open_dialog(models=MODELS)
    rows = _rows(dialog)
    assert list(rows) == ["reader", "mine"]
    texts = [label.text() for label in rows["reader"].findChildren(QLabel)]
    assert texts[:2] == ["Reader", "Answers from a text."]
    assert "Ask, Proofread" in texts[2]
    removable = {
        name: row.findChild(QPushButton).isVisible()  # type: ignore[union-attr]
        for name, row in rows.items()
    }
    assert removable == {"reader": False, "mine": True}
    box = control(dialog, "Model")
    assert isinstance(box, QComboBox)
    titles = [box.itemText(i) for i in range(box.count())]
    assert titles == [model.title for model in MODELS]
    assert box.itemData(1, Qt.ItemDataRole.ToolTipRole) == "Answers from a text."


def test_one_whose_base_is_elsewhere_names_it(
    open_dialog: Callable[..., SettingsDialog],  # noqa: F811 - the fixture
) -> None:
    """There is nothing above it that would."""
    row = _rows(open_dialog(models=(GPT2, OWN)))["mine"]
    assert row.findChildren(QLabel)[0].text() == "Mine (SmolLM2 135M Instruct)"


def test_a_strength_is_set_with_the_keyboard(
    qtbot: Any,
    open_dialog: Callable[..., SettingsDialog],  # noqa: F811 - the fixture
) -> None:
    """In twentieths up to 1.5, and 1 is what nothing is said of."""
    dialog = open_dialog(models=MODELS)
    slider = _rows(dialog)["mine"].slider
    assert control(dialog, "Strength of Mine") is slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert dialog._apply.isEnabled()
    assert dialog._collected().model.strengths == {"mine": 0.95}
    assert slider.accessibleDescription() == "Strength 0.95"
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert dialog._collected().model.strengths == {"mine": 1.5}
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    with qtbot.waitSignal(dialog.applied) as applied:
        press(qtbot, dialog, "OK")
    assert applied.args[0].model.strengths == {"mine": 0.0}


def test_strengths_and_choices_by_hand_come_back(
    qtbot: Any,
    open_dialog: Callable[..., SettingsDialog],  # noqa: F811 - the fixture
) -> None:
    """Also those of adapters and forms of a task that are not shown; defaults forget them."""
    model = ModelSettings(
        per_task={"rewrite.shorter": "mine", "ask": "reader"},
        strengths={"mine": 0.5, "gone": 1.25},
        use_skills=False,
    )
    dialog = open_dialog(Settings(model=model), models=MODELS)
    assert dialog._collected().model == model
    page(dialog, "Models")
    press(qtbot, dialog, "Restore defaults")
    assert dialog._collected().model == ModelSettings()
    qtbot.waitUntil(lambda: "mine" in _rows(dialog))
    assert _rows(dialog)["mine"].slider.value() == 20


@pytest.mark.usefixtures("_shelf")
def test_a_task_names_the_skill_that_it_gets(
    qtbot: Any,
    open_dialog: Callable[..., SettingsDialog],  # noqa: F811 - the fixture
) -> None:
    """As the default model and the switch have it at the moment."""
    dialog = open_dialog(models=MODELS)
    page(dialog, "Models")
    assert _first_choice(dialog, "Ask") == "As above: Reader"
    assert _first_choice(dialog, "Continue") == "As above"
    pick(qtbot, control(dialog, "Model"), "my-gpt2")
    assert _first_choice(dialog, "Ask") == "As above"
    pick(qtbot, control(dialog, "Model"), SMOL.title)
    (switch,) = (
        box for box in page(dialog, "Models").findChildren(QCheckBox) if "Inkling" in box.text()
    )
    switch.setFocus()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert _first_choice(dialog, "Ask") == "As above"
    assert dialog._collected().model.use_skills is False


@pytest.fixture
def _tiny_skills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny model in the library, and a reader for it that comes with the program."""
    install(str(tiny_models.llama(tmp_path / "tiny")), lambda _progress: None, lambda: False)
    purpose = READER.replace("smollm2", "tiny").replace('prompt = "reader"\n', "")
    tiny_adapters.adapter(tmp_path / "res" / "adapters" / "reader", "tiny", purpose=purpose)
    monkeypatch.setattr(adapters, "resource", (tmp_path / "res").joinpath)
    assert [model.reference for model in library.installed()] == ["tiny", "reader"]
    assert models_folder().exists()


@pytest.mark.usefixtures("_tiny_skills")
def test_the_panel_says_which_model_does_a_task(
    qtbot: Any,
    open_window: Callable[..., MainWindow],  # noqa: F811 - the fixture
) -> None:
    """Before it runs and beside its result; the status line says which one goes on with a text."""
    window = open_window("tiny")
    window._editor.set_text(BRIDGE)
    window._assistant.open(TaskName.SUMMARIZE)
    settle(qtbot, window)
    window._panel.options.set_form(Form.MODEL)
    window._assistant.run()
    assert window._panel._model.text() == "With Reader (tiny)"
    settle(qtbot, window)
    assert window._panel._model.text() == "With Reader (tiny)"
    qtbot.waitUntil(lambda: [model.reference for model in window._work.loaded] == ["reader"])
    assert window._status._model.text() == "tiny"
    window._panel.options.set_form(Form.EXTRACT)
    window._assistant.run()
    settle(qtbot, window)
    assert window._panel._model.text() == "From the text itself, without a model"
    qtbot.mouseClick(window._panel._older, Qt.MouseButton.LeftButton)
    assert window._panel._model.text() == "With Reader (tiny)"
    # What the reader was not made for is the base's, and said of the base.
    window._assistant.open(TaskName.REWRITE, RewriteStyle.FORMAL)
    assert "tiny" in window._panel._notice_text.text()
    assert "Reader" not in window._panel._notice_text.text()
    assert not window._panel._model.isVisible()
