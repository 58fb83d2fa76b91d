"""Reading and writing text files without losing a byte that mattered."""

from __future__ import annotations

import codecs
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.core.errors import DocumentError
from assistant.documents import files
from assistant.documents.files import DiskState, Document, read, state_on_disk, write

posix_only = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and links")


def left_over(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.name.startswith(".inkling")]


@pytest.mark.parametrize(
    ("data", "text", "encoding", "newline", "has_bom"),
    [
        (b"", "", "utf-8", "\n", False),
        ("na\u00efve 中文 😀\n".encode(), "na\u00efve 中文 😀\n", "utf-8", "\n", False),
        (codecs.BOM_UTF8 + b"a\r\nb\r\n", "a\nb\n", "utf-8", "\r\n", True),
        (codecs.BOM_UTF16_LE + "é\r\n😀".encode("utf-16-le"), "é\n😀", "utf-16-le", "\r\n", True),
        (codecs.BOM_UTF16_BE + "中文".encode("utf-16-be"), "中文", "utf-16-be", "\n", True),
        (codecs.BOM_UTF32_LE + "中文".encode("utf-32-le"), "中文", "utf-32-le", "\n", True),
        ("市长说，桥关了。\r\n".encode("gb18030"), "市长说，桥关了。\n", "gb18030", "\r\n", False),
        ("他说OK。𠀀".encode("gb18030"), "他说OK。𠀀", "gb18030", "\n", False),
        ("Un résumé naïf, déjà vu… “oui”".encode("cp1252"), None, "cp1252", "\n", False),
        ("Größe für Mädchen".encode("cp1252"), None, "cp1252", "\n", False),
        (b"one\rtwo\r", "one\ntwo\n", "utf-8", "\r", False),
    ],
)
def test_a_file_is_read_as_it_was_meant_and_saved_as_it_was(
    tmp_path: Path, data: bytes, text: str | None, encoding: str, newline: str, has_bom: bool
) -> None:
    path = tmp_path / "story.txt"
    path.write_bytes(data)
    document = read(path)
    assert document.text == (data.decode(encoding) if text is None else text)
    assert (document.encoding, document.newline, document.has_bom) == (encoding, newline, has_bom)
    write(document)
    assert path.read_bytes() == data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\t中é😀©")))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "gb18030", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_text_comes_back_as_it_was_written(
    tmp_path: Path, encoding: str, newline: str, text: str
) -> None:
    text = text.replace("\r", "").replace("\0", "").lstrip("\ufeff")
    bom = encoding.startswith("utf-16")
    written = write(Document(text, tmp_path / "a.txt", encoding, newline, bom))
    found = read(tmp_path / "a.txt")
    assert found.text == text
    assert found.stamp == written.stamp
    if not text.isascii():
        assert found.encoding == written.encoding


def test_mixed_line_ends_become_the_commoner_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"1\r\n2\n3\r\n4\r5")
    document = read(path)
    assert (document.text, document.newline) == ("1\n2\n3\n4\n5", "\r\n")


def test_a_character_that_the_encoding_lacks_makes_the_file_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("déjà vu ici".encode("cp1252"))
    written = write(replace(read(path), text="déjà 中文"))
    assert written.encoding == "utf-8"
    assert path.read_text("utf-8") == "déjà 中文"


def test_an_encoding_that_could_not_be_guessed_again_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("市长说，桥关了。".encode("gb18030"))
    written = write(replace(read(path), text="© only"))
    assert written.encoding == "utf-8"
    assert read(path).text == "© only"


def test_what_is_no_character_does_not_stop_saving(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write(Document("a\ud83db\0c", path, has_bom=True))
    assert path.read_bytes() == codecs.BOM_UTF8 + "a\ufffdb\ufffdc".encode()
    assert read(path).text == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00",
        b"%PDF-1.7\n%\xe2\xe3\n1 0 obj",
        "no mark".encode("utf-16-le"),
        codecs.BOM_UTF16_LE + b"odd",
        b"\x81\x8d\x8f\x90\x9d \xff",
        bytes(range(256)),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match="not a text file"):
        read(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no file"):
        read(tmp_path / "nowhere.txt")


def test_a_folder_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not a file"):
        read(tmp_path)
    with pytest.raises(DocumentError, match="not a file"):
        write(Document("text", tmp_path))


@posix_only
def test_a_pipe_is_neither_waited_for_nor_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DocumentError):
        read(pipe)
    with pytest.raises(DocumentError):
        write(Document("text", pipe))
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 10)
    assert read(path).text == "x" * 10
    path.write_bytes(b"x" * 11)
    with pytest.raises(DocumentError, match="Split"):
        read(path)


@posix_only
def test_an_unreadable_path_is_explained(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for attempt in (lambda: read(loop), lambda: write(Document("text", loop))):
        with pytest.raises(DocumentError):
            attempt()
    assert loop.is_symlink()
    assert left_over(tmp_path) == []


@posix_only
def test_a_symbolic_link_stays_one_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "real.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    write(replace(read(link), text="new"))
    assert link.is_symlink()
    assert target.read_text() == "new"
    target.unlink()
    write(Document("again", link))
    assert target.read_text() == "again"


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_permissions_stay_those_of_the_file(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(mode)
    write(Document("new", path))
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix_only
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary.txt"
    ordinary.write_text("x")
    write(Document("new", tmp_path / "a.txt"))
    assert (tmp_path / "a.txt").stat().st_mode == ordinary.stat().st_mode


def test_a_write_protected_file_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Putting a new file in its place would be possible, and not what the protection is for."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    # The system lets root write anywhere, so the answer that others get is given here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DocumentError, match="not allowed"):
        write(Document("new", path))
    assert path.read_text() == "old"


def test_a_folder_that_has_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="not there any more"):
        write(Document("text", tmp_path / "gone" / "a.txt"))
    (tmp_path / "file").write_text("")
    with pytest.raises(DocumentError):
        write(Document("text", tmp_path / "file" / "a.txt"))


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), OSError(5, "input/output")])
@pytest.mark.parametrize("step", ["fsync", "open"])
def test_whatever_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, step: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(DocumentError, match="another name"):
        write(Document("new", path))
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert left_over(tmp_path) == []


FULL_DISK = """
import resource, sys
from pathlib import Path
from assistant.core.errors import DocumentError
from assistant.documents.files import Document, read, write

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
path = Path(sys.argv[1])
try:
    write(Document("x" * 100_000, path))
except DocumentError as error:
    print(error)
"""


@posix_only
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True
    )
    assert "no room" in run.stdout
    assert path.read_text() == "old"
    assert left_over(tmp_path) == []


def test_a_file_changed_or_removed_by_another_program_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    new = Document("text", path)
    assert state_on_disk(new) is DiskState.SAME
    document = write(new)
    assert state_on_disk(document) is DiskState.SAME
    assert state_on_disk(read(path)) is DiskState.SAME
    path.write_text("longer text")
    assert state_on_disk(document) is DiskState.CHANGED
    assert state_on_disk(new) is DiskState.CHANGED
    os.utime(path, ns=(1, 1))
    assert state_on_disk(read(path)) is DiskState.SAME
    path.unlink()
    assert state_on_disk(document) is DiskState.GONE
    assert state_on_disk(write(document)) is DiskState.SAME
