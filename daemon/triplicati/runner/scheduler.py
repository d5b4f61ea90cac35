"""Starts saved backups when they are due (spec/server.md 5.2).

Nothing is true because a timer said so: once a minute, and whenever something changed, everything is decided
anew from the saved schedules and the wall clock. Sleep and a clock that was set are seen by comparing clocks.
"""

from __future__ import annotations

import contextlib
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
import trio

from triplicati.errors import InvalidValue, TriplicatiError
from triplicati.messages.saved import NEVER, SavedBackup, SavedSchedule
from triplicati.runner.clock import Clock, zone_of
from triplicati.runner.conditions import Machine, MachineWatch, hold_on
from triplicati.runner.deciding import Decision, History, decide, overdue_since
from triplicati.runner.failures import sentence_of
from triplicati.runner.next_run import JUMP, after_run, from_the_future
from triplicati.values.stamps import parse_stamp

TICK = 60.0
_SHORTEST = 0.1
_KEPT = 200
_SLEPT = 30
# How long late runs are spread over, after sleep or downtime.
_TURN = 30
_MOMENT = 5.0
_BOOTED = 300
_NOT_TOLD = frozenset({"not-due", "no-repeat"})
_SOON_OVER = frozenset({"waiting-network", "waiting-turn"})


class Jobs(Protocol):
    """The saved backups, as the store keeps them."""

    async def scheduled(self) -> Sequence[SavedBackup]:
        """Those with a schedule."""

    async def defaults(self) -> Mapping[str, str]:
        """The options that hold for all backups."""


class Queue(Protocol):
    """What runs and waits."""

    async def add_scheduled(self, backup_id: str, next_due: int | None, reason: str) -> bool:
        """Adds a run; False where it was not taken. `reason` is a sentence for people.

        Who runs it saves `Scheduler.after_run` of its schedule when it has ended, well or not.
        """

    def is_active(self, backup_id: str) -> bool:
        """Whether a run of it goes on or waits."""

    def pause_end(self) -> int | None:
        """None when not paused, else when that ends (Unix seconds), 0 for until resumed."""


class Watch(Protocol):
    def look(self, now: float, *, woke: bool) -> Machine:
        """The state of this machine; `woke` when it slept since the last look."""


# When each backup was last run well, by its id.
LastSuccesses = Callable[[], Awaitable[Mapping[str, int]]]


class Overdue(msgspec.Struct, frozen=True):
    backup_id: str
    since: int


class _Seen(msgspec.Struct):
    """What is remembered about a backup between two looks; losing it costs at most a line."""

    fingerprint: tuple[object, ...] = ()
    handled: int = NEVER
    held: bool = False
    waited: bool = False
    free_since: int = 0
    told: tuple[object, ...] = ()


