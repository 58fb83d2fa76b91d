"""Complete: what an engine is asked, what of its suggestions is shown, and why nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.core.errors import Cancelled
from assistant.core.requests import PlainPrompt
from assistant.core.suggestions import (
    Ending,
    Silence,
    Suggestion,
    Suggestions,
    SuggestRequest,
)
from assistant.core.tasks import Complete
from assistant.models.description import AdapterRef, Kind, Verdict
from assistant.tasks.completing import window
from assistant.text.copying import COPY_INDEX, CopyIndex
from assistant.text.draft_words import DraftCounter
from tests.tasks.desks import SuggestingEngine, TestDesk, model, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORY = "".join(
    f"The {number}th boat left in the morning. Nobody was on it. " for number in range(999)
)
ABLE = model(Kind.CHAT, **{"continue": Verdict.GOOD})
NOT_SURE = Suggestions(silence=Silence.UNSURE, best_log_probability=-2.0)


def suggesting(*texts: str) -> Callable[[SuggestRequest], Suggestions]:
    """Return the rule that suggests `texts` whatever is asked."""
    found = tuple(
        Suggestion(text, -0.1 * number - 0.1, Ending.CLAUSE) for number, text in enumerate(texts)
    )
    return lambda _request: Suggestions(found, prompt_tokens=9, reused_tokens=4)


def desk(*texts: str) -> tuple[TestDesk, SuggestingEngine]:
    engine = SuggestingEngine(ABLE, suggesting(*texts))
    return TestDesk(engine), engine


def shown(task: Complete, *texts: str) -> Suggestions:
    """Return what is shown of `texts` for `task`."""
    used, _ = desk(*texts)
    outcome = used.run(task)
    assert outcome.suggestions is not None
    assert outcome.text == (outcome.suggestions.texts[0].text if outcome.suggestions.texts else "")
    assert (outcome.suggestions.silence is None) == bool(outcome.suggestions.texts)
    return outcome.suggestions


def test_the_engine_is_asked_as_the_task_says_and_its_answer_is_kept() -> None:
    used, engine = desk(" home", " away")
    words = DraftCounter("He went home.").snapshot()
    task = Complete("He went", words=5, threshold=0.3, seconds=2.0, alternatives=2, draft=words)
    outcome = used.run(task)
    (asked,) = engine.asked
    assert (asked.text, asked.words, asked.threshold) == ("He went", 5, 0.3)
    assert (asked.seconds, asked.rows, asked.odds) == (2.0, 2, words)
    assert 0 < asked.odds_weight < 1
    found = outcome.suggestions
    assert found is not None
    assert [suggestion.text for suggestion in found.texts] == [" home", " away"]
    assert found.texts[0].ending is Ending.CLAUSE
    assert (found.prompt_tokens, found.reused_tokens) == (9, 4)
    assert (outcome.text, outcome.prompt) == (" home", "He went")


def test_without_a_draft_its_words_weigh_nothing() -> None:
    used, engine = desk(" home")
    used.run(Complete("He went"))
    assert (engine.asked[0].odds, engine.asked[0].odds_weight) == (None, 0.0)


@pytest.mark.parametrize(
    ("task", "silence"),
    [
        (Complete(""), Silence.EMPTY),
        (Complete("He wal", "ked"), Silence.IN_WORD),
        (Complete("# He", markdown=True), Silence.HEADING),
        (Complete("```\nHe", markdown=True), Silence.CODE),
        (Complete("He", " -- -- -- -- --"), Silence.MID_LINE),
    ],
)
def test_where_nothing_is_suggested_nobody_is_asked(task: Complete, silence: Silence) -> None:
    used, engine = desk(" went")
    assert used.run(task).suggestions == Suggestions(silence=silence)
    assert (used.loads, engine.asked) == (0, [])


@pytest.mark.parametrize(
    ("task", "is_shown"),
    [
        (Complete("# He", markdown=True, by_hand=True), True),
        (Complete("```\nHe", markdown=True, by_hand=True), True),
        (Complete("He", " -- -- -- -- --", by_hand=True), True),
        (Complete(" ", by_hand=True), False),
        (Complete("He wal", "ked", by_hand=True), False),
    ],
)
def test_asked_by_hand_it_answers_wherever_there_is_place_for_a_word(
    task: Complete, is_shown: bool
) -> None:
    assert bool(shown(task, " went").texts) == is_shown


def test_asked_by_hand_the_likeliest_is_wanted_however_unlikely() -> None:
    used, engine = desk(" went")
    used.run(Complete("He", by_hand=True))
    assert engine.asked[0].threshold == 0.0


def test_a_model_that_cannot_go_on_is_not_loaded() -> None:
    engine = SuggestingEngine(model(**{"continue": Verdict.NO}), suggesting(" went"))
    used = TestDesk(engine)
    assert used.run(Complete("He")).suggestions == Suggestions(silence=Silence.NO_MODEL)
    assert used.loads == 0


def test_what_the_engine_is_not_sure_of_stays_unsaid() -> None:
    used = TestDesk(SuggestingEngine(ABLE, lambda _request: NOT_SURE))
    assert used.run(Complete("He went")).suggestions == NOT_SURE


@pytest.mark.parametrize(
    ("before", "after", "text", "silence"),
    [
        ("The boat was very", "", " very", Silence.REPEATS_BEFORE),
        ("He went home. He went", "", " home.", Silence.REPEATS_BEFORE),
        ("He went", " in.", " in.", Silence.REPEATS_AFTER),
        ("老人", "\n走了。", "走了。", Silence.REPEATS_AFTER),
    ],
)
def test_what_stands_there_already_is_not_suggested(
    before: str, after: str, text: str, silence: Silence
) -> None:
    task = Complete(before, after, by_hand=True)
    assert (shown(task, text).texts, shown(task, text).silence) == ((), silence)
    # Another that says something new takes its place.
    assert [kept.text for kept in shown(task, text, " away").texts] in ([" away"], [" away "])


def test_a_suggestion_joins_what_closes_behind_the_caret() -> None:
    assert shown(Complete("“I am", "”"), " tired.").texts[0].text == " tired."
    assert shown(Complete("“I am", ".”"), " tired.").texts[0].text == " tired"
    assert shown(Complete("“我", "。”"), "累了。").texts[0].text == "累了"


def test_two_suggestions_that_come_to_the_same_are_one() -> None:
    assert len(shown(Complete("“I am", ".”"), " tired.", " tired").texts) == 1


def test_pages_of_a_voice_are_not_handed_out_a_few_words_at_a_time(tmp_path: Path) -> None:
    """What was typed of them counts too; the suggestion ends before the eighth word."""
    page = "He had gone up the winding stairs with his lamp every evening."
    CopyIndex.of([page]).save(tmp_path / COPY_INDEX)
    voice = replace(ABLE, adapter=AdapterRef(tmp_path, ABLE, "Voice"))

    def said(before: str, text: str) -> Suggestions | None:
        return TestDesk(SuggestingEngine(voice, suggesting(text))).run(Complete(before)).suggestions

    copied = said("He had gone up the", " winding stairs with his")
    assert copied is not None
    assert copied.texts[0].text == " winding stairs"
    last = said("He had gone up the winding stairs", " with his lamp")
    assert last is not None
    assert (last.texts, last.silence) == ((), Silence.COPIES)
    own = said("He had gone up the", " hill with the others")
    assert own is not None
    assert own.texts[0].text == " hill with the others"


def test_of_a_long_text_a_window_is_read_that_stays_while_one_types_on() -> None:
    used, engine = desk(" went")
    places = range(50_000, 50_400, 20)
    for end in places:
        used.run(Complete(STORY[:end]))
    assert (
        len({end - len(asked.text) for end, asked in zip(places, engine.asked, strict=True)}) <= 2
    )
    for end, asked in zip(places, engine.asked, strict=True):
        assert STORY[:end].endswith(asked.text)
        assert asked.text.startswith(("The ", "Nobody "))
        assert 200 < len(tokens_of(asked.text)) < 1250


def test_the_window_is_the_same_without_the_beginning_of_the_document() -> None:
    used, engine = desk(" went")
    used.run(Complete(STORY[:50_000]))
    used.run(Complete(STORY[30_000:50_000], offset=30_000))
    assert engine.asked[0].text == engine.asked[1].text


@pytest.mark.parametrize(
    "text", [STORY[:20_000], "老人走了很远的路。" * 900, "x" * 9000, "看" * 9000]
)
@pytest.mark.parametrize("context_length", [64, 300, 4096])
def test_the_window_fits_the_model(text: str, context_length: int) -> None:
    """The tokens are the engine's own; there is room for what is suggested."""
    engine = SuggestingEngine(replace(ABLE, context_length=context_length), suggesting(" went"))
    start = window(Complete(text), engine)
    tokens = engine.count_tokens(PlainPrompt(text[start:]))
    assert tokens <= min(1250, max(context_length // 2, context_length - 96))
    assert start < len(text)


def test_a_stopped_task_raises_cancelled() -> None:
    used = TestDesk(SuggestingEngine(ABLE, suggesting(" went")), stop_after=0)
    with pytest.raises(Cancelled):
        used.run(Complete("He"))
