"""From a request to a handler, and from what the handler says to an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

import msgspec
import trio
from quart import request
from quart.wrappers import Response
from werkzeug.exceptions import HTTPException

from triplicati.errors import OperationNotAvailable
from triplicati.values.secrets import json_hook
from triplicati_web.auth.credentials import Identity, Presented, identify
from triplicati_web.caller import Caller
from triplicati_web.conventions import Malformed, read_body, read_query, read_value
from triplicati_web.failures import failed, refused
from triplicati_web.legacy import Answered, LegacySessions
from triplicati_web.routing import OPEN, Call, Daemon, Reply, Route, Upload
from triplicati_web.settings import WebSettings
from triplicati_web.streaming import FileContent

View = Callable[..., Awaitable[Response]]
_MULTIPART = "multipart/form-data"
_URLENCODED = "application/x-www-form-urlencoded"


class Dispatcher:
    """Makes the view of each route."""

    def __init__(
        self,
        daemon: Daemon,
        settings: WebSettings,
        legacy: LegacySessions | None,
        closing: trio.Event,
        caller: Callable[[], Caller],
    ) -> None:
        self._daemon = daemon
        self._settings = settings
        self._legacy = legacy
        self._closing = closing
        self._caller = caller

    def view(self, route: Route) -> View:
        async def view(**path: str) -> Response:
            try:
                return response(await self._answered(route, path))
            except Answered as error:
                return response(error.reply)
            except HTTPException:
                raise  # of quart, which has an answer for it
            except Exception as error:
                return response(failed(error, request.path))

        return view

    async def _answered(self, route: Route, path: Mapping[str, str]) -> Reply:
        who = await self._who(route)
        if route.available is not None and route.available in self._settings.unavailable:
            raise OperationNotAvailable(operation=route.available)
        call = await self._call(route, path, who)
        if route.waits:
            found = await self._unless_closing(route, call)
        else:
            found = await route.handler(call)
        reply = _reply(found)
        return replace(reply, cookies=(*who.cookies, *reply.cookies)) if who.cookies else reply

    async def _who(self, route: Route) -> Identity:
        if route.auth == OPEN:
            return Identity("")
        presented = Presented(request.headers, _arguments(), request.cookies)
        return await identify(
            presented, self._daemon.sign_in, operation=route.operation, old=self._legacy
        )

    async def _call(self, route: Route, path: Mapping[str, str], who: Identity) -> Call:
        query = read_query(_pairs(), route.query) if route.query is not None else None
        body, form, files = await _content(route.body)
        caller = self._caller()
        return Call(
            daemon=self._daemon,
            path=path,
            query=query,
            body=body,
            user=who.user,
            legacy=who.legacy,
            headers=request.headers,
            host=caller.host,
            scheme=caller.scheme,
            prefix=caller.prefix,
            address=caller.address,
            cookies=request.cookies,
            arguments=_arguments(),
            form=form,
            files=files,
            closing=self._closing,
            face_prefix=caller.face_prefix,
        )

    async def _unless_closing(self, route: Route, call: Call) -> object:
        found: object = refused(503, "The server is stopping", request.path)
        async with trio.open_nursery() as nursery:

            async def watch() -> None:
                await self._closing.wait()
                nursery.cancel_scope.cancel()

            nursery.start_soon(watch)
            found = await route.handler(call)
            nursery.cancel_scope.cancel()
        return found


def response(reply: Reply) -> Response:
    content: bytes | FileContent
    if reply.file is not None:
        content = FileContent(reply.file)
    elif reply.content is not None:
        content = reply.content
    else:
        content = msgspec.json.encode(reply.value, enc_hook=json_hook)
    made = Response(content, status=reply.status)
    made.headers["Content-Type"] = reply.content_type
    for name, value in reply.headers.items():
        made.headers[name] = value
    for line in reply.cookies:
        made.headers.add("Set-Cookie", line)
    return made


def _reply(found: object) -> Reply:
    if isinstance(found, Reply):
        return found
    return Reply(content=b"") if found is None else Reply(found)


def _pairs() -> Iterable[tuple[str, str]]:
    return request.args.items(multi=True)


def _arguments() -> dict[str, str]:
    return {name.lower(): value for name, value in _pairs()}


async def _content(wanted: object) -> tuple[object, Mapping[str, str], Mapping[str, Upload]]:
    """The body as `wanted`, and the form it came in, if it did. Raises `Malformed`."""
    form, files, raw = await _parts()
    if wanted is None:
        return None, form, files
    if "data" in form:
        return read_body(form["data"].encode(), wanted), form, files
    if form or files:
        return read_value({**_arguments(), **form}, wanted), form, files
    return read_body(raw, wanted, _pairs()), form, files


async def _parts() -> tuple[Mapping[str, str], Mapping[str, Upload], bytes]:
    """Form fields, files, and what is neither: many clients say it is a form and send JSON."""
    if request.mimetype == _MULTIPART:
        form, sent = await request.form, await request.files
        files = {name: Upload(each.filename or "", each.read()) for name, each in sent.items()}
        return dict(form), files, b""
    raw: bytes = await request.get_data(cache=False, as_text=False)  # type: ignore[assignment]
    if request.mimetype == _URLENCODED and not raw.lstrip().startswith((b"{", b"[", b'"')):
        try:
            return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=1000)), {}, b""
        except ValueError:
            raise Malformed from None
    return {}, {}, raw
