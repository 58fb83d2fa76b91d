"""The command line: text in, text out, and what it says when it cannot."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant import cli
from assistant.config.paths import config_folder
from tests.engines import tiny_models

BRIDGE = (
    "The city council voted on Tuesday to close the old bridge over the river for repairs that "
    "will last until spring. Engineers found cracks in two of the four pillars last month after "
    "heavy floods. The repair will cost nine million euros, of which the state pays two thirds."
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs a command and gives its exit code, output and error output."""

    def run_command(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        out, err = capsys.readouterr()
        return code, out, err

    return run_command


def test_continue_streams_text(run: Any) -> None:
    code, out, _ = run("continue", "Once upon a time", "--model", "scripted")
    assert code == 0
    assert len(out.split()) > 5


def test_what_follows_and_what_steers_is_given_to_the_model(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows is for one that fills gaps; any other goes on as ever."""
    from assistant.tasks import run as running

    tasks: list[Any] = []
    carry_out = running.run

    def noting(task: Any, *rest: Any) -> Any:
        tasks.append(task)
        return carry_out(task, *rest)

    monkeypatch.setattr(running, "run", noting)
    code, out, _ = run("continue", "He rose.", "--after", "He sat.", "--model", "scripted")
    assert code == 0
    assert len(out.split()) > 5
    assert (tasks[0].after, tasks[0].steering.empty) == ("He sat.", True)
    steered = ("--memory", "He is old.", "--note", "Calm.")
    assert run("continue", "He rose.", *steered, "--model", "scripted")[0] == 0
    assert (tasks[1].steering.memory, tasks[1].steering.note) == ("He is old.", "Calm.")


def test_json_is_one_object_with_everything(run: Any) -> None:
    code, out, _ = run("continue", "Once", "--model", "scripted", "--max-tokens", "7", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["tokens"]["new"] == len(answer["ids"]) == 7
    assert answer["finish"] == "length"
    assert answer["model"] == "scripted"
    assert answer["device"] == "cpu"
    assert set(answer["seconds"]) == {"load", "first", "total"}
    assert 0 <= answer["seconds"]["first"] <= answer["seconds"]["total"]


def test_json_tells_what_each_token_was_chosen_from(run: Any) -> None:
    code, out, _ = run(
        "continue", "Once", "--model", "scripted", "--versions", "2", "--seed", "1", "--look", "4",
        "--json",
    )  # fmt: skip
    answer = json.loads(out)
    assert code == 0
    assert len(answer["choices"]) == len(answer["versions"]) == 2
    for text, tokens in zip(answer["versions"], answer["choices"], strict=True):
        assert "".join(text[token["start"] : token["end"]] for token in tokens) == text
        assert all(len(token["options"]) == 4 for token in tokens)
        assert all(token["log_probability"] < 0 for token in tokens)
    assert set(answer["choices"][0][0]["options"][0]) == {"text", "log_probability", "whole"}


def test_what_tokens_were_chosen_from_has_no_room_in_plain_text(run: Any) -> None:
    code, out, err = run("continue", "Once", "--model", "scripted", "--look", "4")
    assert (code, out) == (2, "")
    assert "--json" in err


def test_a_question_is_answered_with_its_place(run: Any) -> None:
    question = "How much will the repair cost?"
    code, out, _ = run("ask", BRIDGE, "--question", question, "--json", "--model", "scripted")
    answer = json.loads(out)
    assert code == 0
    assert answer["found"] is True
    assert "nine million euros" in answer["text"]
    (span,) = answer["spans"]
    assert "nine million euros" in BRIDGE[span["start"] : span["end"]]


def test_what_is_not_in_the_text_is_said_to_be_not_there(run: Any) -> None:
    _, out, _ = run(
        "ask", BRIDGE, "--question", "Who won the match?", "--json", "--model", "scripted"
    )
    answer = json.loads(out)
    assert answer["found"] is False
    assert answer["spans"] == []


def test_key_sentences_need_no_model(run: Any) -> None:
    code, out, _ = run(
        "summarize", BRIDGE, "--form", "key-sentences", "--sentences", "1", "--json",
        "--model", "scripted",
    )  # fmt: skip
    answer = json.loads(out)
    assert code == 0
    assert answer["form"] == "extract"
    assert answer["model"] is None
    assert answer["text"] in BRIDGE


def test_text_comes_from_a_file_in_its_own_encoding(run: Any, tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    story.write_bytes("从前有一座灯塔，灯塔里住着一位老人，他每天晚上都点灯。".encode("gb18030"))
    code, out, _ = run("summarize", "--file", str(story), "--form", "key-sentences")
    assert code == 0
    assert "灯塔" in out


def test_text_comes_from_standard_input(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BRIDGE.encode())))
    code, out, _ = run("summarize", "--form", "key-sentences", "--sentences", "1")
    assert code == 0
    assert out.strip() in BRIDGE


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("continue", "--file", "no-such-file.txt"), "no-such-file.txt"),
        (("continue", "Once", "--model", "no-such-model"), "no-such-model"),
        (("translate", "Bonjour à tous mes amis", "--model", "scripted", "--to", "xx"), "xx"),
    ],
)
def test_an_error_is_one_sentence_and_a_code(run: Any, words: tuple[str, ...], part: str) -> None:
    code, out, err = run(*words)
    assert code in {1, 2}
    assert out == ""
    assert part in err
    assert "Traceback" not in err


def test_wrong_usage_exits_with_two(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\x00")))
    assert run("continue")[0] == 2
    assert run("continue", "text", "--file", "x.txt")[0] == 2
    with pytest.raises(SystemExit) as caught:
        cli.main(["continue", "text", "--temperature", "9"])
    assert caught.value.code == 2


def test_greedy_gives_the_ids_of_gpt2s_own_generate(run: Any, tmp_path: Path) -> None:
    """The classic: `GPT2LMHeadModel.generate(max_length=50)` on any checkpoint."""
    import torch
    from transformers import AutoTokenizer, GPT2LMHeadModel

    folder = tiny_models.gpt2(tmp_path / "gpt2")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = GPT2LMHeadModel.from_pretrained(folder)
    prompt = tokenizer("Once upon a time", return_tensors="pt").input_ids
    new = 50 - prompt.shape[1]
    with torch.inference_mode():
        expected = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_length=50, do_sample=False
        )[0, prompt.shape[1] :].tolist()
    code, out, _ = run(
        "continue", "--model", str(folder), "Once upon a time", "--max-tokens", str(new),
        "--greedy", "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["ids"] == expected


def test_the_same_seed_gives_the_same_text(run: Any, tmp_path: Path) -> None:
    folder = str(tiny_models.gpt2(tmp_path / "gpt2"))
    words = ("continue", "Once", "--model", folder, "--max-tokens", "12", "--json", "--seed")
    first, again, other = (json.loads(run(*words, seed)[1])["ids"] for seed in ("3", "3", "4"))
    assert first == again
    assert first != other


def test_ctrl_c_stops_at_once_and_cleanly(tmp_path: Path) -> None:
    environment = {**os.environ, "INKLING_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "assistant", "continue", "Once", "--max-tokens", "100000"]
    with subprocess.Popen(
        [*command, "--model", "scripted:slow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    environment = {**os.environ, "INKLING_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "assistant", "continue", "Once", "--max-tokens", "60"]
    with subprocess.Popen(
        [*command, "--model", "scripted:slow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
    assert b"Traceback" not in err


def test_a_damaged_settings_file_is_put_aside_and_said_so_once(run: Any) -> None:
    path = config_folder() / "settings.toml"
    path.write_text("= nonsense", "utf-8")
    words = ("summarize", BRIDGE, "--form", "key-sentences")
    code, out, err = run(*words)
    assert code == 0
    assert "bridge" in out
    assert "settings.damaged-1.toml" in err
    assert run(*words)[2] == ""
    assert (config_folder() / "settings.damaged-1.toml").read_text("utf-8") == "= nonsense"


def test_help_and_version_say_what_a_newcomer_needs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    for word in ("continue", "summarize", "translate", "ask", "rewrite", "models get"):
        assert word in text
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("inkling ")


def test_without_a_display_one_sentence_names_the_command_line(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    }
    run = subprocess.run(
        [sys.executable, "-m", "assistant"],
        capture_output=True,
        text=True,
        env={**environment, "INKLING_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        check=False,
        timeout=60,
    )
    if sys.platform.startswith("linux"):
        assert run.returncode == 1
        assert "inkling continue" in run.stderr
        assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["continue", "summarize", "translate", "ask", "rewrite"])
def test_every_task_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "--help"])
    assert caught.value.code == 0
    assert "--model" in capsys.readouterr().out
