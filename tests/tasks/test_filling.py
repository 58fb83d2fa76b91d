"""Filling a gap: when there is one, what is asked, and how the words join both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.core.errors import Cancelled
from assistant.core.requests import GREEDY, Finish, PlainPrompt, Request, Sampling
from assistant.core.tasks import Continue
from assistant.models.description import Ability, Kind, Verdict
from assistant.tasks.filling import around
from tests.tasks.desks import Rule, RuleEngine, ScoringEngine, TestDesk, always, model, text_of

BEFORE, AFTER = "The boat left at noon.", "It was dark when they came home."
LEARNED: dict[str, Ability | Verdict] = {
    "continue": Verdict.GOOD,
    "gap": Ability(Verdict.GOOD, prompt="gap", sampling=Sampling(temperature=0.8, top_p=0.95)),
}


def desk(rule: str | Rule, stop_after: int | None = None, context_length: int = 4096) -> TestDesk:
    asked = always(rule) if isinstance(rule, str) else rule
    described = model(Kind.CHAT, context_length=context_length, **LEARNED)
    return TestDesk(RuleEngine(described, asked), stop_after)


def filled(written: str, before: str = BEFORE, after: str = AFTER) -> str:
    """Return the whole paragraph after the gap in it was filled with what a model has `written`."""
    used = desk(written)
    text = used.run(Continue(before, after=after)).text
    assert used.streamed() == text
    return before + text + after


def test_what_follows_is_read_first_and_the_middle_goes_on_behind_the_caret() -> None:
    """The prompt is the one that was trained on; the sampling is the ability's own."""
    used = desk(" They rowed all day.")
    outcome = used.run(Continue(BEFORE, after=f" {AFTER}"))
    request = used.engine.requests[0]
    assert request.prompt == PlainPrompt(f"<filename>{AFTER}<file_sep>{BEFORE}")
    assert request.sampling == Sampling(temperature=0.8, top_p=0.95, min_new_tokens=1)
    assert outcome.text == used.streamed() == " They rowed all day."
    assert outcome.completions[0].finish is Finish.END


def test_the_words_tell_what_they_were_chosen_from() -> None:
    """The blank that joins them to what follows is nobody's."""
    outcome = desk(" \n\nThey rowed,\nThen").run(Continue(BEFORE, after="and slept.", look=3))
    assert outcome.text == " They rowed, "
    (tokens,) = outcome.tokens
    assert [outcome.text[span.start : span.end] for span in tokens] == ["They", " rowed", ","]


@pytest.mark.parametrize(
    ("before", "after"),
    [(BEFORE, AFTER), (BEFORE, f" {AFTER}"), (f"{BEFORE} ", AFTER), (f"{BEFORE} ", f" {AFTER}")],
)
@pytest.mark.parametrize(
    "written", [" They rowed.", " They rowed. ", " They rowed.\n\nThen", " \n\nThey rowed.\nThen"]
)
def test_there_is_one_space_on_either_side(before: str, after: str, written: str) -> None:
    """Whatever blanks stand at the caret and whatever blanks the model writes."""
    assert filled(written, before, after) == f"{BEFORE} They rowed. {AFTER}"


def test_a_mark_that_follows_is_neither_doubled_nor_parted_from_its_word() -> None:
    """The writer's own comma stays the only one."""
    assert filled(" in the old boat,", "He left", ", and she stayed.") == (
        "He left in the old boat, and she stayed."
    )
    assert filled(" home", "He went", ".") == "He went home."


def test_quotation_marks_close_without_a_space_and_open_with_one() -> None:
    """A mark before a word opens what is said, a mark before a space closes it."""
    assert filled(" come in.", '"Please', '" said he.') == '"Please come in." said he.'
    assert filled(" He turned.", "She knocked.", '"Come in!"') == (
        'She knocked. He turned. "Come in!"'
    )


@pytest.mark.parametrize(
    "written",
    [
        " They rowed all day. It was dark when they came home.",
        " They rowed all day. It was dark when they came back to the shore.",
        " They rowed all day. It was",
        " They rowed all day. It",
    ],
)
def test_what_follows_is_not_said_again(written: str) -> None:
    """A model that runs on into the writer's own words is cut off before them."""
    assert filled(written) == f"{BEFORE} They rowed all day. {AFTER}"


def test_a_word_that_only_begins_like_what_follows_stays() -> None:
    """“the” is not the beginning of “then”."""
    assert filled(" saw the", "He ", "then unknown sea.") == "He saw the then unknown sea."
    assert filled(" took the", "He ", "the sea.") == "He took the sea."


def test_a_model_that_says_what_follows_is_stopped() -> None:
    """Nobody waits for words that are there already."""
    used = desk(f" So. {AFTER}" + " And on it went." * 50)
    outcome = used.run(Continue(BEFORE, after=AFTER))
    assert outcome.text == " So. "
    assert outcome.completions[0].finish is Finish.STOP


def test_a_gap_that_is_left_empty_is_tried_again() -> None:
    """With another seed each time, and never for ever."""

    def rule(request: Request) -> str:
        return {1: "", 1001: "\n\n", 2001: " He slept."}.get(request.sampling.seed or 0, "")

    used = desk(rule)
    outcome = used.run(Continue(BEFORE, after=f" {AFTER}", sampling=Sampling(seed=1)))
    assert outcome.text == used.streamed() == " He slept."
    silent = desk("")
    outcome = silent.run(Continue(BEFORE, after=AFTER))
    assert (outcome.text, 1 < len(silent.engine.requests) < 9) == ("", True)
    assert "Tested" in outcome.note
    greedy = desk("")
    greedy.run(Continue(BEFORE, after=AFTER, sampling=GREEDY))
    assert len(greedy.engine.requests) == 1


