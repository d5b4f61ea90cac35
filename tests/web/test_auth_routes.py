"""Signing in over HTTP, as the clients do it."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from email.utils import parsedate_to_datetime
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx
import pytest
import trio
import trio_websocket
from support.certificates import self_signed
from support.hand_signed import hand_signed
from support.web_server import PASSWORD, Running, open_socket, web_server

from triplicati.config.sign_in import SignInOptions
from triplicati_web.routing import OPEN, Call, Route
from triplicati_web.sockets import UNAUTHORIZED, Socket

V1 = "/api/v1/auth"
PREAUTH = "pre-auth_token-1"


async def who(call: Call) -> dict[str, object]:
    return {"User": call.user, "Legacy": call.legacy}


ROUTES = [
    Route("GET", "/api/v1/who", who, "", "test"),
    Route("GET", "/api/v1/backup/{id}/export", who, "", "test", auth="operation:export"),
    Route("GET", "/api/v1/open", who, "", "test", auth=OPEN),
]


def cookie(answer: httpx.Response, name: str) -> Morsel[str]:
    for line in answer.headers.get_list("set-cookie"):
        if line.startswith(f"{name}="):
            return SimpleCookie(line)[name]
    raise AssertionError(f"no cookie {name}")


async def login(client: httpx.AsyncClient, password: str = PASSWORD, **more: object) -> httpx.Response:
    return await client.post(f"{V1}/login", json={"Password": password, **more})


def session_of(server: Running, answer: httpx.Response) -> tuple[dict[str, str], dict[str, str]]:
    """The cookie header and the body with which a browser refreshes."""
    morsel = cookie(answer, f"RefreshToken_{server.port}")
    return {"Cookie": f"{morsel.key}={morsel.value}"}, {"Nonce": answer.json()["RefreshNonce"]}


async def status(client: httpx.AsyncClient, token: str) -> int:
    answer = await client.get("/api/v1/who", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_login_gives_a_token_that_opens_the_api() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        answer = await login(client)
        assert answer.status_code == 200
        assert set(answer.json()) == {"AccessToken", "RefreshNonce"}
        token = answer.json()["AccessToken"]
        found = await client.get("/api/v1/who", headers={"Authorization": f"Bearer {token}"})
        assert found.json() == {"User": "webserver", "Legacy": False}


async def test_the_cookie_of_a_session() -> None:
    async with web_server() as server, server.client() as client:
        found = cookie(await login(client, RememberMe=True), f"RefreshToken_{server.port}")
        assert found["path"] == "/api/v1/auth/refresh"
        assert found["domain"] == "127.0.0.1"
        assert found["httponly"]
        assert found["samesite"] == "Strict"
        assert not found["secure"]
        expires = parsedate_to_datetime(found["expires"]).timestamp()
        assert expires == server.clock() + 30 * 86400


async def test_the_cookie_is_secure_with_tls(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=certificate.path)
    async with (
        web_server(tls=lambda: certificate.server) as server,
        httpx.AsyncClient(base_url=server.url, verify=trust, trust_env=False) as client,
    ):
        assert cookie(await login(client), f"RefreshToken_{server.port}")["secure"]


async def test_a_wrong_password_is_401_and_is_written_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with web_server() as server, server.client() as client:
        answer = await login(client, "canary-guess")
        assert answer.status_code == 401
        assert answer.json() == {
            "Error": "The password is not correct.",
            "Code": 401,
            "HelpId": "WrongPassword",
        }
        assert "set-cookie" not in answer.headers
        assert "www-authenticate" not in answer.headers
    assert "wrong password" in caplog.text
    assert "canary-guess" not in caplog.text


@pytest.mark.parametrize("body", [b"{}", b"null", b'{"Password":null}', b'{"Password":""}', b""])
async def test_a_login_without_a_password_is_refused(body: bytes) -> None:
    async with web_server() as server, server.client() as client:
        answer = await client.post(f"{V1}/login", content=body)
        assert answer.status_code in (400, 401)


async def test_names_in_any_case_and_no_content_type() -> None:
    """A sample script of 2016 sends JSON without saying so."""
    async with web_server() as server, server.client() as client:
        for name in ("password", "PASSWORD", "pAsSwOrD"):
            content = f'{{"{name}": "{PASSWORD}", "Other": 1}}'.encode()
            assert (await client.post(f"{V1}/login", content=content)).status_code == 200
            typed = {"Content-Type": "application/x-www-form-urlencoded"}
            assert (await client.post(f"{V1}/login", content=content, headers=typed)).status_code == 200


async def test_a_sign_in_link_works_once() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        link = await server.sign_in.issue_signin_token(minutes=60)
        body = {"SigninToken": link, "RememberMe": False}
        first = await client.post(f"{V1}/signin", json=body)
        assert await status(client, first.json()["AccessToken"]) == 200
        again = await client.post(f"{V1}/signin", json=body)
        assert again.status_code == 401
        assert link not in again.text


async def test_a_link_signed_with_the_stored_key_by_hand_is_taken() -> None:
    async with web_server() as server, server.client() as client:
        key = json.loads(server.store.settings["jwt-config"])["SigningKey"]
        now = int(server.clock())
        common = {"iss": "https://duplicati", "aud": "https://duplicati", "nbf": now, "exp": now + 300}
        token = hand_signed(key, {**common, "typ": "SigninToken", "sid": "trayicon"})
        assert (await client.post(f"{V1}/signin", json={"SigninToken": token})).status_code == 200


async def test_refresh_gives_new_tokens_and_a_new_cookie() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        headers, body = session_of(server, await login(client))
        for _ in range(3):
            answer = await client.post(f"{V1}/refresh", json=body, headers=headers)
            assert answer.status_code == 200
            assert await status(client, answer.json()["AccessToken"]) == 200
            headers, body = session_of(server, answer)


async def test_a_page_that_never_read_the_answer_goes_on_with_the_nonce_it_chose() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        headers, body = session_of(server, await login(client))
        chosen = "c" * 43
        answer = await client.post(f"{V1}/refresh", json=body | {"NextNonce": chosen}, headers=headers)
        assert answer.json()["RefreshNonce"] == chosen
        # The browser has the cookie of the answer, and the page two nonces.
        later, _ = session_of(server, answer)
        assert (await client.post(f"{V1}/refresh", json=body, headers=later)).status_code == 401
        assert (await client.post(f"{V1}/refresh", json={"Nonce": chosen}, headers=later)).status_code == 200
        short = body | {"NextNonce": "short"}
        assert (await client.post(f"{V1}/refresh", json=short, headers=later)).status_code == 400


async def test_refresh_without_cookie_or_nonce_is_401() -> None:
    async with web_server() as server, server.client() as client:
        headers, body = session_of(server, await login(client))
        assert (await client.post(f"{V1}/refresh", json=body)).status_code == 401
        assert (await client.post(f"{V1}/refresh", headers=headers)).status_code == 401
        assert (await client.post(f"{V1}/refresh", json={"Nonce": "x"}, headers=headers)).status_code == 401
        assert (await client.post(f"{V1}/refresh", json=body, headers=headers)).status_code == 200


async def test_a_replayed_cookie_ends_the_session() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        headers, body = session_of(server, await login(client))
        first = await client.post(f"{V1}/refresh", json=body, headers=headers)
        server.clock.time += 31
        assert (await client.post(f"{V1}/refresh", json=body, headers=headers)).status_code == 401
        assert await status(client, first.json()["AccessToken"]) == 401


async def test_logout_ends_the_session_and_removes_the_cookie() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        answer = await login(client)
        headers, body = session_of(server, answer)
        gone = await client.post(f"{V1}/refresh/logout", json=body, headers=headers)
        assert gone.json() == {"success": True}
        assert parsedate_to_datetime(cookie(gone, f"RefreshToken_{server.port}")["expires"]).year == 1970
        assert await status(client, answer.json()["AccessToken"]) == 401
        for content in (b"", b"null", b"{}", b"no json"):
            again = await client.post(f"{V1}/refresh/logout", content=content)
            assert again.json() == {"success": True}


async def test_logout_everywhere_ends_every_session() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        headers = await server.bearer(client)
        other = await server.bearer(client)
        assert (await client.post("/api/v2/auth/logout-everywhere")).status_code == 401
        assert (await client.post("/api/v2/auth/logout-everywhere", headers=headers)).status_code == 200
        for each in (headers, other):
            assert (await client.get("/api/v1/who", headers=each)).status_code == 401


async def test_a_token_for_one_use_in_the_query() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        headers = await server.bearer(client)
        answer = await client.post(f"{V1}/issuetoken/export", headers=headers)
        token = answer.json()["Token"]
        export = "/api/v1/backup/1/export"
        assert (await client.get(export, params={"token": token})).json()["User"] == "webserver"
        assert (await client.get(export, params={"Token": token})).status_code == 200
        # Also without one, since both MCP clients do so.
        assert (await client.get(export, headers=headers)).status_code == 200
        assert (await client.get(export)).status_code == 401
        assert (await client.get("/api/v1/who", params={"token": token})).status_code == 401
        for operation in ("bugreport", "websocket"):
            other = (await client.post(f"{V1}/issuetoken/{operation}", headers=headers)).json()["Token"]
            assert (await client.get(export, params={"token": other})).status_code == 401
        unknown = await client.post(f"{V1}/issuetoken/everything", headers=headers)
        assert unknown.status_code == 400


async def test_the_forever_token_is_given_once() -> None:
    async with (
        web_server(ROUTES, options=SignInOptions(forever_token=True)) as server,
        server.client() as client,
    ):
        headers = await server.bearer(client)
        answer = await client.post(f"{V1}/issue-forever-token", headers=headers)
        assert answer.json()["RefreshNonce"] is None
        assert await status(client, answer.json()["AccessToken"]) == 200
        assert (await client.post(f"{V1}/issue-forever-token", headers=headers)).status_code == 401


async def test_a_link_for_the_password() -> None:
    async with web_server() as server, server.client() as client:
        answer = await client.post(f"{V1}/issuesignintoken", json={"Password": PASSWORD})
        body = {"SigninToken": answer.json()["Token"]}
        assert (await client.post(f"{V1}/signin", json=body)).status_code == 200
        wrong = await client.post(f"{V1}/issuesignintoken", json={"Password": "wrong"})
        assert wrong.status_code == 401


async def test_status_tells_a_page_whether_a_proxy_signs_it_in() -> None:
    async with (
        web_server(options=SignInOptions(pre_auth_tokens=(PREAUTH,))) as server,
        server.client() as client,
    ):
        none = await client.post(f"{V1}/status", content=b"null", headers={"custom-proxy-check": "true"})
        assert none.status_code == 200
        assert none.json() == {"authorized": False, "message": "Not signed in"}
        bad = await client.post(f"{V1}/status", headers={"Authorization": "Bearer nonsense"})
        assert bad.json()["authorized"] is False
        for headers in (await server.bearer(client), {"Authorization": f"PreAuth {PREAUTH}"}):
            good = (await client.post(f"{V1}/status", headers=headers)).json()
            assert good["authorized"] is True
            assert server.sign_in.user_of_operation(good["socketToken"], "websocket")


async def test_nobody_is_401_with_an_empty_body() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "PreAuth nonsense"}):
            answer = await client.get("/api/v1/who", headers=headers)
            assert answer.status_code == 401
            assert answer.content == b""
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_pre_auth_tokens_in_header_and_query() -> None:
    async with (
        web_server(ROUTES, options=SignInOptions(pre_auth_tokens=(PREAUTH,))) as server,
        server.client() as client,
    ):
        by_header = await client.get("/api/v1/who", headers={"Authorization": f"PreAuth {PREAUTH}"})
        by_query = await client.get("/api/v1/who", params={"token": PREAUTH})
        assert by_header.json() == by_query.json() == {"User": "pre-auth", "Legacy": False}
        assert (await client.get("/api/v1/who", params={"token": "other"})).status_code == 401


async def test_an_open_route_asks_nobody() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        answer = await client.get("/api/v1/open", headers={"Authorization": "Bearer nonsense"})
        assert answer.json() == {"User": "", "Legacy": False}


# --- websockets --------------------------------------------------------------------------------------------


async def tells(socket: Socket) -> None:
    """Says who it is, after a token if need be."""
    while not socket.user:
        if not await socket.authenticate(await socket.receive() or ""):
            await socket.close(UNAUTHORIZED, "no")
            return
    await socket.send(socket.user)


SOCKETS = [("/notifications", tells)]


async def test_a_websocket_takes_a_token_when_it_connects() -> None:
    async with web_server(sockets=SOCKETS) as server, server.client() as client:
        headers = await server.bearer(client)
        access = headers["Authorization"].removeprefix("Bearer ")
        operation = server.sign_in.issue_operation_token("webserver", "websocket")
        for token in (access, operation):
            async with open_socket(server, f"/notifications?token={token}") as socket:
                assert await socket.get_message() == "webserver"
        bearer = [(b"Authorization", headers["Authorization"].encode())]
        async with open_socket(server, headers=bearer) as socket:
            assert await socket.get_message() == "webserver"


async def test_a_websocket_takes_a_token_later() -> None:
    async with web_server(sockets=SOCKETS) as server, open_socket(server) as socket:
        await socket.send_message(server.sign_in.issue_operation_token("webserver", "websocket"))
        assert await socket.get_message() == "webserver"


async def test_a_websocket_with_a_wrong_token_later_is_closed() -> None:
    async with web_server(sockets=SOCKETS) as server, open_socket(server) as socket:
        await socket.send_message(server.sign_in.issue_operation_token("webserver", "export"))
        with pytest.raises(trio_websocket.ConnectionClosed) as closed:
            await socket.get_message()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 4401


async def listens(socket: Socket) -> None:
    await socket.send(socket.user)
    await trio.sleep_forever()


async def test_logout_everywhere_closes_the_websockets_that_are_open() -> None:
    """They told whoever had once opened them all that happened, for as long as they stayed connected."""
    async with (
        web_server(sockets=[("/notifications", listens)]) as server,
        server.client() as client,
    ):
        headers = await server.bearer(client)
        bearer = [(b"Authorization", headers["Authorization"].encode())]
        async with open_socket(server, headers=bearer) as socket:
            assert await socket.get_message() == "webserver"
            await client.post("/api/v2/auth/logout-everywhere", headers=headers)
            with trio.fail_after(5), pytest.raises(trio_websocket.ConnectionClosed) as closed:
                await socket.get_message()
            assert closed.value.reason is not None
            assert closed.value.reason.code == UNAUTHORIZED
        again = [(b"Authorization", (await server.bearer(client))["Authorization"].encode())]
        async with open_socket(server, headers=again) as socket:
            assert await socket.get_message() == "webserver"
            with trio.move_on_after(0.2) as waited:
                await socket.get_message()
            assert waited.cancelled_caught


@pytest.mark.parametrize("said", [False, True], ids=["by header", "by message"])
async def test_the_end_of_a_session_closes_its_websockets_and_no_others(said: bool) -> None:
    async def asks(socket: Socket) -> None:
        if said:
            assert await socket.authenticate(await socket.receive() or "")
        await listens(socket)

    async with web_server(sockets=[("/notifications", asks)]) as server, server.client() as client:
        mine, others = await login(client), await login(client)
        async with AsyncExitStack() as stack:
            opened = []
            for token in (each.json()["AccessToken"] for each in (mine, others)):
                headers = [] if said else [(b"Authorization", f"Bearer {token}".encode())]
                socket = await stack.enter_async_context(open_socket(server, headers=headers))
                if said:
                    await socket.send_message(token)
                assert await socket.get_message() == "webserver"
                opened.append(socket)
            ends, stays = opened
            cookie_of_mine, body = session_of(server, mine)
            await client.post(f"{V1}/refresh/logout", json=body, headers=cookie_of_mine)
            with trio.fail_after(5), pytest.raises(trio_websocket.ConnectionClosed) as closed:
                await ends.get_message()
            assert closed.value.reason is not None
            assert closed.value.reason.code == UNAUTHORIZED
            with trio.move_on_after(0.2) as waited:
                await stays.get_message()
            assert waited.cancelled_caught


async def rejected(server: Running, path: str, headers: Mapping[bytes, bytes] | None = None) -> int:
    try:
        async with open_socket(server, path, list((headers or {}).items())):
            return 101
    except* trio_websocket.ConnectionRejected as group:
        leaf: BaseException = group
        while isinstance(leaf, BaseExceptionGroup):
            leaf = leaf.exceptions[0]
        assert isinstance(leaf, trio_websocket.ConnectionRejected)
        found = leaf.status_code
    return found


async def test_a_websocket_with_a_wrong_token_is_not_opened() -> None:
    async with web_server(sockets=SOCKETS) as server:
        assert await rejected(server, "/notifications?token=nonsense") == 401


async def test_a_plain_request_to_a_websocket_is_400() -> None:
    async with web_server(sockets=SOCKETS) as server, server.client() as client:
        assert (await client.get("/notifications")).status_code == 400


async def breaks(socket: Socket) -> None:
    raise RuntimeError("canary")


async def test_a_websocket_that_fails_is_closed_and_the_error_is_in_the_log_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with web_server(sockets=[("/notifications", breaks)]) as server, open_socket(server) as socket:
        with pytest.raises(trio_websocket.ConnectionClosed) as closed:
            await socket.get_message()
        assert closed.value.reason is not None
        assert closed.value.reason.code == 1011
        assert not closed.value.reason.reason
    assert "canary" in caplog.text


async def test_a_handler_ends_when_its_client_leaves() -> None:
    ended = trio.Event()

    async def waits(socket: Socket) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async with web_server(sockets=[("/notifications", waits)]) as server:
        async with open_socket(server):
            pass
        with trio.fail_after(5):
            await ended.wait()
