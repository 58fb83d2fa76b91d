"""The list of words that the grammar check leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.config.ignored_words import IgnoredWords


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "words.txt"


def test_words_are_kept_for_the_next_start(path: Path) -> None:
    assert IgnoredWords(path).words() == ()
    IgnoredWords(path).add("Zorblax")
    IgnoredWords(path).add(" Ängström \n")
    IgnoredWords(path).add("Zorblax")
    IgnoredWords(path).add("  ")
    assert IgnoredWords(path).words() == ("Zorblax", "Ängström")
    assert path.read_text("utf-8") == "Zorblax\nÄngström\n"


def test_the_list_can_be_edited_as_a_whole_and_by_hand(path: Path) -> None:
    words = IgnoredWords(path)
    words.replace(("b", "a", "b"))
    assert words.words() == ("a", "b")
    path.write_bytes("\ufeffc\r\n\r\nd\r\n".encode())
    assert words.words() == ("c", "d")
    words.replace(())
    assert words.words() == ()


def test_two_windows_add_to_one_list(path: Path) -> None:
    one, other = IgnoredWords(path), IgnoredWords(path)
    one.add("a")
    other.add("b")
    assert one.words() == other.words() == ("a", "b")


def test_bytes_of_another_encoding_do_not_lose_the_list(path: Path) -> None:
    path.write_bytes(b"caf\xe9\nword\n")
    IgnoredWords(path).add("new")
    assert path.read_bytes() == b"caf\xe9\nnew\nword\n"


def test_a_list_that_cannot_be_read_is_not_written_over(path: Path) -> None:
    path.mkdir()
    assert IgnoredWords(path).words() == ()
    with pytest.raises(OSError, match="directory"):
        IgnoredWords(path).add("a")
    assert path.is_dir()


def test_the_list_is_in_the_folder_of_what_must_not_be_lost() -> None:
    from assistant.config.paths import data_folder

    IgnoredWords().add("a")
    assert (data_folder() / "ignored-words.txt").exists()
