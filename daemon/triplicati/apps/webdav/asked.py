"""The words of the command line: what the server is to be, and the rest, which is for the destination."""

from __future__ import annotations

import argparse
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from typing import NoReturn

import msgspec

from triplicati.errors import InvalidValue, UsageError
from triplicati.values.secrets import Secret
from triplicati.values.sizes import parse_size

USER = "triplicati"
PASSWORD_VARIABLE = "TRIPLICATI_WEBDAV_PASSWORD"
_CACHE = "256mb"
_NAMED = {"loopback": "127.0.0.1", "localhost": "127.0.0.1", "any": "0.0.0.0", "*": "0.0.0.0"}


class Asked(msgspec.Struct, frozen=True):
    """`password` None: nobody has to sign in. `generated`: it is to be shown, for nobody knows it.
    `cache_size` in bytes. `rest` are the words for the destination."""

    address: str
    port: int
    user: str
    password: Secret | None
    generated: bool
    cache_size: int
    rest: tuple[str, ...]


def parse_asked(words: Sequence[str], environment: Mapping[str, str]) -> Asked:
    """Raises `UsageError` and `InvalidValue`, and `SystemExit` for ``--help``."""
    given, rest = _parser().parse_known_args(words)
    text: str | None = given.password
    if text is None:
        text = environment.get(PASSWORD_VARIABLE)
    address = _NAMED.get(given.bind.lower(), given.bind)
    if text == "" and not _is_loopback(address):
        reason = (
            "Other computers could read everything: without a password the server listens on this computer "
            "alone. Leave out --bind, or give a --password."
        )
        raise UsageError(reason=reason)
    if text is not None and 0 < len(text) < 8 and not _is_loopback(address):
        raise UsageError(reason="The password is too short for a server that other computers can reach.")
    password = secrets.token_urlsafe(12) if text is None else text
    return Asked(
        address=address,
        port=given.port,
        user=given.user,
        password=Secret(password) if password else None,
        generated=text is None,
        cache_size=parse_size(given.cache_size, "mb"),
        rest=tuple(rest),
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(reason=f'{message}. "{self.prog} --help" explains it.')


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="triplicati webdav",
        usage="%(prog)s <destination> [--port=...] [--option=value ...]",
        allow_abbrev=False,
        description="Serves all versions of a backup over WebDAV, to be read by any file manager: a folder "
        "for each version, and one called latest. Nothing can be changed through it. Files are fetched when "
        "they are opened, and new versions appear by themselves where this computer makes them.",
        epilog="All options of the destination and those that choose versions (--version, --time) can be "
        'given too: "triplicati help list" shows them. Ctrl-C ends it.',
    )
    parser.add_argument(
        "--port", type=_port, default=0, help="port to listen on; any that is free when not given"
    )
    parser.add_argument(
        "--bind", default="127.0.0.1",
        help="address to listen on; this computer alone when not given, any for all others too",
    )  # fmt: skip
    parser.add_argument("--user", default=USER, help=f"name to sign in with (default {USER})")
    parser.add_argument(
        "--password",
        help="password to sign in with, better given in the environment as "
        f"{PASSWORD_VARIABLE}; one is made when none is given, and --password= asks for none",
    )
    parser.add_argument(
        "--cache-size", default=_CACHE,
        help=f"room on the disk for what was fetched (default {_CACHE}); it is given back at the end",
    )  # fmt: skip
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise InvalidValue(value=text, kind="--port", reason="ports are numbers up to 65535")
    return int(text)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
