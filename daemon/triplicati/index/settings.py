"""What a destination was started with and keeps (spec/format.md 10.4), as this machine remembers it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import cast

import apsw

from triplicati.values.secrets import Secret

# Set while blocks are known to be missing at the destination: the next backup reads every file again.
REREAD = "reread"
# The id of the first version since which every file was asked for an exclusion mark.
MARKS_ASKED = "exclusion-marks-asked-since"


def read_settings(connection: apsw.Connection) -> dict[str, str]:
    return {
        cast("str", key): cast("str", value)
        for key, value in connection.execute("SELECT key, value FROM setting")
    }


def write_settings(connection: apsw.Connection, values: dict[str, str]) -> None:
    connection.executemany("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", values.items())


def remove_setting(connection: apsw.Connection, key: str) -> None:
    connection.execute("DELETE FROM setting WHERE key = ?", (key,))


def fingerprint(passphrase: Secret) -> str:
    """`<salt>:<digest>`: tells later whether a passphrase is the same, and nothing else."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_stretch(passphrase, salt).hex()}"


def fits(passphrase: Secret, recorded: str) -> bool:
    salt, _, digest = recorded.partition(":")
    return hmac.compare_digest(_stretch(passphrase, bytes.fromhex(salt)).hex(), digest)


def _stretch(passphrase: Secret, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.reveal().encode("utf-8", "surrogatepass"), salt=salt, n=4096, r=8, p=1)
