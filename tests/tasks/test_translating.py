"""Translate: languages, examples, layout, and what is refused."""

from __future__ import annotations

import pytest

from assistant.core.errors import Cancelled, PromptTooLong, TaskNotPossible, UsageError
from assistant.core.requests import (
    GREEDY,
    ChatPrompt,
    Finish,
    PlainPrompt,
    Request,
    Sampling,
    Seq2SeqPrompt,
)
from assistant.core.tasks import Form, Translate
from assistant.models.description import Ability, Kind, Verdict
from tests.tasks.desks import Rule, RuleEngine, TestDesk, always, model, text_of

FRENCH = "Le chat dort sur le canapé depuis ce matin. Il ne veut pas sortir."


def shouting(request: Request) -> str:
    """Translate by shouting the last sentence of the prompt."""
    lines = text_of(request.prompt).splitlines()
    return " " + lines[-2].partition(": ")[2].upper() + "\nFrench: more"


def desk(
    rule: Rule = shouting, stop_after: int | None = None, context_length: int = 4096
) -> TestDesk:
    rough = Ability(Verdict.ROUGH, note="A gist.")
    beams = Ability(Verdict.ROUGH, beams=4)
    described = model(
        context_length=context_length,
        translate=Verdict.NO,
        translate__fr_en=rough,
        translate__en_fr=beams,
        translate__fr_de=rough,
        translate__zh_en=rough,
        translate__en_zh=beams,
        translate__en_ko=rough,
    )
    return TestDesk(RuleEngine(described, rule), stop_after)


def test_each_sentence_is_asked_for_after_the_eight_nearest_examples() -> None:
    used = desk()
    outcome = used.run(Translate(FRENCH, target="en"))
    assert outcome.text == used.streamed() == FRENCH.upper()
    assert outcome.source_language == "fr"
    assert outcome.draft
    assert outcome.form is Form.MODEL
    assert outcome.note == "A gist."
    assert len(used.engine.requests) == len(outcome.completions) == 2
    request = used.engine.requests[0]
    assert isinstance(request.prompt, PlainPrompt)
    blocks = request.prompt.text.split("\n\n")
    assert len(blocks) == 9
    assert (
        blocks[-2]
        == "French: Le chat dort sur le canapé.\nEnglish: The cat is sleeping on the sofa."
    )
    assert blocks[-1] == "French: Le chat dort sur le canapé depuis ce matin.\nEnglish:"
    assert request.stop == ("\n",)
    assert request.sampling == GREEDY
    assert request.beams == 1


def test_out_of_english_it_searches_with_beams_unless_a_sampling_is_asked_for() -> None:
    used = desk()
    text = "The cat has been sleeping there since this morning."
    used.run(Translate(text, target="fr"))
    used.run(Translate(text, target="fr", sampling=Sampling(seed=1)))
    assert [request.beams for request in used.engine.requests] == [4, 1]
    assert used.engine.requests[1].sampling == Sampling(seed=1)


def test_a_translation_may_be_twice_as_long_as_its_source() -> None:
    used = desk()
    sentence = "le chat et " * 30 + "le chien."
    used.run(Translate(sentence, target="en", source="fr"))
    assert used.engine.requests[0].max_new_tokens == 2 * 93


def test_paragraphs_blank_lines_and_marks_stay() -> None:
    text = "# Le chat\n\nIl dort.  Elle lit.\n\n\n- Un jour.\n***\n\tIl part.\n"
    outcome = desk().run(Translate(text, target="en", source="fr"))
    assert outcome.text == "# LE CHAT\n\nIL DORT.  ELLE LIT.\n\n\n- UN JOUR.\n***\n\tIL PART.\n"


def test_a_sentence_over_several_lines_is_asked_for_on_one() -> None:
    text = (
        "Le chat noir de la voisine dort sur le canapé du salon depuis ce\n"
        "matin et il ne veut pas sortir."
    )
    used = desk()
    used.run(Translate(text, target="en", source="fr"))
    assert len(used.engine.requests) == 1
    assert " depuis ce matin et il" in text_of(used.engine.requests[0].prompt)


