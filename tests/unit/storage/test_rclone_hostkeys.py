"""Fingerprints in every usual form, and known_hosts as OpenSSH writes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.storage.rclone.hostkeys import HostKey, kinds_in, known_keys, well_formed

_BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32))
_KEY = HostKey("ssh-ed25519", _BLOB)
_MD5 = hashlib.md5(_BLOB, usedforsecurity=False).hexdigest()
_PAIRS = ":".join(_MD5[n : n + 2] for n in range(0, 32, 2))
_SHA = base64.b64encode(hashlib.sha256(_BLOB).digest()).decode()


@pytest.mark.parametrize(
    "fingerprint",
    [
        f"ssh-ed25519 256 {_PAIRS.upper()}", f"ssh-ed25519 256 {_PAIRS}", _PAIRS, f"MD5:{_PAIRS}", _MD5,
        f"ssh-ed25519 256 SHA256:{_SHA.rstrip('=')}", f"SHA256:{_SHA}", _SHA, f"256 SHA256:{_SHA}",
        f"256 {_PAIRS}",
    ],
)  # fmt: skip
def test_a_fingerprint_in_any_form_fits(fingerprint: str) -> None:
    assert well_formed(fingerprint)
    assert _KEY.fits(fingerprint)
    assert not HostKey("ssh-ed25519", _BLOB[:-1] + b"x").fits(fingerprint)


def test_another_kind_does_not_fit() -> None:
    assert not _KEY.fits(f"ssh-rsa 2048 {_PAIRS}")
    assert not _KEY.fits(f"rsa-sha2-512 2048 {_PAIRS}")


def test_an_rsa_key_fits_by_any_of_its_names() -> None:
    key = HostKey("ssh-rsa", b"\0\0\0\x07ssh-rsa\0\0\0\x01\x03\0\0\0\x02\x01\0")
    digest = hashlib.md5(key.blob, usedforsecurity=False).hexdigest()
    assert all(key.fits(f"{name} 9 {digest}") for name in ("ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"))
    assert key.fingerprint.startswith("ssh-rsa 9 SHA256:")


@given(st.text())
def test_no_other_text_fits(text: str) -> None:
    assert not _KEY.fits(text)


@given(st.binary(min_size=4))
def test_what_is_shown_fits(blob: bytes) -> None:
    key = HostKey("ssh-ed25519", blob)
    assert key.fits(key.fingerprint)
    assert kinds_in([key.fingerprint]) == ("ssh-ed25519",)


def test_a_fingerprint_without_a_kind_is_looked_for_in_all() -> None:
    assert len(kinds_in([_PAIRS])) > 3
    assert len(kinds_in([f"256 {_PAIRS}"])) > 3
    assert kinds_in([f"rsa-sha2-512 2048 {_PAIRS}"]) == ("ssh-rsa",)


def _known(tmp_path: Path, *lines: str, host: str = "server", port: int = 22) -> tuple[HostKey, ...]:
    file = tmp_path / "known_hosts"
    file.write_text("\n".join(lines))
    known = known_keys([tmp_path / "absent", file], host, port)
    return tuple(key for key in known.trusted if key not in known.revoked)


@pytest.mark.parametrize("names", ["server", "other,server", "SERVER", "*", "ser?er", "server,!other"])
def test_a_known_server(tmp_path: Path, names: str) -> None:
    assert _known(tmp_path, "# a comment", "", f"{names} {_KEY.line} somebody") == (_KEY,)


@pytest.mark.parametrize("names", ["other", "!server,*", "[server]:2222", "ser", "servers", "|1|x|y", "|1|"])
def test_an_unknown_server(tmp_path: Path, names: str) -> None:
    assert _known(tmp_path, f"{names} {_KEY.line}") == ()


def test_another_port_is_another_server(tmp_path: Path) -> None:
    assert _known(tmp_path, f"[server]:2222 {_KEY.line}", port=2222) == (_KEY,)
    assert _known(tmp_path, f"server {_KEY.line}", port=2222) == ()


def test_a_hashed_name(tmp_path: Path) -> None:
    salt = b"some salt of 20 byte"
    digest = base64.b64encode(hmac.digest(salt, b"server", "sha1")).decode()
    line = f"|1|{base64.b64encode(salt).decode()}|{digest} {_KEY.line}"
    assert _known(tmp_path, line) == (_KEY,)
    assert _known(tmp_path, line, host="other") == ()


def test_a_revoked_key_is_not_trusted(tmp_path: Path) -> None:
    assert _known(tmp_path, f"server {_KEY.line}", f"@revoked * {_KEY.line}") == ()


def test_a_key_of_an_authority_is_no_key_of_a_server(tmp_path: Path) -> None:
    assert _known(tmp_path, f"@cert-authority server {_KEY.line}") == ()
