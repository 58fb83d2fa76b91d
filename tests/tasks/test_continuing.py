"""Continue: where it ends, how it joins, what it leaves out."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from assistant.core.errors import Cancelled, TaskNotPossible, UsageError
from assistant.core.requests import GREEDY, Finish, PlainPrompt, Request, Sampling
from assistant.core.tasks import Continue, Form, Outcome
from assistant.models.description import Ability, Kind, Verdict
from tests.tasks.desks import RuleEngine, TestDesk, always, model, text_of

STORY = " He ran. She ran. They all ran home. It was late by then. The end was near. And so on."


def desk(answer: str, context_length: int = 4096, stop_after: int | None = None) -> TestDesk:
    engine = RuleEngine(
        model(context_length=context_length, **{"continue": Verdict.ROUGH}), always(answer)
    )
    return TestDesk(engine, stop_after)


def endless(request: Request) -> str:
    return " word" * (request.max_new_tokens + 1)


@pytest.mark.parametrize("blank", ["", "  \n\t"])
def test_an_empty_text_cannot_be_gone_on_with(blank: str) -> None:
    with pytest.raises(UsageError, match="words first"):
        desk("x").run(Continue(blank))


def test_it_ends_with_the_first_sentence_that_fills_the_length() -> None:
    used = desk(STORY)
    outcome = used.run(Continue("Then.", words=6))
    assert outcome.text == " He ran. She ran. They all ran home."
    assert outcome.form is Form.MODEL
    assert outcome.versions == (outcome.text,)
    assert outcome.completions[0].finish is Finish.STOP
    assert used.streamed() == outcome.text


def test_it_ends_with_the_paragraph() -> None:
    used = desk(" They all ran home. \n\nA new paragraph.")
    outcome = used.run(Continue("Then.", words=60))
    assert outcome.text == used.streamed() == " They all ran home."
    assert outcome.completions[0].finish is Finish.STOP


def test_a_mark_that_closes_the_writers_sentence_is_no_paragraph() -> None:
    used = desk(".\n\nThe fox ran home.\nMore.")
    outcome = used.run(Continue("There was a fox"))
    assert outcome.text == used.streamed() == ".\n\nThe fox ran home."


def test_a_line_break_before_the_first_word_does_not_end_it() -> None:
    assert desk("\n\nHe ran home.\nMore").run(Continue("Then.")).text == "\n\nHe ran home."


def by_seed(answers: dict[int, str]) -> TestDesk:
    """Return a desk whose model writes by the seed."""

    def rule(request: Request) -> str:
        assert request.sampling.seed is not None
        return answers.get(request.sampling.seed, "")

    return TestDesk(RuleEngine(model(**{"continue": Verdict.ROUGH}), rule))


def test_what_leaves_the_paragraph_at_once_or_says_nothing_is_tried_again() -> None:
    used = by_seed({1: "\n\nI changed a word.", 1001: ".\nNote: none.", 3001: " He ran home."})
    outcome = used.run(Continue("Then.", sampling=Sampling(seed=1)))
    assert outcome.text == used.streamed() == " He ran home."
    assert len(used.engine.requests) == 4
    assert len(outcome.completions) == 1


def test_after_some_tries_a_new_paragraph_is_taken() -> None:
    used = desk("\n\nHe ran home.")
    assert used.run(Continue("Then.")).text == used.streamed() == "\n\nHe ran home."
    assert 1 < len(used.engine.requests) < 10
    greedy = desk("\n\nHe ran home.")
    assert greedy.run(Continue("Then.", sampling=GREEDY)).text == "\n\nHe ran home."
    assert len(greedy.engine.requests) == 1


def test_at_the_beginning_of_a_paragraph_there_is_none_to_leave() -> None:
    used = desk("\nHe ran home.")
    assert used.run(Continue("Chapter One\n")).text == "\nHe ran home."
    assert len(used.engine.requests) == 1


def test_a_chinese_character_counts_as_a_word() -> None:
    outcome = desk("天黑了。他们都回家了。外面下着雨。没有人说话。").run(
        Continue("后来，", words=6)
    )
    assert outcome.text == "天黑了。他们都回家了。"


def test_a_sentence_that_the_limit_broke_off_goes_if_another_stays() -> None:
    assert desk(" He ran. On" + " on" * 200).run(Continue("Then.", words=10)).text == " He ran."


def test_a_single_sentence_that_the_limit_broke_off_stays() -> None:
    used = desk(" on" * 200)
    outcome = used.run(Continue("Then.", words=10))
    assert outcome.text == used.streamed() == " on" * 16


def test_a_blank_at_the_end_is_neither_sent_nor_doubled() -> None:
    used = desk(" time there was a king.")
    outcome = used.run(Continue("Once upon a "))
    assert used.engine.requests[0].prompt == PlainPrompt("Once upon a")
    assert outcome.text == used.streamed() == "time there was a king."


def pieces(outcome: Outcome, version: int = 0) -> list[str]:
    """Return what of a version's text its tokens are."""
    text = outcome.versions[version]
    return [text[span.start : span.end] for span in outcome.tokens[version]]


