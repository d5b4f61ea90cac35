"""What a client says over ``/notifications``, and how it is answered (spec/server.md 6). Pure."""

from __future__ import annotations

import msgspec

from triplicati_web.conventions import Malformed, read_body

LARGEST = 4096
VERSION = 1
AUTHENTICATE = "auth"
_encoder = msgspec.json.Encoder()


class Request(msgspec.Struct, frozen=True, rename="pascal"):
    """`data` is for the service. Its names come in any case."""

    version: int = 1
    id: str = ""
    action: str = ""
    service: str = ""
    token: str = ""
    data: object = None

    def __repr__(self) -> str:
        return f"Request({self.action})"


class Reply(msgspec.Struct, frozen=True, rename="pascal"):
    version: int
    id: str
    service: str
    message: str
    success: bool
    data: object = None
    type: str = "reply"


class Welcome(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer to the first message of a client that had shown nothing yet."""

    version: int = VERSION
    message: str = "Authenticated successfully"
    success: bool = True
    type: str = "auth"


class Pushed(msgspec.Struct, frozen=True, rename="pascal"):
    """What a service has to tell."""

    type: str
    api_version: int
    data: object


def read_request(text: str | None) -> Request:
    """None is a message that was not text. Raises `Malformed` with what is wrong."""
    if text is None:
        raise Malformed("Messages must be text")
    raw = text.encode("utf-8", "replace")
    if len(raw) > LARGEST:
        raise Malformed(f"A message must not be longer than {LARGEST} bytes")
    try:
        found = read_body(raw, Request)
    except Malformed:
        raise Malformed("The message is not understood") from None
    if not isinstance(found, Request):
        raise Malformed("The message is not understood")
    return found


def reply(request: Request, message: str, *, success: bool = True, data: object = None) -> bytes:
    return _encoder.encode(Reply(VERSION, request.id, request.service, message, success, data))


def refusal(message: str, request: Request | None = None) -> bytes:
    return reply(request or Request(), message, success=False)


def welcome() -> bytes:
    return _encoder.encode(Welcome())


def pushed(service: str, data: object) -> str:
    """`legacystatus` comes without a wrapper."""
    value = data if service == "legacystatus" else Pushed(service, VERSION, data)
    return _encoder.encode(value).decode()
