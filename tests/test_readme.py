"""The README's commands are the ones that are run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def _commands() -> list[str]:
    """Return the README's one-line shell commands that begin at a fresh clone."""
    blocks = re.findall(
        r"```(?:sh|bash)\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    lines = [line for block in blocks for line in block.splitlines()]
    begin = "python3 -m venv .venv && "
    return [line for line in lines if line.startswith(begin) and "inkling" in line]


def test_set_up_is_two_commands_of_one_line() -> None:
    use, develop = _commands()
    assert use.endswith("&& .venv/bin/inkling models get && .venv/bin/inkling")
    assert develop.endswith("&& .venv/bin/inkling models get && .venv/bin/python -m pytest")


def test_ci_runs_the_readmes_test_command_word_for_word() -> None:
    assert _commands()[1] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_the_readme_names_extras_and_commands_that_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    readme = (ROOT / "README.md").read_text("utf-8")
    for extra in re.findall(r"\.\[(\w+)\]", readme):
        assert extra in project["optional-dependencies"]
    assert "inkling" in project["scripts"]


def test_the_readmes_links_and_pictures_exist() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", readme):
        assert (ROOT / target).exists(), target
