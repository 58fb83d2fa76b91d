"""Summarize: key sentences without a model, a model's words cut by rule."""

from __future__ import annotations

from itertools import count

import pytest

from assistant.core.errors import Cancelled, ModelNotFound, PromptTooLong, UsageError
from assistant.core.jobs import EngineSpec
from assistant.core.requests import (
    GREEDY,
    ChatMessage,
    ChatPrompt,
    Finish,
    PlainPrompt,
    Reading,
    Sampling,
)
from assistant.core.tasks import Form, Summarize
from assistant.models.description import Ability, Kind, ModelDescription, Verdict
from assistant.text.sentences import split
from tests.tasks.desks import BRIDGE, Rule, RuleEngine, TestDesk, always, model, text_of


class NoModel(TestDesk):
    """A desk on a machine without the model."""

    def describe(self, spec: EngineSpec) -> ModelDescription:
        raise ModelNotFound(f"There is no {spec.model} here.")


def desk(
    answer: str = "A bridge is closed.",
    kind: Kind = Kind.CHAT,
    verdict: Verdict = Verdict.GOOD,
    **more: int,
) -> TestDesk:
    ability = Ability(verdict, note="Careful.")
    return TestDesk(RuleEngine(model(kind, summarize=ability, **more), always(answer)))


@pytest.mark.parametrize("verdict", [Verdict.NO, Verdict.ROUGH])
def test_by_itself_a_model_that_is_not_good_at_it_is_not_loaded(verdict: Verdict) -> None:
    used = desk(verdict=verdict)
    outcome = used.run(Summarize(BRIDGE, sentences=2))
    assert outcome.form is Form.EXTRACT
    assert "bridge" in outcome.text
    assert not outcome.draft
    assert used.loads == 0


def test_key_sentences_stand_in_the_text_in_its_order() -> None:
    outcome = desk().run(Summarize(BRIDGE, form=Form.EXTRACT, sentences=3))
    assert len(outcome.spans) == 3
    assert list(outcome.spans) == sorted(outcome.spans, key=lambda span: span.start)
    assert outcome.text == " ".join(BRIDGE[span.start : span.end] for span in outcome.spans)


def test_key_sentences_need_no_model_at_all() -> None:
    used = NoModel(desk().engine)
    assert "bridge" in used.run(Summarize(BRIDGE, form=Form.EXTRACT)).text
    outcome = used.run(Summarize(BRIDGE))
    assert outcome.form is Form.EXTRACT
    assert outcome.note == "There is no tested here."
    with pytest.raises(ModelNotFound):
        used.run(Summarize(BRIDGE, form=Form.MODEL))


def test_of_nothing_but_short_sentences_the_first_are_the_summary() -> None:
    outcome = desk().run(Summarize("He ran. She ran.\nAll ran.", Form.EXTRACT, sentences=2))
    assert outcome.text == "He ran. She ran."


def test_chinese_key_sentences_are_joined_without_spaces() -> None:
    text = (
        "市议会星期二投票决定关闭河上的旧桥进行维修。\n工程师上个月发现四个桥墩中有两个出现了裂缝。"
        "\n旧桥的维修费用需要九百万欧元。"
    )
    outcome = desk().run(Summarize(text, Form.EXTRACT, sentences=3))
    assert outcome.text == text.replace("\n", "")


def test_a_good_model_is_asked_and_its_frame_is_taken_off() -> None:
    used = desk("Here is a summary of the text:\n\nA bridge is closed.\n\nLet me know!")
    outcome = used.run(Summarize(BRIDGE, sentences=3))
    assert outcome.text == used.streamed() == "A bridge is closed."
    assert outcome.form is Form.MODEL
    assert not outcome.draft
    prompt = used.engine.requests[0].prompt
    assert isinstance(prompt, ChatPrompt)
    assert "in 3 sentences" in prompt.messages[0].content
    assert prompt.messages[0].content.endswith(BRIDGE)
    assert used.engine.requests[0].sampling == GREEDY


def test_more_sentences_than_were_asked_for_are_cut_and_not_waited_for() -> None:
    used = desk("One is this. Two is that. Three is more. Four is " + "on " * 500)
    outcome = used.run(Summarize(BRIDGE, sentences=2))
    assert outcome.text == used.streamed() == "One is this. Two is that."
    assert outcome.completions[0].finish is Finish.STOP
    assert len(outcome.completions[0].ids) < 12


def test_a_base_model_is_asked_as_in_the_literature() -> None:
    used = desk(" A bridge is closed.\nTL;DR", Kind.BASE)
    outcome = used.run(Summarize(BRIDGE, sentences=1))
    assert used.engine.requests[0].prompt == PlainPrompt(f"{BRIDGE}\n\nTL;DR:")
    assert outcome.text == "A bridge is closed."


def test_a_model_that_cannot_may_be_asked_all_the_same_and_is_marked() -> None:
    outcome = desk(verdict=Verdict.NO).run(Summarize(BRIDGE, form=Form.MODEL))
    assert outcome.text == "A bridge is closed."
    assert outcome.draft
    assert outcome.note == "Careful."


