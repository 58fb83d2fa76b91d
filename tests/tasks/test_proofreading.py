"""Proofread: rules, the vote of a model, and how the two go together."""

from __future__ import annotations

import pytest

from assistant.core.errors import Cancelled, ModelNotFound, TaskNotPossible, UsageError
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Finish, Request
from assistant.core.tasks import Form, Outcome, Rewrite
from assistant.models.description import Ability, Kind, ModelDescription, Verdict
from assistant.tasks.prompts import ways_of_asking
from assistant.text import difference, grammar
from tests.tasks.desks import RuleEngine, ScoringEngine, TestDesk, always, model, text_of

WRONG = "The shop were closed. The cat sleeps on the sofa."
RIGHT = "The shop was closed. The cat sleeps on the sofa."


def voting(
    answers: dict[str, str] | None = None,
    scores: dict[str, float] | None = None,
    prompt: str | None = "vote",
    verdict: Verdict = Verdict.ROUGH,
) -> TestDesk:
    """Return a desk whose model answers and weighs sentences by these tables."""

    def rule(request: Request) -> str:
        asked = text_of(request.prompt)
        for sentence, answer in (answers or {}).items():
            if asked.rstrip().removesuffix("\nCorrected:").endswith(sentence):
                return answer
        return "Nothing of the kind."

    ability = Ability(verdict, prompt=prompt, note="Look at it.")
    described = model(Kind.CHAT, rewrite__proofread=ability)
    return TestDesk(ScoringEngine(described, rule, lambda text: (scores or {}).get(text, -50.0)))


def only_rules() -> TestDesk:
    return TestDesk(RuleEngine(model(rewrite=Verdict.NO), always("x")))


def test_the_rules_need_no_model_and_give_their_reasons() -> None:
    used = only_rules()
    text = "He said he should of gone , and she dont know."
    outcome = used.run(Rewrite(text))
    assert outcome.text == "He said he should have gone, and she don't know."
    assert outcome.form is Form.EXTRACT
    assert all(change.reason for change in outcome.replacements)
    assert difference.apply(text, outcome.replacements) == outcome.text
    assert used.loads == 0


def test_names_that_the_rules_do_not_know_stay() -> None:
    text = "Thorgrim laughed, and the people of Brundlesby laughed with him."
    assert only_rules().run(Rewrite(text)).text == text


def test_ignored_words_and_the_dialect_are_kept_to() -> None:
    text = "The grey harbour was full of glimmerfish."
    british = Rewrite(text, dialect="british", ignored_words=("glimmerfish",))
    assert only_rules().run(british).replacements == ()
    american = Rewrite(text, ignored_words=("glimmerfish",))
    assert only_rules().run(american).text == "The gray harbor was full of glimmerfish."


def test_every_way_proposes_and_the_likeliest_small_change_wins() -> None:
    used = voting(
        {"The shop were closed.": "The shop was closed."}, {"The shop was closed.": -40.0}
    )
    outcome = used.run(Rewrite(WRONG))
    assert outcome.text == RIGHT
    assert [change.text for change in outcome.replacements] == ["was"]
    assert outcome.form is Form.MODEL
    assert outcome.note == "Look at it."
    ways = ways_of_asking("rewrite").proposers
    assert len(used.engine.requests) == 2 * len(ways)
    assert used.streamed() == ""


def test_a_change_that_is_hardly_likelier_is_not_made() -> None:
    used = voting(
        {"The cat sleeps on the sofa.": "The cat sleeps on a sofa."},
        {"The cat sleeps on a sofa.": -46.5},
    )
    assert used.run(Rewrite("The cat sleeps on the sofa.")).replacements == ()


def test_another_sentence_is_no_correction_however_likely() -> None:
    used = voting(
        {"The cat sleeps on the sofa.": "The dog barks at the moon."},
        {"The dog barks at the moon.": -1.0},
    )
    assert used.run(Rewrite("The cat sleeps on the sofa.")).replacements == ()


def test_a_model_with_one_way_is_asked_once_a_sentence() -> None:
    used = voting(
        {"The shop were closed.": "The shop was closed."}, {"The shop was closed.": 0.0}, None
    )
    assert used.run(Rewrite("The shop were closed.")).text == "The shop was closed."
    assert len(used.engine.requests) == 1


def test_the_vote_is_about_the_sentence_as_the_rules_left_it() -> None:
    text = "I should of asked, but the shop were closed."
    by_rules = text.replace("should of", "should have")
    better = by_rules.replace("were", "was")
    outcome = voting({by_rules: better}, {by_rules: -20.0, better: -10.0}).run(Rewrite(text))
    assert outcome.text == better
    first, second = outcome.replacements
    assert "of" in first.reason
    assert second.reason == "Tested suggests it."


