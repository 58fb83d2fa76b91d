"""Ask: the sentence that answers, what is not in the text, and when a model's words come first."""

from __future__ import annotations

import pytest

from assistant.core.errors import PromptTooLong, UsageError
from assistant.core.requests import ChatMessage, ChatPrompt, Finish, PlainPrompt, Request
from assistant.core.tasks import Ask, Form, Span
from assistant.models.description import Ability, Kind, Verdict
from tests.tasks.desks import BRIDGE, Rule, RuleEngine, TestDesk, always, model, text_of

COST = "How much will the repair cost?"
COST_SENTENCE = "The repair will cost nine million euros, of which the state pays two thirds."


def desk(
    answer: str = " x", verdict: Verdict = Verdict.ROUGH, kind: Kind = Kind.BASE, **more: int
) -> TestDesk:
    ability = Ability(verdict, note="Trust it little.")
    return TestDesk(RuleEngine(model(kind, ask=ability, **more), always(answer)))


def test_the_sentence_that_answers_needs_no_model() -> None:
    for used, form in ((desk(verdict=Verdict.NO), Form.AUTO), (desk(), Form.EXTRACT)):
        outcome = used.run(Ask(BRIDGE, COST, form))
        assert outcome.text == COST_SENTENCE
        assert outcome.found
        assert outcome.form is Form.EXTRACT
        assert [BRIDGE[span.start : span.end] for span in outcome.spans] == [COST_SENTENCE]
        assert used.loads == 0


@pytest.mark.parametrize("form", Form)
def test_what_is_not_in_the_text_is_said_without_asking_a_model(form: Form) -> None:
    used = desk(verdict=Verdict.GOOD)
    outcome = used.run(Ask(BRIDGE, "Who won the match?", form))
    assert outcome.text == "Not in this text."
    assert outcome.found is False
    assert outcome.spans == ()
    assert used.loads == 0


def test_words_of_the_model_that_stand_in_the_text_come_first() -> None:
    outcome = desk(" Nine million\neuros").run(Ask(BRIDGE, COST))
    assert outcome.text == "nine million"
    assert outcome.form is Form.MODEL
    assert outcome.guess == ""
    assert outcome.found
    start = BRIDGE.index("nine million")
    assert outcome.spans == (Span(start, start + len("nine million")),)


def test_of_several_places_the_one_in_the_sentence_that_was_found_counts() -> None:
    text = "The mayor was born in 1950. The old bridge was built in 1950 by the mayor's father."
    outcome = desk(" 1950.").run(Ask(text, "When was the old bridge built?"))
    assert outcome.spans == (Span(text.rindex("1950"), text.rindex("1950") + 4),)


def test_words_that_do_not_stand_in_the_text_are_a_guess_beside_the_sentence() -> None:
    outcome = desk(" A lot of money\nQuestion: and").run(Ask(BRIDGE, COST))
    assert outcome.text == COST_SENTENCE
    assert outcome.guess == "A lot of money"
    assert outcome.note == "Trust it little."
    assert outcome.form is Form.EXTRACT


@pytest.mark.parametrize(
    "answer",
    [
        " the",
        " The repair.",
        " bridg",
    ],
)
def test_words_that_say_nothing_new_never_come_first(answer: str) -> None:
    assert desk(answer).run(Ask(BRIDGE, COST)).text == COST_SENTENCE


@pytest.mark.parametrize("answer", [" a gentleman", " The sofa smelt of cat", " $1.5 million."])
def test_an_examples_answer_and_an_invented_number_are_not_even_a_guess(answer: str) -> None:
    outcome = desk(answer).run(Ask(BRIDGE, COST))
    assert outcome.text == COST_SENTENCE
    assert outcome.guess == ""
    assert outcome.note == ""


def test_an_examples_answer_that_the_text_has_is_one() -> None:
    text = "A gentleman paid for the repair of the bridge."
    outcome = desk(" a gentleman").run(Ask(text, "Who paid for the repair of the bridge?"))
    assert outcome.text == "A gentleman"


