"""FTP servers as a destination: vsftpd, plain and with TLS, and rclone's own, with a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import pytest
from support.bad_line import bad_line
from support.certificates import Certificate, self_signed
from support.conformance import Bytes, Conformance, Place
from support.ftp_server import vsftpd
from support.server_programs import rclone_serving

from triplicati.errors import DestinationError, DestinationUntrusted
from triplicati.storage.registry import open_destination
from triplicati.values.urls import parse_url

pytestmark = pytest.mark.servers


def stored_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def plain(top: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with vsftpd(top, tmp_path_factory.mktemp("work")) as port:
        yield port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def secured(top: Path, certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with _secured(top, certificate, tmp_path_factory.mktemp("work")) as port:
        yield port


def _secured(top: Path, certificate: Certificate, work: Path) -> AbstractContextManager[int]:
    file = str(certificate.path)
    return vsftpd(
        top, work, ssl_enable="YES", allow_anon_ssl="YES",
        force_anon_logins_ssl="YES", force_anon_data_ssl="YES", rsa_cert_file=file,
        rsa_private_key_file=file, require_ssl_reuse="YES", ssl_ciphers="HIGH",
    )  # fmt: skip


class TestVsftpd(Conformance):
    """With a path relative to the folder where a user begins."""

    @pytest.fixture
    def place(self, plain: int, top: Path, tmp_path: Path) -> Place:
        folder = top / tmp_path.name
        folder.mkdir()
        base = f"ftp://127.0.0.1:{plain}/{tmp_path.name}"
        return Place(base, f"{base}-absent", stored=lambda: stored_in(folder))


class TestVsftpdSecured(Conformance):
    @pytest.fixture
    def place(self, secured: int, top: Path, certificate: Certificate, tmp_path: Path) -> Place:
        folder = top / tmp_path.name
        folder.mkdir()
        base = f"aftp://127.0.0.1:{secured}{quote(str(folder))}"
        options: dict[str, str | None] = {
            "aftp-encryption-mode": "Explicit", "accept-specified-ssl-hash": certificate.sha256,
        }  # fmt: skip
        return Place(base, f"{base}-absent", options, stored=lambda: stored_in(folder), many=20)


async def test_who_shows_another_certificate_later_is_found_out(
    secured: int, top: Path, certificate: Certificate, tmp_path: Path
) -> None:
    """The hash was compared on a connection of its own; the next one, with the password, was to anybody."""
    with _secured(top, self_signed(tmp_path, "other"), tmp_path / "work") as other:
        async with bad_line(secured) as line:
            url = f"ftps://127.0.0.1:{line.port}/"
            given: dict[str, str | None] = {"accept-specified-ssl-hash": certificate.sha1}
            destination = open_destination(parse_url(url), given)
            await destination.list()
            line.target = other
            await line.drop_all()
            for _ in range(2):  # the first finds that its connection is gone
                with pytest.raises(DestinationError) as caught:
                    await destination.put("a", Bytes(tmp_path, b"content"))
            assert isinstance(caught.value, DestinationUntrusted)


async def test_a_certificate_for_another_name_is_accepted_by_its_hash(top: Path, tmp_path: Path) -> None:
    """As network disks have them."""
    elsewhere = self_signed(tmp_path, "elsewhere", names=("elsewhere.example",))
    with _secured(top, elsewhere, tmp_path / "work") as port:
        given: dict[str, str | None] = {"accept-specified-ssl-hash": elsewhere.sha256}
        await open_destination(parse_url(f"ftps://127.0.0.1:{port}/"), given).list()


class TestRcloneServer(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def served(cls, top: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
        with rclone_serving(
            "ftp", top, tmp_path_factory.mktemp("work"), user="me", password="pass word"
        ) as port:
            yield port

    @pytest.fixture
    def place(self, served: int, top: Path, tmp_path: Path) -> Place:
        folder = top / tmp_path.name
        folder.mkdir()
        base = f"ftp://me:pass%20word@127.0.0.1:{served}/{tmp_path.name}"
        return Place(
            base, f"{base}-absent", secrets=("pass word",), stored=lambda: stored_in(folder), many=20
        )
