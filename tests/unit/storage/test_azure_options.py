"""What options of Azure come to, seen in the requests that they make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.conformance import Bytes
from support.recorded_http import RecordingServer, recording

from triplicati.errors import (
    DestinationNotCreated,
    DestinationOptionMissing,
    DestinationOptionUnusable,
    InvalidValue,
)
from triplicati.storage.kinds import azure
from triplicati.storage.objects.azure import AzureContainer
from triplicati.values.urls import parse_url

KEY = "dGhlIGtleQ=="


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with recording() as found:
        yield found


def opened(server: RecordingServer, url: str = "azure://container", **options: str) -> AzureContainer:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    account = {"azure-account-name": "account", "azure-endpoint": f"http://{server.address}"}
    return azure.connect(parse_url(url), {**account, **given})


async def test_a_key(server: RecordingServer, tmp_path: Path) -> None:
    await opened(server, azure_access_key=KEY).put("a", Bytes(tmp_path, b"content"))
    (request,) = server.requests
    assert (request.method, request.target, request.content) == ("PUT", "/container/a", b"content")
    assert request.headers["authorization"].startswith("SharedKey account:")
    assert "x-ms-access-tier" not in request.headers


@pytest.mark.parametrize("mark", ["", "?"])
async def test_a_signature_in_place_of_a_key(server: RecordingServer, tmp_path: Path, mark: str) -> None:
    container = opened(server, azure_access_sas_token=f"{mark}sv=2021&sig=very%2Bsecret")
    await container.put("a", Bytes(tmp_path, b"content"))
    await container.create_folder()
    for request in server.requests:
        assert "sv=2021&sig=very%2Bsecret" in request.target
        assert "authorization" not in request.headers
    assert server.requests[-1].target.startswith("/container?restype=container&")


async def test_a_signature_is_in_no_error(server: RecordingServer) -> None:
    server.status, server.answer = 409, b"<Error><Code>Odd</Code><Message>Something.</Message></Error>"
    container = opened(server, azure_access_sas_token="sv=2021&sig=verysecret")
    with pytest.raises(DestinationNotCreated, match="Something") as caught:
        await container.create_folder()
    assert "verysecret" not in f"{caught.value} {caught.value!r} {container!r} {container.display}"


async def test_a_tier(server: RecordingServer, tmp_path: Path) -> None:
    container = opened(server, azure_access_key=KEY, azure_access_tier="Cool")
    await container.put("a", Bytes(tmp_path, b"content"))
    assert server.requests[0].headers["x-ms-access-tier"] == "Cool"


async def test_what_stands_behind_the_container_is_ignored(server: RecordingServer, tmp_path: Path) -> None:
    container = opened(server, "azure://container/folder", azure_access_key=KEY)
    await container.put("a", Bytes(tmp_path, b"content"))
    assert server.requests[0].target == "/container/a"
    assert container.display == "azure://container"


def test_the_usual_server() -> None:
    given = {"azure_account_name": "account", "azure_access_key": KEY}
    place = azure.connect(parse_url("azure://container"), given)._place
    assert place.endpoint.url == "https://account.blob.core.windows.net"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "--azure-account-name"),
        ({"azure-account-name": "account"}, "--azure-access-key or --azure-access-sas-token"),
    ],
)
def test_what_is_missing(options: dict[str, str | None], told: str) -> None:
    with pytest.raises(DestinationOptionMissing, match=told):
        azure.connect(parse_url("azure://container"), options)


def test_a_key_that_is_none() -> None:
    given: dict[str, str | None] = {"azure-account-name": "account", "azure-access-key": "not a key!"}
    with pytest.raises(DestinationOptionUnusable, match="Base64") as caught:
        azure.connect(parse_url("azure://container"), given)
    assert "not a key!" not in str(caught.value)


def test_no_container() -> None:
    with pytest.raises(InvalidValue):
        azure.connect(parse_url("azure:///x"), {"azure-account-name": "a", "azure-access-key": KEY})
