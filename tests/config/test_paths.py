"""Where the user's folders and the program's resources are."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.config import paths


def test_all_of_the_user_s_folders_are_below_one_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "portable"
    monkeypatch.setenv("INKLING_HOME", str(home))
    folders = [
        paths.config_folder(),
        paths.data_folder(),
        paths.cache_folder(),
        paths.log_folder(),
        paths.models_folder(),
    ]
    assert len(set(folders)) == 5
    assert all(folder.is_dir() and folder.is_relative_to(home) for folder in folders)


def test_without_it_the_system_s_own_folders_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INKLING_HOME")
    monkeypatch.setattr(
        paths.platformdirs, "user_config_dir", lambda name, appauthor: str(tmp_path / name)
    )
    assert paths.config_folder() == tmp_path / "inkling"


def test_resources_are_found() -> None:
    assert paths.resource("catalogue.toml").is_file()
