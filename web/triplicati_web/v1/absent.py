"""Parts of Duplicati that do not exist here, answered so that its clients go on working: the remote control
by a commercial service, and helpers of modules (spec/server.md 3.14)."""

from __future__ import annotations

from triplicati.errors import RemoteControlMissing, WebModuleNotFound
from triplicati.messages.api_system import ModuleInfo
from triplicati.messages.api_texts import RemoteControlState, WebModuleAnswer
from triplicati_web.routing import Call, Handler, Route

_TAG = "not here"
_PATH = "/api/v1/remotecontrol"


async def state(call: Call) -> RemoteControlState:
    return RemoteControlState()


def _refuse(verb: str) -> Handler:
    async def handler(call: Call) -> RemoteControlState:
        raise RemoteControlMissing(verb=verb)

    return handler


async def web_modules(call: Call) -> list[ModuleInfo]:
    return []


async def ask_web_module(call: Call) -> WebModuleAnswer:
    raise WebModuleNotFound(key=call.path["key"])


def _route(method: str, path: str, handler: Handler, summary: str) -> Route:
    return Route(method, f"{_PATH}/{path}", handler, summary, _TAG, answer=RemoteControlState)


ROUTES = (
    _route("GET", "status", state, "The remote control, which is never there"),
    _route("POST", "disable", state, "Turn the remote control off"),
    _route("DELETE", "registration", state, "Forget the remote control"),
    _route("DELETE", "register", state, "Stop registering"),
    _route("POST", "enable", _refuse("enable"), "Turn the remote control on: refused"),
    _route("POST", "register", _refuse("register"), "Register: refused"),
    _route("POST", "register/wait", _refuse("wait for"), "Wait for the registration: refused"),
    Route("GET", "/api/v1/webmodules", web_modules, "Helpers of modules", _TAG, answer=list[ModuleInfo]),
    Route(
        "POST",
        "/api/v1/webmodule/{key}",
        ask_web_module,
        "Ask a helper of a module",
        _TAG,
        body=dict[str, str | None] | None,
        answer=WebModuleAnswer,
    ),
)