def test_each_version_tells_what_its_tokens_were_chosen_from() -> None:
    """They are the text that is returned, however much of what was written was cut."""
    used = by_seed({1: STORY, 2: STORY, 3: " He slept well there. \n\nMore."})
    outcome = used.run(Continue("Then.", words=6, versions=3, sampling=Sampling(seed=1), look=3))
    assert [request.look for request in used.engine.requests] == [3] * 3
    assert len(outcome.completions) == 3
    assert outcome.versions == (" He ran. She ran. They all ran home.", " He slept well there.")
    for number, text in enumerate(outcome.versions):
        assert "".join(pieces(outcome, number)) == text
    assert [option.text for option in outcome.tokens[1][0].choice.options][:2] == [" He", " other"]
    assert used.run(Continue("Then.", sampling=Sampling(seed=1))).tokens == ()
    plain = used.run(Continue("Then.", max_tokens=2, sampling=Sampling(seed=1), look=3))
    assert pieces(plain) == [" He", " ran"]


def test_behind_a_blank_the_options_have_none() -> None:
    """What would go on with the word before the blank cannot stand there."""
    outcome = desk(" time there was").run(Continue("Once upon a ", look=4))
    assert outcome.text == "time there was"
    assert pieces(outcome) == ["time", " there", " was"]
    assert [option.text for option in outcome.tokens[0][0].choice.options] == ["time", "other", ""]


def test_without_a_blank_the_models_own_stays() -> None:
    used = desk(" time.")
    assert used.run(Continue("Once upon a")).text == " time."


def test_a_word_that_a_blank_has_closed_is_not_gone_on_with() -> None:
    """The model would write “s barked”: it is asked again, with the blank."""

    def rule(request: Request) -> str:
        return "barked." if text_of(request.prompt).endswith(" ") else "s barked."

    used = TestDesk(RuleEngine(model(**{"continue": Verdict.ROUGH}), rule))
    outcome = used.run(Continue("The dog "))
    assert outcome.text == used.streamed() == "barked."


def test_an_indent_and_chinese_need_no_blank() -> None:
    used = desk("他走了。")
    assert used.run(Continue("门开了。 ")).text == "他走了。"
    assert used.run(Continue("The end.\n\n    ")).text == "他走了。"
    assert len(used.engine.requests) == 2


def test_a_chat_model_gets_plain_text_too() -> None:
    engine = RuleEngine(model(Kind.CHAT, **{"continue": Verdict.GOOD}), always(" so."))
    TestDesk(engine).run(Continue("And"))
    assert engine.requests[0].prompt == PlainPrompt("And")


def test_max_tokens_is_the_only_limit() -> None:
    used = desk(" One.\nTwo.\n\nThree. Four five six seven.")
    outcome = used.run(Continue("Go ", words=1, max_tokens=9, sampling=GREEDY))
    assert outcome.text == used.streamed() == " One.\nTwo.\n\nThree. Four five six"
    request = used.engine.requests[0]
    assert request == Request(PlainPrompt("Go "), 9, GREEDY)
    assert outcome.completions[0].finish is Finish.LENGTH


