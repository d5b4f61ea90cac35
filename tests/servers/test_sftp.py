"""OpenSSH's server, and others, as a destination."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from support.conformance import Conformance, Place
from support.server_programs import rclone_serving
from support.sftp_server import SshServer, sshd

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def stored_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class TestOpenSsh(Conformance):
    @pytest.fixture
    def place(self, server: SshServer, tmp_path: Path) -> Place:
        folder = tmp_path / "there it is"
        folder.mkdir()
        base = f"ssh://{server.user}@127.0.0.1:{server.port}{quote(str(tmp_path))}"
        options: dict[str, str | None] = {
            "ssh-keyfile": str(server.user_key),
            "ssh-fingerprint": _md5(server),
        }
        return Place(f"{base}/there%20it%20is", f"{base}/absent", options, stored=lambda: stored_in(folder))


def _md5(server: SshServer) -> str:
    import base64
    import hashlib

    kind, blob = server.public().split()
    digest = hashlib.md5(base64.b64decode(blob), usedforsecurity=False).hexdigest().upper()
    return f"{kind} 256 " + ":".join(digest[n : n + 2] for n in range(0, 32, 2))


class TestRcloneServer(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def served(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
        folder = tmp_path_factory.mktemp("served")
        with rclone_serving(
            "sftp", folder, tmp_path_factory.mktemp("work"), user="me", password="pass word"
        ) as port:
            yield folder, port

    @pytest.fixture
    def place(self, served: tuple[Path, int], tmp_path: Path) -> Place:
        top, port = served
        folder = top / tmp_path.name
        folder.mkdir()
        base = f"ssh://127.0.0.1:{port}/{tmp_path.name}"
        options: dict[str, str | None] = {
            "auth-username": "me", "auth-password": "pass word", "ssh-accept-any-fingerprints": "true",
        }  # fmt: skip
        return Place(
            base, f"{base}-absent", options, secrets=("pass word",), stored=lambda: stored_in(folder)
        )
