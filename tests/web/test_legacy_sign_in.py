"""The protocol of Duplicati 2.0, computed as its command-line client does."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import quote, unquote

import httpx
import pytest
from support.web_server import PASSWORD, web_server

from triplicati.config.sign_in import SignInOptions
from triplicati_web.routing import OPEN, Call, Route
from triplicati_web.settings import WebSettings


async def who(call: Call) -> dict[str, object]:
    return {"User": call.user, "Legacy": call.legacy}


ROUTES = [
    Route("GET", "/api/v1/who", who, "", "test"),
    Route("POST", "/api/v1/who", who, "", "test"),
    Route("GET", "/api/v1/open", who, "", "test", auth=OPEN),
]


@dataclass
class OldClient:
    """Unquotes its cookies and sends them back as they are, as duplicati-client does."""

    http: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)

    def keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = unquote(morsel.value)

    @property
    def headers(self) -> dict[str, str]:
        line = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": line, "X-XSRF-TOKEN": self.cookies.get("xsrf-token", "")}

    async def login(self, password: str = PASSWORD) -> httpx.Response:
        first = await self.http.get("/", headers={"Accept": "*/*"}, follow_redirects=True)
        assert first.url.path == "/login.html"
        asked = await self.http.post("/login.cgi", data={"get-nonce": 1})
        assert asked.status_code == 200
        assert asked.json()["Status"] == "OK"
        self.keep(asked)
        salt, nonce = base64.b64decode(asked.json()["Salt"]), base64.b64decode(asked.json()["Nonce"])
        salted = hashlib.sha256(password.encode() + salt).digest()
        proof = base64.b64encode(hashlib.sha256(nonce + salted).digest()).decode()
        cookies = {"Cookie": f"session-nonce={self.cookies['session-nonce']}"}
        answer = await self.http.post("/login.cgi", data={"password": proof}, headers=cookies)
        self.keep(answer)
        return answer


async def test_login_and_a_call() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        old = OldClient(client)
        assert (await old.login()).json() == {"Status": "OK"}
        for method in ("GET", "POST"):
            answer = await client.request(method, "/api/v1/who", headers=old.headers)
            assert answer.json() == {"User": "webserver", "Legacy": True}
            # The token lives on with each call.
            assert any(line.startswith("xsrf-token=") for line in answer.headers.get_list("set-cookie"))


async def test_quoted_cookies_and_the_token_in_the_query() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        old = OldClient(client)
        await old.login()
        line = "; ".join(f"{name}={quote(value, safe='')}" for name, value in old.cookies.items())
        params = {"x-xsrf-token": old.cookies["xsrf-token"]}
        answer = await client.get("/api/v1/who", params=params, headers={"Cookie": line})
        assert answer.status_code == 200


async def test_a_wrong_password_and_a_replayed_nonce() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        old = OldClient(client)
        wrong = await old.login("wrong")
        assert wrong.status_code == 401
        assert "www-authenticate" not in wrong.headers
        replay = await client.post("/login.cgi", data={"password": "x"}, headers=old.headers)
        assert replay.status_code == 401
        assert (await client.get("/api/v1/who", headers=old.headers)).status_code == 401


async def test_a_call_without_the_token_is_400_in_the_words_the_client_knows() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        old = OldClient(client)
        await old.login()
        for token in (None, "", "unknown"):
            headers = {"Cookie": old.headers["Cookie"]}
            if token is not None:
                headers["X-XSRF-TOKEN"] = token
            answer = await client.get("/api/v1/who", headers=headers)
            assert answer.status_code == 400
            assert answer.text == "Missing XSRF Token. Please reload the page"


async def test_a_call_without_a_session_is_sent_to_the_login() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        old = OldClient(client)
        old.keep(await client.post("/login.cgi", data={"get-nonce": 1}))
        answer = await client.get("/api/v1/who", headers=old.headers)
        assert answer.status_code == 401
        assert answer.headers["location"] == "login.html"
        assert "www-authenticate" not in answer.headers


async def test_logout_ends_the_session() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        old = OldClient(client)
        await old.login()
        before = old.headers
        assert (await client.get("/logout.cgi", headers=before)).status_code == 204
        assert (await client.get("/api/v1/who", headers=before)).status_code == 401


async def test_logging_out_everywhere_ends_old_sessions_too() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        old = OldClient(client)
        await old.login()
        await server.sign_in.logout_everywhere()
        assert (await client.get("/api/v1/who", headers=old.headers)).status_code == 401


async def test_the_password_that_an_old_client_sets_works_for_both() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        salt = b"chosen by the client"
        salted = hashlib.sha256(b"another" + salt).digest()
        await server.sign_in.set_password_pair(
            base64.b64encode(salted).decode(), base64.b64encode(salt).decode()
        )
        assert (await OldClient(client).login("another")).status_code == 200
        answer = await client.post("/api/v1/auth/login", json={"Password": "another"})
        assert answer.status_code == 200


async def test_too_many_open_nonces_are_503() -> None:
    async with web_server() as server, server.client() as client:
        statuses = [
            (await client.post("/login.cgi", data={"get-nonce": 1})).status_code for _ in range(51)
        ]
        assert statuses == [200] * 50 + [503]


async def test_without_what_it_needs_the_log_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    async with web_server() as server, server.client() as client:
        server.store.settings["server-passphrase"] = ""
        assert (await client.post("/login.cgi", data={"get-nonce": 1})).status_code == 401
    assert "set again" in caplog.text


async def test_a_browser_gets_the_page_and_signs_in_there() -> None:
    async with web_server() as server, server.client() as client:
        for path in ("/", "/index.html"):
            answer = await client.get(path, headers={"Accept": "text/html,application/xhtml+xml"})
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
            old = await client.get(path, headers={"Accept": "*/*"})
            assert old.status_code == 302
            assert old.headers["location"].endswith("/login.html")
            assert "www-authenticate" not in old.headers


async def test_it_can_be_turned_off() -> None:
    settings = WebSettings(legacy=False)
    async with (
        web_server(ROUTES, settings=settings, options=SignInOptions(legacy=False)) as server,
        server.client() as client,
    ):
        assert (await client.post("/login.cgi", data={"get-nonce": 1})).status_code == 404
        assert (await client.get("/")).status_code == 200
        answer = await client.get("/api/v1/who", headers={"Cookie": "session-auth=x; xsrf-token=y"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
