"""The OpenAPI document, made from the route table and the structs alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from triplicati_web.routing import OPEN, Route

PATH = "/api/v2/openapi.json"
_REFERENCE = "#/components/schemas/{name}"
_PART = re.compile(r"\{(\w+)(?::path)?\}")
_ERRORS = (400, 401, 404, 500)

Json = dict[str, Any]  # JSON objects of many shapes


class ErrorBody(msgspec.Struct, rename="pascal"):
    """Every error that has a body."""

    error: str
    code: int
    help_id: str | None = None


class EnvelopeError(msgspec.Struct, rename="pascal"):
    """An error under /api/v2, where most come with status 200."""

    success: bool
    error: str
    status_code: str
    data: None = None


def document(routes: Iterable[Route], version: str, unavailable: Collection[str]) -> Json:
    """Operations that do not exist yet are left out."""
    listed = [each for each in routes if each.available is None or each.available not in unavailable]
    types = _types(listed)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    by_type = {str(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: Json = {}
    for route in listed:
        for path in route.paths:
            shown = _PART.sub(r"{\1}", path)
            paths.setdefault(shown, {})[route.method.lower()] = _operation(route, path, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Triplicati", "version": version},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "token": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
        "security": [{"bearer": []}],
    }


def _types(routes: Iterable[Route]) -> list[object]:
    found: dict[str, object] = {str(each): each for each in (ErrorBody, EnvelopeError)}
    for route in routes:
        for each in (route.body, route.answer):
            if each is not None:
                found[str(each)] = each
    return list(found.values())


def _operation(route: Route, path: str, schemas: Mapping[str, Json], components: Json) -> Json:
    found: Json = {
        "operationId": _name(route.method, path),
        "summary": route.summary,
        "tags": [route.tag],
        "responses": _responses(route, schemas),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PART.findall(path)
    ]
    if route.query is not None:
        parameters += _parameters(route.query, components)
    if parameters:
        found["parameters"] = parameters
    if route.body is not None:
        schema = schemas[str(route.body)]
        content = {"application/json": {"schema": schema}}
        found["requestBody"] = {"required": not _may_be_null(schema), "content": content}
    if route.auth == OPEN:
        found["security"] = []
    elif route.operation:
        found["security"] = [{"bearer": []}, {"token": []}]
    return found


def _parameters(query: type, components: Json) -> list[Json]:
    """The members of the query's struct; what they refer to goes to the components, itself does not."""
    (schema,), found = msgspec.json.schema_components([query], ref_template=_REFERENCE)
    struct = found.pop(schema["$ref"].rpartition("/")[2])
    components |= found
    required = struct.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": member}
        for name, member in struct["properties"].items()
    ]


def _responses(route: Route, schemas: Mapping[str, Json]) -> Json:
    good: Json = {"description": "OK"}
    if route.answer is not None:
        good["content"] = {"application/json": {"schema": schemas[str(route.answer)]}}
    found: Json = {"200": good}
    for status in _ERRORS:
        # Not every refusal has a body: what cannot be read, or is not signed in, gets none.
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schemas[str(ErrorBody)]}},
        }
    if route.path.startswith("/api/v2/") and route.answer is not None:
        good["content"]["application/json"]["schema"] = {
            "anyOf": [schemas[str(route.answer)], schemas[str(EnvelopeError)]]
        }
    return found


def _may_be_null(schema: Json) -> bool:
    return {"type": "null"} in schema.get("anyOf", [])


def _name(method: str, path: str) -> str:
    words = [each for each in re.split(r"[^A-Za-z0-9]+", _PART.sub(r"\1", path)) if each]
    return "_".join([method.lower(), *words])
