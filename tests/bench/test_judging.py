"""Judging a tiny model from end to end."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from assistant.bench.judging import prose, table
from assistant.bench.judging.editor import spoilt_sentences
from assistant.bench.judging.questions import questions
from assistant.bench.judging.registry import TASKS
from assistant.bench.judging.run import bench_for, judge
from assistant.bench.judging.selection import TRAINED_ON, digest_of
from assistant.core.errors import TrainingError, UsageError
from tests.bench import small_data
from tests.engines import tiny_adapters, tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.bench.judging.subject import Bench
    from assistant.core.jobs import EngineSpec
    from assistant.engines.pool import EnginePool

WHOLE = {
    "answers": {"f1", "exact", "answered", "rival_f1", "rival_exact", "items"},
    "refusal": {
        "kept", "declined_other_story", "declined_same_story",
        "rival_kept", "rival_other_story", "rival_same_story", "items",
    },
    "summaries": {"rouge_l", "rival_lead", "rival_key_sentence", "rival_cue", "items"},
    "editor": {"mended", "right_changed", "harper_mended", "both_mended", "untouched", "items"},
    "prose": {
        "bits_per_byte_unseen", "next_word", "repeated_8grams", "rival_bits_per_byte",
        "rival_repeated_8grams", "bits_per_byte_stories", "repeated_8grams_stories", "items",
    },
    "gap": {"right", "right_plain", "rival_right", "items"},
    "efficiency": {"tokens_per_second", "prompt_tokens_per_second", "memory", "parameters"},
}  # fmt: skip


def _ignore(_task: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture
def bench(spec: EngineSpec, pool: EnginePool, data: Path) -> Bench:
    return bench_for(spec, pool, data, _ignore, lambda: False, limit=4)


def test_every_task_gives_its_scores(spec: EngineSpec, pool: EnginePool, data: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    verdicts = judge(spec, pool, data, lambda *words: heard.append(words), lambda: False, limit=4)
    # A folder without pairs of sentences.
    assert set(verdicts.scores) == set(TASKS) - {"translations"}
    for task, names in WHOLE.items():
        assert names <= set(verdicts.scores[task]), task
        assert all(math.isfinite(value) for value in verdicts.scores[task].values())
    assert ("answers", 4, 4) in heard
    shown = table.table(verdicts.scores, "tiny")
    assert "answers (4 items)" in shown
    assert all(line.title in shown for line in TASKS["gap"].lines())


def test_rivals_are_what_their_names_say(spec: EngineSpec, pool: EnginePool, data: Path) -> None:
    scores = judge(spec, pool, data, _ignore, lambda: False, tasks=["summaries"]).scores
    # “We propose a mill that turns by itself and grinds corn.”: six words of “A mill that …”.
    assert scores["summaries"]["rival_cue"] == pytest.approx(100 * 2 * 6 / (11 + 6))
    assert scores["summaries"]["rival_lead"] < 30


def test_only_what_has_files_is_judged(spec: EngineSpec, pool: EnginePool, tmp_path: Path) -> None:
    small_data.write(tmp_path, "fairytaleqa_val", small_data.questions())
    verdicts = judge(spec, pool, tmp_path, _ignore, lambda: False)
    assert set(verdicts.scores) == {"efficiency", "answers", "refusal"}


def test_a_named_task_without_its_file_is_an_error(
    spec: EngineSpec, pool: EnginePool, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="scitldr_dev"):
        judge(spec, pool, tmp_path, _ignore, lambda: False, tasks=["summaries"])
    with pytest.raises(UsageError, match="poems"):
        judge(spec, pool, tmp_path, _ignore, lambda: False, tasks=["poems"])
    with pytest.raises(TrainingError, match="nowhere"):
        judge(spec, pool, tmp_path / "nowhere", _ignore, lambda: False)


def test_a_damaged_file_is_told_by_its_name(
    spec: EngineSpec, pool: EnginePool, tmp_path: Path
) -> None:
    (tmp_path / "fairytaleqa_val.jsonl").write_text('{"story": "x"', "utf-8")
    with pytest.raises(TrainingError, match=r"fairytaleqa_val\.jsonl"):
        judge(spec, pool, tmp_path, _ignore, lambda: False, tasks=["answers"])


def test_stopping_gives_the_scores_of_what_was_done(
    spec: EngineSpec, pool: EnginePool, data: Path
) -> None:
    done = 0

    def report(_task: str, count: int, _total: int) -> None:
        nonlocal done
        done = max(done, count)

    verdicts = judge(spec, pool, data, report, lambda: done >= 2, tasks=["answers", "gap"], limit=4)
    assert verdicts.stopped
    assert set(verdicts.scores) == {"answers"}
    assert verdicts.scores["answers"]["items"] == 2


def test_what_does_not_fit_is_counted_apart(
    pool: EnginePool, data: Path, tmp_path: Path, spec: EngineSpec
) -> None:
    folder = tiny_models.llama(tmp_path / "short", max_position_embeddings=80)
    short = replace(spec, model=str(folder))
    verdicts = judge(short, pool, data, _ignore, lambda: False, tasks=["summaries"])
    assert verdicts.scores == {"summaries": {"too_long": 3}}


def test_models_that_cannot_be_held_against_texts_are_noted(
    spec: EngineSpec, pool: EnginePool, data: Path
) -> None:
    scripted = replace(spec, model="scripted")
    verdicts = judge(scripted, pool, data, _ignore, lambda: False, limit=2)
    assert set(verdicts.notes) == {"prose"}
    assert "answers" in verdicts.scores


def test_a_question_has_all_its_answers_and_foreign_passages(bench: Bench) -> None:
    found = {item.question: item for item in questions(replace(bench, limit=10))}
    assert len(found) == 4
    where = found["Where did the hen lay eggs?"]
    assert set(where.golds) == {"in the old barn", "the barn"}
    assert "\n" not in where.passage
    assert where.elsewhere.startswith("The fox")
    assert "boat" in where.other_story or "storm" in where.other_story


def test_the_same_sentences_are_spoilt_each_time(bench: Bench) -> None:
    once, again = (spoilt_sentences(replace(bench, limit=10)) for _ in range(2))
    assert once == again
    assert sum(one.text == one.right for one in once) == 5
    assert sum(one.text != one.right for one in once) == 10


def test_models_set_side_by_side_are_judged_on_the_same_items(
    spec: EngineSpec, pool: EnginePool, data: Path, tmp_path: Path
) -> None:
    def shelves(one: EngineSpec, *beside: EngineSpec) -> list[set[str]]:
        found = bench_for(one, pool, data, _ignore, lambda: False, beside=beside).prose
        sides = (found.unseen("children", 100), found.seen("children", 100))
        return [{passage.group for passage in side} for side in sides]

    learned = min(set.union(*shelves(spec)))
    folder = tiny_adapters.adapter(tmp_path / "voice", spec.model)
    (folder / TRAINED_ON).write_text(f"{digest_of(learned)}\n", "utf-8")
    adapter = replace(spec, model=str(folder))
    assert shelves(adapter)[1] == {learned}
    assert shelves(spec, adapter) == shelves(adapter) == shelves(adapter, spec)
    assert shelves(spec, adapter) != shelves(spec)


def test_bits_per_byte_are_the_scorers(bench: Bench) -> None:
    """The tokens here are bytes: 256 bytes are read, and the next 256 are scored."""
    scores = prose.judge(replace(bench, limit=1))
    (passage,) = bench.prose.unseen("children", 1)
    text = passage.text[:512]
    engine = bench.engine()
    nats = -engine.log_likelihood(text[:256], [text[256:]], lambda: False)[0]  # type: ignore[attr-defined]
    assert scores["bits_per_byte_unseen"] == pytest.approx(nats / math.log(2) / 256, rel=1e-4)


def test_a_next_word_is_right_only_as_a_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that expects every letter, and after a word another letter, has no word right."""
    passages = bench.prose.unseen("children", 1)
    engine = bench.engine()

    def knowing(in_word: bool) -> Callable[..., object]:
        def predictions(texts: list[str], *_: object) -> object:
            return [
                tuple(prose_prediction(end, in_word) for end in range(1, min(len(text), 512) + 1))
                for text in texts
            ]

        return predictions

    for in_word, expected in ((False, 100.0), (True, 0.0)):
        monkeypatch.setattr(engine, "predictions", knowing(in_word))
        read = prose._read(bench, "prose", passages)
        assert prose._next_word(read) == expected


def prose_prediction(end: int, in_word: bool) -> object:
    from assistant.engines.predictions import Prediction

    return Prediction(end, -1.0, right=True, right_after_space=False, in_word=in_word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three four five six seven eight nine", False),
        ("one two three four five six seven eight. One, two three four five six seven eight", True),
        ("he said that he said that he said that he said that he said that", True),
        ("short", False),
    ],
)
def test_a_loop_says_eight_words_twice(text: str, expected: bool) -> None:
    assert prose.loops(text) is expected


def test_a_second_model_stands_beside_the_first() -> None:
    scores = table.against(
        {"answers": {"f1": 40.0, "rival_f1": 18.0}}, {"answers": {"f1": 13.0, "rival_f1": 18.0}}
    )
    assert scores == {"answers": {"f1": 40.0, "rival_f1": 18.0, "against_f1": 13.0}}
    (line,) = [line for line in table.table(scores, "new", "old").split("\n") if "F1" in line]
    assert line.split()[-7:-5] != []
    assert "40.0" in line
    assert line.index("40.0") < line.index("13.0") < line.index("18.0")
