"""The card of an adapter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from assistant.bench import samples
from assistant.bench.card import write_card
from assistant.bench.judging.run import bench_for
from assistant.core.errors import InklingError

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.bench.judging.subject import Bench
    from assistant.core.jobs import EngineSpec
    from assistant.engines.pool import EnginePool

RECIPE = """
name = "teller"
base = "smollm2"

[schedule]
tokens = 1000000

[[mix]]
examples = "stories"
share = 1.0

[[data]]
name = "books"
title = "Old books"
licence = "public domain"
attribution = "Somebody"
"""
PURPOSE = """
title = "Teller"
summary = "Goes on with stories."
default_for = ["{key}"]
weaknesses = ["It forgets who is who."]
"""
SCORES = {"answers": {"f1": 41.0, "against_f1": 13.0, "rival_f1": 18.0, "items": 200}}


@pytest.fixture
def bench(spec: EngineSpec, pool: EnginePool, data: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(samples, "COUNT", 2)
    return bench_for(spec, pool, data, lambda *_: None, lambda: False)


def _adapter(folder: Path, key: str) -> Path:
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    (folder / "adapter.toml").write_text(PURPOSE.format(key=key), "utf-8")
    (folder / "curve.csv").write_text("tokens,seconds,rate,loss,held_out\n4096,1,1,3,\n", "utf-8")
    (folder / "curve.svg").write_text("<svg/>", "utf-8")
    return folder


@pytest.mark.parametrize("key", ["continue", "ask", "rewrite.proofread"])
def test_a_card_says_all_that_is_known(tmp_path: Path, bench: Bench, key: str) -> None:
    write_card(_adapter(tmp_path, key), bench, SCORES)
    card = (tmp_path / "card.md").read_text("utf-8")
    for part in (
        "# Teller", "Goes on with stories.", "**Old books**", "public domain", "Somebody",
        "100% stories", "4,096 tokens", "(curve.svg)", "41.0 | 13.0 | 18.0",
        "- It forgets who is who.", "2. Given",
    ):  # fmt: skip
        assert part in card, part
    assert ("seed 2" in card) is (key == "continue")
    assert json.loads((tmp_path / "scores.json").read_text("utf-8")) == SCORES


def test_scores_of_other_tasks_are_kept(tmp_path: Path, bench: Bench) -> None:
    (tmp_path / "scores.json").write_text('{"gap": {"right": 80.0}}', "utf-8")
    write_card(_adapter(tmp_path, "ask"), bench, SCORES)
    kept = json.loads((tmp_path / "scores.json").read_text("utf-8"))
    assert kept == {"gap": {"right": 80.0}, **SCORES}


@pytest.mark.parametrize("missing", ["recipe.toml", "adapter.toml"])
def test_a_folder_that_is_no_trained_adapter_is_refused(
    tmp_path: Path, bench: Bench, missing: str
) -> None:
    (_adapter(tmp_path, "continue") / missing).unlink()
    with pytest.raises(InklingError, match=missing):
        write_card(tmp_path, bench, SCORES)
    assert not (tmp_path / "card.md").exists()
