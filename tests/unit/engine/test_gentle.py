"""Priorities, rests, batteries and scratch room."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.engine import gentle, temporary
from triplicati.errors import InvalidValue

_EMPTYING = {"type": "Battery", "status": "Discharging"}


@pytest.mark.parametrize(
    ("intensity", "share"), [(10, 0.0), (5, 1.0), (1, 9.0), (0, 9.0), (-3, 9.0), (99, 0.0)]
)
def test_the_rest_for_an_intensity(intensity: int, share: float) -> None:
    assert gentle.rest_share(intensity) == share


def test_a_worker_rests_as_long_as_it_is_told() -> None:
    import socket

    from triplicati.engine.wire import Finish, Wire

    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire = Wire(theirs)
        wire.rest = 4.0
        begin = time.monotonic()
        while time.monotonic() - begin < 0.02:
            pass
        wire.send(Finish())
        assert time.monotonic() - begin >= 0.02 * 5


def test_the_priority_of_another_process() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert gentle.set_priority("Lowest", [process.pid]) == ""
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == max(15, os.nice(0))
        assert gentle.use_idle_disk_time([process.pid]) == ""
        shown = subprocess.run(["ionice", "-p", str(process.pid)], capture_output=True, text=True, check=True)
        assert shown.stdout.strip() == "idle"
        process.communicate(b"\n")


def test_a_priority_that_is_not_allowed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    assert "administrator" in gentle.set_priority("Highest", [0])
    assert gentle.set_priority("Normal", [0]) == ""
    monkeypatch.setenv("PATH", "")
    assert "ionice is missing" in gentle.use_idle_disk_time([0])


@pytest.mark.parametrize(
    ("supplies", "expected"),
    [
        ({}, False),
        ({"BAT0": {"type": "Battery", "status": "Discharging"}}, True),
        ({"BAT0": {"type": "Battery", "status": "Charging"}}, False),
        ({"AC": {"type": "Mains", "online": "1"}, "BAT0": _EMPTYING}, False),
        ({"AC": {"type": "Mains", "online": "0"}, "BAT0": _EMPTYING}, True),
        ({"AC": {"type": "Mains", "online": "0"}}, False),
    ],
)  # fmt: skip
def test_on_battery(tmp_path: Path, supplies: dict[str, dict[str, str]], expected: bool) -> None:
    for name, files in supplies.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text + "\n")
    assert gentle.on_battery(tmp_path) is expected


@given(st.integers(0, 1 << 40), st.integers(1 << 20, 1 << 30), st.integers(1, 8), st.integers(1, 32))
def test_what_fits_into_the_room(free: int, size: int, workers: int, uploads: int) -> None:
    fewer, less = temporary.fitting(free, size, workers, uploads)
    assert 1 <= fewer <= workers
    assert 1 <= less <= uploads
    if (fewer, less) != (1, 1):
        assert (fewer + less + 1) * size <= free
    if (workers + 2 * uploads + 2) * size <= free:
        assert (fewer, less) == (workers, uploads)


def test_a_tempdir_is_looked_at_first(tmp_path: Path) -> None:
    assert temporary.checked_tempdir(str(tmp_path)) == str(tmp_path)
    with pytest.raises(InvalidValue, match="no such folder"):
        temporary.checked_tempdir(str(tmp_path / "none"))


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    gone = int(done.stdout)
    (tmp_path / f"triplicati-tmp-{gone}-abc").write_text("x")
    (tmp_path / f"triplicati-tmp-{gone}-folder").mkdir()
    (tmp_path / f"triplicati-tmp-{gone}-folder" / "x").write_text("x")
    for each in tmp_path.iterdir():
        os.utime(each, (0, 0))
    (tmp_path / f"triplicati-tmp-{gone}-fresh").write_text("of a container that shares the folder")
    for kept in (f"{temporary.prefix()}mine", "triplicati-tmp-x-1", "other"):
        (tmp_path / kept).write_text("x")
    assert temporary.remove_stale(str(tmp_path)) == 2
    assert len(list(tmp_path.iterdir())) == 4
    assert temporary.remove_stale(str(tmp_path / "none")) == 0
