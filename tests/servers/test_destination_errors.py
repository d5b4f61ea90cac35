"""What goes wrong at real servers is said by its name, so that people know what to do; without a secret."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from support import smb_server, webdav_server
from support.certificates import Certificate, self_signed
from support.conformance import Bytes
from support.ftp_server import vsftpd
from support.server_programs import free_port, rclone_serving
from support.sftp_server import PASSPHRASE, SshServer, made_key, sshd
from support.small_disk import small_disk
from support.smb_server import smbd
from support.webdav_server import WebDav, apache

from triplicati.errors import (
    BucketMissing,
    DestinationError,
    DestinationFull,
    DestinationOptionUnusable,
    DestinationRefused,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
    FolderMissing,
)
from triplicati.storage.destination import Destination
from triplicati.storage.registry import open_destination
from triplicati.values.urls import parse_url

pytestmark = pytest.mark.servers

WRONG = "wrong-password-that-nobody-may-see"


class Servers(msgspec.Struct):
    work: Path
    ssh: SshServer
    sftp: int
    ftp: int
    ftp_password: int
    ftps: int
    smb: int
    dav: WebDav
    davs: WebDav
    certificate: Certificate
    nobody: int

    @property
    def at_ssh(self) -> str:
        return f"ssh://{self.ssh.user}@127.0.0.1:{self.ssh.port}{self.work}"

    @property
    def at_smb(self) -> str:
        return f"smb://{getpass.getuser()}:{quote(smb_server.PASSWORD)}@127.0.0.1:{self.smb}"

    def at_dav(self, scheme: str = "webdav", port: int = 0) -> str:
        login = f"{webdav_server.USER}:{quote(webdav_server.PASSWORD, safe='')}"
        return f"{scheme}://{login}@127.0.0.1:{port or self.dav.port}"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    work, shown = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("shown")
    certificate = self_signed(work)
    file = str(certificate.path)
    with ExitStack() as stack:
        start = stack.enter_context
        password = {"user": "me", "password": "the right one"}
        secured = {"ssl_enable": "YES", "allow_anon_ssl": "YES", "ssl_ciphers": "HIGH"}
        yield Servers(
            work, start(sshd(work / "ssh")), start(rclone_serving("sftp", shown, work / "1", **password)),
            start(vsftpd(shown, work / "2")), start(rclone_serving("ftp", shown, work / "3", **password)),
            start(vsftpd(shown, work / "4", rsa_cert_file=file, rsa_private_key_file=file, **secured)),
            start(smbd(shown, work / "5")), start(apache()), start(apache(certificate=certificate.path)),
            certificate, free_port(),
        )  # fmt: skip


def opened(url: str, **options: str) -> Destination:
    return open_destination(
        parse_url(url), {name.replace("_", "-"): value for name, value in options.items()}
    )


async def failing(url: str, kind: type[DestinationError], match: str | None = None, **options: str) -> str:
    """The message of what listing raises."""
    with pytest.raises(DestinationError, match=match) as caught:
        await opened(url, **options).list()
    assert type(caught.value) is kind
    word = webdav_server.PASSWORD
    for secret in (WRONG, quote(word, safe=""), word, smb_server.PASSWORD):
        assert secret not in str(caught.value)
    return str(caught.value)


_ANY = {"ssh_accept_any_fingerprints": "true"}


@pytest.mark.parametrize("scheme", ["ssh", "ftp", "smb", "webdav", "webdavs"])
async def test_an_unknown_host(scheme: str) -> None:
    said = await failing(f"{scheme}://me:{WRONG}@nowhere.invalid/share/folder", DestinationUnknown)
    assert "The destination nowhere.invalid is not known" in said


@pytest.mark.parametrize("scheme", ["ssh", "ftp", "smb", "webdav", "webdavs"])
async def test_nobody_listens(servers: Servers, scheme: str) -> None:
    url = f"{scheme}://me:{WRONG}@127.0.0.1:{servers.nobody}/share/folder"
    await failing(url, DestinationUnreachable, "Connection refused|connection refused")


async def test_wrong_passwords(servers: Servers) -> None:
    right = DestinationSignInRefused
    await failing(f"ssh://me:{WRONG}@127.0.0.1:{servers.sftp}/", right, **_ANY)
    await failing(f"ssh://me:{WRONG}@127.0.0.1:{servers.ssh.port}/", right, **_ANY)
    await failing(f"ftp://me:{WRONG}@127.0.0.1:{servers.ftp_password}/", right, "help ftp")
    await failing(f"ftp://me:{WRONG}@127.0.0.1:{servers.ftp}/", right, "anonymous only")
    await failing(f"smb://{getpass.getuser()}:{WRONG}@127.0.0.1:{servers.smb}/files", right)
    await failing(f"smb://nobody-knows:{WRONG}@127.0.0.1:{servers.smb}/files", right)
    await failing(f"webdav://{webdav_server.USER}:{WRONG}@127.0.0.1:{servers.dav.port}/files", right)
    await failing(f"webdav://127.0.0.1:{servers.dav.port}/files", right, "Basic")


async def test_keys_that_do_not_sign_in(servers: Servers, tmp_path: Path) -> None:
    other = made_key(tmp_path / "other", "ed25519")
    locked = str(servers.ssh.locked_key)
    refused = DestinationSignInRefused
    await failing(servers.at_ssh, refused, "publickey", ssh_keyfile=str(other), **_ANY)
    await failing(servers.at_ssh, refused, "passphrase protected", ssh_keyfile=locked, **_ANY)
    await failing(servers.at_ssh, refused, "incorrect", ssh_keyfile=locked, auth_password=WRONG, **_ANY)
    await failing(servers.at_ssh, refused, "no key found", ssh_key="sshkey://nonsense", **_ANY)
    await failing(servers.at_ssh, DestinationOptionUnusable, "No such file", ssh_keyfile="/absent", **_ANY)


async def test_keys_that_sign_in(servers: Servers) -> None:
    inline = "sshkey://" + quote(servers.ssh.user_key.read_text())
    locked = str(servers.ssh.locked_key)
    for options in (
        {"ssh_key": inline}, {"ssh_keyfile": inline}, {"ssh_keyfile": str(servers.ssh.user_key)},
        {"ssh_keyfile": locked, "auth_password": PASSPHRASE},
        {"ssh_keyfile": str(servers.ssh.user_key), "auth_password": "one that the key does not need"},
    ):  # fmt: skip
        assert isinstance(await opened(servers.at_ssh, **options, **_ANY).list(), list)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
async def test_each_kind_of_host_key(
    servers: Servers, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From known_hosts, where one kind may be known and the server would rather show another."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    known = tmp_path / ".ssh" / "known_hosts"
    key = str(servers.ssh.user_key)
    await failing(servers.at_ssh, DestinationUntrusted, r"accept it with --ssh-fingerprint=", ssh_keyfile=key)
    known.write_text(f"[127.0.0.1]:{servers.ssh.port} {servers.ssh.public(kind)}\n")
    assert await opened(servers.at_ssh, ssh_keyfile=key).list() is not None
    other = made_key(tmp_path / "other", kind).with_suffix(".pub").read_text()
    known.write_text(f"[127.0.0.1]:{servers.ssh.port} {other}\n")
    await failing(servers.at_ssh, DestinationUntrusted, "not the one of ~/.ssh/known_hosts", ssh_keyfile=key)


async def test_fingerprints_that_do_not_fit(servers: Servers) -> None:
    key = str(servers.ssh.user_key)
    for wrong in ("ssh-ed25519 256 " + ":".join(["AA"] * 16), "SHA256:" + "A" * 43):
        await failing(
            servers.at_ssh, DestinationUntrusted, "between you", ssh_keyfile=key, ssh_fingerprint=wrong
        )
    await failing(
        servers.at_ssh, DestinationOptionUnusable, "no fingerprint", ssh_keyfile=key, ssh_fingerprint="hello"
    )


async def test_certificates(servers: Servers) -> None:
    davs = servers.at_dav("webdavs", servers.davs.port) + "/files"
    said = await failing(davs, DestinationUntrusted, "self-signed")
    hash_ = said.partition("--accept-specified-ssl-hash=")[2]
    assert hash_ == servers.certificate.sha256
    for options in (
        {"accept_specified_ssl_hash": hash_}, {"accept_specified_ssl_hash": servers.certificate.sha1.upper()},
        {"accept_any_ssl_certificate": "true"},
    ):  # fmt: skip
        assert await opened(davs, **options).list() == []
    await failing(davs, DestinationUntrusted, accept_specified_ssl_hash="00" * 32)
    ftps = f"ftp://127.0.0.1:{servers.ftps}/"
    await failing(ftps, DestinationUntrusted, "unknown authority", use_ssl="true")
    await failing(ftps, DestinationUntrusted, use_ssl="true", accept_specified_ssl_hash="00" * 32)
    for options in (
        {"accept_specified_ssl_hash": servers.certificate.sha1}, {"accept_any_ssl_certificate": "true"},
    ):  # fmt: skip
        assert isinstance(await opened(ftps, use_ssl="true", **options).list(), list)


async def test_servers_of_another_kind(servers: Servers) -> None:
    await failing(servers.at_dav("webdavs") + "/files", DestinationUnreachable, "does not speak TLS")
    await failing(f"ftp://127.0.0.1:{servers.ftp}/?ftp-encryption-mode=Implicit", DestinationUnreachable)
    await failing(f"ssh://me:{WRONG}@127.0.0.1:{servers.dav.port}/", DestinationError, "SSH server")


async def test_folders_and_shares_that_are_not_there(servers: Servers) -> None:
    key = str(servers.ssh.user_key)
    await failing(f"{servers.at_ssh}/absent", FolderMissing, "absent", ssh_keyfile=key, **_ANY)
    await failing(f"ftp://127.0.0.1:{servers.ftp}/absent", FolderMissing, "absent")
    await failing(f"{servers.at_smb}/files/absent", FolderMissing, "absent")
    await failing(f"{servers.at_smb}/absent/folder", BucketMissing, 'no share "absent"')
    await failing(f"{servers.at_dav()}/absent", FolderMissing, "absent")


async def test_places_where_nothing_can_be_made(servers: Servers, tmp_path: Path) -> None:
    upload = Bytes(tmp_path, b"x" * 300_000)
    key = {"ssh_keyfile": str(servers.ssh.user_key), **_ANY}
    url = f"ssh://{servers.ssh.user}@127.0.0.1:{servers.ssh.port}/proc"
    with pytest.raises(DestinationRefused):
        await opened(url, **key).put("a", upload)
    with pytest.raises(DestinationRefused, match="Could not create"):
        await opened(f"aftp://127.0.0.1:{servers.ftp}/proc").put("a", upload)


async def test_a_full_disk(servers: Servers, tmp_path: Path) -> None:
    """Only some protocols have a word for it."""
    upload = Bytes(tmp_path, bytes(12 << 20))
    key = {"ssh_keyfile": str(servers.ssh.user_key), **_ANY}
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(servers.dav.folder / "disk")).path
        disk.chmod(0o777)
        share = stack.enter_context(smbd(disk, tmp_path / "smb"))
        for destination in (
            opened(f"ssh://{servers.ssh.user}@127.0.0.1:{servers.ssh.port}{disk}", **key),
            opened(f"aftp://127.0.0.1:{servers.ftp}{disk}"),
            opened(f"{servers.at_smb.rpartition(':')[0]}:{share}/files"),
            opened(f"{servers.at_dav()}/files/disk"),
        ):
            with pytest.raises(DestinationFull, match="no room"):
                await destination.put("volume", upload)
            assert not list(disk.iterdir())
