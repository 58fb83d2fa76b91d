"""The editor: one question a sentence, and its answer only where it keeps the sentence."""

from __future__ import annotations

import pytest

from assistant.core.errors import Cancelled
from assistant.core.requests import Request
from assistant.core.tasks import Form, Rewrite
from assistant.models.description import Ability, Kind, Verdict
from assistant.tasks.editing import is_correction
from assistant.text import difference
from tests.tasks.desks import ScoringEngine, TestDesk, model, text_of

PREFIX = "Correct: "


def editor(
    answers: dict[str, str],
    scores: dict[str, float] | None = None,
    stop_after: int | None = None,
) -> TestDesk:
    """Return a desk whose model mends by this table and leaves every other sentence alone.

    What it makes of a sentence it takes for a likelier answer, unless `scores` says something else.
    """
    weights = {**dict.fromkeys(answers.values(), -40.0), **(scores or {})}

    def rule(request: Request) -> str:
        asked = text_of(request.prompt)
        assert asked.startswith(PREFIX)
        sentence = asked.removeprefix(PREFIX)
        return answers.get(sentence, sentence)

    ability = Ability(Verdict.GOOD, prompt="editor")
    described = model(Kind.CHAT, rewrite__proofread=ability)
    engine = ScoringEngine(described, rule, lambda text: weights.get(text, -50.0))
    return TestDesk(engine, stop_after)


def test_each_sentence_is_asked_about_once_and_mended() -> None:
    """What is right is left alone; every change has its reason."""
    used = editor({"The shop were full of child.": "The shop was full of children."})
    text = "It was late. The shop were full of child."
    outcome = used.run(Rewrite(text))
    assert outcome.text == "It was late. The shop was full of children."
    assert [change.text for change in outcome.replacements] == ["was", "children"]
    assert {change.reason for change in outcome.replacements} == {"Tested suggests it."}
    assert outcome.form is Form.MODEL
    assert len(used.engine.requests) == 2
    assert difference.apply(text, outcome.replacements) == outcome.text


def test_a_line_break_inside_a_sentence_stays() -> None:
    """Layout is not the editor's."""
    text = (
        "The people of the village was so tired that they did not hear the bell any more, and\n"
        "nobody came to the church."
    )
    mended = text.replace("\n", " ").replace("was", "were")
    outcome = editor({text.replace("\n", " "): mended}).run(Rewrite(text))
    assert outcome.text == text.replace("was", "were")


def test_what_the_rules_find_in_what_the_editor_left_is_mended_too() -> None:
    """Where the model takes it for clearly likelier."""
    text = "I should of asked."
    right = "I should have asked."
    outcome = editor({}, {right: -37.0}).run(Rewrite(text))
    assert outcome.text == right
    assert "of" in outcome.replacements[0].reason
    assert editor({}, {right: -47.0}).run(Rewrite(text)).text == text


def test_the_rules_often_err_in_what_a_word_was_meant_to_be() -> None:
    """There the model must be sure."""
    text = "I think that we shoud go home now."
    right = text.replace("shoud", "should")
    assert editor({}, {right: -40.0}).run(Rewrite(text)).text == text
    assert editor({}, {right: -37.0}).run(Rewrite(text)).text == right


def test_where_both_see_a_mistake_the_editor_mends_it_and_the_rules_say_why() -> None:
    """Its answer fits the whole sentence."""
    text = "I think that we shoud go home now."
    right = text.replace("shoud", "should")
    outcome = editor({text: right}).run(Rewrite(text))
    assert outcome.text == right
    assert "shoud" in outcome.replacements[0].reason


def test_what_the_editor_is_hardly_surer_of_is_not_taken() -> None:
    """Old and unusual words are what an editor takes for mistakes."""
    text, other = "He sat there for an hour.", "He sat there an hour."
    assert editor({text: other}, {other: -48.0}).run(Rewrite(text)).text == text
    assert editor({text: other}, {other: -47.0}).run(Rewrite(text)).text == other


def test_another_sentence_is_not_taken() -> None:
    """However sure the model is of it."""
    text = "Nobody remembered the name of the smith."
    other = "Everybody forgot who had lived there once."
    assert editor({text: other}).run(Rewrite(text)).text == text


def test_a_title_gets_no_full_stop() -> None:
    """It is no sentence that lacks one."""
    text = "The Lost Dog\n\nHe were lost."
    used = editor({"The Lost Dog": "The Lost Dog.", "He were lost.": "He was lost."})
    assert used.run(Rewrite(text)).text == "The Lost Dog\n\nHe was lost."


def test_what_is_not_english_is_not_asked_about() -> None:
    """One sentence of another language in an English text stays."""
    french = "Il était une fois une petite fille qui habitait dans une maison."
    text = f"She have a book, and this is how it begins. {french}"
    used = editor({french: french.replace("petite", "petit")})
    outcome = used.run(Rewrite(text))
    assert outcome.text.endswith(french)
    assert not any(french in text_of(one.prompt) for one in used.engine.requests)


def test_stopped_before_anything_was_found_it_is_cancelled() -> None:
    """Nothing half done is shown."""
    used = editor({"He have two dog.": "He has two dogs."}, stop_after=1)
    with pytest.raises(Cancelled):
        used.run(Rewrite("He have two dog."))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("He goed home.", "He went home."),
        ("She writed it.", "She wrote it."),
        ("I didnt knew that you was here.", "I didn't know that you were here."),
        ("You should a writer.", "You should be a writer."),
        ("I have two two dogs.", "I have two dogs."),
        ("i met tom on monday.", "I met Tom on Monday."),
        ("The dog wagged it's tail and runned away.", "The dog wagged its tail and ran away."),
        ("Where he is?", "Where is he?"),
        ("Its late", "It's late."),
    ],
)
def test_corrections_are_taken_for_such(before: str, after: str) -> None:
    """Other forms, missing and doubled words, capitals, marks, order."""
    assert is_correction(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("He went home.", "He went home."),
        ("He has 12 dogs at home.", "He has 13 dogs at home."),
        ("We met Tom in the garden.", "We met Jim in the garden."),
        ("The red house is old and big.", "The house is old and big."),
        ("The house is old and big.", "The pretty little house is old and big."),
        ("I met a smith in the town.", "I met a blacksmith in the town."),
        ("She found a shilling in the street.", "She found a coin in the street."),
        ("He went home.", "He went home. He was tired and slept all day long."),
        ("He went home.", ""),
    ],
)
def test_other_sentences_are_not(before: str, after: str) -> None:
    """Numbers, names and words that say something are the writer's."""
    assert not is_correction(before, after)
