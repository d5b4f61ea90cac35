"""An address of one backup with the credentials of a shared one (spec/server.md 3.15). Pure."""

from __future__ import annotations

import re

from triplicati.errors import InvalidValue
from triplicati.options.registry import canonical_name
from triplicati.values.urls import parse_query_value, split_query

_AUTHORITY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/?]*)(.*)", re.DOTALL)


def with_shared_credentials(target: str, shared: str) -> str:
    """`target` with the user, password and query of `shared`; further parts of its own query stay.

    Raises `InvalidValue` where the two are of different kinds.
    """
    before, own = split_query(target)
    base, given = split_query(shared)
    if _scheme(before) != _scheme(base):
        reason = f"the shared address is one for {_scheme(base)}"
        raise InvalidValue(value=f"{_scheme(before)}://...", kind="destination address", reason=reason)
    names = {_name(part) for part in given}
    query = "&".join([*(part for part in own if _name(part) not in names), *given])
    address = _with_credentials(before, base)
    return f"{address}?{query}" if query else address


def _with_credentials(address: str, shared: str) -> str:
    ours, theirs = _AUTHORITY.fullmatch(address), _AUTHORITY.fullmatch(shared)
    if ours is None or theirs is None:
        return address
    credentials, at, _ = theirs[2].rpartition("@")
    if not at:
        return address
    return f"{ours[1]}://{credentials}@{ours[2].rpartition('@')[2]}{ours[3]}"


def _scheme(address: str) -> str:
    match = _AUTHORITY.fullmatch(address)
    return "file" if match is None else match[1].lower()


def _name(part: str) -> str:
    return canonical_name(parse_query_value(part.partition("=")[0]).lower())
