"""Kinds of Duplicati that are not served here, each with the reason and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from triplicati.errors import UnsupportedBackend
from triplicati.values.urls import DestinationUrl

_OLD_MICROSOFT = "Microsoft has ended the sign-in it needs; the same files are reached with"
_REASONS = {
    "duplicati": (
        "Duplicati's own storage service",
        "it is a service for Duplicati's customers with an interface of its own",
    ),
    "filejump": (
        "FileJump", "Duplicati itself gave it up and no program speaks to it; copy the files to another"
        " destination with the service's own tools",
    ),
    "movistarcloud": (
        "Movistar Cloud", "no program speaks to it but Duplicati; copy the files to another destination"
        " with the service's own tools",
    ),
    "mssp": ("SharePoint (older interface)", f"{_OLD_MICROSOFT} sharepoint:// and --site-id"),
    "od4b": ("OneDrive for Business (older interface)", f"{_OLD_MICROSOFT} onedrivev2://"),
    "tahoe": (
        "Tahoe-LAFS", "let Tahoe serve SFTP ([sftpd] in its tahoe.cfg) and give that as ssh://, or copy the"
        " files to another destination",
    ),
}  # fmt: skip
SCHEMES = tuple(_REASONS)
HIDDEN = SCHEMES
OPTIONS = ()


def title_of(scheme: str) -> str:
    return _REASONS[scheme][0]


def summary_of(scheme: str) -> str:
    title, reason = _REASONS[scheme]
    return f"{title}. Not supported: {reason}."


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> NoReturn:
    from triplicati.storage.registry import known_schemes  # noqa: PLC0415 - it imports this

    known = ", ".join(scheme for scheme in known_schemes() if scheme not in SCHEMES)
    raise UnsupportedBackend(scheme=url.scheme, hint=f": {_REASONS[url.scheme][1]}", known=known)
