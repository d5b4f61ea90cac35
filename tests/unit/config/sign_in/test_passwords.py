"""What is kept of the password."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.config.sign_in.passwords import (
    fits,
    new_verifier,
    pair_settings,
    password_settings,
    read_pair,
    read_verifier,
    verified_text,
)


def stored(password: str, iterations: int = 10, **other: object) -> str:
    """A `pbkdf-config` as Duplicati writes it."""
    salt = b"0123456789abcdef0123456789abcdef"
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    found = {
        "Algorithm": "PBKDF2",
        "Version": 1,
        "Salt": base64.b64encode(salt).decode(),
        "Iterations": iterations,
        "HashAlorithm": "SHA256",
        "Hash": base64.b64encode(key).decode(),
    }
    return json.dumps({**found, **other})


def test_a_verifier_of_duplicati_is_read() -> None:
    verifier = read_verifier(stored("secret"))
    assert verifier is not None
    assert fits("secret", verifier)
    assert not fits("Secret", verifier)


def test_the_correct_spelling_is_read_too() -> None:
    found = json.loads(stored("secret"))
    found["HashAlgorithm"] = found.pop("HashAlorithm")
    verifier = read_verifier(json.dumps(found))
    assert verifier is not None
    assert fits("secret", verifier)


def test_the_misspelling_is_written_since_duplicati_reads_no_other() -> None:
    written = json.loads(password_settings("secret", legacy=False, iterations=10)["pbkdf-config"] or "")
    assert list(written) == ["Algorithm", "Version", "Salt", "Iterations", "HashAlorithm", "Hash"]
    assert len(base64.b64decode(written["Salt"])) == len(base64.b64decode(written["Hash"])) == 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "no json",
        stored("x", Algorithm="plain"),
        stored("x", HashAlorithm="MD5"),
        stored("x", Hash=""),
        stored("x", Salt="%%"),
        stored("x") .replace('"Iterations": 10', '"Iterations": 0'),
        stored("x").replace('"Iterations": 10', '"Iterations": 10000000000'),
    ],
)
def test_what_cannot_be_used_is_none(text: str) -> None:
    assert read_verifier(text) is None


@given(st.text(min_size=1), st.text(min_size=1), st.booleans())
def test_only_the_password_fits(password: str, other: str, legacy: bool) -> None:
    settings = password_settings(password, legacy=legacy, iterations=2)
    verifier = read_verifier(settings["pbkdf-config"] or "")
    assert verifier is not None
    salt = settings["server-passphrase-salt"] or ""
    assert bool(salt) == legacy
    assert fits(verified_text(password, salt), verifier)
    assert fits(verified_text(other, salt), verifier) == (password == other)


def test_with_a_salt_the_old_hash_is_what_is_verified() -> None:
    """Duplicati does so with passwords of its 2.0 releases, and must be able to read what we write."""
    salt = b"salt of the old release"
    hash_ = base64.b64encode(hashlib.sha256(b"secret" + salt).digest()).decode()
    pair = read_pair(hash_, base64.b64encode(salt).decode())
    assert pair is not None
    verifier = read_verifier(pair_settings(pair, legacy=True, iterations=10)["pbkdf-config"] or "")
    assert verifier is not None
    assert fits(hash_, verifier)
    assert fits(verified_text("secret", pair.salt), verifier)


def test_without_old_clients_no_hash_is_kept_that_they_could_use() -> None:
    assert password_settings("secret", legacy=False, iterations=2)["server-passphrase"] == ""
    pair = read_pair(base64.b64encode(bytes(32)).decode(), base64.b64encode(b"salt").decode())
    assert pair is not None
    assert pair_settings(pair, legacy=False, iterations=2)["server-passphrase"] == ""


@pytest.mark.parametrize(("hash_", "salt"), [("", ""), ("AAAA", "AAAA"), ("%", "AAAA"), ("A" * 43 + "=", "")])
def test_what_is_no_pair_is_none(hash_: str, salt: str) -> None:
    assert read_pair(hash_, salt) is None


def test_nothing_shows_a_hash() -> None:
    verifier = new_verifier("secret", 2)
    assert verifier.hash not in repr(verifier)
    pair = read_pair(verifier.hash, verifier.salt)
    assert pair is not None
    assert verifier.hash not in repr(pair)
