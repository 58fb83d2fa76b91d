"""The peers' report: which file is compared with, which goals are met, and what precision costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn.functional import cross_entropy

from assistant.core.jobs import EngineSpec
from assistant.engines.causal import CausalEngine
from tests.benchmarks.peer_quality import losses
from tests.benchmarks.peer_table import (
    OURS,
    Measured,
    better_files,
    figures_of,
    medians_of,
    percent_above,
    report,
)
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.engines.reading import Reader

FOUR, EIGHT = ("llama.cpp", "gg/model.Q4_1.gguf"), ("llama.cpp", "gg8/model.Q8_0.gguf")


def figures(writing: float, first: float) -> dict[str, float]:
    return {"load": 0.5, "MiB": 100.0, "first 512": first, "128": writing, "1000": 60, "ghost": 100}


MEASURED = Measured(
    {
        OURS: [figures(150, 400), figures(120, 380), figures(130, 900)],
        FOUR: [figures(100, 1600)] * 3,
        EIGHT: [figures(90, 1000)] * 3,
    },
    {
        "float32": {"read": 20.0, "written": 25.0},
        "balanced": {"read": 20.2, "written": 25.5},
    },
    700.0,
    ("onnxruntime",),
)


def lines_of(measured: Measured, start: str) -> list[str]:
    return [line for line in report(measured) if line.startswith(start)]


def test_each_column_is_compared_with_the_file_that_is_better_in_it() -> None:
    better = better_files(medians_of(MEASURED.speed))
    assert better["128"] == FOUR
    assert better["first 512"] == EIGHT
    found = figures_of(MEASURED)
    assert found["128"] == pytest.approx(1.3)
    assert found["first 512"] == pytest.approx(0.4)


def test_goals_are_met_or_missed_by_the_medians() -> None:
    (short,) = lines_of(MEASURED, "writing after 128")
    (long,) = lines_of(MEASURED, "writing after 1,000")
    (first,) = lines_of(MEASURED, "first token")
    (load,) = lines_of(MEASURED, "loading")
    assert [line.rpartition(" ")[2] for line in (short, long, first, load)] == [
        "met",
        "MISSED",
        "met",
        "met",
    ]


def test_perplexity_counts_by_how_much_it_is_above_float32s() -> None:
    """Read beside read, and what was written beside the same text in float32."""
    above = percent_above(MEASURED)["balanced"]
    assert above["read"] == pytest.approx(1.0)
    assert above["written"] == pytest.approx(2.0)
    (read,) = lines_of(MEASURED, "perplexity, balanced, read")
    (written,) = lines_of(MEASURED, "perplexity, balanced, written")
    assert read.endswith(" met")
    assert written.endswith(" MISSED")


def test_without_llama_cpp_and_prose_the_rest_is_still_reported() -> None:
    bare = Measured({OURS: MEASURED.speed[OURS]}, missing=("llama.cpp",))
    (short,) = lines_of(bare, "writing after 128")
    (load,) = lines_of(bare, "loading")
    assert short.endswith("not measured")
    assert load.endswith(" met")
    assert math.isnan(figures_of(bare)["packing"])
    assert lines_of(bare, "left out: llama.cpp")


def test_losses_are_those_of_the_model_however_it_is_read(tmp_path: Path) -> None:
    model = tiny_models.describe(tiny_models.llama(tmp_path), "llama")
    ids = list(range(4, 60))

    def reader(precision: str) -> Reader:
        engine = CausalEngine(model, EngineSpec("tiny", "cpu", precision, threads=1))
        engine.load(lambda _event: None, lambda: False)
        assert engine._prefixes is not None
        return engine._prefixes.borrow(ids, len(ids))

    with torch.inference_mode():
        logits = reader("float32").all_logits(torch.tensor([ids]))[0, :-1]
        expected = cross_entropy(logits, torch.tensor(ids[1:]), reduction="none")
        for at_once in (len(ids), 16):
            assert torch.allclose(losses(reader("exact"), ids, at_once), expected, atol=1e-4)
