"""Drafts of programs that died are offered, those in use are not, and none is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.core.errors import DocumentError
from assistant.core.steering import NO_STEERING, Lore, Steering
from assistant.documents.recovery import RecoveryStore

WRITER = """
import os, signal, sys
from pathlib import Path
from assistant.documents.recovery import RecoveryStore

store = RecoveryStore(Path(sys.argv[1]))
session = store.new_session()
store.save(session, "中文 😀 half \\ud83d", path=Path("/somewhere/story.md"), caret=4)
print("saved", flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


def dead_draft(folder: Path, text: str = "lost", path: Path | None = None, caret: int = 0) -> str:
    """Save a draft as a program does that then ends without discarding it."""
    store = RecoveryStore(folder)
    session = store.new_session()
    store.save(session, text, path=path, caret=caret)
    store.close()
    return session


def test_a_draft_is_offered_once_its_program_was_killed(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        assert writer.stdout.readline() == "saved\n"
        before = datetime.now(UTC)
        assert RecoveryStore(folder).pending() == ()
        writer.stdin.write("die\n")
        writer.stdin.close()
        writer.wait(30)
    (draft,) = RecoveryStore(folder).pending()
    assert draft.text == "中文 😀 half \ud83d"
    assert draft.path == Path("/somewhere/story.md").absolute()
    assert draft.caret == 4
    assert draft.saved_at <= before


def test_no_store_offers_its_own_drafts_or_those_of_another_window(folder: Path) -> None:
    one, other = RecoveryStore(folder), RecoveryStore(folder)
    one.save(one.new_session(), "mine")
    other.save(other.new_session(), "mine too")
    assert one.pending() == ()
    assert other.pending() == ()


def test_a_draft_is_offered_by_one_window_until_that_closes(folder: Path) -> None:
    session = dead_draft(folder)
    one, other = RecoveryStore(folder), RecoveryStore(folder)
    assert [draft.session for draft in one.pending()] == [session]
    assert [draft.session for draft in one.pending()] == [session]
    assert other.pending() == ()
    one.close()
    assert [draft.session for draft in other.pending()] == [session]


def test_a_recovered_session_can_be_written_on(folder: Path) -> None:
    session = dead_draft(folder)
    store = RecoveryStore(folder)
    store.pending()
    store.save(session, "lost and found", caret=4)
    (draft,) = store.pending()
    assert (draft.session, draft.text, draft.caret) == (session, "lost and found", 4)


def test_a_discarded_draft_is_gone_and_leaves_nothing(folder: Path) -> None:
    session = dead_draft(folder)
    store = RecoveryStore(folder)
    assert store.pending()
    store.discard(session)
    store.discard(session)
    assert store.pending() == ()
    own = store.new_session()
    store.save(own, "text")
    store.discard(own)
    store.close()
    assert list(folder.iterdir()) == []


def test_each_session_has_its_latest_draft(folder: Path) -> None:
    store = RecoveryStore(folder)
    first, second = store.new_session(), store.new_session()
    store.save(first, "one")
    store.save(second, "two")
    store.save(first, "one more", caret=8)
    store.close()
    drafts = RecoveryStore(folder).pending()
    assert [draft.text for draft in drafts] == ["one more", "two"]
    assert drafts[0].saved_at >= drafts[1].saved_at


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"version": 1}',
        b'{"version": "x"}',
        b'{"version":1,"path":3,"caret":0,"saved_at":"2026-01-01T00:00:00+00:00","text":"a"}',
        b'{"version":1,"path":null,"caret":"0","saved_at":"2026-01-01T00:00:00+00:00","text":"a"}',
        b'{"version":1,"path":null,"caret":0,"saved_at":"yesterday","text":"a"}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_draft_is_put_aside_and_the_others_are_offered(folder: Path, data: bytes) -> None:
    dead_draft(folder, "whole")
    (folder / "abc-1.json").write_bytes(data)
    assert [draft.text for draft in RecoveryStore(folder).pending()] == ["whole"]
    assert (folder / "abc-1.damaged").read_bytes() == data


def test_a_draft_of_a_newer_program_stays_for_that_program(folder: Path) -> None:
    folder.mkdir()
    (folder / "abc-1.json").write_text(json.dumps({"version": 2, "content": "…"}))
    assert RecoveryStore(folder).pending() == ()
    assert (folder / "abc-1.json").exists()


def test_a_caret_outside_the_text_is_put_at_its_end(folder: Path) -> None:
    dead_draft(folder, "short", caret=99)
    (draft,) = RecoveryStore(folder).pending()
    assert draft.caret == 5


def test_a_draft_keeps_the_story_notes(folder: Path) -> None:
    steering = Steering(
        "Ines is nine. 九岁", "Calm.", (Lore(("fox", "狐狸"), "It speaks."),), 30, 90
    )
    store = RecoveryStore(folder)
    store.save(store.new_session(), "text", steering=steering)
    store.close()
    (draft,) = RecoveryStore(folder).pending()
    assert draft.steering == steering


def test_damaged_story_notes_do_not_cost_the_text(folder: Path) -> None:
    session = dead_draft(folder, "whole")
    file = folder / f"{session}.json"
    draft = json.loads(file.read_text())
    assert "story_notes" not in draft
    file.write_text(json.dumps({**draft, "story_notes": {"version": 9}}))
    (found,) = RecoveryStore(folder).pending()
    assert (found.text, found.steering) == ("whole", NO_STEERING)


def test_a_folder_that_is_not_there_holds_nothing(folder: Path) -> None:
    store = RecoveryStore(folder)
    assert store.pending() == ()
    store.discard(store.new_session())
    store.close()


def test_a_folder_that_cannot_be_written_is_said_so(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    store = RecoveryStore(folder)
    with pytest.raises(DocumentError, match="Save your text"):
        store.save(store.new_session(), "text")


def test_what_a_killed_write_left_is_removed_when_it_is_old(folder: Path) -> None:
    folder.mkdir()
    old, fresh = folder / ".inkling-1.tmp", folder / ".inkling-2.tmp"
    old.write_text("half")
    fresh.write_text("half")
    os.utime(old, (1, 1))
    RecoveryStore(folder).pending()
    assert not old.exists()
    assert fresh.exists()


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_drafts_are_for_the_user_alone(folder: Path) -> None:
    dead_draft(folder)
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
