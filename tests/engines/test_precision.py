"""The number format: chosen by name, by device, or by a measurement that is kept."""

from __future__ import annotations

import json

import pytest

from assistant.config.paths import cache_folder
from assistant.core.errors import UsageError
from assistant.engines.precision import choose, fastest_on_processor, measure_precisions


def test_a_named_precision_is_taken_as_it_is() -> None:
    assert choose("float16", "cpu", "bfloat16") == "float16"
    assert choose("stored", "cpu", "bfloat16") == "bfloat16"
    assert choose("stored", "cpu", "int4") == "float32"


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(UsageError, match="float8"):
        choose("float8", "cpu", "float32")


def test_both_formats_are_measured() -> None:
    seconds = measure_precisions()
    assert set(seconds) == {"float32", "bfloat16"}
    assert all(value > 0 for value in seconds.values())


def test_the_measurement_is_made_once_per_machine() -> None:
    made = []

    def measure() -> dict[str, float]:
        made.append(1)
        return {"float32": 1.0, "bfloat16": 2.0}

    assert fastest_on_processor(measure) == "float32"
    assert fastest_on_processor(measure) == "float32"
    assert len(made) == 1
    assert choose("auto", "cpu", "bfloat16") == "float32"


def test_half_the_memory_wins_where_both_are_about_as_fast() -> None:
    assert fastest_on_processor(lambda: {"float32": 0.98, "bfloat16": 1.0}) == "bfloat16"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"fastest": "float8"}', '{"processor": 3}', "\0\0"]
)
def test_a_damaged_file_is_measured_again(content: str) -> None:
    (cache_folder() / "precision.json").write_text(content, "utf-8")
    assert fastest_on_processor(lambda: {"float32": 1.0, "bfloat16": 2.0}) == "float32"


def test_another_processor_or_torch_is_measured_again() -> None:
    fastest_on_processor(lambda: {"float32": 1.0, "bfloat16": 2.0})
    path = cache_folder() / "precision.json"
    kept = json.loads(path.read_text("utf-8"))
    for key in ("processor", "torch"):
        path.write_text(json.dumps(kept | {key: "another"}), "utf-8")
        assert fastest_on_processor(lambda: {"float32": 2.0, "bfloat16": 1.0}) == "bfloat16"


def test_a_folder_that_cannot_be_written_costs_only_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assistant.engines.precision.tempfile.mkstemp", full)
    assert fastest_on_processor(lambda: {"float32": 1.0, "bfloat16": 2.0}) == "float32"
