"""Certificates of the web server, shaken hands with for real."""

from __future__ import annotations

import base64
import ssl
import stat
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import trio
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from support.certificates import self_signed

from triplicati.config.certificate_making import days_left, names_of, new_authority, new_certificate
from triplicati.config.server_certificates import (
    CA,
    CA_KEY,
    CA_PASSWORD,
    CERTIFICATE,
    NO_CERTIFICATE,
    OWN,
    PASSWORD,
    authority_pem,
    certificate_facts,
    configured,
    imported,
    imported_bytes,
    renewed,
    server_context,
    ssl_context,
)
from triplicati.errors import CertificateUnusable, InvalidValue
from triplicati.values.secrets import Secret

DAY = 86400
# The handshakes need certificates of today.
NOW = time.time()


def settings(stored: Mapping[str, str | None] | None) -> dict[str, str]:
    assert stored is not None
    return {name: value or "" for name, value in stored.items()}


@pytest.fixture(scope="module")
def own() -> dict[str, str]:
    return settings(configured({}, ["nas.example", "10.0.0.5"], "nas", NOW))


async def shake_hands(context: ssl.SSLContext, authority: str, name: str) -> bytes:
    """What a client that trusts `authority` reads from a server with `context` called `name`."""
    received = b""
    trusting = ssl.create_default_context(cadata=authority)
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]

    async def answer(stream: trio.SocketStream) -> None:
        served = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
        await served.send_all(b"hello")
        await served.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, answer, [listener])
        stream = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
        client = trio.SSLStream(stream, trusting, server_hostname=name, https_compatible=True)
        received = bytes(await client.receive_some(5))
        await client.aclose()
        nursery.cancel_scope.cancel()
    return received


@pytest.mark.parametrize("name", ["nas.example", "10.0.0.5", "localhost", "127.0.0.1", "::1"])
async def test_a_client_that_trusts_the_authority_trusts_the_server(own: dict[str, str], name: str) -> None:
    context = server_context(own)
    assert context is not None
    assert await shake_hands(context, authority_pem(own), name) == b"hello"


def test_no_secret_in_clear(own: dict[str, str]) -> None:
    for name in (CERTIFICATE, CA_KEY):
        content = base64.b64decode(own[name])
        with pytest.raises((ValueError, TypeError)):
            serialization.load_der_private_key(content, None)
    with pytest.raises(ValueError, match=r"."):
        pkcs12.load_key_and_certificates(base64.b64decode(own[CERTIFICATE]), None)
    assert len({own[PASSWORD], own[CA_PASSWORD]}) == 2


def test_what_may_be_shown(own: dict[str, str]) -> None:
    facts = certificate_facts(own)
    assert facts is not None
    assert facts.own
    assert set(facts.names) == {"nas.example", "10.0.0.5", "localhost", "127.0.0.1", "::1"}
    assert 89 <= (facts.not_after - NOW) / DAY <= 91
    assert certificate_facts({}) is None
    assert server_context({}) is None
    assert authority_pem({}) == ""


def test_renewed_when_thirty_days_are_left_by_the_same_authority(own: dict[str, str]) -> None:
    assert renewed(own, "nas", NOW + 59 * DAY) is None
    later = settings(renewed(own, "nas", NOW + 61 * DAY))
    assert later[CERTIFICATE] != own[CERTIFICATE]
    assert authority_pem(later) == authority_pem(own)
    before, after = certificate_facts(own), certificate_facts(later)
    assert before is not None
    assert after is not None
    assert set(after.names) == set(before.names)
    assert after.not_after - before.not_after == pytest.approx(61 * DAY, abs=2)


def test_only_ones_own_certificate_is_renewed(own: dict[str, str]) -> None:
    assert renewed({**own, OWN: "False"}, "nas", NOW + 89 * DAY) is None
    assert renewed(settings(NO_CERTIFICATE), "nas", NOW) is None


@pytest.mark.parametrize(
    "damage", [{CA: ""}, {CA: "AAAA"}, {CA_KEY: "%"}, {CA_PASSWORD: "wrong"}, {CA_PASSWORD: ""}]
)
def test_an_authority_that_cannot_be_used_is_made_anew(own: dict[str, str], damage: dict[str, str]) -> None:
    made = settings(configured({**own, **damage}, [], "nas", NOW))
    assert authority_pem(made) not in ("", authority_pem(own))


