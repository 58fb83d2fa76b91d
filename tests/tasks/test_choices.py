"""Which model does a task: the user's choice, a skill that comes with the program, the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.config.settings import ModelSettings, Settings
from assistant.core.tasks import (
    Ask,
    Complete,
    Continue,
    LoadModel,
    Rewrite,
    RewriteStyle,
    ShowPrompt,
    Translate,
)
from assistant.models import adapters
from assistant.tasks.choices import engine_spec, key_of
from tests.models.test_adapters import READER, adapter

if TYPE_CHECKING:
    from pathlib import Path

EDITOR = 'base = "smollm2"\ndefault_for = ["rewrite.proofread"]\n'
WRITER = 'base = "smollm2"\ndefault_for = ["rewrite"]\n'


@pytest.fixture(autouse=True)
def _shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three adapters come with the program."""
    folder = tmp_path / "resources" / "adapters"
    for name, purpose in {"reader": READER, "editor": EDITOR, "a-writer": WRITER}.items():
        adapter(folder / name, purpose=purpose)
    monkeypatch.setattr(adapters, "resource", (tmp_path / "resources").joinpath)


def _model(key: str, **settings: object) -> str:
    return engine_spec(Settings(model=ModelSettings(**settings)), key).model  # type: ignore[arg-type]


def test_a_skill_does_what_it_is_for() -> None:
    """Where its base is the default; the most specific one, and the default does the rest."""
    assert [_model(key) for key in ("ask", "summarize", "continue", "translate.en-fr")] == [
        "reader",
        "reader",
        "smollm2",
        "smollm2",
    ]
    assert _model("rewrite.proofread") == "editor"
    assert _model("rewrite.shorter") == "a-writer"


def test_skills_can_be_switched_off() -> None:
    """Then the default does everything."""
    assert _model("ask", use_skills=False) == "smollm2"


def test_another_default_has_no_skills() -> None:
    """An adapter is for its own base alone, also where it is the default itself."""
    assert _model("ask", default="gemma3") == "gemma3"
    assert _model("rewrite.proofread", default="reader") == "reader"


def test_the_users_choice_for_a_task_wins() -> None:
    """Also the bare base, and a choice for one form of a task before that for the whole."""
    assert _model("ask", per_task={"ask": "smollm2"}) == "smollm2"
    assert _model("rewrite.proofread", per_task={"rewrite": "gemma3"}) == "gemma3"
    both = {"rewrite": "gemma3", "rewrite.shorter": "reader"}
    assert _model("rewrite.shorter", per_task=both) == "reader"
    spec = engine_spec(Settings(), "ask", "my-model")
    assert spec.model == "my-model"


def test_strength_goes_with_the_model() -> None:
    """By its reference; models without one are as they are."""
    settings = Settings(model=ModelSettings(strengths={"reader": 0.5}))
    assert engine_spec(settings, "ask").strength == 0.5
    assert engine_spec(settings, "continue").strength == 1.0
    assert engine_spec(settings, "continue", "reader").strength == 0.5


def test_a_task_has_a_key() -> None:
    """Its name, with what it is after where that matters."""
    assert key_of(Ask("t", "q")) == "ask"
    assert key_of(Continue("t")) == "continue"
    assert key_of(LoadModel()) == "continue"
    assert key_of(ShowPrompt(Continue("x"))) == "continue"
    assert key_of(ShowPrompt(Complete("x"))) == "complete"
    assert key_of(Rewrite("t", RewriteStyle.SHORTER)) == "rewrite.shorter"
    assert key_of(Translate("t", "fr")) == "translate"
    assert key_of(Translate("t", "fr", "en")) == "translate.en-fr"
