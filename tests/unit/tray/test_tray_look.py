"""What the icon shows, from what is known of the server."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.watched_server import (
    HOUR,
    NOON,
    backup,
    failed,
    frame,
    notification,
    planned,
    progress,
    server,
    task,
    well,
)

from triplicati_tray.desk import Look
from triplicati_tray.look import Link, look_of, percent
from triplicati_tray.watching import Watched

_UP = Link("up")


def _look(link: Link = _UP, **parts: Any) -> Look:
    watched = Watched()
    watched.hear(frame(1, "snapshot", {"server": server(), "tasks": [], **parts}))
    return look_of(watched, link, NOON, UTC)


def test_all_well_names_the_next_run() -> None:
    found = _look(backups=[well()], schedule=[planned()])
    assert (found.light, found.status) == ("idle", "All backups are well, the next runs at 21:00")
    assert found.title == "Triplicati: All backups are well, the next runs at 21:00"
    assert (found.progress, found.running, found.paused) == (-1, False, False)
    assert [(each.id, each.name) for each in found.backups] == [("1", "Documents")]


def test_a_schedule_that_is_turned_off_runs_nothing() -> None:
    off = msgspec.structs.replace(well(), schedule_paused=True)
    found = _look(backups=[off], schedule=[planned()])
    assert found.status == "All backups are well; none is scheduled"


def test_no_backups_says_what_to_do() -> None:
    assert _look(backups=[]).status == "No backups yet: open the page to add one"


def test_one_that_never_ran_is_not_called_well() -> None:
    found = _look(backups=[well(), backup(2, "Photos")], schedule=[planned()])
    assert found.status == "Photos has not run yet, the next runs at 21:00"


def test_a_run_is_told_with_its_share_and_what_is_left() -> None:
    running = progress(bytes_done=497, seconds_left=(100, 170))
    found = _look(tasks=[task()], progress=running, backups=[well()])
    assert (found.light, found.progress, found.running) == ("running", 45, True)
    assert found.status == "Backing up Documents: 45 %, about 3 minutes left"


def test_a_run_of_which_nothing_is_known_yet_has_no_share() -> None:
    found = _look(tasks=[task(operation="Restore")], progress=progress(still_counting=True))
    assert (found.progress, found.status) == (-1, "Restoring Documents")


def test_the_progress_of_an_earlier_run_is_not_that_of_this_one() -> None:
    found = _look(tasks=[task(8)], progress=progress(7, bytes_done=900))
    assert (found.progress, found.status) == (-1, "Backing up Documents")


def test_what_waits_behind_a_run_is_counted() -> None:
    waiting = task(8, state="waiting")
    found = _look(tasks=[task(), waiting], progress=progress(bytes_done=100))
    assert found.status == "Backing up Documents: 10 %, 1 more to do"


@pytest.mark.parametrize(
    ("parts", "light"),
    [
        ({"server": server(has_error=True, has_warning=True)}, "error"),
        ({"server": server(has_warning=True)}, "warning"),
        ({"server": server(has_error=True), "tasks": [task()]}, "running"),
        ({"server": server(state="Paused", paused_until=0.0, has_error=True), "tasks": [task()]}, "paused"),
    ],
)
def test_lights_go_before_each_other_as_those_of_duplicati(parts: dict[str, Any], light: str) -> None:
    assert _look(**parts).light == light


def test_a_pause_tells_its_end() -> None:
    until = server(state="Paused", paused_until=NOON + 5.5 * HOUR)
    assert _look(server=until).status == "Paused until 17:30"
    for state in ("running", "waiting"):
        status = _look(server=until, tasks=[task(state=state)]).status
        assert status == "Paused until 17:30; Documents waits"
    found = _look(server=server(state="Paused", paused_until=0.0))
    assert (found.status, found.paused) == ("Paused until resumed", True)


def test_a_failure_names_the_backup_and_when() -> None:
    found = _look(server=server(has_error=True), backups=[well(), failed(2, "Photos")])
    assert (found.light, found.status) == ("error", "Photos failed yesterday at 21:00")


def test_of_several_failures_the_newest_is_named() -> None:
    found = _look(backups=[failed(1, "Music", "20261124T100000Z"), failed(2, "Photos")])
    assert found.status == "2 backups failed: Music failed at 10:00"


def test_a_failure_before_the_last_good_run_is_forgotten() -> None:
    good = backup(LastErrorDate="20261123T060000Z", LastBackupFinished="20261124T060000Z")
    assert _look(backups=[good], schedule=[planned()]).status.startswith("All backups are well")


def test_an_overdue_backup_is_named() -> None:
    found = _look(server=server(has_warning=True), backups=[well()], schedule=[planned(overdue=True)])
    assert (found.light, found.status) == ("warning", "Documents is overdue")


def test_warnings_are_named_until_they_are_seen() -> None:
    warned = backup(LastBackupFinished="20261124T060000Z", LastBackupResult="Warning")
    unseen = _look(server=server(has_warning=True), backups=[warned])
    assert unseen.status == "Documents had warnings at 06:00"
    assert _look(backups=[warned]).status == "All backups are well; none is scheduled"


def test_a_warning_of_the_server_itself_is_named_by_its_title() -> None:
    notices = [notification(1, title="No backup leaves this computer", backup_id="")]
    found = _look(server=server(has_warning=True), backups=[well()], notifications=notices)
    assert found.status == "No backup leaves this computer"


def test_without_a_connection_the_last_known_state_is_not_shown() -> None:
    found = _look(Link("lost", "Not connected to http://nas:8200: trying again"), backups=[well()])
    assert found.light == "disconnected"
    assert found.status == "Not connected to http://nas:8200: trying again"
    assert (found.connected, found.backups) == (False, ())


def test_one_that_is_on_its_way_is_no_reason_to_look_twice() -> None:
    found = _look(Link("starting", "The server is starting"))
    assert (found.light, found.connected) == ("starting", False)


def test_a_server_of_our_own_that_does_not_start_is_an_error() -> None:
    assert _look(Link("stuck", "The server did not start: ...", hosted=True)).light == "error"


def test_a_long_name_does_not_make_a_long_tooltip() -> None:
    found = _look(tasks=[task(name="x" * 300 + "\nsecond line")])
    assert len(found.title) == 100
    assert "\n" not in found.status


@given(st.integers(-(2**40), 2**60), st.integers(-1, 2**60), st.integers(0, 1000), st.integers(0, 1000))
def test_a_share_is_a_step_of_five(done: int, total: int, files: int, all_files: int) -> None:
    made = progress(bytes_done=done, bytes_total=total, files_done=files, files_total=all_files)
    assert percent(made) in (-1, *range(0, 101, 5))
    if total > 0 and done >= 0:
        assert percent(made) * total <= done * 100


def test_files_are_counted_where_they_have_no_bytes() -> None:
    assert percent(progress(bytes_total=0, files_done=5, files_total=10)) == 50
    assert percent(progress(bytes_total=0, files_total=0)) == -1
