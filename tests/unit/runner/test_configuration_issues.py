"""Notifications about the server's own set-up."""

from __future__ import annotations

from pathlib import Path

from support.daemons import a_backup, a_store

from triplicati.config.datafolder import DataFolder, create
from triplicati.config.server.store import open_store
from triplicati.runner.configuration_issues import issues, settle

MB = 2**20


async def test_room_for_four_volumes_is_enough(tmp_path: Path) -> None:
    async with a_store(tmp_path / "data") as store:
        assert await issues(store, lambda _: 200 * MB) == []
        (issue,) = await issues(store, lambda _: 200 * MB - 1)
        assert issue.action == "config:issue:tempdir-low-space"
        await store.add_backup(a_backup(tmp_path, dblock_size="100mb"))
        await store.add_backup(a_backup(tmp_path, "Odd", dblock_size="nonsense"))
        assert len(await issues(store, lambda _: 399 * MB)) == 1
        assert await issues(store, lambda _: 400 * MB) == []


async def test_room_that_cannot_be_known_is_no_issue(tmp_path: Path) -> None:
    def unknown(folder: str) -> int:
        raise OSError

    async with a_store(tmp_path / "data") as store:
        assert await issues(store, unknown) == []


async def test_a_database_in_clear_is_told(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    create(folder)
    async with open_store(folder, encrypt=False) as store:
        (issue,) = await issues(store, lambda _: 2**40)
        assert issue.message_id == "UnencryptedDatabase"


async def test_an_issue_is_told_once_and_taken_back(tmp_path: Path) -> None:
    async with a_store(tmp_path / "data") as store:
        await store.add_notification("Warning", "Other", "stays", action="config:issue:other")
        found = await issues(store, lambda _: 0)
        await settle(store, found)
        told = await store.notifications()
        assert [each.action for each in told] == ["config:issue:other", found[0].action]
        await settle(store, found)
        assert await store.notifications() == told
        await settle(store, [])
        assert [each.action for each in await store.notifications()] == ["config:issue:other"]
