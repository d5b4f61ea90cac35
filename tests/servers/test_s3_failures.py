"""What S3 servers refuse, and servers that are not there: each has its own error, told soon."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
from support.certificates import self_signed
from support.conformance import Bytes, Place, content_of, fetched
from support.s3_server import S3Server, moto_server, rclone_server

from triplicati.errors import (
    BucketMissing,
    DestinationError,
    DestinationOptionUnusable,
    DestinationRefused,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
    RemoteFileMissing,
)
from triplicati.storage.destination import PART
from triplicati.storage.locking import lockable

pytestmark = pytest.mark.servers

_NUMBERS = itertools.count()
_FOR_NOBODY = {"s3-lock-mode": "compliance"}


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with moto_server(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="module")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with rclone_server(tmp_path_factory.mktemp("rclone")) as server:
        server.make_bucket("bucket")
        yield server


@pytest.fixture
def place(moto: S3Server) -> Place:
    bucket = moto.make_bucket(f"bucket-{next(_NUMBERS)}")
    return Place(f"s3://{bucket}/folder", f"s3://{bucket}-absent", options=moto.options)


@pytest.mark.parametrize(
    "wrong", [{"aws-secret-access-key": "another-secret"}, {"aws-access-key-id": "another-key"}]
)
async def test_a_wrong_key(rclone: S3Server, tmp_path: Path, wrong: dict[str, str | None]) -> None:
    destination = Place("s3://bucket", "", options={**rclone.options, **wrong}).open()
    small, large = Bytes(tmp_path, b"1"), Bytes(tmp_path, content_of(6 * PART))
    for ask in (
        destination.list,
        destination.test,
        lambda: fetched(destination, "a"),
        lambda: destination.put("a", small),
        lambda: destination.put("a", large),
        lambda: destination.delete("a"),
    ):
        with trio.fail_after(3), pytest.raises(DestinationSignInRefused) as caught:
            await ask()
        assert "another-secret" not in str(caught.value)


async def test_no_bucket(place: Place, tmp_path: Path) -> None:
    destination = place.open(place.missing)
    with pytest.raises(BucketMissing, match=r'no bucket "bucket-\d+-absent"'):
        await destination.list()
    for ask in (destination.test, lambda: destination.put("a", Bytes(tmp_path, content_of(6 * PART)))):
        with pytest.raises(BucketMissing):
            await ask()
    with pytest.raises(BucketMissing):
        await fetched(destination, "a")


async def test_nobody_knows_the_server(place: Place) -> None:
    with trio.fail_after(3), pytest.raises(DestinationUnknown, match=r"name\.invalid"):
        await place.open(s3_server_name="name.invalid").list()


async def test_nobody_listens(place: Place, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    destination = place.open(s3_server_name=address)
    with trio.fail_after(3), pytest.raises(DestinationUnreachable, match="refused"):
        await destination.list()
    with trio.fail_after(3), pytest.raises(DestinationUnreachable):
        await destination.put("a", Bytes(tmp_path, content_of(6 * PART)))
    with trio.fail_after(3), pytest.raises(DestinationUnreachable):
        await destination.create_folder()
    hashed = place.open(s3_server_name=address, use_ssl="true", accept_specified_ssl_hash="00" * 20)
    with trio.fail_after(3), pytest.raises(DestinationUnreachable):
        await hashed.list()


async def test_a_server_that_goes_away(tmp_path: Path) -> None:
    with moto_server(tmp_path) as server:
        server.make_bucket("bucket")
        destination = Place("s3://bucket", "", options=server.options).open()
        await destination.put("a", Bytes(tmp_path, b"content"))
    with trio.fail_after(3), pytest.raises(DestinationUnreachable):
        await fetched(destination, "a")


async def test_a_server_that_says_nothing(place: Place, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        limits = {"short_timeout": "1s", "list_timeout": "1s", "read_write_timeout": "1s"}
        destination = place.open(s3_server_name=address, s3_ext_maxerrorretry="0", **limits)
        with trio.fail_after(3), pytest.raises(DestinationUnreachable, match="in time"):
            await destination.list()
        with trio.fail_after(3), pytest.raises(DestinationUnreachable, match="in time"):
            await fetched(destination, "a")


async def test_a_call_to_a_server_that_says_nothing_is_stopped_at_once(place: Place, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        destination = place.open(s3_server_name=address)
        for ask in (destination.list, lambda: destination.put("a", Bytes(tmp_path, content_of(7 * PART)))):
            started = trio.current_time()
            with trio.move_on_after(0.3) as scope:
                await ask()
            assert scope.cancelled_caught
            assert trio.current_time() - started < 2


async def test_an_upload_in_blocks_that_fails_is_given_up(
    moto: S3Server, place: Place, tmp_path: Path
) -> None:
    upload = Bytes(tmp_path, content_of(12 * PART), fails_at=11)
    with pytest.raises(DestinationError, match="the test wanted this"):
        await place.open().put("a", upload)
    assert moto.unfinished(place.url.split("/")[2]) == 0


async def test_a_stopped_upload_in_blocks_is_given_up(moto: S3Server, place: Place, tmp_path: Path) -> None:
    upload = _Endless(tmp_path, content_of(11 * PART))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(place.open().put, "a", upload)
        await upload.reached.wait()
        nursery.cancel_scope.cancel()
    assert moto.unfinished(place.url.split("/")[2]) == 0


async def test_a_line_that_breaks_in_a_download(place: Place, moto: S3Server, tmp_path: Path) -> None:
    await place.open().put("a", Bytes(tmp_path, content_of(6 * PART)))
    with _Breaking(moto.port, after=2 * PART) as line:
        destination = place.open(s3_server_name=f"127.0.0.1:{line.port}")
        with trio.fail_after(10), pytest.raises(DestinationUnreachable):
            await fetched(destination, "a")


async def test_names_that_are_not_there(place: Place) -> None:
    with pytest.raises(RemoteFileMissing, match="absent"):
        await fetched(place.open(), "absent")


async def test_names_that_the_library_cannot_hold(place: Place, moto: S3Server) -> None:
    moto.client().put_object(Bucket=place.url.split("/")[2], Key="folder//odd", Body=b"")
    with pytest.raises(DestinationError, match='folder of its own'):
        await place.open().list()


class TestEncrypted:
    @pytest.fixture(scope="class")
    @staticmethod
    def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
        return tmp_path_factory.mktemp("certificates")

    async def test_a_certificate_that_signs_itself(self, folder: Path, tmp_path: Path) -> None:
        certificate = self_signed(folder)
        with moto_server(tmp_path, tls=certificate.path) as server:
            server.make_bucket("bucket")
            place = Place("s3://bucket", "s3://absent", options=server.options)
            with trio.fail_after(3), pytest.raises(DestinationUntrusted, match="signed by nobody"):
                await place.open().list()
            with trio.fail_after(3), pytest.raises(DestinationUntrusted):
                await place.open(place.missing).create_folder()
            with pytest.raises(DestinationUntrusted):
                await place.open(accept_specified_ssl_hash="00" * 20).list()
            with pytest.raises(DestinationOptionUnusable, match="may not sign others"):
                await place.open(accept_specified_ssl_hash=certificate.sha1).list()
            accepting = place.open(accept_any_ssl_certificate="true")
            await accepting.put("a", Bytes(tmp_path, b"content"))
            assert await fetched(accepting, "a") == b"content"
            await place.open(place.missing, accept_any_ssl_certificate="true").create_folder()

    async def test_a_certificate_that_is_accepted_by_its_hash(self, folder: Path, tmp_path: Path) -> None:
        certificate = self_signed(folder, "leaf", signs=False)
        with moto_server(tmp_path, tls=certificate.path) as server:
            server.make_bucket("bucket")
            for given in (certificate.sha1.upper(), f"{'00' * 20};{certificate.sha256}"):
                accepting = {**server.options, "accept-specified-ssl-hash": given}
                place = Place("s3://bucket", "s3://absent", options=accepting)
                await place.open().put("a", Bytes(tmp_path, b"content"))
                assert await fetched(place.open(), "a") == b"content"
                await place.open(place.missing).create_folder()
            other = place.open(accept_specified_ssl_hash="11" * 20)
            with pytest.raises(DestinationUntrusted, match="trusts"):
                await other.list()

    async def test_the_server_does_not_encrypt(self, place: Place) -> None:
        with trio.fail_after(3), pytest.raises(DestinationUnreachable, match="does not speak TLS"):
            await place.open(use_ssl="true").list()


class TestLocks:
    async def test_a_lock_keeps_the_file(self, moto: S3Server, tmp_path: Path) -> None:
        bucket = moto.make_bucket(f"locks-{next(_NUMBERS)}", ObjectLockEnabledForBucket=True)
        destination = Place(f"s3://{bucket}/folder", "", options={**moto.options, **_FOR_NOBODY}).open()
        able = lockable(destination)
        assert able is not None
        await destination.put("a", Bytes(tmp_path, b"content"))
        assert await able.lock_of("a") is None
        until = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
        await able.set_lock("a", until)
        assert await able.lock_of("a") == until
        held = moto.client().head_object(Bucket=bucket, Key="folder/a")
        assert (held["ObjectLockMode"], held["ObjectLockRetainUntilDate"]) == ("COMPLIANCE", until)
        version = moto.client().list_object_versions(Bucket=bucket)["Versions"][0]["VersionId"]
        with pytest.raises(Exception, match="AccessDenied"):
            moto.client().delete_object(Bucket=bucket, Key="folder/a", VersionId=version)

    async def test_a_bucket_without_locks(self, place: Place, tmp_path: Path) -> None:
        destination = place.open()
        await destination.put("a", Bytes(tmp_path, b"content"))
        able = lockable(destination)
        assert able is not None
        with pytest.raises(DestinationRefused, match="without object lock"):
            await able.set_lock("a", datetime.now(UTC) + timedelta(days=2))
        assert await able.lock_of("a") is None

    async def test_a_file_that_is_not_there(self, moto: S3Server) -> None:
        bucket = moto.make_bucket(f"locks-{next(_NUMBERS)}", ObjectLockEnabledForBucket=True)
        able = lockable(Place(f"s3://{bucket}", "", options=moto.options).open())
        assert able is not None
        with pytest.raises(RemoteFileMissing):
            await able.lock_of("absent")


async def test_the_class_of_what_is_stored(moto: S3Server, place: Place, tmp_path: Path) -> None:
    asked = {"s3_storage_class": "STANDARD_IA", "s3_ext_requestchecksumcalculation": "when_supported"}
    for name, size in (("small", 10), ("large", 6 * PART)):
        await place.open(**asked).put(name, Bytes(tmp_path, content_of(size)))
        found = moto.client().head_object(Bucket=place.url.split("/")[2], Key=f"folder/{name}")
        assert found["StorageClass"] == "STANDARD_IA"


async def test_a_list_of_all_below(place: Place, tmp_path: Path) -> None:
    await place.open(f"{place.url}/deeper").put("b", Bytes(tmp_path, b""))
    await place.open().put("a", Bytes(tmp_path, b""))
    found = await place.open(s3_recursive_list="true").list()
    assert sorted(each.name for each in found) == ["a", "deeper/b"]


async def test_a_bucket_in_another_region(moto: S3Server) -> None:
    bucket = f"bucket-{next(_NUMBERS)}"
    place = Place(f"s3://{bucket}", "", options=moto.options)
    await place.open(s3_location_constraint="eu-central-1").create_folder()
    assert moto.client().get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-central-1"


class _Endless(Bytes):
    """After its content nothing more comes, until it is cancelled."""

    def parts(self) -> Iterator[bytes]:
        yield from super().parts()
        trio.from_thread.run_sync(self.reached.set)
        while True:
            trio.from_thread.check_cancelled()
            time.sleep(0.01)


class _Breaking:
    """A line to a server on this machine that breaks after `after` bytes of answers, again and again."""

    def __init__(self, port: int, after: int) -> None:
        self._to = port
        self._after = after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> _Breaking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, socket.create_connection(("127.0.0.1", self._to)) as server:
                server.sendall(line.recv(65536))
                left = self._after
                while left > 0 and (part := server.recv(min(left, 65536))):
                    line.sendall(part)
                    left -= len(part)

