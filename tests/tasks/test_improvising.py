"""A few words from an engine that can only write: whole ones, and only what is sure."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from assistant.core.requests import Completion, Emit, Request, ShouldStop, TokenChoice
from assistant.core.suggestions import Ending, Silence, Suggestions
from assistant.core.tasks import Complete
from assistant.models.description import Kind, Verdict
from tests.tasks.desks import RuleEngine, TestDesk, model, text_of, tokens_of

ABLE = model(Kind.CHAT, **{"continue": Verdict.GOOD})


class SilentEngine(RuleEngine):
    """Writes, and tells nothing of how likely its tokens were."""

    def generate(self, request: Request, emit: Emit, should_stop: ShouldStop) -> Completion:
        return replace(super().generate(request, emit, should_stop), tokens=())


def written(text: str, task: Complete) -> tuple[Suggestions, list[Request]]:
    """Return what is suggested by an engine that can only write."""
    engine = SilentEngine(ABLE, lambda _request: text)
    used = TestDesk(engine)
    found = used.run(task).suggestions
    assert found is not None
    assert used.streamed() == ""
    return found, engine.requests


@pytest.mark.parametrize(
    ("answer", "words", "text", "ending"),
    [
        (" went home, and then he slept for", 12, " went home,", Ending.CLAUSE),
        (" went home and then he slept for a long time", 3, " went home and", Ending.WORDS),
        (" went home", 12, " went home", Ending.END),
        (" went home\nShe stayed", 12, " went home", Ending.END),
        (" said “no” and went", 2, " said “no”", Ending.WORDS),
    ],
)
def test_an_engine_that_can_only_write_is_cut_to_whole_words(
    answer: str, words: int, text: str, ending: Ending
) -> None:
    found, requests = written(answer, Complete("He", words=words))
    assert [(kept.text, kept.ending) for kept in found.texts] == [(text, ending)]
    assert requests[0].sampling.greedy
    assert found.texts[0].log_probability >= math.log(0.5)


def test_the_blank_before_the_caret_is_not_written_twice() -> None:
    found, requests = written(" went home.", Complete("He "))
    assert [kept.text for kept in found.texts] == ["went home."]
    assert text_of(requests[0].prompt) == "He"


def test_nothing_written_is_nothing_suggested() -> None:
    assert written("", Complete("He"))[0].silence is Silence.UNSURE
    assert written("\n\nShe", Complete("He"))[0].silence is Silence.UNSURE


def test_an_engine_that_can_only_write_bridges_nothing() -> None:
    found, requests = written(" slowly", Complete("He", " went home in the dark."))
    assert (found.silence, requests) == (Silence.MID_LINE, [])
    found, _ = written(" slowly", Complete("He", " went home in the dark.", by_hand=True))
    assert found.texts[0].text == " slowly"


class TellingEngine(RuleEngine):
    """Writes, and tells how likely each token was."""

    def __init__(self, answer: str, likely: list[float]) -> None:
        super().__init__(ABLE, lambda _request: answer)
        self._answer = answer
        self._likely = likely

    def generate(self, request: Request, emit: Emit, should_stop: ShouldStop) -> Completion:
        completion = super().generate(request, emit, should_stop)
        tokens = zip(tokens_of(self._answer), self._likely, strict=True)
        told = tuple(TokenChoice(text, math.log(likely)) for text, likely in tokens)
        return replace(completion, tokens=told)


@pytest.mark.parametrize(
    ("threshold", "text"), [(0.5, " went home"), (0.2, " went home and"), (0.85, None)]
)
def test_an_engine_that_tells_is_cut_where_it_is_no_longer_sure(
    threshold: float, text: str | None
) -> None:
    engine = TellingEngine(" went home and slept", [0.8, 0.9, 0.5, 0.1])
    found = TestDesk(engine).run(Complete("He", threshold=threshold)).suggestions
    assert found is not None
    assert [kept.text for kept in found.texts] == ([] if text is None else [text])
    if text is None:
        assert found.silence is Silence.UNSURE
        assert found.best_log_probability == pytest.approx(math.log(0.8))
    else:
        assert found.texts[0].ending is Ending.UNSURE
        assert found.texts[0].probability >= threshold
