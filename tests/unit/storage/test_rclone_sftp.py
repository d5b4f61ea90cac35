"""A destination that rclone serves, at rclone's own SFTP server. All that a destination must do is asked of
other servers, in tests/servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from support.conformance import Bytes, Place, content_of, fetched
from support.server_programs import rclone_serving

from triplicati.errors import (
    DestinationSignInRefused,
    DestinationUntrusted,
    FolderMissing,
    RemoteFileMissing,
)
from triplicati.storage.destination import PART

_PASSWORD = "pass word of somebody"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    folder = tmp_path_factory.mktemp("served")
    with rclone_serving(
        "sftp", folder, tmp_path_factory.mktemp("work"), user="me", password=_PASSWORD
    ) as port:
        yield folder, port


@pytest.fixture
def folder(server: tuple[Path, int], tmp_path: Path) -> Path:
    folder = server[0] / tmp_path.name
    folder.mkdir()
    return folder


@pytest.fixture
def place(server: tuple[Path, int], folder: Path) -> Place:
    base = f"ssh://me@127.0.0.1:{server[1]}/{folder.name}"
    options: dict[str, str | None] = {"auth-password": _PASSWORD, "ssh-accept-any-fingerprints": "true"}
    return Place(base, f"{base}-absent", options, secrets=(_PASSWORD,))


async def test_there_and_back(place: Place, folder: Path, tmp_path: Path) -> None:
    destination, content = place.open(), content_of(3 * PART + 17)
    await destination.put("volume.zip", Bytes(tmp_path, content))
    assert [(each.name, each.size) for each in await destination.list()] == [("volume.zip", len(content))]
    assert (folder / "volume.zip").read_bytes() == content
    assert await fetched(destination, "volume.zip") == content
    await destination.delete("volume.zip")
    assert not list(folder.iterdir())
    with pytest.raises(RemoteFileMissing):
        await fetched(destination, "volume.zip")


async def test_a_stopped_put_leaves_nothing(place: Place, folder: Path, tmp_path: Path) -> None:
    destination, upload = place.open(), Bytes(tmp_path, content_of(6 * PART), stops_at=4)
    await destination.list()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(destination.put, "a", upload)
        await upload.reached.wait()
        asked = trio.current_time()
        nursery.cancel_scope.cancel()
    assert trio.current_time() - asked < 2
    assert not list(folder.iterdir())


async def test_a_file_that_shrinks_on_its_way_is_no_file(place: Place, folder: Path, tmp_path: Path) -> None:
    upload = Bytes(tmp_path, content_of(2 * PART))
    upload.size += 5
    with pytest.raises(Exception, match="changed while it was sent"):
        await place.open().put("a", upload)
    assert not list(folder.iterdir())


async def test_a_wrong_password_is_said_and_not_shown(place: Place) -> None:
    with pytest.raises(DestinationSignInRefused, match=r"127\.0\.0\.1") as caught:
        await place.open(auth_password="wrong-password").list()
    assert "wrong-password" not in str(caught.value)


async def test_a_folder_that_is_not_there(place: Place, server: tuple[Path, int]) -> None:
    with pytest.raises(FolderMissing, match="absent"):
        await place.open(place.missing).list()
    assert not (server[0] / place.missing).exists()


async def test_the_password_is_only_sent_to_a_server_that_is_known(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fingerprint of the message is the one to give; without it, nobody asks for a password."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DestinationUntrusted, match="SHA256:") as caught:
        await place.open(ssh_accept_any_fingerprints="false").list()
    fingerprint = str(caught.value).partition('--ssh-fingerprint="')[2].partition('"')[0]
    trusting = place.open(ssh_accept_any_fingerprints="false", ssh_fingerprint=fingerprint)
    assert await trusting.list() == []
    other = fingerprint[:-43] + "A" * 43
    with pytest.raises(DestinationUntrusted, match="not the one of --ssh-fingerprint"):
        await place.open(ssh_accept_any_fingerprints="false", ssh_fingerprint=other).list()
