"""Rewrite: unit by unit, nothing lost, nothing taken that was not asked for."""

from __future__ import annotations

import pytest

from assistant.core.errors import Cancelled, PromptTooLong, TaskNotPossible, UsageError
from assistant.core.requests import Finish, Request
from assistant.core.tasks import Form, Rewrite, RewriteStyle
from assistant.models.description import Ability, Kind, Verdict
from assistant.tasks.prompts import ways_of_asking
from assistant.text import difference
from tests.tasks.desks import Rule, RuleEngine, TestDesk, always, model, text_of

TEXT = """# A heading

The house which stands there is really very old. It has seen better days and nights.

* * *

She was a person who never told lies to anyone at all."""


SHORT = always("Short.")


def desk(rule: Rule = SHORT, prompt: str | None = None, **more: int) -> TestDesk:
    able = Ability(Verdict.ROUGH, prompt=prompt, note="Look at it.")
    described = model(
        Kind.CHAT,
        **more,
        rewrite=Verdict.NO,
        rewrite__shorter=able,
        rewrite__friendly=Verdict.GOOD,
        rewrite__instruction=Verdict.GOOD,
    )
    return TestDesk(RuleEngine(described, rule))


def without_very(request: Request) -> str:
    return (
        text_of(request.prompt).splitlines()[-1].replace("really very ", "").replace(" at all", "")
    )


def test_every_sentence_is_rewritten_and_the_layout_stays() -> None:
    used = desk(without_very)
    outcome = used.run(Rewrite(TEXT, RewriteStyle.SHORTER))
    assert outcome.text == TEXT.replace("really very ", "").replace(" at all", "")
    assert used.streamed() == outcome.text
    assert outcome.form is Form.MODEL
    assert outcome.draft
    assert outcome.note == "Look at it."
    assert [change.text for change in outcome.replacements] == ["", ""]
    assert difference.apply(TEXT, outcome.replacements) == outcome.text
    # Neither the heading nor the asterisks are worth a question.
    assert len(used.engine.requests) == 3


def test_what_is_not_shorter_is_not_taken_as_such() -> None:
    long = "This is a sentence that is a good deal longer than all of the ones it came from."
    assert desk(always(long)).run(Rewrite(TEXT, RewriteStyle.SHORTER)).text == TEXT


def test_an_answer_of_nothing_or_of_an_example_leaves_the_sentence() -> None:
    assert desk(always("")).run(Rewrite(TEXT, RewriteStyle.SHORTER)).text == TEXT
    leaking = desk(always("She always tells the truth."), prompt="chat_shots")
    assert leaking.run(Rewrite(TEXT, RewriteStyle.SHORTER)).text == TEXT


@pytest.mark.parametrize(
    "answer",
    [
        "Here is the shorter sentence:\n\nThe house is old.\n\nI hope it helps.",
        '"The house is old."\n',
        "Sure! Here's a shorter version: The house is old.",
        "Shorter sentence: “The house is old.”",
        "The house is old.\nThe house is ancient.",
    ],
)
def test_chatter_is_taken_off(answer: str) -> None:
    source = "The house which stands there is old."
    assert desk(always(answer)).run(Rewrite(source, RewriteStyle.SHORTER)).text == (
        "The house is old."
    )


def test_the_measured_shots_are_sent() -> None:
    used = desk(prompt="chat_shots")
    used.run(Rewrite("The house which stands there is old.", RewriteStyle.SHORTER))
    sent = text_of(used.engine.requests[0].prompt)
    shots = ways_of_asking("rewrite").named("shorter.chat_shots").answers()
    assert all(answer in sent for answer in shots)


def test_an_instruction_is_about_paragraphs_and_may_answer_in_several_lines() -> None:
    used = desk(always("Here is the poem:\n\nRoses are red,\nviolets are blue."))
    text = "Roses have a red colour. Violets are blue.\n\nSo they said in the old days."
    outcome = used.run(Rewrite(text, RewriteStyle.INSTRUCTION, "Make {it} a poem."))
    poem = "Roses are red,\nviolets are blue."
    assert outcome.text == f"{poem}\n\n{poem}"
    assert text_of(used.engine.requests[0].prompt).startswith("Make {it} a poem.")
    assert len(used.engine.requests) == 2


def test_an_instruction_has_to_be_given() -> None:
    with pytest.raises(UsageError, match="instruction"):
        desk().run(Rewrite(TEXT, RewriteStyle.INSTRUCTION, " "))


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(UsageError):
        desk().run(Rewrite("", RewriteStyle.FRIENDLY))


def test_a_style_that_the_model_cannot_do_is_refused_before_it_is_loaded() -> None:
    used = desk()
    with pytest.raises(TaskNotPossible, match="Tested"):
        used.run(Rewrite(TEXT, RewriteStyle.FORMAL))
    assert used.loads == 0


def test_a_sentence_that_does_not_fit_is_refused() -> None:
    with pytest.raises(PromptTooLong):
        desk(context_length=150).run(Rewrite("word " * 200, RewriteStyle.FRIENDLY))


def test_stopped_it_keeps_what_is_done() -> None:
    used = desk(without_very)
    text = "The house is really very old. The tree is really very old."
    used.stop_after = 9
    outcome = used.run(Rewrite(text, RewriteStyle.SHORTER))
    assert outcome.text == used.streamed() == "The house is old."
    assert outcome.completions[-1].finish is Finish.CANCELLED
    used.events.clear()
    used.stop_after = 1
    with pytest.raises(Cancelled):
        used.run(Rewrite(text, RewriteStyle.SHORTER))
