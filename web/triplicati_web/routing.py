"""The route table: what a route is, what its handler is given, and what it may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

import trio
from werkzeug.datastructures import Headers

from triplicati.config.sign_in import SignIn

OPEN = "open"
BEARER = "bearer"
_OPERATION = "operation:"


class Daemon(Protocol):
    """What this package itself needs of the daemon."""

    @property
    def sign_in(self) -> SignIn: ...


@dataclass(frozen=True)
class Upload:
    """A file of a multipart form."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """A request that passed the guard and the sign-in.

    `path` are the parts in braces, `query` and `body` the structs the route declares (None where it declares
    none, or an optional body is missing). `user` is who asks, "" for an open route. `legacy`: signed in with
    the old protocol. `address` is the client's, behind trusted proxies; `host` is what it calls us, with the
    port as it wrote it, `scheme` http or https and `prefix` the path that a proxy puts before ours,
    `face_prefix` the one before ``/ngclient/`` alone. `closing` is set when the server stops. `arguments` is
    the query as it came, its names in lower case.
    """

    daemon: Any  # the daemon of the application; handlers name its type where they take it
    path: Mapping[str, str]
    query: Any  # the route's query struct
    body: Any  # the route's body type
    user: str
    legacy: bool
    headers: Headers
    host: str
    scheme: str
    prefix: str
    address: str
    cookies: Mapping[str, str]
    arguments: Mapping[str, str]
    form: Mapping[str, str]
    files: Mapping[str, Upload]
    closing: trio.Event
    face_prefix: str = ""

    def __repr__(self) -> str:
        return "Call(...)"


@dataclass(frozen=True)
class Reply:
    """An answer that is not simply a value as JSON with status 200. `value` is encoded; `content` goes out as
    it is, `file` piece by piece, and is closed then. `cookies` are whole `Set-Cookie` lines."""

    value: object = None
    content: bytes | None = None
    file: IO[bytes] | None = None
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"Reply({self.status})"


Handler = Callable[[Call], Awaitable[object]]


@dataclass(frozen=True)
class Route:
    """One method of one path, such as ``/api/v1/backup/{id}``; ``{path:path}`` takes slashes too.

    `body`, `answer`: types msgspec knows; ``X | None`` as `body` may be left out. `query`: a struct; its
    members without a default are required. `auth`: `bearer`, `open`, or ``operation:NAME``, which takes a
    token for that one use as well. `available`: the operation it needs, which may not exist yet. `waits`: it
    answers late on purpose, so the end of the server answers 503 for it. `aliases`: further paths, which the
    OpenAPI document lists too.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    body: object = None
    answer: object = None
    query: type | None = None
    auth: str = BEARER
    available: str | None = None
    waits: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def operation(self) -> str:
        """The use for which a token of one use is taken; "" for none."""
        return self.auth.removeprefix(_OPERATION) if self.auth.startswith(_OPERATION) else ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.aliases)
