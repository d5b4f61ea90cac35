"""Destination addresses: ``scheme://[user[:password]@]host[:port][/path][?name=value&...]`` or a path."""

from __future__ import annotations

import re

import msgspec

from triplicati.errors import InvalidValue
from triplicati.values.secrets import Secret

# One letter and "://" is a Windows drive, not a scheme.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_PORT = re.compile(r"(.*):([0-9]{1,9})")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_DRIVE_OR_SHARE = re.compile(r"/?[A-Za-z]:|\\\\")
_QUERY = re.compile(r"[A-Za-z0-9-]+=")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class DestinationUrl(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """Where a backup goes, decoded.

    For the scheme ``file`` host is empty and path is a local path as written, not yet made absolute.
    Otherwise path has no leading slash.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    user: str
    password: Secret | None
    query: dict[str, str]

    @property
    def display(self) -> str:
        """The address without user, password and query, for logs and messages."""
        port = "" if self.port is None else f":{self.port}"
        slash = "/" if self.path and self.scheme != "file" else ""
        return f"{self.scheme}://{self.host}{port}{slash}{self.path}"

    def __repr__(self) -> str:
        return f"DestinationUrl({self.display!r})"


def parse_url(text: str) -> DestinationUrl:
    """The parts of a destination address (spec/cli.md 6.1).

    What is no URL is a local path and is not decoded, and its query is only seen where a name and "="
    follow the question mark. In the query a plus is a blank; the last of equal names wins. Raises
    `InvalidValue` for empty text and impossible ports.
    """
    if not text.strip():
        raise _invalid(text, "it is empty")
    match = _SCHEME.match(text)
    if match is None:
        return _local_path(text)
    scheme, rest = match[1].lower(), text[match.end() :]
    rest, _, query = rest.partition("?")
    if scheme == "file":
        return _file_url(rest, query)
    authority, _, path = rest.partition("/")
    user, password, location = _split_user(authority)
    host, port = _split_port(location)
    return DestinationUrl(scheme, _decode(host), port, _decode(path), user, password, _parse_query(query))


def split_query(text: str) -> tuple[str, list[str]]:
    """An address before its question mark, and the ``name=value`` parts behind it, as written.

    Without a query, and for a local path with a question mark in a name, all is before it.
    """
    before, mark, query = text.partition("?")
    if not mark or (not _SCHEME.match(text) and not _QUERY.match(query)):
        return text, []
    return before, query.split("&")


def parse_query_value(text: str) -> str:
    """A name or value of a query, decoded."""
    return _decode(text)


def quote_query_value(text: str) -> str:
    """The reverse of `parse_query_value`: everything but plain letters, digits and ``-._~`` is escaped."""
    plain = text.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in plain)


def _local_path(text: str) -> DestinationUrl:
    path, _, query = text.partition("?")
    if not _QUERY.match(query):
        path, query = text, ""
    return DestinationUrl("file", "", None, path, "", None, _parse_query(query))


def _file_url(rest: str, query: str) -> DestinationUrl:
    authority, slash, path = rest.partition("/")
    user, password = "", None
    if not _DRIVE_OR_SHARE.match(rest):
        user, password, authority = _split_user(authority)
    # A plus stays: unlike in a host, it is an ordinary letter of a folder name.
    whole = _unescape(authority + slash + path)
    if re.match(r"/[A-Za-z]:[\\/]", whole):
        whole = whole[1:]
    if not whole:
        raise _invalid("file://", "it names no folder")
    return DestinationUrl("file", "", None, whole, user, password, _parse_query(query))


def _split_user(authority: str) -> tuple[str, Secret | None, str]:
    credentials, at, location = authority.rpartition("@")
    user, colon, password = credentials.partition(":")
    if not at:
        return "", None, authority
    return _decode(user), Secret(_decode(password)) if colon else None, location


def _split_port(location: str) -> tuple[str, int | None]:
    match = _PORT.fullmatch(location)
    if match is None:
        return location, None
    port = int(match[2])
    if not 0 < port < 65536:
        raise _invalid(match[2], "a port is a number from 1 to 65535")
    return match[1], port


def _parse_query(query: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {_decode(name): _decode(value) for name, _, value in pairs}


def _decode(text: str) -> str:
    return _unescape(text.replace("+", " "))


def _unescape(text: str) -> str:
    return _ESCAPES.sub(_unescape_run, text)


def _unescape_run(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "surrogateescape")


def _invalid(text: str, reason: str) -> InvalidValue:
    return InvalidValue(value=text, kind="destination address", reason=reason)
