"""The door: every task is known, and what is streamed and stopped goes by the contract."""

from __future__ import annotations

from typing import get_args

import pytest

from assistant.core.requests import Completion, Finish, Loading, PlainPrompt, Request, Writing
from assistant.core.tasks import Continue, Form, LoadModel, Task
from assistant.models.description import Verdict
from assistant.tasks.registry import TASKS
from assistant.tasks.writing import Draft, Stream, none_of_it, write
from tests.tasks.desks import RuleEngine, TestDesk, always, model


def engine(answer: str) -> RuleEngine:
    return RuleEngine(model(**{"continue": Verdict.GOOD}), always(answer))


def test_every_task_is_known() -> None:
    assert set(TASKS) == set(get_args(Task))


def test_loading_a_model_only_loads_it() -> None:
    used = TestDesk(engine("x"))
    outcome = used.run(LoadModel())
    assert (outcome.text, outcome.form) == ("", Form.MODEL)
    assert used.loads == 1
    assert used.events == [Loading("Tested", 1.0)]
    assert not used.engine.requests


def test_an_engine_is_stopped_when_there_is_enough() -> None:
    stream = Stream(lambda _event: None, str)
    request = Request(PlainPrompt("Go"), 100)
    completion = write(
        engine("one two three four"), request, stream, lambda: False, lambda text: "two" in text
    )
    assert (completion.text, completion.finish) == ("one two", Finish.STOP)


def test_a_stop_from_outside_stays_one() -> None:
    stream = Stream(lambda _event: None, str)
    request = Request(PlainPrompt("Go"), 100)
    stops = iter([False, False, True])
    completion = write(
        engine("one two three"), request, stream, lambda: next(stops), lambda _text: False
    )
    assert completion.finish is Finish.CANCELLED


def test_a_stream_shows_what_is_certain_and_at_the_end_the_rest() -> None:
    shown: list[Writing] = []
    stream = Stream(shown.append, lambda text: text.rstrip(), version=2)  # type: ignore[arg-type]
    for text in ("a", " ", "b", " "):
        stream(Writing(text, 1, 5.0))
    stream.close("a b!")
    assert [event.text for event in shown] == ["a", "", " b", "", "!"]
    assert {event.version for event in shown} == {2}


def test_a_stream_does_not_take_back_what_it_showed() -> None:
    shown: list[Writing] = []
    stream = Stream(shown.append, str)  # type: ignore[arg-type]
    stream(Writing("abc", 1, 5.0))
    stream.close("xyz")
    assert "".join(event.text for event in shown) == "abc"
    quiet = Stream(shown.append, none_of_it)  # type: ignore[arg-type]
    quiet(Writing("abc", 1, 5.0))
    assert shown[-1].text == ""


@pytest.mark.parametrize(("seconds", "speed"), [(2.0, 1.5), (0.0, 0.0)])
def test_a_draft_grows_and_tells_how_fast(seconds: float, speed: float) -> None:
    told: list[Writing] = []
    draft = Draft(told.append)  # type: ignore[arg-type]
    draft.add("A")
    draft.completions.append(Completion("b", (1, 2, 3), Finish.END, 1, 0.0, seconds))
    draft.add("b")
    assert draft.text == "Ab"
    assert told == [Writing("A", 0, 0.0), Writing("b", 3, speed)]
    assert not draft.cancelled


def test_a_task_is_given_its_own_engine_once() -> None:
    used = TestDesk(engine(" x."))
    used.run(Continue("Go.", versions=3))
    assert used.loads == 1