def test_only_the_first_sentence_of_an_answer_is_kept() -> None:
    outcome = desk(" Much money. Very much money. And more.").run(Ask(BRIDGE, COST))
    assert outcome.guess == "Much money."
    assert outcome.completions[0].finish is Finish.STOP


def test_chinese_is_found_without_spaces() -> None:
    text = "市议会决定关闭旧桥。修理旧桥的费用是九百万欧元。"
    outcome = desk(" 九百万欧元").run(Ask(text, "修理旧桥的费用是多少？"))
    assert outcome.text == "九百万欧元"


def test_a_base_model_sees_three_examples_a_chat_model_an_instruction() -> None:
    base, chat = desk(), desk(kind=Kind.CHAT, verdict=Verdict.GOOD)
    base.run(Ask(BRIDGE, COST))
    chat.run(Ask(BRIDGE, COST))
    prompt = base.engine.requests[0].prompt
    assert isinstance(prompt, PlainPrompt)
    assert prompt.text.count("Story:") == 4
    assert prompt.text.endswith(f"Story: {BRIDGE}\nQuestion: {COST}\nAnswer:")
    assert isinstance(chat.engine.requests[0].prompt, ChatPrompt)
    assert COST in text_of(chat.engine.requests[0].prompt)


def test_a_model_that_cannot_is_asked_where_it_is_asked_for() -> None:
    used = desk(" nine million euros", Verdict.NO)
    outcome = used.run(Ask(BRIDGE, COST, Form.MODEL))
    assert outcome.text == "nine million euros"
    assert used.loads == 1


def test_a_text_too_long_for_the_model_is_still_answered() -> None:
    text = BRIDGE + " Snow fell on the hills and the wind went round the houses." * 50
    used = desk(" nine million euros", kind=Kind.CHAT, context_length=300)
    assert used.run(Ask(text, COST)).text == "nine million euros"
    asked = text_of(used.engine.requests[0].prompt)
    assert COST_SENTENCE in asked
    assert asked.count("Snow fell") < 50


def test_a_context_too_small_for_a_single_sentence_leaves_the_one_that_answers() -> None:
    used = desk(kind=Kind.CHAT, context_length=80)
    outcome = used.run(Ask(BRIDGE, COST))
    assert outcome.text == COST_SENTENCE
    assert "too long" in outcome.note
    assert not used.engine.requests
    with pytest.raises(PromptTooLong):
        used.run(Ask(BRIDGE, COST, Form.MODEL))


def test_nothing_of_the_models_words_is_streamed() -> None:
    used = desk(" A lot of money")
    used.run(Ask(BRIDGE, COST))
    assert used.streamed() == ""


def test_stopped_it_still_has_the_sentence() -> None:
    used = desk(" A lot of money and more of it")
    used.stop_after = 2
    outcome = used.run(Ask(BRIDGE, COST))
    assert outcome.text == COST_SENTENCE
    assert outcome.guess == ""
    assert outcome.completions[-1].finish is Finish.CANCELLED


@pytest.mark.parametrize(("text", "question"), [("", COST), (BRIDGE, " \n")])
def test_without_a_text_or_a_question_it_is_refused(text: str, question: str) -> None:
    with pytest.raises(UsageError):
        desk().run(Ask(text, question))


TAX = "Why did the shop owners ask for a tax break?"


def reader(answer: str | Rule, verdict: Verdict = Verdict.GOOD, **more: int) -> TestDesk:
    ability = Ability(verdict, prompt="reader", note="It may err.")
    rule = always(answer) if isinstance(answer, str) else answer
    return TestDesk(RuleEngine(model(Kind.CHAT, ask=ability, **more), rule))


