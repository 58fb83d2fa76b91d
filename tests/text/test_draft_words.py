"""The draft's own words: what they offer, and that they follow every change of the draft."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.core.suggestions import WordOdds
from assistant.text.draft_words import DraftCounter, DraftWords

STORY = """\
It is a truth well-known to everyone that Elizabeth lived near the old mill by the river.
Suddenly Elizabeth heard the bell. The bell of the old mill rang, and Mr. Darcy stood still.
“Listen,” said Elizabeth, “the old mill is on fire!” Mr. Darcy didn’t answer.
Then Elizabeth suddenly laughed, and Mr. Darcy laughed too.
"""
CHINESE = (
    "林黛玉听了，低头不语。\n宝玉笑道：“林妹妹来了。”\n林黛玉道：“我不去。”\n却说林黛玉回房。\n"
)


@pytest.fixture
def story() -> DraftWords:
    return DraftCounter(STORY).snapshot()


def everything(words: DraftWords, text: str) -> list[dict[str, float]]:
    """Return what is offered at many places of a text, with and without letters typed."""
    places = range(0, len(text) + 1, 3)
    asked = [(text[:at], text[at : at + letters]) for at in places for letters in (0, 1, 2)]
    return [dict(words.next_words(before, typed)) for before, typed in asked]


def test_a_name_is_completed_from_its_first_letters(story: DraftWords) -> None:
    rest, likely = story.complete_word("And then Eliz") or ("", 0.0)
    assert rest == "abeth"
    assert 0.6 < likely <= 1


def test_what_follows_a_sequence_is_offered_with_its_odds(story: DraftWords) -> None:
    odds = story.next_words("They went to the old ", "")
    assert next(iter(odds)) == "mill"
    assert next(iter(story.next_words("It was Mr. ", ""))) == "Darcy"
    assert next(iter(story.next_words("THE OLD ", "m"))) == "mill"


def test_more_of_what_came_before_makes_it_surer(story: DraftWords) -> None:
    alone = story.next_words("A very old ", "")["mill"]
    assert story.next_words("to the old ", "")["mill"] > alone


def test_nothing_is_said_where_nothing_is_known(story: DraftWords) -> None:
    assert not story.next_words("Some purple ", "")
    assert not story.next_words("They ", "zzz")
    assert not DraftCounter().snapshot().next_words("", "")
    assert story.complete_word("") is None
    assert story.complete_word("They saw ") is None
    assert story.complete_word("They saw E") is None
    assert story.complete_word("They saw Elizabe") is None


def test_a_word_at_a_sentence_start_is_the_word_that_is_written_small_elsewhere(
    story: DraftWords,
) -> None:
    """“The” is “the”, “Suddenly” is “suddenly”, “Elizabeth” stays what she is."""
    assert "The" not in story.next_words("He saw ", "T")
    assert story.next_words("He ", "sudd").keys() == {"suddenly"}
    assert story.next_words("He laughed. ", "Lau").keys() == {"Laughed"}
    assert not story.next_words("He saw ", "eliz")
    assert story.next_words("", "Eliz").keys() == {"Elizabeth"}


def test_apostrophes_and_hyphens_stand_inside_words(story: DraftWords) -> None:
    assert story.next_words("She ", "didn").keys() == {"didn’t"}
    assert story.next_words("It is ", "well").keys() == {"well-known"}
    assert story.complete_word("It is well-") == story.complete_word("It is well")
    assert next(
        iter(DraftCounter("Jo’s cat sat.\nJo’s cat sat.").snapshot().next_words("Jo's ", ""))
    )


def test_the_word_at_the_caret_is_no_reason_to_offer_it() -> None:
    """The draft holds what is being typed: that use of it counts for nothing."""
    words = DraftCounter("We met Gandalf.\nWe saw Gandalf.\nThen Gan").snapshot()
    assert words.next_words("Then ", "Gan").keys() == {"Gandalf"}
    assert DraftCounter("Then Gan").snapshot().complete_word("Then Gan") is None


def test_odds_are_probabilities(story: DraftWords) -> None:
    for odds in everything(story, STORY):
        assert len(odds) <= 20
        assert sum(odds.values()) <= 1 + 1e-9
        assert list(odds.values()) == sorted(odds.values(), reverse=True)


def test_they_can_be_asked_as_any_word_odds(story: DraftWords) -> None:
    odds: WordOdds = story
    assert all(word.startswith("E") for word in odds.next_words("said ", "E"))


def test_a_chinese_name_goes_on_with_its_characters() -> None:
    words = DraftCounter(CHINESE).snapshot()
    assert next(iter(words.next_words("这时林", ""))) == "黛"
    assert next(iter(words.next_words("这时林黛", ""))) == "玉"
    assert words.complete_word("却说林黛") == ("玉", words.next_words("却说林黛", "")["玉"])
    rest, likely = words.complete_word("却说林") or ("", 0.0)
    assert rest == "黛玉"
    assert 0.5 < likely < 1
    assert words.complete_word("天") is None


def test_three_characters_before_tell_more_than_two() -> None:
    words = DraftCounter("甲乙丙丁\n戊乙丙己\n戊乙丙己\n").snapshot()
    assert next(iter(words.next_words("乙丙", ""))) == "己"
    assert next(iter(words.next_words("甲乙丙", ""))) == "丁"


PARAGRAPHS = st.lists(
    st.one_of(
        st.text("aAb. ’'-林黛", max_size=12),
        st.sampled_from(STORY.splitlines() + CHINESE.splitlines()),
        st.text(max_size=8),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(PARAGRAPHS, PARAGRAPHS)
def test_changes_one_by_one_come_to_the_same_as_counting_anew(
    first: list[str], later: list[str]
) -> None:
    """Whatever was put in, changed and taken out: only what stands there now counts."""
    counter = DraftCounter("\n".join(first))
    now = list(first)
    for number, paragraph in enumerate(later):
        old = now.pop(number % len(now)) if now and number % 2 else ""
        counter.replace(old, paragraph)
        now.append(paragraph)
        if number % 3 == 0:
            counter.snapshot()
    text = "\n".join([*now, *first, *later])
    anew = DraftCounter("\n".join(now)).snapshot()
    assert everything(counter.snapshot(), text) == everything(anew, text)
    for paragraph in now:
        counter.replace(paragraph, "")
    assert not counter.snapshot().counts


def test_a_snapshot_does_not_change_with_the_draft(story: DraftWords) -> None:
    counter = DraftCounter(STORY)
    taken = counter.snapshot()
    assert counter.snapshot() is taken
    before = everything(taken, STORY)
    for line in STORY.splitlines():
        counter.replace(line, line.replace("Elizabeth", "Jane") + " The old barn burnt.")
        counter.snapshot()
    assert everything(taken, STORY) == before
    assert "Jane" in counter.snapshot().next_words("said ", "J")
    assert not counter.snapshot().next_words("said ", "Eliz")
    counter.set_text("")
    assert everything(taken, STORY) == before


def test_other_threads_read_while_the_draft_is_counted() -> None:
    counter = DraftCounter(STORY)
    taken, stop, failures = counter.snapshot(), threading.Event(), []
    before = everything(taken, STORY)

    def read() -> None:
        while not stop.is_set():
            if everything(taken, STORY) != before:
                failures.append("changed")

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(300):
        counter.replace("", f"The old mill number{chr(97 + number % 26)} of Elizabeth.")
        counter.snapshot()
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "a-" * 50_000,
        "’" * 10_000 + "x" * 39 + "'",
        "林" * 20_000,
        "\ud800 lone \udc00half",
        "İİ ßtraße ﬁne ŉ é e\u0301te हिन्दी ไทย \u200d\u200b",
        "\0\x0b\x1c\x85\u2028\u2029",
        "123 4th 5-6 x2 https://example.org/a_b?c=d",
    ],
    ids=["long", "hyphens", "quotes", "characters", "halves", "letters", "breaks", "digits"],
)
def test_odd_text_is_counted_and_asked_for_without_harm(text: str) -> None:
    counter = DraftCounter(text)
    words = counter.snapshot()
    for end in (1, 2, 5, len(text)):
        words.complete_word(text[:end])
        words.next_words(text[: end - 1], text[end - 1 : end + 1])
    counter.replace(text, "")
    assert not counter.snapshot().counts


def test_what_was_never_counted_cannot_be_taken_away() -> None:
    counter = DraftCounter("the old mill")
    counter.replace("the young mill", "")
    assert counter.snapshot().next_words("the ", "").keys() <= {"old"}
