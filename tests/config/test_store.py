"""The settings file: what is written comes back, and no file stops the start."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
import tomllib
import typing
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.config.settings import (
    EditorSettings,
    GenerationSettings,
    ModelSettings,
    Settings,
    SuggestionKeys,
    SuggestionSettings,
)
from assistant.config.store import SettingsStore
from assistant.core.errors import SettingsError

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def values(hint: Any, metadata: typing.Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return what a setting of this type and bounds may be."""
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        return settings_of(hint)
    if typing.get_origin(hint) is Literal:
        return st.sampled_from(typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return st.lists(NAMES, max_size=4).map(tuple)
    if hint is int:
        return st.integers(metadata["minimum"], metadata["maximum"])
    if hint is float:
        return st.floats(metadata["minimum"], metadata["maximum"])
    if hint is bool:
        return st.booleans()
    if hint is str:
        return NAMES
    _, item = typing.get_args(hint)
    return st.dictionaries(NAMES, values(item, metadata), max_size=3)


def settings_of(kind: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(
        kind, **{f.name: values(hints[f.name], f.metadata) for f in dataclasses.fields(kind)}
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


# How long the disk takes is not what is tested.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(settings_of(Settings), settings_of(Settings))
def test_settings_come_back_as_they_were_saved(path: Path, one: Settings, other: Settings) -> None:
    store = SettingsStore(path)
    for saved in (one, other):
        store.save(saved)
        assert store.load().settings == saved
        assert store.load().notice is None
    assert [file.name for file in path.parent.iterdir() if "aside" in file.name] == []
    assert len(list(path.parent.glob("settings*"))) == 1


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    loaded = SettingsStore(path).load()
    assert (loaded.settings, loaded.notice) == (Settings(), None)
    assert not path.exists()


def test_comments_and_unknown_keys_stay(path: Path) -> None:
    path.write_text(
        "# mine\nversion = 1\nfuture = 'x'\n\n[editor]\nfont_size = 20 # big\nglow = true\n\n"
        "[plugin.deep]\nkey = [1, 2]\n"
    )
    store = SettingsStore(path)
    changed = dataclasses.replace(
        store.load().settings,
        editor=EditorSettings(font_size=21),
        recent_files=("/a/b.md",),
        model=ModelSettings(per_task={"translate": "gemma3"}),
    )
    store.save(changed)
    text = path.read_text("utf-8")
    table = tomllib.loads(text)
    assert "# mine" in text
    assert "# big" in text
    assert table["future"] == "x"
    assert table["editor"]["glow"] is True
    assert table["plugin"] == {"deep": {"key": [1, 2]}}
    assert store.load().settings == changed


def test_suggestions_and_their_keys_are_kept(path: Path) -> None:
    """A key that was taken away stays away; a pace that there is not is the usual one."""
    store = SettingsStore(path)
    wanted = SuggestionSettings(
        enabled=False, words=7, keys=SuggestionKeys(accept="Ctrl+G", dismiss="")
    )
    store.save(Settings(suggestions=wanted))
    assert store.load().settings.suggestions == wanted
    table = tomllib.loads(path.read_text("utf-8"))["suggestions"]
    assert (table["keys"]["accept"], table["keys"]["dismiss"]) == ("Ctrl+G", "")
    path.write_text("[suggestions]\npace = 'hasty'\nwords = 4000\nkeys = {ask = 'F2', next = 3}\n")
    loaded = store.load().settings.suggestions
    assert (loaded.pace, loaded.words) == ("normal", 40)
    assert (loaded.keys.ask, loaded.keys.next) == ("F2", "Alt+]")


def test_a_task_that_goes_back_to_the_common_model_is_gone_from_the_file(path: Path) -> None:
    store = SettingsStore(path)
    store.save(Settings(model=ModelSettings(per_task={"translate": "gemma3", "ask": "x"})))
    store.save(Settings(model=ModelSettings(per_task={"ask": "x"})))
    assert store.load().settings.model.per_task == {"ask": "x"}


@pytest.mark.parametrize(
    "text",
    [
        "model.default = 'gpt2'\nmodel.threads = 3\n",
        "model = {default = 'gpt2', threads = 3}\n",
        "[model]\ndefault = 'gpt2'\n[other]\n[model.kinds]\n'a b' = 'chat'\n[editor]\n",
        "[editor.more]\nx = 1\n[model]\ndefault = 'gpt2'\n[editor]\nfont_size = 9\n",
        "\ufeffversion = 1\r\n[model]\r\ndefault = 'gpt2'\r\n",
    ],
)
def test_every_way_to_write_toml_can_be_saved_over(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    store = SettingsStore(path)
    loaded = store.load()
    assert loaded.notice is None
    assert loaded.settings.model.default == "gpt2"
    changed = dataclasses.replace(loaded.settings, language="zh_CN", recent_files=("/x",))
    store.save(changed)
    assert store.load().settings == changed


@pytest.mark.parametrize(
    ("section", "line", "field", "value"),
    [
        ("generation", "words = 1000000", "words", 1000),
        ("generation", "words = -3", "words", 5),
        ("generation", "words = '60'", "words", 60),
        ("generation", "words = 60.0", "words", 60),
        ("generation", "words = true", "words", 60),
        ("generation", "temperature = 1", "temperature", 1.0),
        ("generation", "temperature = nan", "temperature", 0.6),
        ("generation", "temperature = inf", "temperature", 2.0),
        ("generation", f"temperature = 1{'0' * 400}", "temperature", 2.0),
        ("generation", "measured = 1", "measured", True),
        ("editor", "theme = 'pink'", "theme", "system"),
        ("editor", "theme = ['dark']", "theme", "system"),
        ("model", "kinds = 'chat'", "kinds", {}),
        ("model", "per_task = {ask = 1}", "per_task", {}),
        ("model", "per_task = {ask = 1, rewrite = 'x'}", "per_task", {"rewrite": "x"}),
        ("model", "strengths = {a = 1, b = 9, c = 'x'}", "strengths", {"a": 1.0, "b": 1.5}),
        ("model", "use_skills = 0", "use_skills", True),
    ],
)
def test_a_value_that_makes_no_sense_falls_back(
    path: Path, section: str, line: str, field: str, value: object
) -> None:
    path.write_text(f"[{section}]\n{line}\n")
    loaded = SettingsStore(path).load()
    assert loaded.notice is None
    found = getattr(getattr(loaded.settings, section), field)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["model = 3\n", "editor = []\n", "recent_files = 'x'\n", "recent_files = [1]\n"]
)
def test_a_section_that_makes_no_sense_falls_back(path: Path, text: str) -> None:
    path.write_text(text)
    store = SettingsStore(path)
    assert store.load().settings == Settings()
    store.save(Settings(language="en"))
    assert store.load().settings == Settings(language="en")


@pytest.mark.parametrize(
    "data",
    [
        b"language = ",
        b"\xff\xfe\x00",
        b"a = 1\na = 2\n",
        b"x = " + b"[" * 100_000,
        b"version = 'one'\n",
        b"\0",
    ],
)
def test_a_damaged_file_is_kept_aside_and_said_so_once(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    store = SettingsStore(path)
    loaded = store.load()
    aside = path.with_name("settings.damaged-1.toml")
    assert loaded.settings == Settings()
    assert str(aside) in (loaded.notice or "")
    assert aside.read_bytes() == data
    assert store.load().notice is None


def test_a_newer_file_is_kept_aside_and_said_so_once(path: Path) -> None:
    path.write_text("version = 2\nlanguage = 'eo'\n")
    store = SettingsStore(path)
    assert "newer" in (store.load().notice or "")
    assert store.load().notice is None
    assert path.with_name("settings.newer-1.toml").read_text() == "version = 2\nlanguage = 'eo'\n"


def test_files_kept_aside_are_never_written_over(path: Path) -> None:
    store = SettingsStore(path)
    for number in range(1, 4):
        path.write_text(f"damaged {number}")
        store.load()
    kept = sorted(path.parent.glob("settings.damaged-*.toml"))
    assert [file.read_text() for file in kept] == ["damaged 1", "damaged 2", "damaged 3"]


@pytest.mark.parametrize(
    ("text", "aside"),
    [("half [", "settings.damaged-1.toml"), ("version = 9\n", "settings.newer-1.toml")],
)
def test_a_file_that_went_bad_since_it_was_loaded_is_not_written_over(
    path: Path, text: str, aside: str
) -> None:
    store = SettingsStore(path)
    path.write_text(text)
    store.save(Settings(language="en"))
    assert path.with_name(aside).read_text() == text
    assert store.load().settings == Settings(language="en")


def test_a_file_that_cannot_be_read_neither_stops_the_start_nor_is_written_over(path: Path) -> None:
    path.mkdir()
    store = SettingsStore(path)
    loaded = store.load()
    assert loaded.settings == Settings()
    assert str(path) in (loaded.notice or "")
    with pytest.raises(SettingsError, match="could not be saved"):
        store.save(Settings())
    assert path.is_dir()


def test_a_damaged_file_that_cannot_be_moved_is_not_written_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("half [")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    store = SettingsStore(path)
    assert "Permission denied" in (store.load().notice or "")
    with pytest.raises(SettingsError):
        store.save(Settings())
    assert path.read_text() == "half ["


FULL_DISK = """
import resource, sys
from pathlib import Path
from assistant.config.settings import Settings
from assistant.config.store import SettingsStore
from assistant.core.errors import SettingsError

resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    SettingsStore(Path(sys.argv[1])).save(Settings())
except SettingsError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="POSIX limits")
def test_a_full_disk_leaves_the_old_settings(path: Path) -> None:
    path.write_text("language = 'zh_CN'\n")
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True
    )
    assert "Make room" in run.stdout
    assert path.read_text() == "language = 'zh_CN'\n"
    assert [file.name for file in path.parent.glob(".inkling*")] == []


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_settings_that_are_a_link_stay_one(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("")
    path.symlink_to(target)
    SettingsStore(path).save(Settings(language="en"))
    assert path.is_symlink()
    assert tomllib.loads(target.read_text())["language"] == "en"


def test_a_file_name_that_is_no_unicode_is_left_out(path: Path) -> None:
    store = SettingsStore(path)
    odd = os.fsdecode(b"/home/\xff.md")
    store.save(Settings(recent_files=("/a.md", odd), model=ModelSettings(kinds={odd: "chat"})))
    assert store.load().settings == Settings(recent_files=("/a.md",))


def test_the_bounds_hold_the_defaults() -> None:
    for kind in (ModelSettings, GenerationSettings, EditorSettings):
        for field in dataclasses.fields(kind):
            if field.metadata:
                if field.default is not dataclasses.MISSING:
                    assert field.metadata["minimum"] <= field.default <= field.metadata["maximum"]
                assert math.isfinite(field.metadata["maximum"])