def test_a_readers_own_words_are_the_answer_with_the_sentence_beside_it() -> None:
    used = reader("They feared for their customers.")
    outcome = used.run(Ask(BRIDGE, TAX))
    assert outcome.text == "They feared for their customers."
    assert outcome.form is Form.MODEL
    assert outcome.found
    assert outcome.guess == ""
    assert outcome.note == "It may err."
    assert outcome.evidence.startswith("Shop owners on the eastern bank fear")
    assert [BRIDGE[span.start : span.end] for span in outcome.spans] == [outcome.evidence]


def test_a_readers_answer_that_stands_in_the_text_is_marked_there() -> None:
    outcome = reader("nine million\neuros").run(Ask(BRIDGE, COST))
    assert outcome.text == "nine million"
    assert outcome.evidence == ""
    assert BRIDGE[outcome.spans[0].start : outcome.spans[0].end] == "nine million"


def test_a_reader_reads_text_and_question_on_one_line_each_as_it_has_learned() -> None:
    used = reader("x")
    used.run(Ask(" One bridge.\n\n Two\tboats. ", "Where is\nthe bridge? "))
    assert used.engine.requests[0].prompt == ChatPrompt(
        (ChatMessage("user", "One bridge. Two boats.\n\nQuestion: Where is the bridge?"),)
    )


@pytest.mark.parametrize("said", ["Not in the text.", " not in the text", "“Not in the text.”"])
def test_a_reader_may_say_that_the_text_does_not_answer(said: str) -> None:
    used = reader(said)
    outcome = used.run(Ask(BRIDGE, "Which bridge did the council build for the mayor?"))
    assert outcome.text == "Not in this text."
    assert outcome.found is False
    assert outcome.spans == ()
    assert len(outcome.completions) == 1


def test_of_a_question_on_something_else_no_reader_is_believed() -> None:
    outcome = reader("a penalty").run(Ask(BRIDGE, "Who won the football match, and how?"))
    assert outcome.found is False


def test_a_readers_invented_number_leaves_the_sentence_alone() -> None:
    outcome = reader("77 million euros").run(Ask(BRIDGE, COST))
    assert outcome.text == COST_SENTENCE
    assert outcome.form is Form.EXTRACT


def test_a_long_text_is_read_in_its_likeliest_passages_until_one_answers() -> None:
    filler = " The snow fell on the repair of the roofs and houses." * 60
    text = f"{filler} {BRIDGE} {filler}"

    def rule(request: Request) -> str:
        told = "nine million" in text_of(request.prompt)
        return "nine million euros" if told else "Not in the text."

    used = reader(rule)
    outcome = used.run(Ask(text, COST))
    assert outcome.text == "nine million euros"
    assert outcome.spans[0].start == text.index("nine million")
    assert all(used.engine.count_tokens(one.prompt) <= 480 for one in used.engine.requests)
    assert 1 <= len(outcome.completions) <= 3


def test_a_long_text_that_answers_nowhere_is_read_three_times_at_the_most() -> None:
    used = reader("Not in the text.")
    outcome = used.run(Ask(f"{BRIDGE} And so on. " * 60, COST))
    assert outcome.found is False
    assert len(used.engine.requests) == 3


def test_a_reader_that_is_no_good_is_asked_only_where_it_is_asked_for() -> None:
    used = reader("nine million euros", Verdict.NO)
    assert used.run(Ask(BRIDGE, COST)).form is Form.EXTRACT
    assert used.loads == 0
    assert used.run(Ask(BRIDGE, COST, Form.MODEL)).text == "nine million euros"
    assert used.run(Ask(BRIDGE, COST, Form.EXTRACT)).text == COST_SENTENCE


def test_a_reader_that_is_stopped_leaves_the_sentence() -> None:
    used = reader("Because of this and that and more")
    used.stop_after = 2
    outcome = used.run(Ask(BRIDGE, COST))
    assert outcome.text == COST_SENTENCE
    assert outcome.completions[-1].finish is Finish.CANCELLED
