"""The small stages: encoding as in use, mixing by shares, the schedule, the curve, recipes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest
from transformers import AutoTokenizer

from assistant.config.paths import resource
from assistant.core.errors import TrainingError
from assistant.engines import prompting
from assistant.models.inspection import describe
from assistant.tasks.prompts import ways_of_asking
from assistant.training import curve, recipe
from assistant.training.builders.registry import BUILDERS
from assistant.training.curve import Curve, Point
from assistant.training.encode import Encoded, Encoder
from assistant.training.examples import Example
from assistant.training.mix import mixed
from assistant.training.recipe import Ingredient, Schedule
from assistant.training.schedule import rate_at
from assistant.training.split import Part
from tests.engines import tiny_models
from tests.training import tiny_runs

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = "The fox 🦊 ran 很快."


@pytest.fixture
def encoder(tmp_path: Path) -> Encoder:
    folder = tiny_models.llama(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return Encoder(describe(folder, "tiny"), tokenizer, tiny_models.EOS_ID)


def test_what_is_read_in_training_is_what_is_read_in_use(encoder: Encoder) -> None:
    """A chat example is the task's own prompt, then the answer and the end."""
    values = {"text": _TEXT, "question": "Who ran?"}
    encoded = encoder.encode(Example("ask.reader", values, "the fox", "g"))
    prompt = ways_of_asking("ask").named("reader").fill(values)  # type: ignore[arg-type]
    read = prompting.encode(prompt, encoder._tokenizer, encoder._model)
    assert list(encoded.tokens[: encoded.start]) == read
    answer = encoder._tokenizer.decode(encoded.tokens[encoded.start : -1])
    assert answer == "the fox"
    assert encoded.tokens[-1] == tiny_models.EOS_ID


def test_plain_text_is_learned_from_its_second_token(encoder: Encoder) -> None:
    """Nothing comes before the first one; a passage that goes on has no end."""
    encoded = encoder.encode(Example("continue.plain", {"text": ""}, _TEXT, "g", ends=False))
    assert encoded.start == 1
    assert encoder._tokenizer.decode(encoded.tokens) == _TEXT


def test_an_answer_may_hold_braces(encoder: Encoder) -> None:
    """A writer's text is put in as it is."""
    encoded = encoder.encode(Example("ask.reader", {"text": "{a}", "question": "?"}, "{x}", "g"))
    assert encoder._tokenizer.decode(encoded.tokens[encoded.start : -1]) == "{x}"


def test_kinds_come_in_their_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pass after pass, whatever the lengths, the tokens are parted as the recipe says."""

    def of(answer: str) -> list[Example]:
        return [Example("continue.plain", {"text": ""}, answer, answer[:1])] * 5

    monkeypatch.setitem(BUILDERS, "short", lambda *_: iter(of("a" * 10)))  # type: ignore[index]
    monkeypatch.setitem(BUILDERS, "long", lambda *_: iter(of("b" * 300)))  # type: ignore[index]
    mix = (Ingredient("short", 0.25), Ingredient("long", 0.75))

    def encode(example: Example) -> Encoded:
        return Encoded(tuple(range(len(example.answer))), 1)

    given = {"a": 0, "b": 0}
    for example, encoded in islice(mixed(mix, tmp_path, Part.TRAIN, 1, encode), 20_000):
        given[example.group] += len(encoded.tokens)
    assert given["a"] / sum(given.values()) == pytest.approx(0.25, abs=0.02)


def test_a_kind_that_nobody_makes_is_refused(tmp_path: Path) -> None:
    """The sentence lists those that there are."""
    with pytest.raises(TrainingError, match="stories"):
        next(mixed((Ingredient("poems", 1.0),), tmp_path, Part.TRAIN, 1, lambda _e: None))  # type: ignore[arg-type,return-value]


def test_a_kind_that_finds_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass without an example would be repeated for ever."""
    monkeypatch.setitem(BUILDERS, "none", lambda *_: iter(()))  # type: ignore[index]
    with pytest.raises(TrainingError, match="none"):
        next(mixed((Ingredient("none", 1.0),), tmp_path, Part.TRAIN, 1, lambda _e: None))  # type: ignore[arg-type,return-value]


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    """Warm-up from the first step on, then constant, then down."""
    schedule = Schedule(tokens=100_000, batch=1000, rate=1.0, warm_up=0.1, decay=0.5)
    rates = [rate_at(schedule, tokens) for tokens in range(0, 100_001, 1000)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[20] == rates[50] == 1.0
    assert rates[75] == pytest.approx(0.5)
    assert rates[-1] == 0.0
    assert rate_at(Schedule(tokens=10, warm_up=0, decay=0, rate=2.0), 5) == 2.0


def test_a_curve_is_kept_and_cut_back(tmp_path: Path) -> None:
    """What was written after the checkpoint that a run goes on from is taken out."""
    kept = Curve(tmp_path / "curve.csv")
    kept.begin(-1)
    points = [Point(tokens, 1.0, 1e-3, 3.5 - tokens / 100, None) for tokens in (10, 20, 30)]
    for point in points:
        kept.add(point)
    kept.begin(20)
    assert curve.read(tmp_path / "curve.csv") == points[:2]
    assert curve.draw(points[:2]).count("<polyline") == 2
    assert curve.draw([]).startswith("<svg")


@pytest.mark.parametrize("path", sorted(resource("recipes").glob("*.toml")), ids=lambda p: p.stem)
def test_recipes_that_ship_can_be_carried_out(path: Path) -> None:
    """Every builder exists, the shares make a whole, and licences are named."""
    found = recipe.find(path.stem)
    assert found.name == path.stem
    assert {part.examples for part in found.mix} <= BUILDERS.keys()
    assert sum(part.share for part in found.mix) == pytest.approx(1.0)
    assert found.data
    assert all(source.licence for source in found.data)


def test_a_recipe_survives_writing_and_reading(tmp_path: Path) -> None:
    """What is kept beside an adapter makes it again."""
    written = tiny_runs.recipe(tmp_path)
    assert recipe.parse(written.to_toml()) == written


@pytest.mark.parametrize("text", ["", "name = 3", "[schedule]\nspeed = 1", "{"])
def test_nonsense_is_no_recipe(text: str) -> None:
    """The error is a sentence."""
    with pytest.raises(TrainingError):
        recipe.parse(text)


def test_an_unknown_recipe_is_named() -> None:
    """Neither a shipped one nor a file."""
    with pytest.raises(TrainingError, match="poet"):
        recipe.find("poet")
