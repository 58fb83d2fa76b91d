"""A package index on loopback that delivers, or misbehaves in the ways that real ones do."""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Mood(Enum):
    """How a file is delivered."""

    WORKS = auto()
    STALLS = auto()
    BREAKS_OFF = auto()
    OTHER_CONTENT = auto()
    LIES_ABOUT_HASH = auto()
    NOT_FOUND = auto()
    SERVER_ERROR = auto()


def wheel(name: str, version: str, files: Mapping[str, bytes]) -> bytes:
    """Return a wheel that holds `files`."""
    stem = f"{name.replace('-', '_')}-{version}.dist-info"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        # What it depends on must never be asked for.
        archive.writestr(f"{stem}/METADATA", metadata + "Requires-Dist: not-to-be-fetched\n")
        tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{stem}/WHEEL", tag)
        archive.writestr(f"{stem}/RECORD", "")
    return buffer.getvalue()


@dataclass
class PackageIndex:
    """What the index has, and how it behaves.

    `release` lets go of stalled connections; `reached` is set when a file is asked for.
    """

    url: str
    wheels: dict[str, bytes] = field(default_factory=dict)
    mood: Mood = Mood.WORKS
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def add(self, name: str, version: str, files: Mapping[str, bytes]) -> bytes:
        """Publish a wheel and return it."""
        content = wheel(name, version, files)
        self.wheels[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"] = content
        return content

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which pip asks this index and nothing else."""
        return {
            "PIP_INDEX_URL": f"{self.url}/simple/",
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_CONSTRAINT": "",
            "PIP_RETRIES": "0",
            "PIP_RESUME_RETRIES": "0",
            "PIP_DEFAULT_TIMEOUT": "30",
        }


@contextmanager
def serve() -> Iterator[PackageIndex]:
    """Run an index until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    index = PackageIndex(f"http://127.0.0.1:{server.server_port}")
    server.index = index  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield index
    finally:
        index.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers as the simple repository API (PEP 503) wants it."""

    protocol_version = "HTTP/1.0"

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    @property
    def _index(self) -> PackageIndex:
        return self.server.index  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        self._index.asked.append(self.path)
        if match := re.fullmatch(r"/simple/([^/]+)/?", self.path):
            self._page(match[1])
        elif self.path.startswith("/files/"):
            self._file(self.path.removeprefix("/files/"))
        else:
            self.send_error(404)

    def _page(self, project: str) -> None:
        if self._index.mood is Mood.SERVER_ERROR:
            self.send_error(500)
            return
        stem = project.replace("-", "_")
        names = [n for n in self._index.wheels if n.split("-")[0] == stem]
        if not names or self._index.mood is Mood.NOT_FOUND:
            self.send_error(404)
            return
        links = []
        for name in names:
            digest = hashlib.sha256(self._index.wheels[name]).hexdigest()
            if self._index.mood is Mood.LIES_ABOUT_HASH:
                digest = digest[::-1]
            # One that sends other content says nothing that pip could notice it by.
            said = "" if self._index.mood is Mood.OTHER_CONTENT else f"#sha256={digest}"
            links.append(f'<a href="/files/{name}{said}">{name}</a>')
        self._send(("<!DOCTYPE html><html><body>" + "".join(links)).encode(), "text/html")

    def _file(self, name: str) -> None:
        content = self._index.wheels[name]
        self._index.reached.set()
        match self._index.mood:
            case Mood.STALLS:
                self._begin(len(content))
                self.wfile.write(content[: len(content) // 2])
                self.wfile.flush()
                self._index.release.wait(60)
            case Mood.BREAKS_OFF:
                self._begin(len(content))
                self.wfile.write(content[: len(content) // 2])
            case Mood.OTHER_CONTENT:
                self._send(_tampered(name, content), "application/zip")
            case _:
                self._send(content, "application/zip")

    def _send(self, content: bytes, kind: str) -> None:
        self._begin(len(content), kind)
        self.wfile.write(content)

    def _begin(self, length: int, kind: str = "application/zip") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def _tampered(name: str, content: bytes) -> bytes:
    """Return another wheel of the same name: valid, and not what was published."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {path: archive.read(path) for path in archive.namelist()}
    project, version, *_ = name.split("-")
    files = {path: data for path, data in files.items() if ".dist-info" not in path}
    return wheel(project, version, {**files, "extra.txt": b"not what was published"})
