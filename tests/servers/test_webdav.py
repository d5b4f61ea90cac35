"""WebDAV servers as a destination: Apache, plain, with TLS and with the method Digest, and rclone's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from support.certificates import Certificate, self_signed
from support.conformance import Conformance, Place
from support.server_programs import rclone_serving
from support.webdav_server import PASSWORD, USER, WebDav, apache

pytestmark = pytest.mark.servers


def stored_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def place_at(server: WebDav, name: str, **options: str | None) -> Place:
    folder = server.folder / name
    folder.mkdir()
    shutil.copystat(server.folder, folder)
    owner = server.folder.stat()
    shutil.chown(folder, owner.st_uid, owner.st_gid)
    base = f"webdav://{USER}@127.0.0.1:{server.port}/files/{name}"
    given = {name.replace("_", "-"): value for name, value in options.items()}
    return Place(
        base, f"{base}-absent", {"auth-password": PASSWORD, **given}, secrets=(PASSWORD, quote(PASSWORD)),
        stored=lambda: stored_in(folder),
    )  # fmt: skip


class TestApache(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[WebDav]:
        with apache() as server:
            yield server

    @pytest.fixture
    def place(self, server: WebDav, tmp_path: Path) -> Place:
        return place_at(server, tmp_path.name)


class TestApacheSecured(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def certificate(cls, tmp_path_factory: pytest.TempPathFactory) -> Certificate:
        return self_signed(tmp_path_factory.mktemp("certificate"))

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, certificate: Certificate) -> Iterator[WebDav]:
        with apache(certificate=certificate.path) as server:
            yield server

    @pytest.fixture
    def place(self, server: WebDav, certificate: Certificate, tmp_path: Path) -> Place:
        return place_at(server, tmp_path.name, use_ssl="true", accept_specified_ssl_hash=certificate.sha1)


class TestApacheDigest(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[WebDav]:
        with apache(digest=True) as server:
            yield server

    @pytest.fixture
    def place(self, server: WebDav, tmp_path: Path) -> Place:
        return place_at(server, tmp_path.name, force_digest_authentication="true")


class TestRcloneServer(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def served(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDav]:
        folder = tmp_path_factory.mktemp("served")
        with rclone_serving(
            "webdav",
            folder,
            tmp_path_factory.mktemp("work"),
            "--baseurl=/files",
            user=USER,
            password=PASSWORD,
        ) as port:
            yield WebDav(port, folder)

    @pytest.fixture
    def place(self, served: WebDav, tmp_path: Path) -> Place:
        return place_at(served, tmp_path.name)
