"""Checks every answer that a test sees against the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import jsonschema_rs
import msgspec

import triplicati
from triplicati.runner.works import NOT_AVAILABLE
from triplicati_web import openapi
from triplicati_web.api import API_ROUTES
from triplicati_web.app import all_routes
from triplicati_web.settings import WebSettings

Check = Callable[[Any], None]
_NO_SCHEMA: Check = lambda _: None  # noqa: E731


@cache
def document() -> dict[str, Any]:
    unavailable = frozenset(NOT_AVAILABLE)
    routes = all_routes(API_ROUTES, WebSettings(unavailable=unavailable), None)
    made = openapi.document(routes, triplicati.__version__, unavailable)
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(made))
    return plain


def check_answer(answer: httpx.Response) -> None:
    """Its body has been read. Raises `AssertionError` for one that the document does not allow."""
    path = answer.request.url.path
    if not path.startswith("/api/") or not answer.content or answer.status_code >= 400:
        return
    found = _operation(answer.request.method.lower(), path)
    if found is None:
        raise AssertionError(f"{answer.request.method} {path} answers, but is not in the document")
    kind = answer.headers.get("Content-Type", "")
    if not kind.startswith("application/json"):
        return
    try:
        _validator(*found)(answer.json())
    except jsonschema_rs.ValidationError as error:
        raise AssertionError(f"{answer.request.method} {path}: {error}\n{answer.text[:2000]}") from None


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those without a part in braces first."""
    paths = sorted(document()["paths"], key=lambda path: (path.count("{"), path))
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$"), path) for path in paths]


def _operation(method: str, path: str) -> tuple[str, str] | None:
    for pattern, template in _patterns():
        if pattern.match(path) and method in document()["paths"][template]:
            return method, template
    return None


@cache
def _validator(method: str, template: str) -> Check:
    operation = document()["paths"][template][method]
    content = operation["responses"]["200"].get("content")
    if content is None:
        return _NO_SCHEMA
    schema = {**content["application/json"]["schema"], "components": document()["components"]}
    return jsonschema_rs.validator_for(schema).validate
