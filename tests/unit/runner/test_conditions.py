"""What of the machine keeps scheduled runs back, and the clocks."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triplicati.messages.saved import SavedBackup, Setting
from triplicati.runner.clock import SystemClock, local_zone, zone_of
from triplicati.runner.conditions import Machine, MachineWatch, hold_on, network_is_up

posix_only = pytest.mark.skipif(sys.platform != "linux", reason="how Linux tells of its network")


def backup(url: str, **options: str) -> SavedBackup:
    settings = tuple(Setting(f"--{name.replace('_', '-')}", value) for name, value in options.items())
    return SavedBackup(id="1", name="job", target_url=url, settings=settings)


LOCAL = backup("file:///backup")
REMOTE = backup("s3://bucket/folder?auth-password=hidden")


@pytest.mark.parametrize(
    ("job", "machine", "expected"),
    [
        (LOCAL, Machine(True, None), None),
        (backup("/backup"), Machine(False, None), None),
        (backup("webdav://127.0.0.1:8080/x"), Machine(False, None), None),
        (backup("webdav://localhost/x"), Machine(False, None), None),
        (backup("webdav://[::1]:81/x"), Machine(False, None), None),
        (backup(""), Machine(False, None), None),
        (REMOTE, Machine(False, 1000 - 30), None),
        (REMOTE, Machine(False, 1000 - 29), "waiting-network"),
        (REMOTE, Machine(False, None), "waiting-network"),
        (backup("onedrivev2:///x"), Machine(False, None), "waiting-network"),
        (backup("file:///x", disable_on_battery="true"), Machine(True, None), "waiting-power"),
        (backup("file:///x", disable_on_battery=""), Machine(True, None), "waiting-power"),
        (backup("file:///x", disable_on_battery="false"), Machine(True, None), None),
        (backup("file:///x", disable_on_battery="true"), Machine(False, None), None),
    ],
)
def test_holds(job: SavedBackup, machine: Machine, expected: str | None) -> None:
    hold = hold_on(job, machine, 1000, {})
    assert (hold and hold.reason) == expected
    assert "hidden" not in repr(hold)


def test_an_option_for_all_backups_counts_unless_one_says_otherwise() -> None:
    defaults = {"--disable-on-battery": "true"}
    assert hold_on(LOCAL, Machine(True, None), 0, defaults)
    assert not hold_on(backup("file:///x", disable_on_battery="false"), Machine(True, None), 0, defaults)


def interface(folder: Path, name: str, state: str) -> None:
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "operstate").write_text(f"{state}\n")


@posix_only
def test_since_when_the_network_is_up(tmp_path: Path) -> None:
    interface(tmp_path, "lo", "unknown")
    interface(tmp_path, "eth0", "down")
    watch = MachineWatch(interfaces=tmp_path)
    assert watch.look(100, woke=False).network_since is None
    interface(tmp_path, "eth0", "up")
    assert watch.look(200, woke=False).network_since == 200
    assert watch.look(260, woke=False).network_since == 200
    assert watch.look(9000, woke=True).network_since == 9000
    interface(tmp_path, "eth0", "down")
    assert watch.look(9060, woke=False).network_since is None


@posix_only
def test_a_network_that_was_up_before_is_not_waited_for(tmp_path: Path) -> None:
    interface(tmp_path, "tun0", "unknown")
    assert MachineWatch(interfaces=tmp_path, settled=True).look(1000, woke=False).network_since == 0


@posix_only
def test_where_nothing_tells_of_networks_they_are_taken_for_up(tmp_path: Path) -> None:
    assert network_is_up(tmp_path / "missing")
    assert not network_is_up(tmp_path)


def test_the_clocks_of_the_system_go_on() -> None:
    clock = SystemClock()
    before = clock.elapsed(), clock.awake()
    time.sleep(0.01)
    assert clock.elapsed() > before[0]
    assert clock.awake() > before[1]
    assert abs(clock.now() - time.time()) < 5


def test_a_zone_by_its_name() -> None:
    assert zone_of(" Europe/Berlin ", pytest.fail) == ZoneInfo("Europe/Berlin")
    assert zone_of("", pytest.fail) == local_zone()


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "Europe", "W. Europe Standard Time"])
def test_an_unknown_zone_is_told_and_the_own_one_used(name: str) -> None:
    told: list[str] = []
    assert zone_of(name, told.append) == local_zone()
    assert len(told) == 1
    assert name in told[0]