@pytest.mark.parametrize("before", [BEFORE, f"{BEFORE} "])
@pytest.mark.parametrize("after", [AFTER, f" {AFTER}"])
def test_of_several_tries_the_one_that_leads_to_what_follows_stays(before: str, after: str) -> None:
    """What follows is likelier after it; how likely the middle is by itself counts for nothing."""
    gains = {" They slept.": 1.0, " They rowed on.": 3.0, " They sang.": 2.0}
    asked: list[str] = []

    def likelihood(text: str) -> float:
        asked.append(text)
        middle = next(middle for middle in gains if text.startswith(middle))
        return -40.0 * len(middle) + (gains[middle] if text.endswith(AFTER) else 0.0)

    written = dict(zip((1, 1001, 2001, 3001), [*gains, ""], strict=True))
    described = model(Kind.CHAT, 4096, **LEARNED)
    engine = ScoringEngine(
        described, lambda request: written[request.sampling.seed or 0], likelihood
    )
    used = TestDesk(engine)
    outcome = used.run(Continue(before, after=after, sampling=Sampling(seed=1)))
    assert outcome.text.strip() == "They rowed on."
    assert used.streamed() == outcome.text
    assert asked[3:] == [f"{middle} {AFTER}" for middle in gains]


def test_a_model_that_closes_no_word_is_asked_again_with_the_blank() -> None:
    """As everywhere: what goes on inside the word before the blank cannot stay."""

    def rule(request: Request) -> str:
        return "barked." if text_of(request.prompt).endswith(" ") else "s barked."

    used = desk(rule)
    outcome = used.run(Continue("At night the dog ", after="Nobody woke."))
    assert outcome.text == used.streamed() == "barked. "


def test_versions_differ() -> None:
    """Further versions have seeds of their own, as further continuations have."""
    used = desk(lambda request: f" Number {request.sampling.seed}.")
    task = Continue(BEFORE, after=f" {AFTER}", versions=3, sampling=Sampling(seed=7))
    assert used.run(task).versions == (" Number 7.", " Number 8.", " Number 9.")


def test_what_a_limit_broke_off_ends_with_a_sentence() -> None:
    """A gap that found no end is closed at the last sentence."""
    used = desk(" They rowed. They rowed and" + " rowed" * 300)
    outcome = used.run(Continue(BEFORE, words=10, after=f" {AFTER}"))
    assert outcome.text == " They rowed."
    assert used.engine.requests[0].max_new_tokens == 20


def test_stopped_it_takes_what_is_whole() -> None:
    """Nothing is shown before a try is over, so there is nothing else to keep."""
    used = desk(" They rowed.", stop_after=6)
    outcome = used.run(Continue(BEFORE, after=f" {AFTER}"))
    assert outcome.text == used.streamed() == " They rowed."
    assert outcome.completions[-1].finish is Finish.CANCELLED
    for stop_after in (0, 2):
        with pytest.raises(Cancelled):
            desk(" They rowed.", stop_after=stop_after).run(Continue(BEFORE, after=AFTER))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BEFORE, ""),
        (BEFORE, "  "),
        (BEFORE, "\nA new paragraph."),
        (f"{BEFORE}\n\n", AFTER),
        ("The boat le", "ft at noon."),
        ("The dog", "’s tail."),
    ],
)
def test_at_the_edge_of_a_paragraph_or_in_a_word_there_is_no_gap(before: str, after: str) -> None:
    """There it goes on as ever, and what follows is not read."""
    used = desk(" so it was.")
    used.run(Continue(before, after=after))
    assert len(used.engine.requests) == 1
    assert used.engine.requests[0].prompt == PlainPrompt(before)


@pytest.mark.parametrize("learned", [{}, {"gap": Verdict.NO}])
def test_a_model_that_has_not_learned_it_goes_on_as_ever(
    learned: dict[str, Ability | Verdict],
) -> None:
    """What follows then stays unread."""
    abilities: dict[str, Ability | Verdict] = {"continue": Verdict.GOOD, **learned}
    engine = RuleEngine(model(Kind.CHAT, 4096, **abilities), always(" so."))
    TestDesk(engine).run(Continue("And", after=" it ends."))
    assert engine.requests[0].prompt == PlainPrompt("And")


def test_of_long_surroundings_the_nearest_is_read() -> None:
    """Whole words, and never more than there is room for."""
    before = "".join(f"Word {number} is here. " for number in range(2000)).strip()
    after = "".join(f"Line {number} follows. " for number in range(2000)).strip()
    for context_length in (4096, 120):
        used = desk(" so.", context_length=context_length)
        used.run(Continue(before, words=10, after=after))
        prompt = text_of(used.engine.requests[0].prompt)
        assert prompt.startswith("<filename>Line 0 follows.")
        assert prompt.endswith(" is here.")
        assert len(prompt) < 1700


def test_around_takes_whole_words() -> None:
    """No side breaks off inside a word, and short sides are taken whole."""
    assert around("one two three", " four five six", 9, 9) == {
        "before": "three",
        "after": "four five",
    }
    assert around("one", " two", 90, 90) == {"before": "one", "after": "two"}
    assert around("x" * 50, "y" * 50, 10, 10)["after"] == "y"


def test_a_greedy_sampling_of_the_writers_own_is_taken() -> None:
    """As for any continuation."""
    used = desk(" so.")
    used.run(Continue(BEFORE, after=AFTER, sampling=GREEDY))
    assert used.engine.requests[0].sampling == replace(GREEDY, min_new_tokens=1)
