"""All routes of the API."""

from __future__ import annotations

from triplicati_web.routing import Route
from triplicati_web.v1 import (
    notices,
    server_logs,
    server_settings,
    state,
    system,
)

_MODULES = (
    notices,
    server_logs,
    server_settings,
    state,
    system,
)

API_ROUTES: tuple[Route, ...] = tuple(route for module in _MODULES for route in module.ROUTES)
