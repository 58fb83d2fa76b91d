"""`inkling complete`: a JSON object a line in, one out, whatever the lines are."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from assistant import cli
from assistant.cli.completion_requests import Draft
from assistant.core.tasks import Complete, Outcome
from assistant.tasks.choices import THRESHOLDS
from tests.engines import tiny_models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny GPT-2."""
    return tiny_models.gpt2(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture
def ask(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Any:
    """Return a function that pipes lines in; it gives the exit code, the answers and the errors."""

    def run(lines: bytes, *options: str) -> tuple[int, list[dict[str, Any]], str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
        code = cli.main(["complete", "--model", str(folder), *options])
        out, err = capfdbinary.readouterr()
        return code, [json.loads(line) for line in out.decode().splitlines()], err.decode()

    return run


def lines(*requests: Any) -> bytes:
    return b"".join(json.dumps(request).encode() + b"\n" for request in requests)


BAD = (
    (b"[1", "JSON"),
    (b"[1]", "object"),
    (b'"before"', "object"),
    (b'{"before": "\xff"}', "UTF-8"),
    (b"[" * 100_000, "JSON"),
    (b'{"before": "x", "threshold": NaN}', "JSON"),
    (b'{"before": "x", "threshold": ' + b"9" * 5000 + b"}", "JSON"),
    (b"{}", "before"),
    (b'{"after": "x"}', "before"),
    (b'{"before": null}', "before"),
    (b'{"before": ["x"]}', "before"),
    (b'{"before": "x", "after": 1}', "after"),
    (b'{"before": "x", "words": 0}', "words"),
    (b'{"before": "x", "words": 1.5}', "words"),
    (b'{"before": "x", "words": true}', "words"),
    (b'{"before": "x", "threshold": 2}', "threshold"),
    (b'{"before": "x", "threshold": "0.5"}', "threshold"),
    (b'{"before": "x", "seconds": 0}', "seconds"),
    (b'{"before": "x", "offset": -1}', "offset"),
    (b'{"before": "x", "alternatives": 4}', "alternatives"),
    (b'{"before": "x", "by_hand": 1}', "by_hand"),
    (b'{"before": "x", "memory": null}', "memory"),
    (b'{"before": "x", "note": ["sad"]}', "note"),
    (b'{"before": "x", "lore": {}}', "lore"),
    (b'{"before": "x", "lore": ["Anna"]}', "lore"),
    (b'{"before": "x", "lore": [{"text": "Anna is a smith."}]}', "lore"),
    (b'{"before": "x", "lore": [{"keywords": "Anna", "text": "x"}]}', "lore"),
    (b'{"before": "x", "lore": [{"keywords": [1], "text": "x"}]}', "lore"),
    (b'{"before": "x", "lore": [{"keywords": [], "text": 1}]}', "lore"),
    (b'{"before": "x", "lore": [{"keywords": [], "text": "x", "words": 1}]}', "lore"),
    (b'{"before": "x", "treshold": 0.5}', "treshold"),
    (b'{"before": "x", "\\ud83d": 0.5}', "Known are"),
)


def test_each_line_gets_its_answer_in_order(ask: Any) -> None:
    code, answers, _ = ask(
        lines(
            {"before": "Once upon a ti", "id": 1, "by_hand": True, "seconds": 60, "words": 2},
            {"before": "", "id": "two"},
            {"before": "He wal", "after": "ked", "id": [3]},
        )
    )
    assert code == 0
    assert [answer["id"] for answer in answers] == [1, "two", [3]]
    assert [answer["silence"] for answer in answers] == [None, "empty", "in a word"]
    first = answers[0]
    assert list(first) == [
        "id", "suggestions", "silence", "milliseconds", "prompt_tokens", "reused_tokens",
    ]  # fmt: skip
    (suggestion,) = first["suggestions"]
    assert set(suggestion) == {"text", "log_probability", "source", "ending"}
    assert suggestion["text"]
    assert suggestion["log_probability"] < 0
    assert suggestion["source"] == "model"
    assert first["prompt_tokens"] == len("Once upon a ti")
    assert first["milliseconds"] > 0
    assert answers[1]["suggestions"] == []


def test_a_bad_line_is_told_and_the_next_one_is_answered(ask: Any) -> None:
    good = lines({"before": "", "id": 2})
    code, answers, _ = ask(b"".join(line + b"\n" + good for line, _ in BAD))
    assert code == 0
    assert len(answers) == 2 * len(BAD)
    for (_, says), told, answer in zip(BAD, answers[::2], answers[1::2], strict=True):
        assert set(told) == {"id", "error"}
        assert says in told["error"]
        assert (answer["id"], answer["silence"]) == (2, "empty")


def test_what_is_wrong_with_a_request_is_told_with_its_id(ask: Any) -> None:
    _, answers, _ = ask(lines({"before": 1, "id": "seven"}))
    assert answers[0]["id"] == "seven"


def test_lines_may_come_from_windows_and_be_blank_and_the_last_one_unended(ask: Any) -> None:
    asked = (
        b'\xef\xbb\xbf{"before": "", "id": 1}\r\n\r\n  \n{"before": "He\\r\\n", "id": "\xc3\xa9"}'
    )
    code, answers, _ = ask(asked)
    assert code == 0
    assert [answer["id"] for answer in answers] == [1, "é"]
    assert "error" not in answers[1]


def test_any_text_is_answered(ask: Any) -> None:
    """Halves of characters and a whole book on one line are no exception."""
    book = "He went to the boat. " * 20_000
    _, answers, _ = ask(
        lines(
            {"before": "A half \ud83d", "id": "\ud83d"},
            {"before": book, "seconds": 60},
            {"before": "老人走了很远的路，", "by_hand": True, "seconds": 60},
        )
    )
    assert answers[0]["id"] == "\ud83d"
    assert ["error" in answer for answer in answers] == [False, False, False]
    assert 100 < answers[1]["prompt_tokens"] < 1024


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Complete, Outcome]]:
    """Return what suggestions were asked for, and what came of it; it grows."""
    from assistant.tasks import run as running

    found: list[tuple[Complete, Outcome]] = []
    carry_out = running.run

    def noting(task: Any, *rest: Any) -> Any:
        outcome = carry_out(task, *rest)
        if isinstance(task, Complete):
            found.append((task, outcome))
        return outcome

    monkeypatch.setattr(running, "run", noting)
    return found


def test_options_are_for_requests_that_do_not_say_otherwise(
    ask: Any, outcomes: list[tuple[Complete, Outcome]]
) -> None:
    requests = lines({"before": ""}, {"before": "", "words": 7, "threshold": 0.9})
    ask(requests)
    ask(requests, "--words", "3", "--eager", "--alternatives", "2", "--markdown")
    ask(requests, "--threshold", "0.1")
    asked = [task for task, _ in outcomes]
    sure, eager = THRESHOLDS["sure"], THRESHOLDS["eager"]
    assert [(task.words, task.threshold) for task in asked] == [
        (12, sure), (7, 0.9), (3, eager), (7, 0.9), (12, 0.1), (7, 0.9),
    ]  # fmt: skip
    assert [(task.alternatives, task.markdown) for task in asked[1:3]] == [(1, False), (2, True)]
    assert all(task.draft is not None for task in asked)


def test_what_steers_a_story_is_read(ask: Any, outcomes: list[tuple[Complete, Outcome]]) -> None:
    """By the options for every request; what a request says itself comes instead."""
    lore = [
        {"keywords": ["Anna", "the smith"], "text": "Anna has red hair."},
        {"keywords": ["Tom"], "text": "Tom is small."},
    ]
    requests = lines(
        {"before": "Anna went", "id": 1},
        {"before": "Anna went", "id": 2, "memory": "It is 1712.\r\n", "lore": lore},
        {"before": "Anna went", "id": 3, "note": "", "lore": []},
    )
    _, answers, _ = ask(requests, "--memory", "They live at sea.", "--note", "sad")
    assert ["error" in answer for answer in answers] == [False, False, False]
    assert [outcome.prompt for _, outcome in outcomes] == [
        "They live at sea.\n\n[sad]\n\nAnna went",
        "It is 1712.\n\nAnna has red hair.\n\n[sad]\n\nAnna went",
        "They live at sea.\n\nAnna went",
    ]
    assert [answer["prompt_tokens"] for answer in answers] == [
        len(outcome.prompt) for _, outcome in outcomes
    ]


def test_a_model_that_is_not_there_ends_it_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert cli.main(["complete", "--model", "no-such-model"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no-such-model" in err


def test_there_is_no_need_to_wait_for_the_end_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    """An answer can be read before the next request is written; waiting, it is interrupted."""
    environment = {**os.environ, "INKLING_HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", "complete", "--model", "scripted"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(2):
            process.stdin.write(lines({"before": "", "id": number}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_the_draft_follows_its_text_through_every_change() -> None:
    """Counted again from the beginning it would say the same."""
    draft = Draft()
    texts = (
        "Elspeth went home.\nElspeth slept.",
        "Elspeth went home.\nElspeth slept. Then Els",
        "Elspeth went home.\n\nElspeth slept.\nMorag woke Elspeth. Then Els",
        "Morag woke.\nMorag slept.",
        "",
    )
    for text in texts:
        found = draft.words(Complete(text[:9], text[9:]))
        again = Draft().words(Complete(text))
        for before, typed in (("Then ", "El"), ("Then ", "Mo"), ("Elspeth ", "")):
            assert found.next_words(before, typed) == again.next_words(before, typed)