def test_an_old_authority_is_made_anew(own: dict[str, str]) -> None:
    made = settings(configured(own, [], "nas", NOW + 3640 * DAY))
    assert authority_pem(made) != authority_pem(own)


def test_a_certificate_does_not_outlive_its_authority() -> None:
    authority = new_authority("nas", NOW - 3600 * DAY)
    made = new_certificate(authority, [], NOW)
    assert days_left(made.certificate, NOW) <= days_left(authority.certificate, NOW)


def test_the_authority_vouches_for_servers_only_and_not_for_others() -> None:
    extensions = new_authority("x" * 100, NOW).certificate.extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_a_name_that_is_none() -> None:
    with pytest.raises(InvalidValue):
        configured({}, ["bad..name" + "x" * 70 + "é"], "nas", NOW)


def test_names_beyond_ascii() -> None:
    made = new_certificate(new_authority("nas", NOW), ["bücher.example"], NOW)
    assert "xn--bcher-kva.example" in names_of(made.certificate)


def own_file(folder: Path, password: str | None, form: str) -> Path:
    """A certificate of the user's, as PKCS#12 or PEM."""
    signed = self_signed(folder)
    content = signed.path.read_bytes()
    key = serialization.load_pem_private_key(content, None)
    certificate = x509.load_pem_x509_certificate(content)
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        protection = serialization.BestAvailableEncryption(password.encode())
    path = folder / f"own.{form}"
    if form == "pfx":
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, certificate, None, protection))
    else:
        encoded = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
        path.write_bytes(encoded + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("form", ["pfx", "pem"])
@pytest.mark.parametrize("password", ["open sesame", None])
async def test_a_certificate_of_the_users(tmp_path: Path, form: str, password: str | None) -> None:
    path = own_file(tmp_path, password, form)
    stored = settings(imported(path, Secret(password) if password else None))
    assert stored[PASSWORD] != password
    assert stored[OWN] == "False"
    context = server_context(stored)
    assert context is not None
    assert await shake_hands(context, (tmp_path / "server.pem").read_text(), "localhost") == b"hello"


@pytest.mark.parametrize("form", ["pfx", "pem"])
@pytest.mark.parametrize("password", ["wrong", None])
def test_a_password_that_does_not_fit(tmp_path: Path, form: str, password: str | None) -> None:
    path = own_file(tmp_path, "open sesame", form)
    with pytest.raises(CertificateUnusable) as caught:
        imported(path, Secret(password) if password else None)
    assert "sesame" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_pem_file_needs_no_password_that_is_given(tmp_path: Path) -> None:
    assert imported(own_file(tmp_path, None, "pem"), Secret("needless"))[OWN] == "False"


def test_files_that_are_none(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    only = tmp_path / "only.pem"
    text = self_signed(tmp_path).path.read_text()
    only.write_text(text[: text.index("-----BEGIN PRIVATE")])
    for path in (tmp_path / "missing", tmp_path, empty, only):
        with pytest.raises(CertificateUnusable):
            imported(path, None)


def test_a_key_of_another_certificate() -> None:
    key = rsa.generate_private_key(65537, 2048)
    authority = new_authority("nas", NOW)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    text += authority.certificate.public_bytes(serialization.Encoding.PEM)
    with pytest.raises(CertificateUnusable, match="fits its key"):
        imported_bytes(text, None, "upload")


@pytest.mark.parametrize("damage", [{CERTIFICATE: "%"}, {CERTIFICATE: "AAAA"}, {PASSWORD: "wrong"}])
def test_settings_that_are_damaged(own: dict[str, str], damage: dict[str, str]) -> None:
    with pytest.raises(CertificateUnusable):
        server_context({**own, **damage})


def test_nothing_of_the_key_is_left_on_the_disk(
    own: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is there, others cannot read it, and it is encrypted."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[tuple[int, bool]] = []
    load = ssl.SSLContext.load_cert_chain

    def looked_at(context: ssl.SSLContext, path: Path, password: str) -> None:
        folder = next(tmp_path.iterdir())
        seen.append(
            (stat.S_IMODE(folder.stat().st_mode), b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes())
        )
        load(context, path, password=password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", looked_at)
    ssl_context(base64.b64decode(own[CERTIFICATE]), Secret(own[PASSWORD]))
    assert seen == [(0o700, True)]
    assert list(tmp_path.iterdir()) == []
