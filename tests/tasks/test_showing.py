"""A prompt is shown as the model would read it, and the model does nothing."""

from __future__ import annotations

import pytest

from assistant.core.steering import Lore, Steering
from assistant.core.tasks import Complete, Continue, Form, LoadModel, ShowPrompt
from assistant.models.description import Ability, Kind, ModelDescription, Verdict
from assistant.tasks.registry import TASKS
from tests.tasks.desks import RuleEngine, SuggestingEngine, TestDesk, always, model

STEERING = Steering("Ines is nine.", "Calm.", (Lore(("fox",), "The fox speaks."),))
TEXT = "Ines went to the river. " * 30


def able() -> ModelDescription:
    return model(Kind.BASE, **{"continue": Ability(Verdict.GOOD)})  # type: ignore[arg-type]


def refuses(_request: object) -> None:
    pytest.fail("the model was asked")


@pytest.mark.parametrize(
    "task", [Continue(TEXT, steering=STEERING), Complete(TEXT, steering=STEERING)]
)
def test_what_is_shown_is_what_is_read(task: Continue | Complete) -> None:
    desk = TestDesk(SuggestingEngine(able(), refuses))  # type: ignore[arg-type]
    shown = desk.run(ShowPrompt(task))
    assert not desk.engine.requests
    assert (shown.text, shown.form) == ("", Form.MODEL)
    read = TestDesk(RuleEngine(able(), always(" and swam."))).run(task)
    assert (shown.prompt, shown.parts) == (read.prompt, read.parts)
    assert [part.name for part in shown.parts if part.used] == ["memory", "note", "text"]
    assert all(part.tokens for part in shown.parts)


def test_without_a_text_what_steers_is_shown() -> None:
    desk = TestDesk(RuleEngine(able(), always("")))
    for task in (Continue("", steering=STEERING), Complete("", steering=STEERING)):
        shown = desk.run(ShowPrompt(task))
        assert shown.prompt == "Ines is nine.\n\n[Calm.]\n\n"
        assert shown.parts[-1].tokens == 0


def test_a_prompt_is_judged_as_its_task() -> None:
    unable = model(**{"continue": Ability(Verdict.NO)})  # type: ignore[arg-type]
    for task in (Continue("x"), Complete("x")):
        for description in (unable, able(), None):
            shown = TASKS[ShowPrompt].assess(ShowPrompt(task), description, ())
            assert shown == TASKS[type(task)].assess(task, description, ())
    assert TASKS[LoadModel].assess(LoadModel(), unable, ()).verdict is Verdict.GOOD