def test_between_sentences_stands_what_the_language_wants() -> None:
    into = desk(always(" 你好。")).run(Translate("It is late. He sleeps.\nGood.", "zh", "en"))
    assert into.text == "你好。你好。\n你好。"
    out = desk(always(" Fine.")).run(Translate("天黑了。他睡了。\n好。", "en"))
    assert out.text == "Fine. Fine.\nFine."
    assert out.source_language == "zh"


def test_a_pair_without_english_gets_examples_of_that_pair() -> None:
    used = desk()
    used.run(Translate(FRENCH, target="de"))
    prompt = text_of(used.engine.requests[0].prompt)
    assert "French: Le chat dort sur le canapé.\nGerman: Die Katze schläft auf dem Sofa." in prompt


def test_a_sentence_that_nothing_came_of_stays_as_it_was() -> None:
    assert desk(always("")).run(Translate(FRENCH, target="en")).text == FRENCH


def test_a_chat_model_is_told_what_to_do_and_its_chatter_is_taken_off() -> None:
    described = model(Kind.CHAT, translate=Verdict.GOOD)
    used = TestDesk(RuleEngine(described, always('Here is the translation:\n\n"He sleeps."\nBye.')))
    outcome = used.run(Translate("Il dort depuis longtemps maintenant.", target="en"))
    prompt = used.engine.requests[0].prompt
    assert isinstance(prompt, ChatPrompt)
    assert "from French to English" in prompt.messages[0].content
    assert outcome.text == "He sleeps."
    assert not outcome.draft


def test_an_encoder_decoder_is_told_the_languages() -> None:
    described = model(Kind.SEQ2SEQ, translate=Verdict.GOOD)
    used = TestDesk(RuleEngine(described, always("He sleeps.")))
    used.run(Translate("Il dort.", target="en", source="fr"))
    assert used.engine.requests[0].prompt == Seq2SeqPrompt("Il dort.", "fr", "en")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Translate(" \n", target="en"), "no text"),
        (Translate("Oui.", target="en"), "too short"),
        (Translate(FRENCH, target="fr"), "already"),
        (Translate(FRENCH, target="en", source="en"), "already"),
        (Translate(FRENCH, target="klingon"), "klingon"),
        (Translate(FRENCH, target="en", source="xx"), "xx"),
    ],
)
def test_what_makes_no_sense_is_said(task: Translate, words: str) -> None:
    used = desk()
    with pytest.raises(UsageError, match=words):
        used.run(task)
    assert used.loads == 0


def test_a_pair_that_the_model_cannot_do_is_refused_before_it_is_loaded() -> None:
    used = desk()
    with pytest.raises(TaskNotPossible, match="Tested"):
        used.run(Translate(FRENCH, target="es"))
    assert used.loads == 0


def test_a_pair_without_examples_is_refused() -> None:
    with pytest.raises(TaskNotPossible, match="by example"):
        desk().run(Translate("It is late.", target="ko", source="en"))


def test_in_a_small_context_there_are_fewer_examples() -> None:
    used = desk(context_length=120)
    assert used.run(Translate(FRENCH, target="en")).text == FRENCH.upper()
    examples = text_of(used.engine.requests[0].prompt).count("English:") - 1
    assert 0 < examples < 8


def test_a_sentence_that_does_not_fit_at_all_is_refused_with_its_length() -> None:
    sentence = "chat " * 200
    with pytest.raises(PromptTooLong) as caught:
        desk(context_length=120).run(Translate(sentence, target="en", source="fr"))
    assert caught.value.tokens > caught.value.limit
    assert str(caught.value.tokens - caught.value.limit) in str(caught.value)


def test_stopped_it_keeps_the_sentences_that_are_done() -> None:
    used = desk()
    used.stop_after = 13
    outcome = used.run(Translate(FRENCH, target="en"))
    assert outcome.text == used.streamed() == "LE CHAT DORT SUR LE CANAPÉ DEPUIS CE MATIN."
    assert outcome.completions[-1].finish is Finish.CANCELLED


def test_stopped_in_the_first_sentence_it_is_cancelled() -> None:
    with pytest.raises(Cancelled):
        desk(stop_after=2).run(Translate(FRENCH, target="en"))
