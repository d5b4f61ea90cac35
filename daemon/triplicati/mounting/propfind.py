"""What a PROPFIND asks for (RFC 4918, 9.1 and 14.20). The body is anybody's: no entity is ever looked at."""

from __future__ import annotations

from typing import Literal
from xml.parsers import expat

import msgspec

DAV = "DAV:"
LARGEST = 64 << 10
_DEEPEST, _MOST = 16, 256

Property = tuple[str, str]
"""namespace, "" for none, and name"""


class Malformed(Exception):
    """What was sent is no such request."""


class Wanted(msgspec.Struct, frozen=True):
    """`properties` are those of a "prop", in order, each once."""

    kind: Literal["all", "names", "some"] = "all"
    properties: tuple[Property, ...] = ()


def parse_propfind(body: bytes) -> Wanted:
    """Nothing at all asks for everything. Raises `Malformed`."""
    if not body.strip():
        return Wanted()
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise Malformed from None
    if reader.kind is None:
        raise Malformed
    return Wanted(reader.kind, tuple(dict.fromkeys(reader.properties)))


class _Reader:
    def __init__(self) -> None:
        self.kind: Literal["all", "names", "some"] | None = None
        self.properties: list[Property] = []
        self._depth = 0
        self._seen = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _refuse(self, *_: object) -> None:
        raise Malformed

    def _start(self, name: str, _attributes: object) -> None:
        self._depth += 1
        self._seen += 1
        if self._depth > _DEEPEST or self._seen > _MOST:
            raise Malformed
        namespace, _, local = name.rpartition(" ")
        if self._depth == 1 and (namespace, local) != (DAV, "propfind"):
            raise Malformed
        if self._depth == 2 and namespace == DAV and self.kind is None:
            match local:
                case "allprop":
                    self.kind = "all"
                case "propname":
                    self.kind = "names"
                case "prop":
                    self.kind = "some"
        elif self._depth == 3 and self.kind == "some":
            self.properties.append((namespace, local))

    def _end(self, _name: str) -> None:
        self._depth -= 1
