"""Settings of the server (spec/server.md 3.9)."""

from __future__ import annotations

from triplicati.runner.server_settings import (
    Value,
    change_setting,
    change_settings,
    shown_setting,
    shown_settings,
)
from triplicati_web.routing import Call, Reply, Route

_TAG = "settings"


async def read_all(call: Call) -> dict[str, str]:
    return await shown_settings(call.daemon)


async def change(call: Call) -> None:
    await change_settings(call.daemon, call.body)


async def read_one(call: Call) -> Reply:
    return Reply(await shown_setting(call.daemon, call.path["key"]))


async def change_one(call: Call) -> None:
    await change_setting(call.daemon, call.path["key"], call.body)


ROUTES = (
    Route(
        "GET",
        "/api/v1/serversettings",
        read_all,
        "All settings of the server, and options of every backup",
        _TAG,
        answer=dict[str, str],
    ),
    Route(
        "PATCH", "/api/v1/serversettings", change, "Change some settings", _TAG, body=dict[str, Value]
    ),
    Route("PUT", "/api/v1/serversettings", change, "Change some settings", _TAG, body=dict[str, Value]),
    Route("GET", "/api/v1/serversetting/{key}", read_one, "One setting", _TAG, answer=str),
    Route("PUT", "/api/v1/serversetting/{key}", change_one, "Change one setting", _TAG, body=Value),
)
