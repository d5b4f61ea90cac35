"""Places that never answer, or fail in their own way: what goes on beside a backup does not hold it up."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing
from support.conformance import Bytes, content_of
from support.engine import Place
from support.far import FarDestination

from triplicati.engine.copying_back import copy_back
from triplicati.engine.opening import Keys
from triplicati.engine.quota import check_quota
from triplicati.engine.quota_rule import QuotaRule
from triplicati.engine.remote import Remote, RetryRule
from triplicati.engine.sending_along import sending_along
from triplicati.errors import DestinationError
from triplicati.errors.groups import plain_reason
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.storage.abilities import Quota
from triplicati.storage.destination import RemoteFile, Upload
from triplicati.storage.faults import Fault
from triplicati.storage.kinds.file import LocalFolder

# Inside a class, `list` is the method.
Listing = list[RemoteFile]


class Mute(FarDestination):
    async def quota(self) -> Quota | None:
        await trio.sleep_forever()


async def test_a_backup_does_not_wait_for_ever_for_the_room_that_is_left(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    """Its data was all there, and its end never came."""
    remote = Remote(Mute(LocalFolder(tmp_path)), "duplicati", Keys(), Report())
    result = BackupResult()
    with trio.fail_after(3600):
        await check_quota(remote, QuotaRule(), result)
    assert (result.total_quota, result.free_quota, result.quota_error) == (-1, -1, False)
    assert trio.current_time() <= 60


async def test_a_volume_is_brought_back_though_a_first_try_stands_still(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.source.mkdir()
    (place.source / "file").write_bytes(content_of(30_000))
    await place.back_up()
    (lost, *_) = place.volumes("dblock")
    (tmp_path / "copy").mkdir()
    lost.rename(tmp_path / "copy" / lost.name)
    place.faults = [Fault("put", "silence")]
    remote, copy = place.connect(), place.connect()
    copy.destination = LocalFolder(tmp_path / "copy")
    remote.patience = 0.1
    async with open_database(place.database) as database:
        with trio.fail_after(10):
            assert await copy_back(remote, [copy], database) == [lost.name]
    assert lost.read_bytes() == (tmp_path / "copy" / lost.name).read_bytes()


class Broken(FarDestination):
    """Takes `good` volumes, and then fails as no destination should."""

    good = 1
    error: Exception = OSError("an odd one")

    async def put(self, name: str, upload: Upload) -> None:
        if self.good == 0:
            raise self.error
        self.good -= 1
        await super().put(name, upload)


@pytest.mark.parametrize("error", [OSError("an odd one"), DestinationError(reason="refused")])
async def test_a_copy_that_fails_fails_no_backup_and_keeps_no_room(tmp_path: Path, error: Exception) -> None:
    for name in ("main", "copy", "temporary"):
        (tmp_path / name).mkdir()
    keys = Keys(tempdir=str(tmp_path / "temporary"))
    broken = Broken(LocalFolder(tmp_path / "copy"))
    broken.error = error
    remote = Remote(FarDestination(LocalFolder(tmp_path / "main")), "duplicati", keys, Report())
    far = Remote(broken, "duplicati", keys, Report(), RetryRule(0, 0.0))
    names = [f"duplicati-b{number:032x}.dblock.zip" for number in range(5)]
    async with sending_along(remote, [far], ()):
        for name in names:
            await remote.destination.put(name, Bytes(tmp_path, b"content"))
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert [path for path in (tmp_path / "temporary").rglob("*") if path.is_file()] == []
    assert any(text.endswith(plain_reason(error)) for text in far.report.messages)
    assert len(list((tmp_path / "main").iterdir())) == 5
    assert len(list((tmp_path / "copy").iterdir())) == 1
