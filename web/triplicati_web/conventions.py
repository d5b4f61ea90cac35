"""Reads requests as Duplicati does: names in any case, numbers as text, what is unknown ignored.

Pure. Format: spec/server.md 3.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec
from msgspec import inspect

from triplicati.errors import InvalidQuery

_NESTED = 100


class Malformed(Exception):
    """The body is no JSON, or lacks what it must have."""


def read_body(raw: bytes, wanted: object, query: Iterable[tuple[str, str]] = ()) -> object:
    """The body as `wanted`. Without one, the members may be in the query; with none of them there either,
    it is None where `wanted` allows that. Raises `Malformed`."""
    if raw.strip():
        return read_value(decoded(raw), wanted)
    kind = _kind(wanted)
    members: object = None
    if struct := _struct(kind):
        known = {each.encode_name.lower() for each in struct.fields}
        members = {name: value for name, value in query if name.lower() in known}
    if not members and _takes_none(kind):
        return None
    return read_value(members, wanted)


def decoded(raw: bytes) -> object:
    """Raises `Malformed`."""
    try:
        found: object = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed from None
    return found


def read_value(value: object, wanted: object) -> object:
    """A decoded JSON value as `wanted`. Raises `Malformed`."""
    try:
        shaped = folded(value, _kind(wanted))
        found: object = msgspec.convert(shaped, wanted, strict=False)
    except (msgspec.ValidationError, RecursionError, OverflowError):
        raise Malformed from None
    return found


def read_query(pairs: Iterable[tuple[str, str]], wanted: type) -> object:
    """The query as a struct: names in any case, of repeated names the last, "" as if it were not there unless
    text is wanted. Raises `InvalidQuery`."""
    struct = _struct(_kind(wanted))
    if struct is None:
        raise TypeError(f"{wanted} is no struct")
    members: dict[str, object] = {}
    by_name = {each.encode_name.lower(): each for each in struct.fields}
    for name, value in pairs:
        known = by_name.get(name.lower())
        if known is None:
            continue
        if _is_list(known.type):
            members.setdefault(known.encode_name, [])
            members[known.encode_name].append(value)  # type: ignore[attr-defined]
        elif value or _takes_text(known.type):
            members[known.encode_name] = value
    try:
        found: object = msgspec.convert(members, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidQuery(reason=str(error)) from None
    return found


def folded(value: object, kind: inspect.Type, depth: int = 0) -> object:
    """`value` with its member names as `kind` writes them."""
    if depth > _NESTED:
        raise RecursionError
    kind = _member(kind, value)
    match value, kind:
        case dict(), inspect.StructType():
            return _members(value, kind, depth)
        case dict(), inspect.DictType():
            return {name: folded(each, kind.value_type, depth + 1) for name, each in value.items()}
        case list(), (
            inspect.ListType() | inspect.SetType() | inspect.FrozenSetType() | inspect.VarTupleType()
        ):
            return [folded(each, kind.item_type, depth + 1) for each in value]
        case int(), inspect.StrType() if not isinstance(value, bool):
            return str(value)
    return value


def _members(value: Mapping[str, object], kind: inspect.StructType, depth: int) -> dict[str, object]:
    by_name = {each.encode_name.lower(): each for each in kind.fields}
    found: dict[str, object] = {}
    for name, each in value.items():
        known = by_name.get(name.lower())
        if known is not None and (each is not None or known.required or _takes_none(known.type)):
            # null for a member that has a default and cannot be null means the default.
            found[known.encode_name] = folded(each, known.type, depth + 1)
        elif kind.tag_field is not None and name.lower() == kind.tag_field.lower():
            found[kind.tag_field] = each
    return found


@lru_cache(maxsize=512)
def _kind(wanted: object) -> inspect.Type:
    return inspect.type_info(wanted)


def _plain(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    kind = _plain(kind)
    return tuple(map(_plain, kind.types)) if isinstance(kind, inspect.UnionType) else (kind,)


def _member(kind: inspect.Type, value: object) -> inspect.Type:
    """Of a union, what a value of that JSON kind is read as."""
    found = _alternatives(kind)
    if len(found) == 1:
        return found[0]
    for each in found:
        if isinstance(value, dict) and isinstance(each, inspect.StructType | inspect.DictType):
            return each
        if isinstance(value, list) and _is_list(each):
            return each
    only_text = {type(each) for each in found} == {inspect.StrType, inspect.NoneType}
    return inspect.StrType() if only_text else inspect.AnyType()


def _struct(kind: inspect.Type) -> inspect.StructType | None:
    return next((each for each in _alternatives(kind) if isinstance(each, inspect.StructType)), None)


def _takes_none(kind: inspect.Type) -> bool:
    return any(isinstance(each, inspect.NoneType | inspect.AnyType) for each in _alternatives(kind))


def _takes_text(kind: inspect.Type) -> bool:
    return any(isinstance(each, inspect.StrType) for each in _alternatives(kind))


def _is_list(kind: inspect.Type) -> bool:
    lists = inspect.ListType | inspect.SetType | inspect.FrozenSetType | inspect.VarTupleType
    return any(isinstance(each, lists) for each in _alternatives(kind))
