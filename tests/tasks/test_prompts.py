"""The ways of asking, as data and as prompts."""

from __future__ import annotations

import re

import pytest

from assistant.config.paths import resource
from assistant.core.errors import TaskNotPossible
from assistant.core.requests import ChatMessage, ChatPrompt, PlainPrompt, Seq2SeqPrompt
from assistant.core.tasks import TaskName
from assistant.models.adapters import Adapter, shipped
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Ability, Kind, ModelDescription, Verdict
from assistant.tasks.prompts import Asking, read, way_for, ways_of_asking

ROUGH = Ability(Verdict.ROUGH)


def description(kind: Kind, architecture: str = "GPT2LMHeadModel") -> ModelDescription:
    return ModelDescription("m", "M", kind, architecture, 1024)


def test_braces_in_the_writers_text_mean_nothing() -> None:
    way = Asking("w", "plain", "Q: {text}\nA:")
    text = "a {text} and {question}, {0} and {{x}} and {"
    assert way.fill({"text": text}) == PlainPrompt(f"Q: {text}\nA:")


def test_shots_stand_before_the_question_as_text_or_as_turns() -> None:
    shots = ({"text": "one", "answer": "1"},)
    plain = Asking("w", "plain", "Q: {text}\nA:", " {answer}", shots=shots)
    assert plain.fill({"text": "two"}) == PlainPrompt("Q: one\nA: 1\n\nQ: two\nA:")
    chat = Asking("w", "chat", "{text}?", "{answer}", "Count.", shots)
    assert chat.fill({"text": "two"}) == ChatPrompt(
        (
            ChatMessage("system", "Count."),
            ChatMessage("user", "one?"),
            ChatMessage("assistant", "1"),
            ChatMessage("user", "two?"),
        )
    )


def test_an_encoder_decoder_is_told_the_languages() -> None:
    way = Asking("w", "seq2seq", "{text}")
    assert way.fill({"text": "Hello"}, (), ("en", "fr")) == Seq2SeqPrompt("Hello", "en", "fr")


# A suggestion goes on with the text as it stands: for that nobody is asked in words.
@pytest.mark.parametrize("task", [task for task in TaskName if task is not TaskName.COMPLETE])
def test_every_way_of_asking_that_ships_can_be_filled(task: TaskName) -> None:
    values = {
        "text": "T",
        "question": "Q",
        "length": "L",
        "instruction": "I",
        "source_language": "English",
        "target_language": "French",
        "answer": "A",
        "before": "B",
        "after": "C",
    }
    for way in ways_of_asking(task).ways.values():
        way.fill(values, [values] if way.answer else [])


def test_all_proposers_are_there() -> None:
    file = ways_of_asking(TaskName.REWRITE)
    assert len(file.proposers) >= 2
    assert all(name in file.ways for name in file.proposers)


def test_every_prompt_that_the_catalogue_names_is_there() -> None:
    for entry in load_catalogue():
        for key, ability in entry.abilities.items():
            if ability.prompt is None or ability.prompt == "vote":
                continue
            task, _, style = key.partition(".")
            prefix = f"{style}." if task == TaskName.REWRITE else ""
            assert prefix + ability.prompt in ways_of_asking(TaskName(task)).ways, key


@pytest.mark.parametrize(
    ("kind", "architecture", "expected"),
    [
        (Kind.CHAT, "LlamaForCausalLM", "chat"),
        (Kind.BASE, "GPT2LMHeadModel", "base"),
        (Kind.SEQ2SEQ, "BartForConditionalGeneration", "seq2seq"),
        (Kind.SEQ2SEQ, "T5ForConditionalGeneration", "t5"),
    ],
)
def test_a_model_is_asked_by_its_kind_and_architecture(
    kind: Kind, architecture: str, expected: str
) -> None:
    way = way_for(TaskName.SUMMARIZE, description(kind, architecture), ROUGH)
    assert way.name == expected


def test_the_way_measured_best_comes_first() -> None:
    measured = Ability(Verdict.ROUGH, prompt="two_shots")
    assert way_for(TaskName.SUMMARIZE, description(Kind.CHAT), measured).name == "two_shots"
    shorter = Ability(Verdict.ROUGH, prompt="chat_shots")
    way = way_for(TaskName.REWRITE, description(Kind.CHAT), shorter, "shorter")
    assert way.name == "shorter.chat_shots"


def test_a_model_taken_for_a_base_model_is_not_spoken_to_as_in_a_chat() -> None:
    measured = Ability(Verdict.ROUGH, prompt="chat_shots")
    assert way_for(TaskName.ASK, description(Kind.BASE), measured).kind == "plain"


def test_where_no_way_suits_a_model_the_reader_is_told() -> None:
    with pytest.raises(TaskNotPossible, match="M"):
        way_for(TaskName.REWRITE, description(Kind.BASE), ROUGH, "friendly")


def test_t5_gets_its_own_prefixes() -> None:
    t5 = description(Kind.SEQ2SEQ, "T5ForConditionalGeneration")
    summary = way_for(TaskName.SUMMARIZE, t5, ROUGH).fill({"text": "Long."})
    assert summary == Seq2SeqPrompt("summarize: Long.")
    names = {"source_language": "English", "target_language": "French", "text": "Hello."}
    translation = way_for(TaskName.TRANSLATE, t5, ROUGH).fill(names, (), ("en", "fr"))
    assert translation == Seq2SeqPrompt("translate English to French: Hello.", "en", "fr")


def test_the_measured_prompt_for_answers_is_the_one_that_is_sent() -> None:
    way = ways_of_asking(TaskName.ASK).named("base")
    prompt = way.fill({"text": "P", "question": "Q"})
    assert isinstance(prompt, PlainPrompt)
    assert prompt.text.startswith("Story: A crowd as large as that at a fair at once gathered,")
    assert prompt.text.endswith("Answer: The sofa smelt of cat.\n\nStory: P\nQuestion: Q\nAnswer:")
    assert prompt.text.count("\n\n") == 3
    assert way.stop == ("\n",)


def test_no_prompt_ends_in_a_blank() -> None:
    """A blank at the end of a prompt would stand alone as a token."""
    for file in resource("prompts").glob("*.toml"):
        for way in read(file.read_text("utf-8")).ways.values():
            assert way.ask == way.ask.strip(), way.name
            assert not re.search(r"[ \t]\n", way.ask), way.name


@pytest.mark.parametrize("skill", shipped(), ids=lambda skill: skill.name)
def test_a_skill_is_asked_in_the_words_that_it_learned(skill: Adapter) -> None:
    """A prompt that names no way would be taken for the base's own, without a word."""
    for key, ability in skill.abilities.items():
        task, _, style = ("continue", "", "") if key == "gap" else key.partition(".")
        name = f"{style}.{ability.prompt}" if style else str(ability.prompt)
        assert name in ways_of_asking(TaskName(task)).ways
