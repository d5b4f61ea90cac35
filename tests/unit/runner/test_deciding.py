"""What is decided about a schedule, and with which reason."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.messages.saved import NEVER, SavedSchedule
from triplicati.runner.deciding import UNTIL_RESUMED, History, Hold, decide, overdue_since, shown

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600, 86400
# 2026-11-22 08:00 in Berlin, a Sunday.
MORNING = 1795330800
SAVED = SavedSchedule(id=1, time=MORNING, repeat="1D", last_run=MORNING - DAY + 5)
MONDAY_TO_FRIDAY = frozenset(range(5))


def saved(**changes: Any) -> SavedSchedule:
    return msgspec.structs.replace(SAVED, **changes)


def history(**changes: Any) -> History:
    return msgspec.structs.replace(History(backup_id="1", last_success=MORNING - DAY + 900), **changes)


def test_a_schedule_without_a_time_is_not_due_in_1970() -> None:
    decision = decide(saved(time=NEVER, last_run=NEVER), BERLIN, history(), MORNING)
    assert (decision.action, decision.text) == ("run", "Due at once, for its schedule named no time.")


POWER = Hold("waiting-power", "It waits until the computer is not on battery.")
NETWORK = Hold("waiting-network", "It waits for the network.")
DRIVE = Hold("waiting-drive", "It waits for the drive.")


@pytest.mark.parametrize(
    ("schedule", "known", "now", "action", "reason"),
    [
        (SAVED, history(), MORNING - 1, "none", "not-due"),
        (SAVED, history(), MORNING, "run", "due"),
        (SAVED, history(), MORNING + 70, "run", "due"),
        (SAVED, history(), MORNING + 5 * HOUR, "run", "late-asleep"),
        (SAVED, history(), MORNING + 5 * DAY, "run", "late-asleep"),
        (SAVED, history(waited=True), MORNING + 5 * HOUR, "run", "due"),
        (SAVED, history(active=True), MORNING, "skip", "skipped-overlap"),
        (SAVED, history(handled=MORNING), MORNING + 10, "none", "not-due"),
        (SAVED, history(hold=POWER), MORNING, "wait", "waiting-power"),
        (SAVED, history(hold=NETWORK), MORNING + DAY, "wait", "waiting-network"),
        (SAVED, history(hold=DRIVE), MORNING + DAY, "wait", "waiting-drive"),
        (SAVED, history(hold=POWER), MORNING - 1, "none", "not-due"),
        (SAVED, history(pause_end=MORNING + HOUR), MORNING, "wait", "paused-until"),
        (SAVED, history(pause_end=UNTIL_RESUMED, hold=POWER), MORNING, "wait", "paused-until"),
        # Late runs let the others go first; one in time does not, nor the first of all.
        (SAVED, history(free_since=MORNING + HOUR, turn=20), MORNING + HOUR + 19, "wait", "waiting-turn"),
        (SAVED, history(free_since=MORNING + HOUR, turn=20), MORNING + HOUR + 20, "run", "late-asleep"),
        (SAVED, history(free_since=MORNING, turn=20), MORNING, "run", "due"),
        (saved(last_run=NEVER), history(free_since=MORNING + DAY, turn=20), MORNING + DAY, "run", "due"),
        # Nothing to be decided.
        (saved(repeat=""), history(), MORNING, "none", "no-repeat"),
        (saved(repeat="  "), history(), MORNING, "none", "no-repeat"),
        (saved(paused=True), history(), MORNING, "none", "schedule-off"),
        (saved(repeat="sometimes"), history(), MORNING, "none", "bad-rule"),
        (saved(days=frozenset({7})), history(), MORNING, "none", "never-due"),
        # A weekday that is not allowed.
        (saved(days=MONDAY_TO_FRIDAY), history(), MORNING, "none", "not-due"),
        (saved(days=MONDAY_TO_FRIDAY), history(), MORNING + DAY, "run", "due"),
        # The clock was set back by a month.
        (
            saved(time=MORNING + 31 * DAY, last_run=MORNING + 30 * DAY),
            history(),
            MORNING + HOUR,
            "none",
            "not-due",
        ),
        (saved(time=MORNING + 31 * DAY, last_run=MORNING + 30 * DAY), history(), MORNING, "none", "not-due"),
    ],
)
def test_decisions(schedule: SavedSchedule, known: History, now: int, action: str, reason: str) -> None:
    decision = decide(schedule, BERLIN, known, now)
    assert (decision.action, decision.reason, decision.time) == (action, reason, now)
    assert decision.backup_id == "1"
    assert decision.text or reason == "not-due"


def test_many_missed_runs_are_one_and_the_next_is_ahead() -> None:
    decision = decide(SAVED, BERLIN, history(), MORNING + 3 * DAY + HOUR)
    assert (decision.due, decision.next_due) == (MORNING, MORNING + 4 * DAY)


def test_the_text_names_the_time_and_its_zone() -> None:
    assert shown(MORNING, BERLIN) == "2026-11-22 08:00 (Europe/Berlin)"
    paused = decide(SAVED, BERLIN, history(pause_end=MORNING + HOUR), MORNING)
    expected = "It was due at 2026-11-22 08:00 (Europe/Berlin); everything is paused until "
    assert paused.text == f"{expected}2026-11-22 09:00 (Europe/Berlin)."


@given(
    st.text("0123456789smhDWMY- ", max_size=5),
    st.integers(-(10**12), 10**12),
    st.integers(-(10**11), 10**11),
    st.frozensets(st.integers(0, 6)),
    st.integers(0, 10**10),
)
def test_a_decision_is_always_made(
    repeat: str, time: int, last_run: int, days: frozenset[int], now: int
) -> None:
    schedule = SavedSchedule(id=1, time=time, repeat=repeat, last_run=last_run, days=days)
    decision = decide(schedule, BERLIN, history(), now)
    assert decision.next_due is None or decision.next_due > now
    assert decision.action != "run" or (decision.due or 0) <= now
    overdue_since(schedule, BERLIN, history(), now)


# --- overdue: last success, the longest wait, and a quarter of it --------------------------------------

DONE = MORNING - DAY + 900
DEADLINE = DONE + DAY + DAY // 4


@pytest.mark.parametrize(
    ("schedule", "known", "now", "expected"),
    [
        (SAVED, history(), DEADLINE, None),
        (SAVED, history(), DEADLINE + 1, DEADLINE),
        # Also when a condition or a pause holds it back: waiting for ever is a failure too.
        (SAVED, history(hold=POWER), DEADLINE + 1, DEADLINE),
        (SAVED, history(pause_end=UNTIL_RESUMED), DEADLINE + 1, DEADLINE),
        # It fails again and again, so the last run is recent.
        (saved(time=DEADLINE + HOUR, last_run=DEADLINE), history(), DEADLINE + 1, DEADLINE),
        # A run that goes on has as long again.
        (SAVED, history(active=True), DEADLINE + DAY, None),
        (SAVED, history(active=True), DEADLINE + DAY + 1, DEADLINE + DAY),
        # A computer that has just woken up has its chance first.
        (SAVED, history(free_since=DEADLINE + DAY), DEADLINE + DAY + 900, None),
        (SAVED, history(free_since=DEADLINE), DEADLINE + 901, DEADLINE + 900),
        (SAVED, history(free_since=DEADLINE, active=True), DEADLINE + DAY, None),
        # A success by hand counts.
        (SAVED, history(last_success=DEADLINE), DEADLINE + 1, None),
        # The weekend is part of the plan.
        (saved(days=MONDAY_TO_FRIDAY), history(), DONE + 3 * DAY, None),
        (saved(repeat="1h"), history(), DONE + 2 * HOUR + 1, DONE + 2 * HOUR),
        # Never a success.
        (saved(last_run=NEVER), history(last_success=None), MORNING + DAY // 4, None),
        (
            saved(last_run=NEVER),
            history(last_success=None),
            MORNING + DAY // 4 + 1,
            MORNING + DAY // 4,
        ),
        (SAVED, history(last_success=None), SAVED.last_run + DAY // 4 + 1, SAVED.last_run + DAY // 4),
        # Nothing is expected.
        (saved(repeat=""), history(last_success=0), MORNING + DAY, None),
        (saved(paused=True), history(last_success=0), MORNING + DAY, None),
        (saved(repeat="sometimes"), history(last_success=0), MORNING + DAY, None),
    ],
)
def test_overdue(schedule: SavedSchedule, known: History, now: int, expected: int | None) -> None:
    assert overdue_since(schedule, BERLIN, known, now) == expected


def test_a_grace_of_ones_own() -> None:
    assert overdue_since(SAVED, BERLIN, history(), DONE + DAY + 61, grace=60) == DONE + DAY + 60
