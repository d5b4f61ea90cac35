"""From a destination address to the kind of destination that serves it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import cast

from triplicati.errors import UnsupportedBackend
from triplicati.options.declarations import Option
from triplicati.storage import kinds
from triplicati.storage.destination import Destination
from triplicati.values.urls import DestinationUrl

# Duplicati's other kinds: who asks for one has made no mistake.
_LATER = """
    aftp aliyunoss azure b2 box cifs cos dropbox drimecloud duplicati e2 filejump filen ftp gcs googledrive
    jottacloud mega movistarcloud msgroup mssp od4b onedrivev2 openstack pcloud rclone s3 sharepoint smb ssh
    storj tahoe webdav
"""


def open_destination(url: DestinationUrl, options: Mapping[str, str | None]) -> Destination:
    """`options` are the command's, over which the address's own query wins. Raises `UnsupportedBackend`."""
    module = _module_for(url.scheme)
    return cast("Destination", module.connect(url, {**options, **url.query}))


def destination_options(scheme: str) -> tuple[Option, ...]:
    return cast("tuple[Option, ...]", _module_for(scheme).OPTIONS)


def known_schemes() -> list[str]:
    return sorted(scheme for module in _modules() for scheme in module.SCHEMES)


def later_schemes() -> list[str]:
    """Those of Duplicati that are still to come."""
    return sorted(set(_LATER.split()) - set(known_schemes()))


def summary_of(scheme: str) -> str:
    """One sentence on a kind of destination."""
    return (_module_for(scheme).__doc__ or "").strip().split("\n\n")[0]


def _module_for(scheme: str) -> ModuleType:
    if scheme == "file":  # nearly every test and many users: not worth loading the others for
        return importlib.import_module("triplicati.storage.kinds.file")
    for module in _modules():
        if scheme in module.SCHEMES:
            return module
    hint = " yet" if {scheme, scheme.removesuffix("s")} & set(_LATER.split()) else ""
    hint = "; for WebDAV write webdav://" if scheme in ("http", "https") else hint
    raise UnsupportedBackend(scheme=scheme, hint=hint, known=", ".join(known_schemes()))


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    return tuple(importlib.import_module(f"{kinds.__name__}.{name}") for name in names)
