"""From a destination address to the kind of destination that serves it.

A module of `storage.kinds` has `SCHEMES`, `OPTIONS` and ``connect(url, options)``. Where it serves several
schemes that differ, functions of the scheme, ``options_of``, ``title_of`` and ``summary_of``, stand in for
`OPTIONS`, `TITLE` and its docstring.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import cast

import msgspec

from triplicati.errors import InvalidValue, UnsupportedBackend
from triplicati.options.declarations import Option
from triplicati.storage import kinds
from triplicati.storage.destination import Destination
from triplicati.values.urls import DestinationUrl

# What other programs call some of them.
_MEANT = {
    "http": "webdav", "https": "webdav", "dav": "webdav", "davs": "webdav", "sftp": "ssh", "scp": "ssh",
    "azblob": "azure", "gs": "gcs", "gdrive": "googledrive", "onedrive": "onedrivev2", "local": "file",
}  # fmt: skip


def open_destination(url: DestinationUrl, options: Mapping[str, str | None]) -> Destination:
    """`options` are the command's, over which the address's own query wins. Nothing is connected to yet.

    Raises `UnsupportedBackend`, and what wrong or missing options of the kind raise.
    """
    _refuse_unwritable(url)
    plain = _without_secure_scheme(url)
    module = _module_for(plain.scheme)
    return cast("Destination", module.connect(plain, {**options, **plain.query}))


def destination_options(scheme: str) -> tuple[Option, ...]:
    module = _module_for(scheme)
    found = module.options_of(scheme) if hasattr(module, "options_of") else module.OPTIONS
    return cast("tuple[Option, ...]", found)


def known_schemes() -> list[str]:
    return sorted(scheme for module in _modules() for scheme in module.SCHEMES)


def offered_schemes() -> list[str]:
    """Those that a form offers, by what people call them: without kinds that can only tell why they are not
    there, and without second names of one kind."""
    found = [scheme for scheme in known_schemes() if not _is_hidden(scheme)]
    return sorted(found, key=lambda scheme: (scheme != "file", title_of(scheme).lower()))


def summary_of(scheme: str) -> str:
    """One sentence on a kind of destination."""
    module = _module_for(scheme)
    if hasattr(module, "summary_of"):
        return cast("str", module.summary_of(scheme))
    return (module.__doc__ or "").strip().split("\n\n")[0]


def title_of(scheme: str) -> str:
    """What people call it."""
    module = _module_for(scheme)
    found = module.title_of(scheme) if hasattr(module, "title_of") else getattr(module, "TITLE", scheme)
    return cast("str", found)


@cache
def options_of_kinds() -> dict[str, Option]:
    """Those that kinds of destinations declare, by their names and aliases in lower case."""
    found: dict[str, Option] = {}
    for scheme in known_schemes():
        for option in destination_options(scheme):
            for name in (option.name, *option.aliases):
                found.setdefault(name.lower(), option)
    return found


def _refuse_unwritable(url: DestinationUrl) -> None:
    """No path has a NUL. A path of this machine may be any other bytes; what goes over a line is text."""
    word = url.password.reveal() if url.password else ""
    texts = {"host": url.host, "path": url.path, "user": url.user, "password": word}
    for part, text in (*texts.items(), *url.query.items()):
        reason = ""
        if "\0" in text:
            reason = f"its {part} has a character with the number 0 (%00)"
        elif url.scheme != "file" and not _is_text(text):
            reason = f"what is percent-encoded in its {part} is no UTF-8; é is %C3%A9"
        if reason:
            shown = url.display.replace("\0", "%00").encode(errors="replace").decode()
            raise InvalidValue(value=shown, kind="destination address", reason=reason)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_hidden(scheme: str) -> bool:
    return scheme in getattr(_module_for(scheme), "HIDDEN", ())


def _without_secure_scheme(url: DestinationUrl) -> DestinationUrl:
    """``webdavs://`` is ``webdav://`` with use-ssl, for every kind that knows this option."""
    plain = url.scheme.removesuffix("s")
    if url.scheme in ("file", plain) or url.scheme in known_schemes() or plain not in known_schemes():
        return url
    if all(option.name != "use-ssl" for option in destination_options(plain)):
        return url
    return msgspec.structs.replace(url, scheme=plain, query={**url.query, "use-ssl": "true"})


def _module_for(scheme: str) -> ModuleType:
    if scheme == "file":  # nearly every test and many users: not worth loading the others for
        return importlib.import_module("triplicati.storage.kinds.file")
    for module in _modules():
        if scheme in module.SCHEMES:
            return module
    meant = _MEANT.get(scheme)
    hint = f"; for {title_of(meant)} write {meant}://" if meant else ""
    raise UnsupportedBackend(scheme=scheme, hint=hint, known=", ".join(sorted(offered_schemes())))


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    return tuple(importlib.import_module(f"{kinds.__name__}.{name}") for name in names)
