"""Puts the web application together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import trio
from quart import g, request, websocket
from quart.routing import QuartRule
from quart.wrappers import Response
from quart_trio import QuartTrio
from quart_trio.wrappers import TrioRequest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter

import triplicati
from triplicati.errors import TriplicatiError
from triplicati_web import headers, openapi
from triplicati_web.auth.routes import ROUTES as AUTH_ROUTES
from triplicati_web.caller import Caller, caller_of
from triplicati_web.dispatch import Dispatcher, response
from triplicati_web.face import face_routes
from triplicati_web.failures import failed, refused
from triplicati_web.guard import check_host, check_name, check_origin, check_page, is_cors
from triplicati_web.legacy import LegacySessions, legacy_routes
from triplicati_web.metrics import metrics_route
from triplicati_web.pages import HEALTH, page_routes
from triplicati_web.routing import Call, Daemon, Reply, Route
from triplicati_web.settings import WebSettings
from triplicati_web.sockets import SocketHandler, socket_view

LARGEST_BODY = 64 * 2**20
# What nobody signed in for needs no room: pages, signing in, and what else is read before anyone is asked.
_LARGEST_UNASKED = 64 * 2**10
_ASKED, _SIGN_IN = "/api/", "/api/v1/auth/"


def make_app(
    daemon: Daemon,
    routes: Sequence[Route],
    settings: WebSettings,
    *,
    closing: trio.Event,
    sockets: Sequence[tuple[str, SocketHandler]] = (),
) -> QuartTrio:
    """`routes` and `sockets` are those of the API; signing in, the pages and the OpenAPI document are added.

    `closing` is the event that stops `serving.serve`: requests that wait and websockets end with it.
    """
    app = _bare_app()
    legacy = LegacySessions(daemon.sign_in) if settings.legacy else None
    dispatcher = Dispatcher(daemon, settings, legacy, closing, lambda: _caller(settings))
    for number, route in enumerate(all_routes(routes, settings, legacy)):
        for alias, path in enumerate(route.paths):
            app.add_url_rule(
                _rule(path),
                f"route{number}_{alias}",
                dispatcher.view(route),
                methods=[route.method],
                provide_automatic_options=False,
            )
    for path, handler in sockets:
        app.add_websocket(path, f"socket:{path}", socket_view(handler, daemon, closing))
    _guard(app, settings)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    return app


def all_routes(
    routes: Sequence[Route], settings: WebSettings, legacy: LegacySessions | None
) -> tuple[Route, ...]:
    """The whole table, with the route of the document that describes it."""
    found = [*AUTH_ROUTES, *routes, HEALTH, metrics_route(signed_in=not settings.open_metrics)]
    if legacy is not None:
        found += legacy_routes(legacy)
    if settings.pages:
        found += page_routes(settings.static, legacy)
        found += face_routes(settings.face) if settings.face is not None else ()

    async def described(call: Call) -> dict[str, Any]:
        return openapi.document(found, triplicati.__version__, settings.unavailable)

    found.append(Route("GET", openapi.PATH, described, "This document", "system", answer=dict[str, Any]))
    return tuple(found)


class _Request(TrioRequest):
    """Its body may be as large as its path allows."""

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - what quart passes on
        super().__init__(*args, **(more | _limit(args[2])))


def _limit(path: str) -> dict[str, int]:
    asked = path.startswith(_ASKED) and not path.startswith(_SIGN_IN)
    return {} if asked else {"max_content_length": _LARGEST_UNASKED}


class _Rule(QuartRule):
    """Compiles what makes an address of it when one is asked for, which nothing here does: for hundreds of
    rules that was most of what the start of a server cost."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder

        def build(rule: QuartRule, **values: object) -> tuple[str, str]:
            made: tuple[str, str] = compiled(append_unknown).__get__(rule)(**values)
            return made

        return build


def _bare_app() -> QuartTrio:
    app = QuartTrio(__name__, static_folder=None)
    app.request_class = _Request
    app.url_rule_class = _Rule
    app.url_map.strict_slashes = False
    # A redirect for a doubled slash would carry the query, with its token, along.
    app.url_map.merge_slashes = False
    app.url_map.converters["path"] = _AnyPath
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    # The server looks after clients that do not read, and a download may take its time.
    app.config["RESPONSE_TIMEOUT"] = None
    return app


def _guard(app: QuartTrio, settings: WebSettings) -> None:
    @app.before_request
    async def before_request() -> Response | None:
        caller, origin = _caller(settings), request.headers.get("Origin")
        try:
            check_host(caller, request.path, settings.allowed_hosts())
            check_origin(caller, request.method, origin, settings)
        except TriplicatiError as error:
            return response(failed(error, ""))
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if asks and origin is not None and is_cors(origin, settings):
            return response(Reply(content=b"", status=204, headers=headers.preflight(request.headers)))
        return None

    @app.before_websocket
    async def before_websocket() -> Response | None:
        caller = caller_of(_peer(websocket.scope), websocket.scheme, websocket.headers, settings)
        try:
            check_name(caller, settings.allowed_hosts())
            check_page(caller, websocket.headers.get("Origin"), settings)
        except TriplicatiError as error:
            return response(failed(error, ""))
        return None

    @app.after_request
    async def after_request(made: Response) -> Response:
        headers.add_security(made)
        origin = request.headers.get("Origin")
        if origin is not None and is_cors(origin, settings):
            headers.add_cors(made, origin)
        return made


def _caller(settings: WebSettings) -> Caller:
    if "caller" not in g:
        g.caller = caller_of(_peer(request.scope), request.scheme, request.headers, settings)
    found: Caller = g.caller
    return found


def _peer(scope: Mapping[str, Any]) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    more = {"Allow": error.get_headers()[-1][1]} if status == 405 else {}
    text = {404: "Not found", 405: "Method not allowed"}.get(status, error.name)
    if status == 404:
        # The envelope of v2 is for what a route says; there is none.
        return response(Reply({"Error": text, "Code": status}, status=status))
    return response(refused(status, text, request.path, headers=more))


async def _unexpected(error: Exception) -> Response:
    return response(failed(error, request.path))


class _AnyPath(PathConverter):
    """werkzeug's own takes no slash at the start, and there is one in each path of a folder."""

    part_isolating = False
    regex = ".+?"


def _rule(path: str) -> str:
    """werkzeug's way to write it: ``{id}`` is ``<id>``, ``{path:path}`` is ``<path:path>``."""
    parts = path.replace("}", ">").split("{")
    return parts[0] + "".join(_part(each) for each in parts[1:])


def _part(text: str) -> str:
    name, colon, rest = text.partition(":path>")
    return f"<path:{name}>{rest}" if colon else f"<{text}"
