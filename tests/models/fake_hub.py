"""A hub on loopback: enough of its interface for huggingface_hub to fetch a model."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """The repositories it has, and how it behaves.

    `stalls` names a file that is sent by half. `reached` is set when that file is asked for,
    `release` lets it go on. `asked` are the paths of all requests.
    """

    url: str
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    stalls: str = ""
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def add(self, name: str, folder: Path, **more: bytes) -> dict[str, bytes]:
        """Publish the files of a model folder."""
        files = {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file()}
        self.repositories[name] = {**files, **more}
        return self.repositories[name]

    def fetched(self) -> set[str]:
        """Return the names of the files whose content was asked for."""
        return {path.split("/")[-1] for path in self.asked if path.startswith("GET /resolve ")}


@contextmanager
def serve() -> Iterator[FakeHub]:
    """Run a hub until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    hub = FakeHub(f"http://127.0.0.1:{server.server_port}")
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers `/api/models/…`, its tree, and `/NAME/resolve/COMMIT/FILE`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    @property
    def _hub(self) -> FakeHub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self._hub.agents.add(self.headers.get("User-Agent", ""))
        if match := re.fullmatch(r"/api/models/(.+?)(/revision/[^/]+|/tree/[^/]+)?", path):
            self._about(match[1], tree=(match[2] or "").startswith("/tree"))
        elif match := re.fullmatch(r"/(.+)/resolve/[^/]+/(.+)", path):
            self._file(match[1], match[2])
        else:
            self._refuse(404, "EntryNotFound")

    def _about(self, name: str, *, tree: bool) -> None:
        self._hub.asked.append(f"{self.command} {self.path}")
        if name in self._hub.gated:
            self._refuse(403, "GatedRepo")
        elif name not in self._hub.repositories:
            self._refuse(404, "RepoNotFound")
        else:
            files = self._hub.repositories[name]
            self._json(_tree(files) if tree else _info(name, files))

    def _file(self, name: str, file: str) -> None:
        self._hub.asked.append(f"{self.command} /resolve {name}/{file}")
        content = self._hub.repositories.get(name, {}).get(file)
        if content is None:
            self._refuse(404, "EntryNotFound")
            return
        self.send_response(200)
        self.send_header("ETag", f'"{_blob(content)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if file == self._hub.stalls:
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self._hub.reached.set()
            self._hub.release.wait(60)
            self.close_connection = True
            return
        self.wfile.write(content)

    def _json(self, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _info(name: str, files: dict[str, bytes]) -> dict[str, object]:
    return {
        "id": name,
        "sha": COMMIT,
        "tags": ["text-generation", "license:mit"],
        "siblings": [
            {"rfilename": file, "size": len(content), "blobId": _blob(content)}
            for file, content in files.items()
        ],
    }


def _tree(files: dict[str, bytes]) -> list[dict[str, object]]:
    return [
        {"type": "file", "path": file, "size": len(content), "oid": _blob(content)}
        for file, content in files.items()
    ]


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