def test_versions_have_seeds_in_a_row_and_no_two_are_the_same() -> None:
    used = by_seed({1: " One.", 2: " Two.", 3: " One."})
    outcome = used.run(Continue("Go.", versions=3, sampling=Sampling(seed=1)))
    assert outcome.versions == (" One.", " Two.")
    assert outcome.text == " One."
    assert len(outcome.completions) == 3
    assert [used.streamed(version) for version in range(3)] == [" One.", " Two.", " One."]


def test_a_greedy_text_has_one_version() -> None:
    used = desk(" One.")
    assert used.run(Continue("Go.", versions=3, sampling=GREEDY)).versions == (" One.",)
    assert len(used.engine.requests) == 1


def test_it_samples_as_was_measured_unless_told() -> None:
    measured = Sampling(temperature=0.3)
    ability = Ability(Verdict.ROUGH, sampling=measured)
    used = TestDesk(RuleEngine(model(**{"continue": ability}), always(" x.")))
    used.run(Continue("Go."))
    used.run(Continue("Go.", sampling=replace(measured, seed=5)))
    assert [r.sampling for r in used.engine.requests] == [measured, replace(measured, seed=5)]


def test_stopped_it_keeps_what_is_written() -> None:
    used = desk(STORY, stop_after=5)
    outcome = used.run(Continue("Then.", versions=3))
    assert outcome.text == used.streamed() == " He ran. She ran"
    assert outcome.completions[-1].finish is Finish.CANCELLED
    assert len(outcome.completions) == 1


def test_stopped_before_a_word_it_is_cancelled() -> None:
    with pytest.raises(Cancelled):
        desk(STORY, stop_after=0).run(Continue("Then."))


def test_a_model_with_nothing_to_add_is_said_to_have_none() -> None:
    outcome = desk("").run(Continue("The end."))
    assert (outcome.text, outcome.versions) == ("", ())
    assert "Tested" in outcome.note


def test_a_model_that_cannot_says_so_and_is_not_loaded() -> None:
    used = TestDesk(RuleEngine(model(**{"continue": Verdict.NO}), always("x")))
    with pytest.raises(TaskNotPossible, match="Tested"):
        used.run(Continue("Go."))
    assert used.loads == 0


@pytest.mark.parametrize("paragraphs", [True, False])
def test_of_a_long_text_the_end_is_read_from_the_beginning_of_a_sentence(paragraphs: bool) -> None:
    separator = "\n\n" if paragraphs else " "
    text = separator.join(f"Sentence number {number} is here." for number in range(2000))
    used = desk(" Done.", context_length=300)
    assert used.run(Continue(text, words=20)).text == " Done."
    prompt = text_of(used.engine.requests[0].prompt)
    assert text.endswith(prompt)
    assert prompt.startswith("Sentence number 19")
    # It reads as much as there is room for: 160 tokens are kept for what is written.
    assert 130 < used.engine.count_tokens(PlainPrompt(prompt)) <= 150


def test_a_long_text_without_sentences_is_cut_at_a_word_and_one_without_words_anywhere() -> None:
    used = desk(" so.", context_length=100)
    used.run(Continue("word " * 5000, words=5))
    assert text_of(used.engine.requests[0].prompt).startswith("word word")
    used.run(Continue("字。" * 20 + "x" * 10 + "!?" * 5000, words=5))
    assert used.engine.count_tokens(used.engine.requests[-1].prompt) <= 100


def test_a_limit_as_large_as_the_context_leaves_room_to_read() -> None:
    used = desk(" word" * 300, context_length=200)
    text = " ".join(f"Number {number}." for number in range(500))
    outcome = used.run(Continue(text, max_tokens=5000, sampling=GREEDY))
    assert text.endswith(text_of(used.engine.requests[0].prompt))
    assert outcome.text


def test_what_is_streamed_is_the_beginning_of_the_text_unless_a_limit_broke_it_off() -> None:
    for count in range(3, 24):
        used = desk(STORY)
        outcome = used.run(Continue("Then ", words=count))
        assert outcome.text == used.streamed()
        assert outcome.text == outcome.text.strip()


def test_each_event_of_reading_and_loading_is_passed_on() -> None:
    used = desk(" x.")
    used.run(Continue("Go."))
    kinds = [kind for kind, _ in itertools.groupby(type(event).__name__ for event in used.events)]
    assert kinds == ["Loading", "Reading", "Writing"]
