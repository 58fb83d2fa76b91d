"""Judging translations: both ways, beside what needs no model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.bench.judging import translations
from assistant.bench.judging.run import bench_for, judge
from assistant.bench.judging.selection import Learned
from assistant.core.errors import TaskNotPossible
from assistant.core.jobs import EngineSpec
from assistant.core.requests import Request
from assistant.models.description import Ability, Kind, Verdict
from assistant.tasks.examples import nearest
from tests.tasks.desks import RuleEngine, model, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.engines.base import Engine
    from assistant.engines.pool import EnginePool
    from assistant.models.description import ModelDescription

SPEC = EngineSpec("translator")
NONE = Ability(Verdict.NO)
PAIRS = {
    "The cat sleeps on the roof.": "Le chat dort sur le toit.",
    "My brother sells old books.": "Mon frère vend de vieux livres.",
    "Nobody knew the way to the lake.": "Personne ne connaissait le chemin du lac.",
}


class _Engines:
    """One engine that translates by `table`, in these directions alone."""

    def __init__(self, table: dict[str, str], *directions: str) -> None:
        def rule(request: Request) -> str:
            return table[text_of(request.prompt).partition(": ")[2]]

        able = Ability(Verdict.ROUGH, prompt="translator")
        abilities = {f"translate.{direction}": able for direction in directions}
        described = replace(model(Kind.CHAT), abilities={**abilities, "translate": NONE})
        self.engine = RuleEngine(described, rule)

    def engine_for(self, *_: object) -> Engine:
        return self.engine

    def describe(self, _spec: EngineSpec) -> ModelDescription:
        return self.engine.model


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with pairs, one of them too long, and one that models are shown."""
    shown = nearest("", "en", "fr", 1)[0]
    long = ("word " * 30 + "end.", "mot " * 30 + "fin.")
    rows = [*PAIRS.items(), (shown.source, shown.target), long]
    text = "".join(f"{english}\t{french}\n" for english, french in rows)
    (tmp_path / "tatoeba.en-fr.tsv").write_text(text, "utf-8")
    return tmp_path


def test_each_pair_is_put_both_ways(data: Path) -> None:
    """A model that knows every pair has all; the nearest example has little."""
    both = PAIRS | {french: english for english, french in PAIRS.items()}
    engines = _Engines(both, "en-fr", "fr-en")
    bench = bench_for(SPEC, engines, data, lambda *_: None, lambda: False)
    scores = translations.judge(bench)
    assert scores["items"] == 6
    for direction in ("en_fr", "fr_en"):
        assert scores[f"bleu_{direction}"] == pytest.approx(100)
        assert scores[f"chrf_{direction}"] == pytest.approx(100)
        assert 0 <= scores[f"rival_bleu_{direction}"] < 50
    assert "bleu_en_de" not in scores


def test_half_as_many_pairs_as_the_limit_says(data: Path) -> None:
    both = PAIRS | {french: english for english, french in PAIRS.items()}
    engines = _Engines(both, "en-fr", "fr-en")
    verdicts = judge(
        SPEC, engines, data, lambda *_: None, lambda: False, tasks=["translations"], limit=4
    )
    assert verdicts.scores["translations"]["items"] == 4


def test_only_the_directions_that_the_model_can_do(data: Path) -> None:
    engines = _Engines(PAIRS, "en-fr")
    bench = bench_for(SPEC, engines, data, lambda *_: None, lambda: False)
    scores = translations.judge(bench)
    assert scores["items"] == 3
    assert "bleu_fr_en" not in scores


def test_a_model_that_cannot_translate_is_noted(data: Path) -> None:
    engines = _Engines({})
    bench = bench_for(SPEC, engines, data, lambda *_: None, lambda: False)
    with pytest.raises(TaskNotPossible):
        translations.judge(bench)


def test_what_was_learned_from_is_left_out(
    data: Path, spec: EngineSpec, pool: EnginePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learned, "is_unseen", lambda _self, group: "cat" not in group)
    bench = bench_for(spec, pool, data, lambda *_: None, lambda: False)
    assert {item.text for item in translations._items(bench)} == {
        text for pair in list(PAIRS.items())[1:] for text in pair
    }
