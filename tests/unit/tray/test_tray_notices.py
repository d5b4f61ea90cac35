"""What becomes a notification of the desktop, and that nothing does twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.watched_server import ended, frame, notification, planned, progress, server, task

from triplicati.messages.records import Notification
from triplicati_tray.desk import Notice
from triplicati_tray.notices import LEVELS, Flood, Wanted, notice_of
from triplicati_tray.watching import Ended, Watched


def _watching(**parts: Any) -> Watched:
    watched = Watched()
    watched.hear(frame(1, "snapshot", {"server": server(), "tasks": [], "notifications": [], **parts}))
    return watched


def _notice(run: Any, wanted: Wanted = "all", *, by_hand: bool = False) -> Notice | None:
    return notice_of(Ended(run, by_hand, 3, 1), wanted)


def test_a_good_run_leads_to_its_log() -> None:
    found = _notice(ended(seconds=720.0))
    assert found == Notice("Documents is backed up", "It took 12 minutes.", "info", "/#/backup/1/log")


def test_warnings_are_counted() -> None:
    found = _notice(ended(parsed="Warning"))
    assert found is not None
    assert (found.title, found.level) == ("Documents is backed up, with warnings", "warning")
    assert found.text == "3 warnings; its log tells more."


@pytest.mark.parametrize("parsed", ["Error", "Fatal"])
def test_a_failure_tells_why(parsed: str) -> None:
    found = _notice(ended(parsed=parsed, message="The destination is full."))
    assert found == Notice("Documents failed", "The destination is full.", "error", "/#/backup/1/log")


def test_a_restore_that_fails_is_not_taken_for_a_backup_that_fails() -> None:
    found = _notice(ended(parsed="Fatal", operation="Restore"))
    assert found is not None
    assert found.title == "Restore of Documents failed"


def test_a_backup_that_is_not_saved_has_no_place_on_the_page() -> None:
    found = _notice(ended(parsed="Fatal", backup_id="a-b-c", url="/#/backup/a-b-c/log"))
    assert found is not None
    assert found.path == "/"


def test_a_path_of_elsewhere_is_not_followed() -> None:
    found = _notice(ended(parsed="Fatal", url="https://elsewhere.example/"))
    assert found is not None
    assert found.path == "/"


def test_nobody_is_told_of_what_somebody_stopped() -> None:
    assert _notice(ended(parsed="Stopped")) is None
    watched = _watching(progress=progress(7, state="stopping"))
    warned, failed = ended(7, "Warning"), ended(7, "Fatal")
    news = [*watched.hear(frame(2, "run-ended", warned)), *watched.hear(frame(3, "run-ended", failed))]
    assert [notice_of(each, "all") is None for each in news] == [True, False]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("all", "good warned bad"), ("warnings", "warned bad"), ("errors", "bad"), ("none", "")],
)
def test_levels_are_chosen_by_the_user(wanted: Wanted, told: str) -> None:
    runs = {"good": ended(), "warned": ended(parsed="Warning"), "bad": ended(parsed="Error")}
    assert " ".join(name for name, run in runs.items() if _notice(run, wanted)) == told


def test_who_started_a_run_by_hand_is_told_of_its_end() -> None:
    assert _notice(ended(), "warnings", by_hand=True) is not None
    assert _notice(ended(), "errors", by_hand=True) is None


def test_that_a_run_was_started_by_hand_is_known_from_the_queue() -> None:
    watched = _watching(tasks=[task(7), task(8, reason="It is due.")])
    news = [*watched.hear(frame(2, "run-ended", ended(7))), *watched.hear(frame(3, "run-ended", ended(8)))]
    assert [each.by_hand for each in news if isinstance(each, Ended)] == [True, False]


def test_the_counts_of_a_run_are_those_of_its_own_progress() -> None:
    watched = _watching(progress=progress(7, warnings=2))
    news = [*watched.hear(frame(2, "run-ended", ended(7))), *watched.hear(frame(3, "run-ended", ended(8)))]
    assert [each.warnings for each in news if isinstance(each, Ended)] == [2, 0]


def test_an_overdue_backup_is_told_once_and_leads_to_the_backup() -> None:
    watched = _watching(schedule=[planned()])
    (news,) = watched.hear(frame(2, "notifications", [notification(4)]))
    found = notice_of(news, "warnings")
    assert found == Notice("Backup overdue: Photos", "Look at its log.", "warning", "/#/backup/2")
    assert watched.hear(frame(3, "notifications", [notification(4)])) == []


def test_what_was_there_before_the_tray_is_no_news() -> None:
    watched = _watching(notifications=[notification(4)])
    assert watched.hear(frame(2, "notifications", [notification(4), notification(5)])) == [notification(5)]


def test_notifications_that_were_dismissed_do_not_make_old_ones_new() -> None:
    watched = _watching(notifications=[notification(4), notification(5)])
    watched.hear(frame(2, "notifications", []))
    assert watched.hear(frame(3, "notifications", [notification(5)])) == []


def test_a_notification_about_a_run_is_left_to_its_end() -> None:
    assert notice_of(notification(4, type="Error", message_id="DiskFull"), "all") is None


def test_a_notification_about_no_backup_leads_to_all_of_them() -> None:
    found = notice_of(notification(4, backup_id="", action="config:issue"), "all")
    assert found is not None
    assert found.path == "/#/activity"


def test_after_a_lost_connection_nothing_is_told_again() -> None:
    watched = _watching()
    frames = [frame(5, "run-ended", ended(7)), frame(6, "notifications", [notification(1)])]
    assert [len(watched.hear(each)) for each in frames] == [1, 1]
    assert [len(watched.hear(each)) for each in frames] == [0, 0]
    again = frame(9, "snapshot", {"server": server(), "notifications": [notification(1)]})
    assert watched.hear(again) == []
    assert watched.seen == 9


@given(st.lists(st.integers(1, 9), max_size=12), st.data())
def test_no_notification_is_ever_news_twice(ids: list[int], data: st.DataObject) -> None:
    watched, told = _watching(), []
    for seq, count in enumerate(ids, start=2):
        shown = [notification(each) for each in range(1, count + 1)]
        topic = data.draw(st.sampled_from(["notifications", "snapshot"]))
        value: object = shown if topic == "notifications" else {"notifications": shown}
        told += [each.id for each in watched.hear(frame(seq, topic, value)) if isinstance(each, Notification)]
    assert len(told) == len(set(told))


@given(st.text(), st.text(), st.sampled_from(["Success", "Warning", "Error", "Fatal", "Stopped", "New"]))
def test_whatever_a_server_says_becomes_a_short_text(name: str, message: str, parsed: str) -> None:
    for wanted in LEVELS:
        found = _notice(ended(parsed=parsed, backup_name=name, message=message), wanted)
        assert found is None or (len(found.title) <= 80 and len(found.text) <= 240)


@given(st.lists(st.integers(0, 600), max_size=200))
def test_a_desktop_is_not_flooded(moments: list[int]) -> None:
    flood = Flood()
    passed = [now for now in sorted(moments) if flood.passes(now)]
    assert all(later - earlier >= 60 for earlier, later in zip(passed, passed[10:], strict=False))
    assert passed[:10] == sorted(moments)[:10]
