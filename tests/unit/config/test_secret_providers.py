"""Secret providers of one machine (spec/cli.md 2.9)."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from triplicati.config.secret_providers.keychain import password_in
from triplicati.config.secret_providers.provider import PROVIDERS, Provider, open_provider
from triplicati.errors import (
    SecretProviderError,
    SecretProviderExtraMissing,
    SecretProviderUnusable,
)
from triplicati.formats import aescrypt
from triplicati.values.secrets import Secret

CANARY = "canary-0815-secret"


def provider(address: str, **environment: str) -> Provider:
    return open_provider(address, {"PATH": os.environ["PATH"], **environment})


def fetched(address: str, *keys: str, **environment: str) -> dict[str, str]:
    found = provider(address, **environment).fetch(keys)
    assert all(isinstance(secret, Secret) for secret in found.values())
    return {key: secret.reveal() for key, secret in found.items()}


def script(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# --- which one ---


@pytest.mark.parametrize("address", ["nonsense", "gopher://x", "", "s3://bucket"])
def test_an_unknown_provider(address: str) -> None:
    with pytest.raises(SecretProviderUnusable) as caught:
        provider(address)
    assert "env://" in caught.value.message


def test_the_ten_of_duplicati_and_ours_are_there() -> None:
    assert set(PROVIDERS) == {
        *("env", "file-secret", "wincred", "libsecret", "pass", "keychain", "hcv", "awssm", "azkv", "gcsm"),
        "command-secret",
    }
    assert provider("ENV:").scheme == "env"
    expected = {"win32": "wincred", "darwin": "keychain"}.get(sys.platform, "libsecret")
    assert provider("default://?collection=x").scheme == expected


def test_an_address_is_never_printed() -> None:
    found = provider(f"hcv://{CANARY}:{CANARY}@host?token={CANARY}&secrets=a")
    assert CANARY not in repr(found)
    assert CANARY not in str(found)


@pytest.mark.skipif(sys.platform == "win32", reason="it works there")
def test_the_credential_manager_is_one_of_windows() -> None:
    with pytest.raises(SecretProviderUnusable, match="Windows only"):
        fetched("wincred://", "key")


# --- environment ---


def test_the_environment() -> None:
    found = fetched("env://", "Key", "other", "absent", KEY="upper", Key="exact", OTHER=CANARY)
    assert found == {"Key": "exact", "other": CANARY}


# --- file ---


def write_encrypted(path: Path, passphrase: str, content: bytes) -> None:
    out = io.BytesIO()
    encryptor = aescrypt.AesEncryptor(out.write, passphrase)
    encryptor.update(content)
    encryptor.close()
    path.write_bytes(out.getvalue())


def test_a_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "my secrets.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"Key": CANARY, "n": 1, "empty": ""}).encode())
    address = f"file-secret://{str(path).replace(' ', '%20')}"
    assert fetched(address, "key", "n", "empty", "absent") == {"key": CANARY, "empty": ""}


def test_an_encrypted_file(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json.aes"
    write_encrypted(path, "open & sesame", json.dumps({"key": CANARY}).encode())
    assert fetched(f"file-secret://{path}?passphrase=open+%26+sesame", "key") == {"key": CANARY}
    for query, reason in [("", "passphrase="), ("?passphrase=wrong", "does not fit")]:
        with pytest.raises(SecretProviderError) as caught:
            fetched(f"file-secret://{path}{query}", "key")
        assert reason in caught.value.message
        assert CANARY not in caught.value.message
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SecretProviderError, match="cut short"):
        fetched(f"file-secret://{path}?passphrase=open+%26+sesame", "key")


@pytest.mark.parametrize("content", [f'"{CANARY}"', f'{{"a": {CANARY}}}', f"[{CANARY}", ""])
def test_a_file_that_is_no_object(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)
    with pytest.raises(SecretProviderError) as caught:
        fetched(f"file-secret://{path}", "key")
    assert CANARY not in caught.value.message
    assert str(path) in caught.value.message


def test_a_file_that_is_not_there_or_not_encrypted(tmp_path: Path) -> None:
    with pytest.raises(SecretProviderError, match="No such file"):
        fetched(f"file-secret://{tmp_path}/absent", "key")
    path = tmp_path / "plain"
    path.write_text("{}")
    with pytest.raises(SecretProviderError, match="not encrypted"):
        fetched(f"file-secret://{path}?passphrase=x", "key")


# --- programs ---


def test_a_command_gets_the_key_as_its_last_argument(tmp_path: Path) -> None:
    program = script(tmp_path, "my secret", 'printf "%s:%s:%s\\n" "$1" "$2" "$MARK"')
    address = f"command-secret://?command='{program}'+'a+b'"
    assert fetched(address, "k/1", "k2", MARK="m") == {"k/1": "a b:k/1:m", "k2": "a b:k2:m"}


@pytest.mark.parametrize(
    ("text", "secret"),
    [("printf 'a\\n\\n'", "a\n"), ("printf 'a\\r\\n'", "a"), ("printf ' a '", " a "), ("true", "")],
)
def test_only_the_last_line_end_is_taken_off(tmp_path: Path, text: str, secret: str) -> None:
    program = script(tmp_path, "secret", text)
    assert fetched(f"command-secret://?command={program}", "key") == {"key": secret}


@pytest.mark.parametrize(
    ("text", "reason"),
    [(f"echo {CANARY}; exit 3", "exit status 3"), (f"printf '{CANARY}\\377'", "no text")],
)
def test_a_command_that_fails(tmp_path: Path, text: str, reason: str) -> None:
    program = script(tmp_path, "secret", text)
    with pytest.raises(SecretProviderError, match=reason) as caught:
        fetched(f"command-secret://?command={program}", "key")
    assert CANARY not in caught.value.message
    assert CANARY not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("command", "reason"),
    [("/nowhere/at+all", "not found"), ("/tmp", "cannot be started"), ("'a", "quote"), ("", "add command=")],
)
def test_a_command_that_cannot_be_run(command: str, reason: str) -> None:
    with pytest.raises(SecretProviderError, match=reason):
        fetched(f"command-secret://?command={command}", "key")


@pytest.mark.parametrize("scheme", ["command-secret", "pass", "keychain"])
def test_a_key_is_never_taken_for_a_switch(scheme: str) -> None:
    with pytest.raises(SecretProviderError, match="hyphen"):
        fetched(f"{scheme}://?command=true", "--help")


# --- pass ---


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A real password store with a key of its own; gives the environment to use it."""
    if shutil.which("pass") is None or shutil.which("gpg") is None:
        pytest.fail("needs pass (Debian: apt install pass)")
    # Short: the socket of gpg-agent lies in it.
    home = tmp_path_factory.mktemp("p")
    (home / "gnupg").mkdir(mode=0o700)
    environment = {
        "GNUPGHOME": str(home / "gnupg"),
        "PASSWORD_STORE_DIR": str(home / "store"),
        "HOME": str(home),
        "PATH": os.environ["PATH"],
    }

    def run(*words: str, text: str = "") -> None:
        subprocess.run(words, env=environment, input=text, text=True, capture_output=True, check=True)

    unattended = ["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
    run(*unattended, "--quick-generate-key", "me@example.com", "rsa1024", "encr", "never")
    run("pass", "init", "me@example.com")
    run("pass", "insert", "--multiline", "backup/key", text=f"{CANARY}\n")
    run("pass", "insert", "--multiline", "lines", text="first\nsecond\n")
    return environment


def test_the_password_store(store: dict[str, str]) -> None:
    try:
        found = open_provider("pass://", store).fetch(["backup/key", "lines", "absent", "backup"])
        assert {key: secret.reveal() for key, secret in found.items()} == {
            "backup/key": CANARY,
            "lines": "first\nsecond",
        }
        # A folder is listed, which must not become a passphrase.
        assert "backup" not in found
        (Path(store["PASSWORD_STORE_DIR"]) / "broken.gpg").write_bytes(b"nonsense")
        with pytest.raises(SecretProviderError, match=r"exit status \d+ \(gpg: "):
            open_provider("pass://", store).fetch(["broken"])
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=store, check=False)


