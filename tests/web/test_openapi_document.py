"""The document says what the table has, and the other way round."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from support.web_server import web_server

from triplicati_web.app import all_routes
from triplicati_web.legacy import LegacySessions
from triplicati_web.openapi import document
from triplicati_web.routing import OPEN, Call, Route
from triplicati_web.settings import WebSettings


class Wanted(msgspec.Struct, rename="pascal"):
    backup_id: str
    paths: list[str] | None = None


class Item(msgspec.Struct, rename="pascal"):
    size: int
    inner: Wanted | None = None


class Asked(msgspec.Struct, rename="camel"):
    path: str
    page_size: int = 100


async def nothing(call: Call) -> None:
    pass


ROUTES = (
    Route("GET", "/api/v1/backup/{id}", nothing, "One", "backups", answer=Item, query=Asked),
    Route("PUT", "/api/v1/backup/{id}", nothing, "Change", "backups", body=Wanted),
    Route("POST", "/api/v1/run/{id}", nothing, "Run", "backups", aliases=("/api/v1/start/{id}",)),
    Route("POST", "/api/v1/restore", nothing, "Restore", "backups", body=Wanted | None, answer=list[Item]),
    Route("GET", "/api/v1/folderstatus/{path:path}", nothing, "Folder", "folders"),
    Route("GET", "/api/v1/export", nothing, "Export", "backups", auth="operation:export"),
    Route("GET", "/api/v1/free", nothing, "Open", "other", answer=dict[str, Any], auth=OPEN),
    Route("POST", "/api/v2/search", nothing, "Search", "files", body=Wanted, answer=Item),
    Route("POST", "/api/v2/purge", nothing, "Purge", "files", available="purge"),
)


@pytest.fixture
def made() -> dict[str, Any]:
    return document(ROUTES, "1.2", ())


def operations(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, each in found["paths"].items() for method in each}


def listed(routes: tuple[Route, ...]) -> set[tuple[str, str]]:
    return {(each.method, re.sub(r":path\}", "}", path)) for each in routes for path in each.paths}


def test_every_route_has_an_entry_and_every_entry_a_route(made: dict[str, Any]) -> None:
    assert operations(made) == listed(ROUTES)


def test_what_does_not_exist_yet_is_left_out() -> None:
    found = document(ROUTES, "1.2", {"purge"})
    assert operations(found) == listed(ROUTES[:-1])


async def test_the_served_document_has_the_routes_of_the_server_and_only_these() -> None:
    settings = WebSettings()
    async with web_server(ROUTES, settings=settings) as server, server.client() as client:
        assert (await client.get("/api/v2/openapi.json")).status_code == 401
        answer = await client.get("/api/v2/openapi.json", headers=await server.bearer(client))
        found = answer.json()
        assert found["openapi"] == "3.1.0"
        for method, path in operations(found):
            # Each is there: whatever it answers, it is not that it is unknown.
            known = await client.request(method, path.replace("{", "").replace("}", ""))
            assert known.status_code not in (404, 405), (method, path)
    legacy = LegacySessions(server.sign_in)
    assert operations(found) == listed(all_routes(ROUTES, settings, legacy))


def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    found = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(made)))
    assert found == set(made["components"]["schemas"])
    assert {"Wanted", "Item", "ErrorBody"} <= found


def test_names_of_operations_are_unique(made: dict[str, Any]) -> None:
    names = [one["operationId"] for each in made["paths"].values() for one in each.values()]
    assert len(names) == len(set(names))


def test_parameters(made: dict[str, Any]) -> None:
    found = made["paths"]["/api/v1/backup/{id}"]["get"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in found] == [
        ("id", "path", True),
        ("path", "query", True),
        ("pageSize", "query", False),
    ]
    folder = made["paths"]["/api/v1/folderstatus/{path}"]["get"]["parameters"]
    assert [each["name"] for each in folder] == ["path"]


def test_bodies_and_answers(made: dict[str, Any]) -> None:
    change = made["paths"]["/api/v1/backup/{id}"]["put"]
    assert change["requestBody"]["required"] is True
    assert "content" not in change["responses"]["200"]
    assert made["paths"]["/api/v1/restore"]["post"]["requestBody"]["required"] is False
    item = made["components"]["schemas"]["Item"]
    assert set(item["properties"]) == {"Size", "Inner"}


def test_who_may(made: dict[str, Any]) -> None:
    assert made["security"] == [{"bearer": []}]
    assert made["paths"]["/api/v1/free"]["get"]["security"] == []
    assert made["paths"]["/api/v1/export"]["get"]["security"] == [{"bearer": []}, {"token": []}]


def test_under_v2_an_answer_may_be_an_error(made: dict[str, Any]) -> None:
    good = made["paths"]["/api/v2/search"]["post"]["responses"]["200"]
    choices = good["content"]["application/json"]["schema"]["anyOf"]
    assert {"$ref": "#/components/schemas/EnvelopeError"} in choices
