"""Continue in a voice: what stands in the training pages is not handed out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.core.requests import GREEDY, Request, Sampling
from assistant.core.tasks import Continue
from assistant.models.description import AdapterRef, Verdict
from assistant.text.copying import COPY_INDEX, CopyIndex
from tests.tasks.desks import RuleEngine, TestDesk, model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = "He had gone up the winding stairs with his lamp every evening for thirty years."
COPY = " He had gone up the winding stairs with his lamp every evening for thirty years. So what?"
OWN = " The gulls were loud that morning. Nobody had slept well, and nobody said so. She left."


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., TestDesk]:
    """Return a function that makes a desk with a voice that learned PAGE; it answers in turn."""
    CopyIndex.of([PAGE]).save(tmp_path / COPY_INDEX)
    base = model(**{"continue": Verdict.ROUGH})
    voice = replace(base, adapter=AdapterRef(tmp_path, base, "Voice"))

    def make(*answers: str) -> TestDesk:
        def rule(_request: Request) -> str:
            return answers[min(len(engine.requests), len(answers)) - 1]

        engine = RuleEngine(voice, rule)
        return TestDesk(engine)

    return make


def test_a_version_that_begins_with_a_copy_is_drawn_again(desk: Callable[..., TestDesk]) -> None:
    """Nothing of the first try is seen, and the second is shown whole."""
    used = desk(COPY, OWN)
    outcome = used.run(Continue("Then.", words=12))
    assert outcome.text == used.streamed()
    assert outcome.text.startswith(" The gulls were loud")
    assert outcome.note == ""


def test_a_copy_further_on_ends_the_version_before_it(desk: Callable[..., TestDesk]) -> None:
    """What comes before stays, up to a whole sentence, and the reader is told."""
    used = desk(OWN + COPY)
    outcome = used.run(Continue("Then.", words=60))
    assert outcome.text == OWN
    assert "winding" not in used.streamed()
    assert "repeated your own pages" in outcome.note


def test_a_voice_that_only_copies_writes_nothing_and_says_why(
    desk: Callable[..., TestDesk],
) -> None:
    """After its tries it gives up."""
    used = desk(COPY)
    outcome = used.run(Continue("Then.", words=12))
    assert outcome.text == used.streamed() == ""
    assert "repeated your own pages" in outcome.note
    assert 1 < len(used.engine.requests) < 10


def test_the_likeliest_text_and_a_number_of_tokens_are_guarded_too(
    desk: Callable[..., TestDesk],
) -> None:
    """No way of asking goes around the guard."""
    for task in (
        Continue("Then.", words=12, sampling=GREEDY),
        Continue("Then.", max_tokens=40, sampling=Sampling(seed=1)),
    ):
        used = desk(COPY)
        assert used.run(task).text == used.streamed() == ""


def test_what_is_stopped_half_way_holds_no_copy(desk: Callable[..., TestDesk]) -> None:
    """What has been seen is the beginning of what is kept."""
    used = desk(OWN + COPY)
    used.stop_after = 28
    outcome = used.run(Continue("Then.", words=60))
    assert outcome.text.startswith(used.streamed())
    assert "winding" not in outcome.text


def test_a_model_without_an_index_is_not_guarded(desk: Callable[..., TestDesk]) -> None:
    """The base may say what it likes, and nothing is held back while it does."""
    used = desk(COPY)
    used.engine.model = model(**{"continue": Verdict.ROUGH})
    assert "winding stairs" in used.run(Continue("Then.", words=12)).text