def test_another_program_like_pass(tmp_path: Path) -> None:
    program = script(tmp_path, "gopass", 'printf "%s-%s-%s\\n" "$@"')
    assert fetched(f"pass://?pass-command={program}+-x", "key") == {"key": "-x-show-key"}


def test_without_pass() -> None:
    with pytest.raises(SecretProviderError, match='"pass" was not found'):
        open_provider("pass://", {"PATH": "/nowhere"}).fetch(["key"])


# --- keychain ---


_SECURITY = r"""
case "$*" in
    *"-l ours -s com.duplicati.secrets -a Duplicati"*) echo 'password: "plain "quoted""' >&2 ;;
    *"-l hex -s com.duplicati.secrets"*) echo 'password: 0xC3BC  "\303\274"' >&2 ;;
    *"-l other") echo 'password: "by label"' >&2 ;;
    *internet*"-l site -s host -a me"*) echo 'password: "web"' >&2 ;;
    *"-l locked"*) exit 51 ;;
    *) exit 44 ;;
esac
echo 'keychain: "/Users/me/Library/Keychains/login.keychain-db"'
"""


def test_the_keychain(tmp_path: Path) -> None:
    """With a program in place of macOS's own; the real one was not run."""
    script(tmp_path, "security", _SECURITY)
    path = f"{tmp_path}:{os.environ['PATH']}"
    found = fetched("keychain://", "ours", "hex", "other", "absent", PATH=path)
    assert found == {"ours": 'plain "quoted"', "hex": "ü", "other": "by label"}
    address = "keychain://?type=Internet&service=host&account=me"
    assert fetched(address, "site", "other", PATH=path) == {"site": "web"}
    with pytest.raises(SecretProviderError, match="exit status 51"):
        fetched("keychain://", "locked", PATH=path)


def test_a_password_without_text() -> None:
    assert password_in("password: \n") is None
    assert password_in('password: ""') == ""


# --- libraries ---


@pytest.mark.parametrize(
    ("address", "package", "extra"),
    [
        ("libsecret://", "secretstorage", "secrets"),
        ("hcv://host?secrets=a&token=t", "httpx", "vault"),
        ("azkv://?keyvault-name=a", "httpx", "azure"),
        ("gcsm://?project-id=a&token=t", "httpx", "google"),
        ("awssm://?secrets=a&region=b", "boto3", "aws"),
    ],
)
def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, address: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SecretProviderExtraMissing) as caught:
        fetched(address, "key")
    assert f'"triplicati[{extra}]"' in caught.value.message
    assert "pipx inject triplicati" in caught.value.message
