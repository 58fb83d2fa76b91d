"""What the default model makes of tasks, read closely enough to see it go wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from assistant.core.jobs import EngineSpec
from assistant.core.requests import Sampling
from assistant.core.suggestions import Silence
from assistant.core.tasks import Complete, Continue, Rewrite, RewriteStyle, Task
from assistant.engines.pool import EnginePool
from assistant.models.catalogue import load_catalogue
from assistant.models.inspection import describe
from assistant.tasks.run import run
from assistant.text.counts import count_words
from tests.real_models import ensure_default_model

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.real_model, pytest.mark.timeout(600)]

OPENINGS = (
    "Once upon a time there was a miller who had lost his mill, and",
    "The captain looked at the map again. Something was wrong with the coast line.",
    "In the winter of 1911 the river froze for the first time in forty years. ",
    "Nobody in the class believed that Tom had seen a fox on the roof of the school",
)
MEASURED = Sampling(temperature=0.6, top_p=0.9, repetition_penalty=1.1)


@pytest.fixture(scope="module")
def carry_out() -> Iterator[Any]:
    """Return a function that runs a task on the default model."""
    name = load_catalogue().default
    described = replace(
        describe(ensure_default_model(), name),
        abilities=load_catalogue().entries[name].abilities,
    )
    # The most exact precision: what is read here must not turn on a processor's rounding.
    spec = EngineSpec(name, device="cpu", precision="float32", threads=1)
    pool = EnginePool(resolve=lambda _reference, _kind: described)
    yield lambda task: run(task, spec, pool, lambda _event: None, lambda: False)
    pool.unload_all()


@pytest.mark.parametrize("number", range(len(OPENINGS)))
def test_a_continuation_of_sixty_words_does_not_loop(carry_out: Any, number: int) -> None:
    task = Continue(OPENINGS[number], sampling=replace(MEASURED, seed=number))
    text = carry_out(task).text
    assert 1 <= count_words(text) <= 96
    words = text.split()
    rows = Counter(tuple(words[start : start + 8]) for start in range(len(words) - 7))
    assert max(rows.values(), default=1) == 1
    assert text == text.rstrip()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("She go to the market every days.", "She goes to the market every day."),
        (
            "The dog wagged it's tail and runned away.",
            "The dog wagged its tail and ran away.",
        ),
        ("Nobody remembered the name of the smith.", "Nobody remembered the name of the smith."),
        ("The sun rises in the east.", "The sun rises in the east."),
    ],
)
def test_it_mends_what_is_wrong_and_leaves_what_is_right(
    carry_out: Any, wrong: str, right: str
) -> None:
    assert carry_out(Rewrite(wrong)).text == right


def test_it_shortens_a_sentence_and_keeps_what_it_says(carry_out: Any) -> None:
    text = (
        "In spite of the fact that it was raining very heavily, the children decided that they "
        "would go out and play in the garden."
    )
    task: Task = Rewrite(text, RewriteStyle.SHORTER)
    outcome = carry_out(task)
    assert count_words(outcome.text) < count_words(text)
    assert "children" in outcome.text
    assert "garden" in outcome.text
    assert outcome.draft


HARBOUR = (
    "The old harbour master had kept the lamp burning for thirty years. Every evening he climbed "
    "the stairs with a can of oil and a rag. His daughter Elspeth brought him bread and cheese. "
)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("Once upon a ti", "", "me,"),
        (f"{HARBOUR}But that evening Els", "", "peth"),
        (f"{HARBOUR}“Good ev", ",” she said.", "ening"),
        (f"{HARBOUR}He looked out of the window and ", "the ship that had come in.", "saw "),
    ],
)
def test_it_suggests_what_anybody_would_write_there(
    carry_out: Any, before: str, after: str, text: str
) -> None:
    assert carry_out(Complete(before, after, seconds=60)).text == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HARBOUR, ""),
        (f"{HARBOUR}He went home in ", "the dark. Nobody saw him."),
    ],
)
def test_it_keeps_quiet_where_anything_might_come_or_nothing_is_missing(
    carry_out: Any, before: str, after: str
) -> None:
    found = carry_out(Complete(before, after, seconds=60)).suggestions
    assert found.silence is Silence.UNSURE
