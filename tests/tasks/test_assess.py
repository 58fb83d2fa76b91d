"""What is said before a task is run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.core.tasks import (
    Ask,
    Continue,
    Form,
    LoadModel,
    Rewrite,
    RewriteStyle,
    Summarize,
    Task,
    Translate,
)
from assistant.models.catalogue import load_catalogue
from assistant.models.description import Kind, ModelDescription, Verdict
from assistant.tasks.assess import assess
from tests.tasks.desks import BRIDGE, model

FRENCH = "Le chat dort sur le canapé depuis ce matin."


def entry(name: str) -> ModelDescription:
    """Describe a model of the catalogue as one that is on this machine."""
    known = load_catalogue().entries[name]
    return replace(
        model(known.kind, known.context_length),
        reference=name,
        title=known.title,
        parameters=known.parameters,
        catalogue_name=name,
        abilities=known.abilities,
    )


SMOL, GEMMA = entry("smollm2"), entry("gemma3")
LARGE = replace(
    model(Kind.CHAT), reference="large", title="Large", parameters=7_000_000_000, abilities={}
)


@pytest.mark.parametrize(
    "task",
    [
        Summarize(BRIDGE),
        Summarize(BRIDGE, Form.EXTRACT),
        Ask(BRIDGE, "How much?"),
        Ask(BRIDGE, "How much?", Form.EXTRACT),
    ],
)
@pytest.mark.parametrize("description", [SMOL, None])
def test_what_needs_no_model_is_good_with_any(task: Task, description: ModelDescription) -> None:
    found = assess(task, description)
    assert found.verdict is Verdict.GOOD
    assert not found.needs_model
    assert found.note == ""
    assert found.alternatives == ()


def test_a_summary_that_the_model_cannot_write_can_be_had_otherwise() -> None:
    found = assess(Summarize(BRIDGE, Form.MODEL), SMOL, [SMOL, GEMMA, LARGE])
    assert found.verdict is Verdict.NO
    assert "SmolLM2" in found.note
    assert [way.key for way in found.alternatives] == ["form:extract", "model:large"]
    assert found.alternatives[0].form is Form.EXTRACT
    assert found.alternatives[1].label == "Use Large"


@pytest.mark.parametrize(
    "task", [Summarize(BRIDGE, Form.MODEL), Ask(BRIDGE, "How much?", Form.MODEL)]
)
def test_own_words_need_the_model(task: Task) -> None:
    found = assess(task, None, [GEMMA])
    assert found.verdict is Verdict.NO
    assert found.alternatives[0].form is Form.EXTRACT


def test_a_translation_is_offered_to_the_model_that_can_fetched_or_not() -> None:
    found = assess(Translate(FRENCH, "en"), SMOL, [SMOL])
    assert found.verdict is Verdict.NO
    assert [(way.key, way.installed) for way in found.alternatives] == [("model:gemma3", False)]
    assert found.alternatives[0].label.startswith("Get Gemma")
    found = assess(Translate(FRENCH, "en"), SMOL, [SMOL, GEMMA])
    assert [(way.key, way.installed) for way in found.alternatives] == [("model:gemma3", True)]


def test_a_rough_ability_is_said_with_its_note() -> None:
    found = assess(Translate(FRENCH, "en"), GEMMA)
    assert found.verdict is Verdict.ROUGH
    assert found.note
    assert found.needs_model
    assert assess(Continue("x"), SMOL).verdict is Verdict.ROUGH
    assert assess(Ask(BRIDGE, "Why?"), GEMMA).verdict is Verdict.ROUGH


@pytest.mark.parametrize(
    "task",
    [Translate("Oui.", "en"), Translate(FRENCH, "fr"), Translate(FRENCH, "xx")],
)
def test_languages_that_make_no_sense_are_said_before(task: Translate) -> None:
    found = assess(task, GEMMA)
    assert found.verdict is Verdict.NO
    assert found.note
    assert found.alternatives == ()


def test_each_style_is_judged_by_itself() -> None:
    assert assess(Rewrite(BRIDGE, RewriteStyle.SHORTER), SMOL).verdict is Verdict.ROUGH
    found = assess(Rewrite(BRIDGE, RewriteStyle.FORMAL), SMOL, [LARGE])
    assert found.verdict is Verdict.NO
    assert [way.key for way in found.alternatives] == ["model:large"]
    found = assess(Rewrite(BRIDGE, RewriteStyle.FORMAL), SMOL)
    assert found.alternatives == ()
    assert "a billion parameters" in found.note


def test_proofreading_english_is_possible_with_rules_alone() -> None:
    found = assess(Rewrite(BRIDGE), GEMMA)
    assert (found.verdict, found.needs_model) == (Verdict.GOOD, False)
    assert assess(Rewrite(BRIDGE), None).needs_model is False
    assert assess(Rewrite(BRIDGE), SMOL).needs_model
    assert assess(Rewrite(FRENCH), SMOL, [LARGE]).verdict is Verdict.NO
    assert assess(Rewrite(FRENCH), LARGE).verdict is Verdict.GOOD


def test_without_the_model_the_others_are_offered() -> None:
    found = assess(Continue("x"), None, [GEMMA])
    assert found.verdict is Verdict.NO
    assert [way.key for way in found.alternatives] == ["model:gemma3", "model:smollm2"]


def test_a_model_judged_by_kind_and_size_is_told_why() -> None:
    base = replace(model(Kind.BASE), title="Base", parameters=100, abilities={})
    found = assess(Rewrite(BRIDGE, RewriteStyle.FRIENDLY), base)
    assert found.note.startswith("Base cannot")
    assert "base model" in found.note


def test_loading_a_model_needs_it() -> None:
    found = assess(LoadModel(), SMOL)
    assert (found.verdict, found.needs_model) == (Verdict.GOOD, True)


def test_its_own_words_need_a_model_that_is_there() -> None:
    found = assess(Summarize(BRIDGE, Form.MODEL), None)
    assert found.verdict is Verdict.NO
    assert Form.EXTRACT in {way.form for way in found.alternatives}
    assert assess(Summarize(BRIDGE), None).verdict is Verdict.GOOD
