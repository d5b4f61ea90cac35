"""What a handler is given, and what becomes of its answer or its error."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import msgspec
import pytest
import trio
from support.web_server import web_server

from triplicati.errors import DestinationError, NoSources, TriplicatiError, VersionNotFound
from triplicati.values.secrets import Secret
from triplicati_web.routing import OPEN, Call, Handler, Reply, Route
from triplicati_web.settings import WebSettings


class Wanted(msgspec.Struct, rename="pascal"):
    path: str
    backup_id: str | None = None


class Page(msgspec.Struct, rename="camel"):
    page_size: int = 100
    long_poll: bool = False


class Answer(msgspec.Struct, rename="pascal"):
    backup_id: str
    next_run: str | None = None


async def echo(call: Call) -> dict[str, Any]:
    return {
        "Path": dict(call.path),
        "Query": msgspec.to_builtins(call.query),
        "Body": msgspec.to_builtins(call.body),
        "Form": dict(call.form),
        "Files": {name: [each.name, each.content.decode()] for name, each in call.files.items()},
    }


def route(handler: Handler, method: str = "GET", path: str = "/api/v1/it", **more: Any) -> Route:
    return Route(method, path, handler, "", "test", auth=OPEN, **more)


ECHO = route(echo, "POST", "/api/v1/echo/{id}", body=Wanted, query=Page)
OPTIONAL = route(echo, "POST", "/api/v1/optional", body=Wanted | None)
DEEP = route(echo, path="/api/v1/folderstatus/{path:path}")


async def test_path_query_and_body() -> None:
    async with web_server([ECHO, DEEP]) as server, server.client() as client:
        answer = await client.post("/api/v1/echo/7?PAGESIZE=5&longpoll=True", json={"PATH": "/x", "y": 1})
        assert answer.json()["Path"] == {"id": "7"}
        assert answer.json()["Query"] == {"pageSize": 5, "longPoll": True}
        assert answer.json()["Body"] == {"Path": "/x", "BackupId": None}
        deep = await client.get("/api/v1/folderstatus/home/u%20v/x")
        assert deep.json()["Path"] == {"path": "home/u v/x"}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"path": "/x"}', ""),
        (b'{"path": "/x"}', "text/plain"),
        (b'{"path": "/x"}', "application/x-www-form-urlencoded"),
        (b"path=%2Fx", "application/x-www-form-urlencoded"),
        (b"data=%7B%22Path%22%3A+%22%2Fx%22%7D", "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
async def test_the_body_however_it_is_sent(content: bytes, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    async with web_server([ECHO]) as server, server.client() as client:
        path = "/api/v1/echo/7" if content else "/api/v1/echo/7?path=/x"
        answer = await client.post(path, content=content, headers=headers)
        assert answer.json()["Body"] == {"Path": "/x", "BackupId": None}


async def test_a_multipart_form_with_a_file() -> None:
    async with web_server([route(echo, "POST")]) as server, server.client() as client:
        files = {"config": ("job.json", b"x" * 600_000)}
        answer = await client.post("/api/v1/it", data={"passphrase": "p"}, files=files)
        assert answer.json()["Form"] == {"passphrase": "p"}
        assert answer.json()["Files"] == {"config": ["job.json", "x" * 600_000]}


async def test_an_optional_body() -> None:
    async with web_server([OPTIONAL]) as server, server.client() as client:
        assert (await client.post("/api/v1/optional")).json()["Body"] is None
        assert (await client.post("/api/v1/optional", content=b"null")).json()["Body"] is None


@pytest.mark.parametrize("content", [b"{}", b"{", b"[]", b'{"Path": null}', b""])
async def test_a_malformed_body_is_400_with_nothing(content: bytes) -> None:
    async with web_server([ECHO]) as server, server.client() as client:
        answer = await client.post("/api/v1/echo/7", content=content)
        assert (answer.status_code, answer.content) == (400, b"")


async def test_a_malformed_query_is_400() -> None:
    async with web_server([ECHO]) as server, server.client() as client:
        answer = await client.post("/api/v1/echo/7?longPoll=perhaps", json={"Path": "/x"})
        assert answer.status_code == 400
        assert answer.json()["HelpId"] == "InvalidQuery"


# --- answers -----------------------------------------------------------------------------------------------


async def answered(found: object, path: str = "/api/v1/it") -> httpx.Response:
    async def handler(call: Call) -> object:
        if isinstance(found, Exception):
            raise found
        return found

    async with web_server([route(handler, path=path)]) as server, server.client() as client:
        return await client.get(path)


async def test_structs_are_written_as_they_are_named_with_nulls() -> None:
    answer = await answered([Answer("1")])
    assert answer.content == b'[{"BackupId":"1","NextRun":null}]'
    assert answer.headers["content-type"] == "application/json"


async def test_nothing_is_an_empty_body() -> None:
    answer = await answered(None)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_reply_says_all_itself() -> None:
    reply = Reply(content=b"zip", status=201, content_type="application/zip", headers={"X-It": "1"})
    answer = await answered(reply)
    assert (answer.status_code, answer.content) == (201, b"zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["x-it"] == "1"


async def test_a_secret_in_an_answer_is_stars() -> None:
    answer = await answered({"Passphrase": Secret("canary")})
    assert answer.json() == {"Passphrase": "********"}


async def test_errors_have_duplicatis_shape() -> None:
    answer = await answered(VersionNotFound(wanted=7, oldest=2))
    assert answer.status_code == 404
    assert answer.json() == {
        "Error": str(VersionNotFound(wanted=7, oldest=2)),
        "Code": 404,
        "HelpId": "VersionNotFound",
    }
    assert (await answered(DestinationError(reason="x"))).status_code == 502
    assert (await answered(TriplicatiError(reason="x"))).status_code == 400


async def test_under_v2_errors_are_answers() -> None:
    answer = await answered(NoSources(sources="/x"), "/api/v2/it")
    assert answer.status_code == 200
    assert answer.json() == {
        "Success": False,
        "Error": str(NoSources(sources="/x")),
        "StatusCode": "NoSources",
        "Data": None,
    }


async def test_what_nobody_expected_is_in_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/api/v1/it", "/api/v2/it"):
        caplog.clear()
        answer = await answered(ZeroDivisionError("canary"), path)
        assert answer.status_code == 500
        assert answer.json() == {"Error": "An error occurred", "Code": 500}
        assert "canary" in caplog.text
        assert "Traceback" in caplog.text


async def test_an_answer_that_cannot_be_written_is_an_error_too(caplog: pytest.LogCaptureFixture) -> None:
    answer = await answered({"It": object()})
    assert answer.status_code == 500
    assert answer.json() == {"Error": "An error occurred", "Code": 500}


async def test_the_error_of_a_nursery_is_the_error_in_it() -> None:
    async def fails() -> None:
        raise VersionNotFound(wanted=7, oldest=2)

    async def handler(call: Call) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails)

    async with web_server([route(handler)]) as server, server.client() as client:
        assert (await client.get("/api/v1/it")).status_code == 404


async def test_unknown_routes_and_methods() -> None:
    async with web_server([ECHO]) as server, server.client() as client:
        for path in ("/api/v1/nothing", "/api/v2/nothing", "/api", "/nothing", "/api/v1//echo/7"):
            answer = await client.get(path)
            assert answer.status_code == 404, path
            assert answer.json() == {"Error": "Not found", "Code": 404}
        answer = await client.get("/api/v1/echo/7")
        assert answer.status_code == 405
        assert answer.json()["Code"] == 405
        assert answer.headers["allow"] == "POST"


async def test_an_operation_that_does_not_exist_yet() -> None:
    paths = ("/api/v1/purge", "/api/v2/purge")
    routes = [route(echo, path=path, available="purge") for path in paths]
    settings = WebSettings(unavailable=frozenset({"purge"}))
    async with web_server(routes, settings=settings) as server, server.client() as client:
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code == 501
            assert answer.json()["HelpId"] == "OperationNotAvailable"
            assert answer.json()["Code"] == 501
    async with web_server(routes) as server, server.client() as client:
        assert (await client.get(paths[0])).status_code == 200


async def test_a_body_that_is_too_large_is_413() -> None:
    async with web_server([ECHO]) as server:
        for method, path, size in (
            ("POST", "/api/v1/auth/login", 2**17),
            ("POST", "/api/v1/echo/7", 2**26 + 1),
            # Four strangers who sent as much to these took 250 MB of the server.
            ("GET", "/health", 2**17),
            ("GET", "/", 2**17),
        ):
            async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream:
                head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n"
                await stream.send_all(head.encode())
                with trio.fail_after(5):
                    assert b" 413 " in await stream.receive_some()


async def test_log_holds_no_query(caplog: pytest.LogCaptureFixture) -> None:
    """A token or a passphrase may be in it."""
    caplog.set_level(logging.DEBUG, "triplicati")
    caplog.set_level(logging.DEBUG, "triplicati_web")

    async def fails(call: Call) -> None:
        raise ZeroDivisionError

    async with web_server([route(fails)]) as server, server.client() as client:
        await client.get("/api/v1/it?token=canary&passphrase=canary")
        await client.get("/api/v1/nothing?token=canary")
    ours = [each for each in caplog.records if each.name.startswith("triplicati")]
    assert ours
    assert not any("canary" in each.getMessage() for each in ours)
