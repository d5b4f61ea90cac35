"""The loop: years in seconds, with trio's clock and a wall clock that go together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import trio
import trio.testing
from support.clock import SteeredClock

from triplicati.errors import DatabaseInUse
from triplicati.messages.saved import NEVER, SavedBackup, SavedSchedule, Setting
from triplicati.runner.conditions import Machine
from triplicati.runner.deciding import Decision
from triplicati.runner.scheduler import Scheduler, serve_scheduler
from triplicati.values.stamps import format_stamp

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = 60, 3600, 86400


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


class World:
    """Saved backups and a queue that runs each at once for as long as is said, on a machine of its own."""

    def __init__(self, start: str, durations: Mapping[str, int] | None = None) -> None:
        self.clock = SteeredClock(at(start))
        self.backups: dict[str, SavedBackup] = {}
        self.durations = dict(durations or {})
        self.active: set[str] = set()
        self.runs: list[tuple[str, int]] = []
        self.told: list[Decision] = []
        self.machine = Machine()
        self.paused: int | None = None
        self.successes: dict[str, int] = {}
        self.broken = False
        self.full = False
        self.nursery: trio.Nursery | None = None
        self.scheduler: Scheduler | None = None

    def add(self, backup_id: str, first: str, repeat: str, **more: object) -> None:
        schedule = SavedSchedule(id=int(backup_id), time=at(first), repeat=repeat)
        schedule = msgspec.structs.replace(schedule, **more)
        self.backups[backup_id] = SavedBackup(
            id=backup_id, name=f"job {backup_id}", target_url="file:///x", schedule=schedule
        )

    async def scheduled(self) -> Sequence[SavedBackup]:
        await trio.lowlevel.checkpoint()
        if self.broken:
            raise DatabaseInUse(path="server database")
        return list(self.backups.values())

    async def defaults(self) -> Mapping[str, str]:
        await trio.lowlevel.checkpoint()
        return {}

    async def last_successes(self) -> Mapping[str, int]:
        await trio.lowlevel.checkpoint()
        return self.successes

    async def add_scheduled(self, backup_id: str, next_due: int | None, reason: str) -> bool:
        await trio.lowlevel.checkpoint()
        if self.full:
            return False
        assert self.nursery is not None
        self.active.add(backup_id)
        self.nursery.start_soon(self._run, backup_id)
        return True

    async def _run(self, backup_id: str) -> None:
        started = int(self.clock.now())
        self.runs.append((backup_id, started))
        await trio.sleep(self.durations.get(backup_id, MINUTE))
        backup = self.backups[backup_id]
        finished = int(self.clock.now())
        assert backup.schedule is not None
        assert self.scheduler is not None
        schedule = self.scheduler.after_run(backup.schedule, started, finished)
        metadata = {"LastBackupFinished": format_stamp(finished)}
        self.backups[backup_id] = msgspec.structs.replace(backup, schedule=schedule, metadata=metadata)
        self.active.discard(backup_id)
        self.scheduler.poke()

    def is_active(self, backup_id: str) -> bool:
        return backup_id in self.active

    def pause_end(self) -> int | None:
        return self.paused

    def look(self, now: float, *, woke: bool) -> Machine:
        return self.machine

    @asynccontextmanager
    async def running(self, *, tick: float = 60, turn: int = 0) -> AsyncIterator[Scheduler]:
        async with trio.open_nursery() as self.nursery:
            self.scheduler = Scheduler(
                self,
                self,
                self.clock,
                lambda: BERLIN,
                last_successes=self.last_successes,
                watch=self,
                report=self.told.append,
                tick=tick,
                turn=turn,
            )
            yield await self.nursery.start(serve_scheduler, self.scheduler)
            self.nursery.cancel_scope.cancel()

    def started(self, backup_id: str = "1") -> list[str]:
        """When the runs of a backup began, as the clock showed it."""
        return [
            f"{datetime.fromtimestamp(when, BERLIN):%m-%d %H:%M}"
            for each, when in self.runs
            if each == backup_id
        ]

    def reasons(self) -> list[str]:
        return [decision.reason for decision in self.told]


async def test_a_week_of_three_schedules(autojump_clock: trio.testing.MockClock) -> None:
    """Summer time ends on its Sunday: daily at 02:30, every 36 hours, and on two weekdays."""
    world = World("2026-10-22 00:00", {"1": 20 * MINUTE, "2": 3 * HOUR})
    world.add("1", "2026-10-22 02:30", "1D")
    world.add("2", "2026-10-22 06:00", "36h")
    world.add("3", "2026-10-22 22:15", "1D", days=frozenset({0, 4}))
    async with world.running(tick=15 * MINUTE):
        await trio.sleep(7 * DAY)
    assert world.started("1") == [f"10-{day} 02:30" for day in range(22, 29)]
    assert world.started("2") == ["10-22 06:00", "10-23 18:00", "10-25 05:00", "10-26 17:00", "10-28 05:00"]
    assert world.started("3") == ["10-23 22:15", "10-26 22:15"]
    assert set(world.reasons()) == {"due"}


async def test_three_years_of_a_daily_backup(autojump_clock: trio.testing.MockClock) -> None:
    """One run each day, always when the clock shows 02:30, but for the nights when it never does."""
    world = World("2026-01-01 00:00")
    world.add("1", "2026-01-01 02:30", "1D")
    async with world.running(tick=DAY):
        await trio.sleep(3 * 365 * DAY)
    times = world.started()
    assert len(times) == 3 * 365
    assert {each[6:] for each in times} == {"02:30", "03:00"}
    assert [each for each in times if each.endswith("03:00")] == ["03-29 03:00", "03-28 03:00", "03-26 03:00"]


async def test_a_run_that_takes_too_long_swallows_its_next_due_time(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = World("2026-11-22 00:00", {"1": 150 * MINUTE})
    world.add("1", "2026-11-22 01:00", "1h")
    async with world.running():
        await trio.sleep(8 * HOUR + MINUTE)
    assert world.started() == ["11-22 01:00", "11-22 04:00", "11-22 07:00"]
    reasons = [each for each in world.reasons() if each != "overdue"]
    assert reasons == ["due", "skipped-overlap", "skipped-overlap"] * 2 + ["due", "skipped-overlap"]


async def test_sleep_costs_one_run_and_is_told(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 01:00", "1h")
    async with world.running():
        await trio.sleep(90 * MINUTE + 5)
        world.clock.sleep_machine(10 * HOUR)
        await trio.sleep(70 * MINUTE)
    assert world.started() == ["11-22 01:00", "11-22 11:31", "11-22 12:00"]
    assert world.reasons() == ["due", "late-asleep", "due"]


async def test_late_runs_are_spread(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 12:00")
    for number in range(1, 30):
        world.add(str(number), "2026-11-22 01:00", "1D", last_run=at("2026-11-21 01:00"))
    async with world.running(turn=30):
        await trio.sleep(2 * MINUTE)
    delays = [when - at("2026-11-22 12:00") for _, when in world.runs]
    assert len(delays) == 29
    assert len(set(delays)) > 3
    assert max(delays) <= 35
    assert world.reasons().count("late-asleep") == 29


async def test_a_clock_set_on_by_a_year_makes_one_run(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 01:00", "1h")
    async with world.running():
        await trio.sleep(30 * MINUTE)
        world.clock.set_on(365 * DAY)
        await trio.sleep(HOUR)
        assert len(world.runs) == 2
        # And back again: the row goes on, without a run at once.
        world.clock.set_on(-365 * DAY)
        before = len(world.runs)
        await trio.sleep(2 * HOUR)
        world.runs = world.runs[before:]
    assert world.started() == ["11-22 02:00", "11-22 03:00"]
    assert [each for each in world.reasons() if each == "clock-changed"] == ["clock-changed"] * 2
    text = [each.text for each in world.told if each.reason == "clock-changed"]
    assert "forward by 525600 minutes" in text[0]
    assert "back by 525600 minutes" in text[1]


async def test_a_clock_set_back_an_hour_does_not_repeat_an_hour(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = World("2026-11-22 00:50")
    world.add("1", "2026-11-22 01:00", "1D")
    async with world.running():
        await trio.sleep(8 * HOUR)
        world.clock.set_on(-HOUR)
        await trio.sleep(20 * HOUR)
    assert world.started() == ["11-22 01:00", "11-23 01:00"]


async def test_a_change_is_seen_at_once(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    async with world.running() as scheduler:
        await trio.sleep(10)
        world.add("1", "2026-11-01 01:00", "1D")
        scheduler.poke()
        await trio.sleep(1)
        assert len(world.runs) == 1


async def test_waiting_for_power_then_one_run(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 01:00", "1h")
    backup = world.backups["1"]

    world.backups["1"] = msgspec.structs.replace(backup, settings=(Setting("--disable-on-battery", "true"),))
    world.machine = Machine(on_battery=True)
    async with world.running() as scheduler:
        await trio.sleep(5 * HOUR)
        assert scheduler.proposed() == [("1", at("2026-11-22 01:00"))]
        world.machine = Machine()
        await trio.sleep(2 * MINUTE)
    assert len(world.runs) == 1
    assert world.reasons() == ["waiting-power", "overdue", "due"]
    assert "had to wait" in world.told[-1].text


async def test_a_pause_holds_all_and_ends_with_one_run(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 01:00", "1h")
    world.paused = at("2026-11-22 03:10")
    async with world.running() as scheduler:
        await trio.sleep(3 * HOUR + 10 * MINUTE)
        assert world.runs == []
        world.paused = None
        scheduler.poke()
        await trio.sleep(MINUTE)
    assert world.started() == ["11-22 03:10"]


async def test_what_is_off_never_runs_and_says_so(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-01 01:00", "1h", paused=True)
    world.add("2", "2026-11-01 01:00", "")
    world.add("3", "2026-11-01 01:00", "weekly")
    async with world.running() as scheduler:
        await trio.sleep(DAY)
        assert scheduler.proposed() == []
        assert scheduler.overdue() == []
    assert world.runs == []
    assert world.reasons() == ["schedule-off", "bad-rule"]


async def test_what_is_ahead_is_proposed_in_order(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 05:00", "1D")
    world.add("2", "2026-11-22 01:00", "1D")
    async with world.running() as scheduler:
        await trio.sleep(HOUR + MINUTE)
        expected = [("1", at("2026-11-22 05:00")), ("2", at("2026-11-23 01:00"))]
        assert scheduler.proposed() == expected


async def test_overdue_is_told_once_and_ends_with_a_success(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 01:00", "1h")
    world.full = True
    async with world.running() as scheduler:
        await trio.sleep(5 * HOUR)
        assert [each.backup_id for each in scheduler.overdue()] == ["1"]
        world.full = False
        await trio.sleep(HOUR)
        assert scheduler.overdue() == []
    assert world.reasons().count("overdue") == 1
    assert "queue-refused" in world.reasons()


async def test_a_success_counts_although_a_client_removed_the_metadata(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 01:00", "1D", last_run=at("2026-11-21 01:00"))
    world.successes = {"1": at("2026-11-21 01:20")}
    async with world.running() as scheduler:
        await trio.sleep(50 * MINUTE)
        assert scheduler.overdue() == []
        world.successes = {"1": at("2026-11-19 01:20")}
        await trio.sleep(2 * MINUTE)
        assert len(scheduler.overdue()) == 1


async def test_a_store_that_fails_for_a_while_ends_nothing(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    world.add("1", "2026-11-22 01:00", "1h")
    world.broken = True
    async with world.running():
        await trio.sleep(HOUR + 10 * MINUTE)
        world.broken = False
        await trio.sleep(MINUTE)
    assert len(world.runs) == 1
    assert world.reasons() == ["schedules-unreadable", "due"]


async def test_only_the_latest_decisions_are_kept(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00", {"1": 1})
    world.add("1", "2026-11-22 00:01", "1m")
    async with world.running() as scheduler:
        await trio.sleep(5 * HOUR + 30)
        kept = scheduler.decisions()
    assert len(kept) == 200
    assert [each.time for each in kept] == sorted(each.time for each in kept)
    assert len(world.runs) == 300


async def test_a_zone_of_its_own(autojump_clock: trio.testing.MockClock) -> None:
    """An adopted backup keeps UTC."""
    world = World("2026-10-24 00:00")
    first = int(datetime(2026, 10, 24, 2, 30, tzinfo=UTC).timestamp())
    world.add("1", "2026-10-24 00:00", "1D", time=first, zone="UTC", last_run=NEVER)
    async with world.running():
        await trio.sleep(2 * DAY)
    assert world.started() == ["10-24 04:30", "10-25 03:30"]


async def test_it_looks_at_least_once_a_minute(autojump_clock: trio.testing.MockClock) -> None:
    world = World("2026-11-22 00:00")
    async with world.running() as scheduler:
        for _ in range(5):
            await trio.sleep(61)
            assert trio.current_time() - scheduler.last_look <= 60