class Scheduler:
    """The state of the loop; `serve_scheduler` runs it."""

    def __init__(
        self,
        jobs: Jobs,
        queue: Queue,
        clock: Clock,
        zone: Callable[[], ZoneInfo],
        *,
        last_successes: LastSuccesses | None = None,
        watch: Watch | None = None,
        report: Callable[[Decision], object] = lambda _: None,
        tick: float = TICK,
        turn: int = _TURN,
    ) -> None:
        self._jobs, self._queue, self._clock, self._zone = jobs, queue, clock, zone
        self._last_successes = last_successes or _none
        # After a start soon after that of the machine, the network may still be on its way.
        self._watch = watch or MachineWatch(settled=clock.elapsed() > _BOOTED)
        self._report, self._tick, self._turn = report, tick, turn
        self._decisions: deque[Decision] = deque(maxlen=_KEPT)
        self._seen: dict[str, _Seen] = {}
        self._proposed: list[tuple[str, int]] = []
        self._overdue: list[Overdue] = []
        # Set, and replaced, when a first look is done and whenever other backups are overdue.
        self.overdue_news = trio.Event()
        self._looked = False
        self._poked = trio.Event()
        self._clocks = (clock.now(), clock.elapsed(), clock.awake())
        self._free_since = int(clock.now())
        self._woke = False
        self._in_a_moment = False
        self.last_look = trio.current_time()

    def proposed(self) -> list[tuple[str, int]]:
        """Backups and their next due times, the earliest first; one that waits has a time in the past."""
        return list(self._proposed)

    def decisions(self) -> list[Decision]:
        """The latest 200, the oldest first; one that does not change is there once."""
        return list(self._decisions)

    def overdue(self) -> list[Overdue]:
        """Backups that have not succeeded for too long, and since when that is so."""
        return list(self._overdue)

    def poke(self) -> None:
        """To be called when schedules, settings, the pause or the queue changed."""
        self._poked.set()

    def after_run(self, schedule: SavedSchedule, started: int, finished: int) -> SavedSchedule:
        """The schedule to be saved when a scheduled run of it has ended, well or not."""
        return after_run(schedule, started, finished, self._zone_of(schedule))

    async def run(self) -> None:
        while True:
            self._poked = trio.Event()
            now = self._compare_clocks()
            try:
                await self.look(now)
            except Exception as error:  # one odd schedule must not end all the others
                self._tell(Decision(now, "", "none", "schedules-unreadable", sentence_of(error)))
                self.last_look = trio.current_time()
            with trio.move_on_after(self._rest(self._clock.now())):
                await self._poked.wait()

    async def look(self, now: int) -> None:
        """Decides about every backup once, and has those run that are due."""
        try:
            backups = await self._jobs.scheduled()
            defaults = await self._jobs.defaults()
            successes = await self._last_successes()
        except TriplicatiError as error:
            self._tell(Decision(now, "", "none", "schedules-unreadable", error.message))
            self.last_look = trio.current_time()
            return
        machine = self._watch.look(now, woke=self._woke)
        self._in_a_moment = False
        proposed: list[tuple[str, int]] = []
        overdue: list[Overdue] = []
        for backup in backups:
            if backup.schedule is None:
                continue
            zone = self._zone_of(backup.schedule)
            history = self._history(backup, backup.schedule, machine, defaults, successes, now)
            decision = await self._carry_out(decide(backup.schedule, zone, history, now))
            due = decision.due if decision.action in ("none", "wait") else decision.next_due
            proposed += [] if due is None else [(backup.id, due)]
            since = overdue_since(backup.schedule, zone, history, now)
            overdue += [] if since is None else [Overdue(backup.id, since)]
        self._proposed = sorted(proposed, key=lambda each: each[1])
        self._forget({backup.id for backup in backups})
        self._tell_overdue(overdue, now)
        self.last_look = trio.current_time()

    async def _carry_out(self, decision: Decision) -> Decision:
        seen = self._seen[decision.backup_id]
        if decision.action == "run" and not await self._queue.add_scheduled(
            decision.backup_id, decision.next_due, decision.text
        ):
            decision = msgspec.structs.replace(decision, action="skip", reason="queue-refused")
        if decision.action in ("run", "skip"):
            seen.handled = decision.time
        if decision.action != "wait":
            seen.waited = False
        elif decision.reason != "waiting-turn":
            seen.waited = True
        self._in_a_moment |= decision.reason in _SOON_OVER
        self._tell(decision)
        return decision

    def _history(
        self,
        backup: SavedBackup,
        schedule: SavedSchedule,
        machine: Machine,
        defaults: Mapping[str, str],
        successes: Mapping[str, int],
        now: int,
    ) -> History:
        seen = self._seen.setdefault(backup.id, _Seen())
        fingerprint = (schedule.time, schedule.repeat, schedule.days, schedule.zone)
        if seen.fingerprint != fingerprint:
            seen.fingerprint, seen.handled = fingerprint, NEVER
        if from_the_future(schedule.last_run, seen.handled, now) and not NEVER < seen.handled <= now + JUMP:
            seen.handled = now  # from here the row is counted on
        hold = hold_on(backup, machine, now, defaults)
        if seen.held and hold is None:
            seen.free_since = now
        seen.held = hold is not None
        return History(
            backup_id=backup.id,
            handled=seen.handled,
            last_success=_last_success(backup, successes),
            active=self._queue.is_active(backup.id),
            hold=hold,
            pause_end=self._queue.pause_end(),
            free_since=max(self._free_since, seen.free_since),
            turn=zlib.crc32(backup.id.encode()) % self._turn if self._turn else 0,
            waited=seen.waited,
        )

    def _zone_of(self, schedule: SavedSchedule) -> ZoneInfo:
        return zone_of(schedule.zone, lambda _: None) if schedule.zone else self._zone()

    def _compare_clocks(self) -> int:
        """The wall clock; what happened to it since the last look is told."""
        before, after = self._clocks, (self._clock.now(), self._clock.elapsed(), self._clock.awake())
        self._clocks = after
        wall, elapsed, awake = (later - earlier for later, earlier in zip(after, before, strict=True))
        now = int(after[0])
        self._woke = elapsed - awake > _SLEPT
        if self._woke:
            self._free_since = now
        if abs(wall - elapsed) > JUMP:
            self._free_since = now
            way = "forward" if wall > elapsed else "back"
            minutes = round(abs(wall - elapsed) / 60)
            text = f"The clock was set {way} by {minutes} minutes; due times are counted anew."
            self._tell(Decision(now, "", "none", "clock-changed", text))
        return now

    def _rest(self, now: float) -> float:
        """Seconds until there is something to look at."""
        ahead = [due - now for _, due in self._proposed if due > now]
        return max(_SHORTEST, min([_MOMENT if self._in_a_moment else self._tick, *ahead]))

    def _tell(self, decision: Decision) -> None:
        known = (decision.reason, decision.due, decision.text)
        seen = self._seen.setdefault(decision.backup_id, _Seen())
        if decision.reason == "clock-changed" or seen.told != known:
            seen.told = known
            if decision.reason not in _NOT_TOLD:
                self._decisions.append(decision)
                self._report(decision)

    def _tell_overdue(self, found: list[Overdue], now: int) -> None:
        known = {each.backup_id for each in self._overdue}
        self._overdue = found
        if not self._looked or known != {each.backup_id for each in found}:
            self._looked = True
            news, self.overdue_news = self.overdue_news, trio.Event()
            news.set()
        for each in found:
            if each.backup_id not in known:
                text = "It has not succeeded for longer than its schedule allows."
                decision = Decision(now, each.backup_id, "none", "overdue", text)
                self._decisions.append(decision)
                self._report(decision)

    def _forget(self, kept: set[str]) -> None:
        for backup_id in self._seen.keys() - kept - {""}:
            del self._seen[backup_id]


async def serve_scheduler(
    scheduler: Scheduler, *, task_status: trio.TaskStatus[Scheduler] = trio.TASK_STATUS_IGNORED
) -> None:
    """Runs until cancelled."""
    task_status.started(scheduler)
    await scheduler.run()


async def _none() -> Mapping[str, int]:
    await trio.lowlevel.checkpoint()
    return {}


def _last_success(backup: SavedBackup, successes: Mapping[str, int]) -> int | None:
    """That of a run by schedule or by hand; a client can remove what the metadata say."""
    found = [successes[backup.id]] if backup.id in successes else []
    with contextlib.suppress(InvalidValue):
        found.append(parse_stamp(backup.metadata.get("LastBackupFinished", "")))
    return max(found, default=None)
