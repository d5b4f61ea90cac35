"""serverstate, pause and resume over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from support.daemons import a_backup
from support.web_daemon import a_web_daemon

from triplicati.messages.saved import SavedSchedule

UNSET = "0001-01-01T00:00:00Z"


async def test_an_idle_server_tells_all_members(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        state = await web.get("serverstate")
    assert state["ActiveTask"] is None
    assert (state["ProgramState"], state["SuggestedStatusIcon"]) == ("Running", "Ready")
    assert state["EstimatedPauseEnd"] == UNSET
    assert (state["UpdaterState"], state["Type"]) == ("Waiting", "legacystatus")
    assert {"HasWarning", "HasError", "LastEventID", "LastDataUpdateID"} < state.keys()


async def test_a_pause_with_a_length_ends_then(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("serverstate/pause", duration="1H", pauseTransfers="True")
        state = await web.get("serverstate")
        assert (state["ProgramState"], state["SuggestedStatusIcon"]) == ("Paused", "Paused")
        ends = datetime.fromisoformat(state["EstimatedPauseEnd"])
        assert 3500 < (ends - datetime.now(UTC)).total_seconds() <= 3600
        assert web.daemon.pause.transfers_paused
        await web.post("serverstate/resume")
        assert (await web.get("serverstate"))["ProgramState"] == "Running"


@pytest.mark.parametrize("query", [{}, {"duration": "0"}, {"duration": ""}])
async def test_a_pause_without_a_length_has_no_end(tmp_path: Path, query: dict[str, str]) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        answer = await web.client.post("/api/v1/serverstate/pause", params=query)
        assert (answer.status_code, answer.content) == (200, b"")
        state = await web.get("serverstate")
        assert (state["ProgramState"], state["EstimatedPauseEnd"]) == ("Paused", UNSET)


async def test_the_length_of_a_pause_may_stand_in_the_path(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("serverstate/pause/1h30m")
        assert web.daemon.pause.until is not None
        assert 5300 < web.daemon.pause.until - web.daemon.clock.now() <= 5400


@pytest.mark.parametrize("length", ["5x", "-1h", "999999999999s"])
async def test_a_length_that_is_none_is_refused(tmp_path: Path, length: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        answer = await web.post("serverstate/pause", duration=length, status=400)
        assert answer["HelpId"] == "InvalidValue"
        assert not web.daemon.pause.paused


@pytest.mark.parametrize(
    "query",
    [
        {"longpoll": "true", "lastEventId": "{now}", "duration": "20s"},
        {"longpolltime": "20", "lasteventid": "{now}"},
    ],
)
async def test_a_long_poll_answers_at_the_next_event(tmp_path: Path, query: dict[str, Any]) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await trio.testing.wait_all_tasks_blocked(0.05)
        before = (await web.get("serverstate"))["LastEventID"]
        query = {name: value.format(now=before) for name, value in query.items()}
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:

                async def ask() -> None:
                    state = await web.get("serverstate", **query)
                    assert state["LastEventID"] > before
                    assert state["ProgramState"] == "Paused"

                nursery.start_soon(ask)
                await trio.testing.wait_all_tasks_blocked(0.1)
                web.daemon.pause.pause()


async def test_a_long_poll_for_an_old_number_answers_at_once(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        with trio.fail_after(5):
            await web.get("serverstate", longpoll="true", lastEventId=-7, duration="1h")


@pytest.mark.parametrize(
    "query", [{"duration": "20s"}, {"lasteventid": "0"}, {"lasteventid": "0", "duration": "2h"}]
)
async def test_a_long_poll_needs_number_and_duration(tmp_path: Path, query: dict[str, Any]) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        answer = await web.get("serverstate", longpoll="true", **query, status=400)
        assert answer["HelpId"] == "InvalidQuery"


async def test_what_waits_and_what_is_planned_is_told(tmp_path: Path) -> None:
    due = int(datetime(2100, 1, 3, 12, tzinfo=UTC).timestamp())
    async with a_web_daemon(tmp_path / "data") as web:
        schedule = SavedSchedule(0, due, "1D")
        number = await web.daemon.store.add_backup(a_backup(tmp_path, schedule=schedule))
        web.daemon.pause.pause()
        task = await web.daemon.start(number, "Backup")
        with trio.fail_after(5):
            while not (state := await web.get("serverstate"))["ProposedSchedule"]:
                await trio.sleep(0.01)
    assert state["SchedulerQueueIds"] == [{"Item1": task.id, "Item2": number}]
    assert state["ProposedSchedule"] == [{"Item1": number, "Item2": "2100-01-03T12:00:00Z"}]
