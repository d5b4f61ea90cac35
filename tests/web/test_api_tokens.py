"""Tokens for automation over the API: made, used, listed without the secret, revoked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.live_sockets import live_socket
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati_web.live import SOCKETS
from triplicati_web.sockets import UNAUTHORIZED

_TOKENS = "/api/v2/auth/tokens"
_EVENTS = "/api/v2/events"


async def made(web: WebDaemon, **wanted: Any) -> tuple[str, str]:
    """The id and the token."""
    found = (await web.post(_TOKENS, {"Name": "nightly script", **wanted}))["Data"]
    return found["Row"]["ID"], found["Token"]


async def used(web: WebDaemon, token: str) -> int:
    async with web.stranger() as client:
        answer = await client.get("/api/v1/serverstate", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_a_token_works_until_it_is_revoked(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number, token = await made(web, Days=7)
        _, other = await made(web)
        assert await used(web, token) == 200
        rows = await web.get(_TOKENS)
        assert [each["Name"] for each in rows["Data"]] == ["nightly script"] * 2
        assert token not in str(rows)
        await web.delete(f"{_TOKENS}/{number}")
        assert (await used(web, token), await used(web, other)) == (401, 200)
        assert len((await web.get(_TOKENS))["Data"]) == 1
        again = await web.delete(f"{_TOKENS}/{number}")
        assert (again["Success"], again["StatusCode"]) == (False, "TokenNotFound")


async def test_a_websocket_of_a_revoked_token_is_closed(tmp_path: Path) -> None:
    """It told whoever had the token all that happened, for as long as it stayed connected."""
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as web:
        number, token = await made(web)
        _, other = await made(web)
        async with live_socket(web, _EVENTS, token) as ends, live_socket(web, _EVENTS, other) as stays:
            for socket in (ends, stays):
                await socket.until(Topic="snapshot")
            await web.delete(f"{_TOKENS}/{number}")
            assert await ends.close_code() == UNAUTHORIZED
            await web.post("notification/test")
            await stays.until(Topic="notifications")


async def test_logging_out_everywhere_voids_them_too(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        _, token = await made(web)
        await web.post("/api/v2/auth/logout-everywhere")
        assert await used(web, token) == 401
        assert await web.daemon.store.named_tokens() == []


async def test_the_daily_clean_up_keeps_those_that_are_good(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        _, token = await made(web)
        now = web.daemon.clock.now()
        await web.daemon.store.purge_token_families(now + 1000)
        assert await used(web, token) == 200


async def test_bad_names_and_times(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        named = {"Name": "a"}
        for wanted in ({"Name": ""}, {"Name": "a" * 201}, named | {"Days": 0}, named | {"Days": 9999}):
            assert (await web.client.post(_TOKENS, json=wanted)).status_code == 400
