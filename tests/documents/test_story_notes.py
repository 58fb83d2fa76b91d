"""Story notes lie beside their document, only while there are any, and none is written over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from assistant.core.errors import DocumentError
from assistant.core.steering import NO_STEERING, Lore, Steering
from assistant.documents import story_notes

if TYPE_CHECKING:
    from pathlib import Path

NOTES = Steering(
    memory="Ines is nine years old.\n她九岁。 \ud83d",
    note="Calm.",
    lore=(Lore(("fox", "狐狸"), "The fox speaks."), Lore((), "")),
    note_distance=30,
    lore_reach=90,
)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return tmp_path / "My story.md"


def names(document: Path) -> list[str]:
    return sorted(path.name for path in document.parent.iterdir())


def test_notes_come_back_as_they_were(document: Path) -> None:
    story_notes.write(document, NOTES)
    assert names(document) == ["My story.md.inkling.json"]
    assert story_notes.read(document) == NOTES
    assert "狐狸" in story_notes.file_of(document).read_bytes().decode("utf-8", "surrogatepass")


def test_without_notes_there_is_no_file(document: Path) -> None:
    assert story_notes.read(document) == NO_STEERING
    story_notes.write(document, Steering(memory=" \n", note_distance=5))
    assert names(document) == []
    story_notes.write(document, NOTES)
    story_notes.write(document, NO_STEERING)
    assert names(document) == []


def test_notes_that_have_not_changed_are_not_written_again(document: Path) -> None:
    story_notes.write(document, NOTES)
    file = story_notes.file_of(document)
    state = file.stat()
    story_notes.write(document, NOTES)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (state.st_ino, state.st_mtime_ns)


def kept(**changes: object) -> bytes:
    return json.dumps({**story_notes.to_json(Steering("x")), **changes}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        kept(version=2),
        kept(memory=3),
        kept(lore=[{"keywords": ["a"]}]),
        kept(lore=[{"keywords": [1], "text": ""}]),
        kept(note_distance="60"),
        kept(lore_reach=-1),
    ],
)
def test_what_cannot_be_read_stays_and_is_put_aside_for_new_notes(
    document: Path, data: bytes
) -> None:
    file = story_notes.file_of(document)
    file.write_bytes(data)
    with pytest.raises(DocumentError, match="cannot be read"):
        story_notes.read(document)
    story_notes.write(document, NO_STEERING)
    assert file.read_bytes() == data
    story_notes.write(document, NOTES)
    assert story_notes.read(document) == NOTES
    assert (document.parent / "My story.md.inkling-aside.json").read_bytes() == data
    file.write_bytes(b"again")
    story_notes.write(document, NOTES)
    assert (document.parent / "My story.md.inkling-aside.json").read_bytes() == data
    assert (document.parent / "My story.md.inkling-aside-2.json").read_bytes() == b"again"


def test_a_place_that_cannot_be_written_is_said_so(document: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be kept"):
        story_notes.write(document / "nowhere" / "x.md", NOTES)
    story_notes.file_of(document).mkdir()
    with pytest.raises(DocumentError):
        story_notes.read(document)
    with pytest.raises(DocumentError):
        story_notes.write(document, NOTES)
