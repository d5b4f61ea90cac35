"""All routes of the API."""

from __future__ import annotations

from triplicati_web.routing import Route
from triplicati_web.v1 import (
    absent,
    backup_logs,
    backups,
    bug_reports,
    commandline,
    files,
    filesystem,
    folder_states,
    job_files,
    notices,
    pages_storage,
    remote,
    running,
    server_logs,
    server_settings,
    state,
    system,
    tasks,
    texts,
)
from triplicati_web.v2 import (
    connection_strings,
    destinations,
    downloads,
    drafts,
    machine,
    previews,
    reports,
    runs,
    schedules,
    tokens,
    versions,
)

_MODULES = (
    absent,
    backup_logs,
    backups,
    bug_reports,
    commandline,
    connection_strings,
    destinations,
    downloads,
    drafts,
    files,
    filesystem,
    folder_states,
    job_files,
    machine,
    notices,
    pages_storage,
    previews,
    remote,
    reports,
    running,
    runs,
    schedules,
    server_logs,
    server_settings,
    state,
    system,
    tasks,
    texts,
    tokens,
    versions,
)

API_ROUTES: tuple[Route, ...] = tuple(route for module in _MODULES for route in module.ROUTES)
