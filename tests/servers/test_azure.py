"""Azure's containers on Azurite."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from support.azure_server import KEY, AzureServer, azure_server
from support.certificates import self_signed
from support.conformance import Bytes, Conformance, Place, content_of, fetched

from triplicati.errors import (
    BucketMissing,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
)
from triplicati.storage.destination import PART

pytestmark = pytest.mark.servers

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureServer]:
    with azure_server(tmp_path_factory.mktemp("azurite")) as server:
        yield server


@pytest.fixture
async def place(azurite: AzureServer) -> Place:
    number = next(_NUMBERS)
    there = Place(
        f"azure://container-{number}",
        f"azure://container-{number}-absent",
        options=azurite.options,
        secrets=(KEY,),
    )
    await there.open().create_folder()
    return there


class TestAzurite(Conformance):
    async def test_folders_are_not_files(self, place: Place, tmp_path: Path) -> None:
        """What stands behind the container is ignored, as by Duplicati."""
        below = place.open(f"{place.url}/folder")
        await below.put("a", Bytes(tmp_path, b"content"))
        assert [each.name for each in await place.open().list()] == ["a"]
        await place.open(f"{place.url}/folder").delete("a")


@pytest.mark.parametrize("size", [3, 6 * PART])
async def test_a_wrong_key(place: Place, tmp_path: Path, size: int) -> None:
    destination = place.open(azure_access_key="d3Jvbmc=")
    with trio.fail_after(5), pytest.raises(DestinationSignInRefused):
        await destination.list()
    with trio.fail_after(5), pytest.raises(DestinationSignInRefused):
        await destination.put("a", Bytes(tmp_path, content_of(size)))
    with trio.fail_after(5), pytest.raises(DestinationSignInRefused):
        await destination.create_folder()


async def test_no_container(place: Place, tmp_path: Path) -> None:
    destination = place.open(place.missing)
    with pytest.raises(BucketMissing, match='no container "container-'):
        await destination.list()
    with pytest.raises(BucketMissing):
        await destination.put("a", Bytes(tmp_path, content_of(6 * PART)))
    with pytest.raises(BucketMissing):
        await destination.test()


async def test_servers_that_are_not_there(place: Place) -> None:
    with trio.fail_after(5), pytest.raises(DestinationUnknown, match=r"name\.invalid"):
        await place.open(azure_endpoint="http://name.invalid/account").list()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/account"
    with trio.fail_after(5), pytest.raises(DestinationUnreachable, match="refused"):
        await place.open(azure_endpoint=address).list()


async def test_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with azure_server(tmp_path, tls=certificate.path) as server:
        place = Place("azure://container", "", options=server.options)
        with trio.fail_after(5), pytest.raises(DestinationUntrusted):
            await place.open().list()
        accepting = place.open(accept_any_ssl_certificate="true")
        await accepting.create_folder()
        await accepting.put("a", Bytes(tmp_path, b"content"))
        assert await fetched(accepting, "a") == b"content"


async def test_a_tier(place: Place, tmp_path: Path) -> None:
    destination = place.open(azure_access_tier="Cool")
    await destination.put("a", Bytes(tmp_path, b"content"))
    await destination.put("b", Bytes(tmp_path, content_of(6 * PART)))
    assert len(await destination.list()) == 2
