"""How busy the stages of an operation are, and which of them sets the pace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.messages.meters import Meters, StageMeter
from triplicati.messages.progress import Report
from triplicati.messages.saved import SavedBackup
from triplicati.runner.bottleneck import LoadMeter, bottleneck
from triplicati.runner.live_progress import ProgressMeter
from triplicati.runner.tasks import Task

_CREWS = {
    "scan": "walk",
    "compare": "walk",
    "read": "pack",
    "compress": "pack",
    "encrypt": "seal",
    "upload": "send",
}


@pytest.mark.parametrize(
    ("shares", "name"),
    [
        ({}, ""),
        ({"scan": 0.1, "read": 0.2, "upload": 0.1}, ""),
        ({"scan": 0.1, "read": 0.2, "upload": 0.9}, "upload"),
        # The same hands read and compress: together they are busier than those that upload.
        ({"read": 0.4, "compress": 0.55, "upload": 0.7}, "compress"),
        ({"scan": 0.5, "compare": 0.45, "read": 0.3}, "scan"),
    ],
)
def test_the_largest_stage_of_the_busiest_crew(shares: dict[str, float], name: str) -> None:
    assert bottleneck(shares, _CREWS) == name


@given(st.dictionaries(st.sampled_from(sorted(_CREWS)), st.floats(0, 1)))
def test_whatever_is_named_belongs_to_a_crew_that_is_busy_half_of_its_time(shares: dict[str, float]) -> None:
    name = bottleneck(shares, _CREWS)
    if name:
        crew = [share for each, share in shares.items() if _CREWS[each] == _CREWS[name]]
        assert sum(crew) >= 0.5
        assert shares[name] == max(crew)
    else:
        assert all(share < 0.5 for share in shares.values())


def _meters(**spent: float) -> Meters:
    meters = Meters()
    for name, seconds in spent.items():
        meters.stage(name, _CREWS[name]).add(seconds)
    return meters


def test_shares_are_of_the_time_in_which_the_crew_was_there() -> None:
    meters, loads = _meters(read=100.0, upload=7.0), LoadMeter()
    meters.crews["send"] = StageMeter()
    assert loads.look(meters, 0.0).bottleneck == ""
    meters.stages["read"].add(1.5)
    meters.stages["upload"].add(6.0)
    meters.crews["send"].add(8.0)  # four of them
    load = loads.look(meters, 2.0)
    assert load.shares == {"read": 0.75, "upload": 0.75}


def test_work_that_goes_on_counts_and_a_crew_that_has_gone_does_not() -> None:
    meters, loads = _meters(), LoadMeter()
    upload, read = meters.stage("upload", "send"), meters.stage("read", "pack")
    loads.look(meters, 0.0)
    meters.crews["pack"] = StageMeter(spent=1.0)
    read.add(1.0)
    upload.open[1] = 1.0
    assert loads.look(meters, 1.0).bottleneck == "read"
    load = loads.look(meters, 4.0)
    assert load.shares == {"upload": 0.75, "read": 0.25}
    assert load.bottleneck == "upload"


def test_only_the_last_seconds_count_and_what_was_taken_back_is_none() -> None:
    meters, loads = _meters(read=0.0, upload=0.0), LoadMeter()
    for second in range(10):
        loads.look(meters, float(second))
        meters.stages["read" if second < 4 else "upload"].add(1.0)
    assert loads.look(meters, 10.0).bottleneck == "upload"
    assert loads.look(meters, 10.0).shares["read"] == 0.0
    meters.stages["read"].spent -= 2
    assert loads.look(meters, 11.0).shares["read"] == 0.0


def test_a_meter_counts_what_ended_and_forgets_what_it_is_told_to() -> None:
    meter = StageMeter("pack")
    meter.begin(self := object())
    since = meter.open[id(self)]
    assert meter.seconds(since + 2) == pytest.approx(2)
    meter.forget(self)
    meter.end(self)
    assert meter.seconds(since + 5) == 0
    with meter.working():
        assert meter.seconds(since + 60) > 0
    assert 0 < meter.spent < 60
    assert meter.open == {}


def test_stages_that_count_nothing_stand_in_their_place() -> None:
    backup = SavedBackup(id="1", name="Docs", target_url="file:///x")
    report = Report()
    task = Task(id=7, operation="Backup", backup=backup, state="running", report=report)
    look = ProgressMeter(task).look
    assert look(0).bottleneck == ""
    for name, crew in _CREWS.items():
        report.progress.meters.stage(name, crew)
    report.progress.meters.stages["compress"].open[1] = 0.0
    while not (live := look(1)).bottleneck:
        pass
    names = [each.name for each in live.stages]
    assert names == ["scan", "compare", "read", "compress", "encrypt", "record", "upload"]
    assert live.bottleneck == "compress"
    busy = {each.name: each.busy for each in live.stages}
    assert busy["compress"] == pytest.approx(1, abs=0.05)
    assert busy["read"] == 0
