"""From what rclone says to our errors. The patterns are texts that real servers and rclone 1.75 gave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

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
    RemoteFileMissing,
)


class Asked(msgspec.Struct, frozen=True):
    """What was asked of which destination. `container` is what the first part of its path is called, where
    that is no folder (bucket, share), and `container_name` its name; `folder` is then empty where folders
    exist by their files alone. `advice` is for an identity that is not confirmed."""

    scheme: str
    host: str
    folder: str
    container: str = ""
    container_name: str = ""
    advice: str = ""
    name: str = ""
    secrets: tuple[str, ...] = ()


_Make = Callable[[Asked, str], DestinationError]


def _missing_folder(asked: Asked, _reason: str) -> DestinationError:
    return FolderMissing(folder=asked.folder) if asked.folder else _missing_container(asked, "")


def _missing_container(asked: Asked, _reason: str) -> DestinationError:
    if not asked.container:
        return FolderMissing(folder="/")
    return BucketMissing(container=asked.container, folder=asked.container_name)


def _missing_file(asked: Asked, reason: str) -> DestinationError:
    return RemoteFileMissing(name=asked.name) if asked.name else _missing_folder(asked, reason)


def _untrusted(asked: Asked, reason: str) -> DestinationError:
    return DestinationUntrusted(host=asked.host, reason=reason, advice=asked.advice)


def _sign_in(asked: Asked, reason: str) -> DestinationError:
    return DestinationSignInRefused(host=asked.host, reason=reason, scheme=asked.scheme)


def _no_agent(asked: Asked, _reason: str) -> DestinationError:
    reason = "neither a password nor a key is given, and no SSH agent runs that could have one"
    return DestinationSignInRefused(host=asked.host, reason=reason, scheme=asked.scheme)


def _unknown(asked: Asked, reason: str) -> DestinationError:
    return DestinationUnknown(host=_PORT.sub("", asked.host), reason=reason)


def _unreachable(asked: Asked, reason: str) -> DestinationError:
    return DestinationUnreachable(host=asked.host, reason=reason)


def _full(asked: Asked, reason: str) -> DestinationError:
    return DestinationFull(name=asked.name or asked.folder, reason=reason)


def _refused(asked: Asked, reason: str) -> DestinationError:
    return DestinationRefused(path=asked.name or asked.folder, reason=reason)


def _too_old(asked: Asked, reason: str) -> DestinationError:
    return DestinationOptionUnusable(
        option="rclone-executable", reason=f"this rclone is too old for {asked.scheme}:// ({reason})"
    )


# The first that fits counts.
_TABLE: tuple[tuple[str, _Make], ...] = (
    (r"didn't find backend called", _too_old),
    (r"no such host|server misbehaving|Temporary failure in name resolution", _unknown),
    (r"SSH_AUTH_SOCK|couldn't connect to ssh-agent", _no_agent),
    (r"private key", _sign_in),
    (
        r"knownhosts:|host key (mismatch|is unknown)|ssh: host key|no common algorithm for host key",
        _untrusted,
    ),
    (r"x509:|tls: failed to verify|certificate (has expired|signed by|is valid for|verify)", _untrusted),
    (
        r"connection refused|no route to host|network is unreachable|host is down|i/o timeout"
        r"|connection timed out|actively refused|first record does not look like a TLS handshake"
        r"|server gave HTTP response to HTTPS client|malformed HTTP response|remote error: tls:",
        _unreachable,
    ),
    (
        r"unable to authenticate|no supported methods remain|no auth methods"
        r"|\b530\b|Login incorrect|Not logged in|anonymous only|\b401\b"
        r"|Unauthorized|invalid_grant|bad_auth_token|expired_access_token|invalid_access_token"
        r"|InvalidAuthenticationToken|token expired|attempted logon is invalid|logon (type|failure|method)"
        r"|account.*(locked|disabled)|Object \(typically, node or user\) not found",
        _sign_in,
    ),
    (
        r"\b507\b|Insufficient Storage|no space left|quota|Disk full|disk is full|\b552\b|\b452\b"
        r"|not enough space|There is not enough space|STATUS_DISK_FULL|storage(Quota|_limit)"
        r"|insufficient_space|over_storage|Over quota|cap exceeded|Failure writing to local file",
        _full,
    ),
    (
        r"[Ss]hare name cannot be found|[Nn]etwork [Nn]ame|container not found|[Bb]ucket .*not (found|exist)",
        _missing_container,
    ),
    (
        r"directory not found|path .*does not exist",
        _missing_folder,
    ),
    (r"object not found|file does not exist|no such file", _missing_file),
    (
        r"[Pp]ermission denied|\b403\b|Forbidden|[Aa]ccess (is )?denied|\b553\b|\b550\b|read-only"
        r"|STATUS_ACCESS_DENIED|operation not permitted",
        _refused,
    ),
)
_PATTERNS = tuple((re.compile(pattern), make) for pattern, make in _TABLE)
# What rclone puts around the reason.
_NOISE = re.compile(
    r"^(?:error in ListJSON|NewFs|failed to make destination|failed to open file|couldn't list files"
    r"|couldn't connect SSH|couldn't connect SMB|couldn't initialize SMB|response error|update stor"
    r'|failed to make FTP connection to "[^"]*"|ssh: handshake failed|dial tcp(?: [0-9a-f.:\[\]]+)?'
    r"|[0-9]+ errors? occurred): (?:\* )?"
)
_PORT = re.compile(r":[0-9]+$")
_ADDRESS_USER = re.compile(r"(?<=://)[^/@\s\"]+@")
_HIDDEN_FROM = 4


def explained(text: str, asked: Asked) -> DestinationError:
    """`text` is rclone's."""
    reason = readable(text, asked.secrets)
    for pattern, make in _PATTERNS:
        if pattern.search(text):
            return make(asked, reason)
    return DestinationError(reason=reason)


def readable(text: str, secrets: Iterable[str] = ()) -> str:
    """In one line, and without what must not be seen."""
    line = " ".join(text.split())
    while (shorter := _NOISE.sub("", line)) != line:
        line = shorter
    for secret in secrets:
        if len(secret) >= _HIDDEN_FROM:
            line = line.replace(secret, "***")
    return _ADDRESS_USER.sub("", line).rstrip(".")
