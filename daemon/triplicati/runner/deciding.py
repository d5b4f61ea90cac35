"""What is to be done about a schedule at a moment, and why: a pure function (spec/server.md 5.2)."""

from __future__ import annotations

from datetime import tzinfo
from typing import Literal

import msgspec

from triplicati.errors import InvalidValue
from triplicati.messages.saved import NEVER, SavedSchedule
from triplicati.runner.next_run import Rule, Slot, longest_wait, next_slot, open_slot, rule_of, slot_at
from triplicati.values.wall_clock import wall_of

# The clock is looked at once a minute, so a little late is in time.
LATE = 180
UNTIL_RESUMED = 0
_CHANCE = 900

Reason = Literal[
    "due",
    "late-asleep",
    "waiting-network",
    "waiting-power",
    "waiting-drive",
    "waiting-turn",
    "paused-until",
    "skipped-overlap",
    "overdue",
    "not-due",
    "no-repeat",
    "schedule-off",
    "bad-rule",
    "never-due",
    "clock-changed",
    "schedules-unreadable",
    "queue-refused",
]
Action = Literal["run", "wait", "skip", "none"]


class Hold(msgspec.Struct, frozen=True):
    """A condition that keeps a run back."""

    reason: Reason
    text: str


class Decision(msgspec.Struct, frozen=True):
    """One decision and its reason, for events and logs; times in Unix seconds.

    `due` is the time that has come, for ``none`` the one ahead; `next_due` the one after it, which is later
    than now.
    """

    time: int
    backup_id: str
    action: Action
    reason: Reason
    text: str = ""
    due: int | None = None
    next_due: int | None = None


class History(msgspec.Struct, frozen=True):
    """What is known about a backup beside its schedule; times in Unix seconds.

    `handled`: due times up to here were dealt with and are not recorded yet. `active`: a run of it goes on or
    waits in the queue. `pause_end` is None when nothing is paused, else when that ends, or `UNTIL_RESUMED`.
    `free_since` is when this machine woke up, or when the last `hold` ended, and `turn` the seconds after it
    that a late run lets the others go first. `waited`: the due time was held back, so it is known why it is
    late.
    """

    backup_id: str = ""
    handled: int = NEVER
    last_success: int | None = None
    active: bool = False
    hold: Hold | None = None
    pause_end: int | None = None
    free_since: int = 0
    turn: int = 0
    waited: bool = False


def decide(schedule: SavedSchedule, zone: tzinfo, history: History, now: int) -> Decision:
    """What is to be done at `now`. Never raises: a schedule that cannot be understood is a decision too."""
    backup = history.backup_id
    if not schedule.repeat.strip():
        return Decision(now, backup, "none", "no-repeat", "The backup has no interval, so it never runs.")
    if schedule.paused:
        text = "The schedule is off until it is turned on."
        return Decision(now, backup, "none", "schedule-off", text)
    try:
        rule = rule_of(schedule)
    except InvalidValue as problem:
        return Decision(now, backup, "none", "bad-rule", problem.message)
    slot = open_slot(rule, schedule, history.handled, now, zone)
    if slot is None:
        text = "There is no further due time on an allowed day."
        return Decision(now, backup, "none", "never-due", text)
    if slot.at > now:
        return Decision(now, backup, "none", "not-due", "", slot.at, slot.at)
    action, reason, text = _about(slot, schedule, zone, history, now)
    following = next_slot(rule, slot, now, zone)
    return Decision(now, backup, action, reason, text, slot.at, None if following is None else following.at)


def overdue_since(
    schedule: SavedSchedule, zone: tzinfo, history: History, now: int, grace: int | None = None
) -> int | None:
    """Since when a success is missing, whatever keeps it from running; None when all is well.

    That is the last success, the longest wait between two due times, and `grace` seconds, by default a
    quarter of that wait but at least an hour. A schedule that is off or cannot be understood is never
    overdue.
    """
    if schedule.paused or not schedule.repeat.strip():
        return None
    try:
        rule = rule_of(schedule)
    except InvalidValue:
        return None
    first = slot_at(schedule.time, zone, schedule.wall)
    wait = longest_wait(rule, first, zone)
    allowed = max(3600, wait // 4) if grace is None else grace
    running = wait if history.active else 0
    deadline = _expected(schedule, rule, first, history, zone, wait) + allowed + running
    # A computer that wakes up after the weekend has its chance first.
    deadline = max(deadline, history.free_since + _CHANCE + running)
    return deadline if now > deadline else None


def shown(at: int, zone: tzinfo) -> str:
    """A time with its zone, for people."""
    return f"{wall_of(at, zone):%Y-%m-%d %H:%M} ({zone})"


def _about(
    slot: Slot, schedule: SavedSchedule, zone: tzinfo, history: History, now: int
) -> tuple[Action, Reason, str]:
    was_due = f"It was due at {shown(slot.at, zone)}"
    if history.active:
        return "skip", "skipped-overlap", f"{was_due}, while a run of it went on or waited already."
    if history.pause_end is not None:
        until = "until it is resumed"
        if history.pause_end != UNTIL_RESUMED:
            until = f"until {shown(history.pause_end, zone)}"
        return "wait", "paused-until", f"{was_due}; everything is paused {until}."
    if history.hold is not None:
        return "wait", history.hold.reason, f"{was_due}. {history.hold.text}"
    late, new = now - slot.at > LATE, schedule.last_run <= NEVER
    if late and not new and now < history.free_since + history.turn:
        return "wait", "waiting-turn", f"{was_due}, and starts within {history.turn} seconds."
    if late and history.waited:
        return "run", "due", f"{was_due}, and had to wait."
    if late and not new:
        return "run", "late-asleep", f"{was_due}, while this computer slept or the program was not running."
    if schedule.time <= NEVER:
        return "run", "due", "Due at once, for its schedule named no time."
    return "run", "due", f"Due at {shown(slot.at, zone)}."


def _expected(
    schedule: SavedSchedule, rule: Rule, first: Slot, history: History, zone: tzinfo, wait: int
) -> int:
    """When a success is due at the latest."""
    if history.last_success is not None:
        return history.last_success + wait
    if schedule.last_run > NEVER:
        return schedule.last_run
    # Before the first run only the weekday can move it.
    slot = next_slot(rule, first, NEVER, zone)
    return first.at if slot is None else slot.at
