"""Requests that nobody would send, made from the OpenAPI document.

No answer is a 500, and each is as the document has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import response_schema_conformance
from support.answer_schemas import document
from support.api_client import add, ended, job, start
from support.server_process import ServerProcess, server_process

# What changes files of this machine, runs programs, or ends the session of this test.
_NOT_FUZZED = (
    r"/api/v1/(commandline|remoteoperation/.*|filesystem/create.*)$"
    r"|/api/v2/destination/.*|.*/(movedb|updatedb|restore|repairupdate)$"
    r"|/api/v1/serversettings?(/.*)?$|/api/v1/auth/.*|/api/v2/auth/.*|/api/v1/uisettings$"
)
# Refusals that clients know by this status (spec/server.md 3.2, 3.3).
_OF_THE_PROTOCOL = ('{"Error":"Failed to import backup: ', '{"Status":"failed","Reason":"backup-in-progress"')
_FEW = 4

schema = schemathesis.openapi.from_dict(document()).exclude(path_regex=_NOT_FUZZED)


class _Running:
    def __init__(self, server: ServerProcess, client: httpx.Client) -> None:
        self.url = server.url
        self.headers = {"Authorization": client.headers["Authorization"]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Running]:
    """With a backup that has run, so that the number 1 is one."""
    tmp_path: Path = tmp_path_factory.mktemp("fuzzed")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("hello")
    with server_process(tmp_path / "data") as server, server.signed_in() as client:
        backup = add(client, job(tmp_path))
        ended(client, start(client, f"/api/v1/backup/{backup}/run"))
        yield _Running(server, client)


@schema.parametrize()
@settings(
    max_examples=_FEW,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_makes_the_server_fail(case: Case[Any], running: _Running) -> None:
    answer = case.call(base_url=running.url, headers=running.headers, timeout=20)
    assert answer.status_code != 500 or answer.text.startswith(_OF_THE_PROTOCOL), answer.text
    if answer.status_code == 200 and answer.content:
        case.validate_response(answer, checks=[response_schema_conformance])