def test_a_sampling_and_a_limit_of_ones_own_are_kept() -> None:
    used = desk()
    used.run(Summarize(BRIDGE, max_tokens=7, sampling=Sampling(seed=3)))
    request = used.engine.requests[0]
    assert (request.max_new_tokens, request.sampling) == (7, Sampling(seed=3))


def test_a_text_too_long_is_refused_with_its_length_and_what_to_do() -> None:
    used = desk(context_length=300)
    with pytest.raises(PromptTooLong, match="key sentences") as caught:
        used.run(Summarize(BRIDGE * 5))
    assert caught.value.limit == 300 - 180
    assert str(caught.value.tokens - caught.value.limit) in str(caught.value)
    assert not used.engine.requests


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(UsageError):
        desk().run(Summarize("\n "))


def test_stopped_it_keeps_what_is_written_or_is_cancelled() -> None:
    used = desk("A bridge is closed. It is old.")
    used.stop_after = 7
    outcome = used.run(Summarize(BRIDGE))
    assert outcome.text == used.streamed()
    assert outcome.text.startswith("A bridge is closed.")
    assert outcome.completions[-1].finish is Finish.CANCELLED
    used.events.clear()
    used.stop_after = 0
    with pytest.raises(Cancelled):
        used.run(Summarize(BRIDGE))
    with pytest.raises(Cancelled):
        used.run(Summarize(BRIDGE, form=Form.EXTRACT))


def reader(
    rule: Rule | None = None, verdict: Verdict = Verdict.GOOD, context_length: int = 4096
) -> TestDesk:
    ability = Ability(verdict, prompt="reader", note="It may err.")
    described = model(Kind.CHAT, context_length, summarize=ability)
    return TestDesk(RuleEngine(described, rule or always("The council closes an old bridge.")))


def counted() -> Rule:
    """Return a rule that says something else of every passage."""
    numbers = count(1)
    return lambda request: f"Bridge number {next(numbers)} of the council has to be repaired soon."


def test_a_reader_says_a_short_text_in_one_sentence() -> None:
    used = reader(always("The council closes a bridge. It is old."))
    outcome = used.run(Summarize(BRIDGE, sentences=1))
    assert outcome.text == used.streamed() == "The council closes a bridge."
    assert outcome.form is Form.MODEL
    assert outcome.note == "It may err."
    prompt = used.engine.requests[0].prompt
    assert prompt == ChatPrompt((ChatMessage("user", f"{BRIDGE}\n\nSummarize in one sentence."),))


def test_a_reader_takes_a_part_of_the_text_for_each_sentence_that_is_wanted() -> None:
    used = reader(counted())
    outcome = used.run(Summarize(f"{BRIDGE}\n\n{BRIDGE}", sentences=3))
    assert outcome.text == used.streamed()
    assert len(split(outcome.text)) == len(used.engine.requests) == 3
    assert "number 1" in outcome.text
    assert "number 3" in outcome.text


def test_a_few_words_are_one_sentence_however_many_are_wanted() -> None:
    used = reader()
    used.run(Summarize("The mayor walked home. It rained.", sentences=5))
    assert len(used.engine.requests) == 1


def test_a_document_of_any_length_is_read_whole_and_the_most_central_sentences_stay() -> None:
    used = reader(counted())
    outcome = used.run(Summarize(f"{BRIDGE}\n\n" * 40, sentences=2))
    assert len(split(outcome.text)) == 2
    read = "".join(text_of(request.prompt) for request in used.engine.requests)
    assert read.count("nine million") == 40
    assert all(used.engine.count_tokens(one.prompt) <= 480 for one in used.engine.requests)
    assert used.streamed() == outcome.text


def test_reading_a_long_document_is_told_as_one_reading() -> None:
    used = reader(counted())
    used.run(Summarize(f"{BRIDGE}\n\n" * 20, sentences=1))
    told = [event for event in used.events if isinstance(event, Reading)]
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert told[-1].done == told[-1].total
    assert len({event.total for event in told}) == 1


def test_a_document_that_a_reader_has_half_read_is_summed_up_so_far() -> None:
    used = reader(counted())
    used.stop_after = 40
    outcome = used.run(Summarize(f"{BRIDGE}\n\n" * 40, sentences=2))
    assert outcome.completions[-1].finish is Finish.CANCELLED
    assert "Bridge number 1" in outcome.text
    used.stop_after = 0
    with pytest.raises(Cancelled):
        used.run(Summarize(BRIDGE, sentences=1))


def test_a_sentence_too_long_for_the_readers_context_is_refused() -> None:
    with pytest.raises(PromptTooLong, match="key sentences"):
        reader(context_length=100).run(Summarize("word " * 300, sentences=1))


def test_a_reader_that_is_not_good_at_it_is_asked_only_where_it_is_asked_for() -> None:
    used = reader(verdict=Verdict.ROUGH)
    assert used.run(Summarize(BRIDGE)).form is Form.EXTRACT
    outcome = used.run(Summarize(BRIDGE, form=Form.MODEL, sentences=1))
    assert outcome.text == "The council closes an old bridge."
    assert outcome.draft