def test_a_correction_keeps_the_words_that_say_something() -> None:
    text = "Nobody remembered the name of the smith."
    other = "Nobody remembered the name of the blacksmith."
    assert voting({text: other}, {other: 0.0}).run(Rewrite(text)).text == text


def test_of_the_words_offered_for_an_unknown_one_the_likeliest_is_taken() -> None:
    text = "I think that we shoud go home now."
    rules = {finding.suggestions[0] for finding in grammar.Checker().check(text)}
    assert rules != {"should"}, "the rules offer another word first"
    used = voting(scores={"I think that we should go home now.": -10.0})
    assert used.run(Rewrite(text)).text == "I think that we should go home now."


def test_what_the_rules_find_and_the_model_finds_less_likely_stays() -> None:
    text = "The sun rises in the east."
    assert only_rules().run(Rewrite(text)).text == "The sunrises in the east."
    assert voting(scores={text: -10.0}).run(Rewrite(text)).text == text


def test_of_several_changes_those_that_are_needless_are_left_out() -> None:
    text = "The shop were closed, and he could not buy any bread."
    right = text.replace("were", "was")
    other = right.replace("could not", "couldn't")
    used = voting({text: other}, {other: -20.0, right: -19.0})
    assert used.run(Rewrite(text)).text == right


def test_matters_of_style_are_no_mistakes() -> None:
    text = "He speaks English very good."
    assert any(finding.kind == "Enhancement" for finding in grammar.Checker().check(text))
    assert only_rules().run(Rewrite(text)).text == text


def test_an_unknown_word_that_is_likelier_than_the_words_offered_stays() -> None:
    text = "He swung his axe at the tree."
    assert grammar.Checker().check(text)
    assert voting(scores={text: -10.0}).run(Rewrite(text)).text == text


def test_a_sentence_over_two_lines_keeps_its_break() -> None:
    first = "The old woman of the village who have a big dog and a small cat in her"
    text = f"{first}\nlittle house by the river was asleep."
    line = text.replace("\n", " ")
    better = line.replace("have", "has")
    used = voting({line: better}, {better: 0.0})
    assert used.run(Rewrite(text)).text == text.replace("have", "has")


def test_other_languages_need_a_good_model() -> None:
    french = "Le chat sont sur la table et il ne veut pas descendre de là."
    better = french.replace("sont", "est")
    for used in (only_rules(), voting()):
        with pytest.raises(TaskNotPossible, match="English"):
            used.run(Rewrite(french))
        assert used.loads == 0
    good = voting({french: better}, {better: 0.0}, None, Verdict.GOOD)
    assert good.run(Rewrite(french)).text == better


def test_a_model_that_cannot_weigh_leaves_it_to_the_rules() -> None:
    described = model(Kind.CHAT, rewrite__proofread=Verdict.GOOD)
    outcome = TestDesk(RuleEngine(described, always("x"))).run(Rewrite("I should of gone."))
    assert outcome.text == "I should have gone."
    assert "Tested" in outcome.note


def test_without_a_model_the_rules_are_used_and_it_is_said() -> None:
    class NoModel(TestDesk):
        def describe(self, spec: EngineSpec) -> ModelDescription:
            raise ModelNotFound("It is not here.")

    used = NoModel(only_rules().engine)
    outcome = used.run(Rewrite("I should of gone."))
    assert outcome.text == "I should have gone."
    assert outcome.note == "It is not here."
    with pytest.raises(ModelNotFound):
        used.run(Rewrite("Le chat est sur la table et il ne veut pas descendre."))


def test_stopped_it_keeps_the_corrections_so_far() -> None:
    used = voting({"The shop were closed.": "The shop was closed."}, {"The shop was closed.": 0.0})
    total = len(used_events(used, WRONG))
    used.events.clear()
    used.stop_after = total - 3
    outcome = used.run(Rewrite(WRONG))
    assert outcome.text == RIGHT
    assert outcome.completions[-1].finish is Finish.CANCELLED
    used.events.clear()
    used.stop_after = 1
    with pytest.raises(Cancelled):
        used.run(Rewrite(WRONG))


def used_events(used: TestDesk, text: str) -> list[object]:
    outcome: Outcome = used.run(Rewrite(text))
    assert outcome.replacements
    return [event for event in used.events if type(event).__name__ == "Writing"]


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(UsageError):
        only_rules().run(Rewrite(" "))
