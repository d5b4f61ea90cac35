"""Command lines run over HTTP."""

from __future__ import annotations

import os
import select
from pathlib import Path
from typing import Any

import pytest
import trio
from support.daemons import a_backup, finished
from support.web_daemon import WebDaemon, a_web_daemon


async def test_a_command_runs_to_its_end_and_is_read_in_parts(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert "list" in await web.get("commandline")
        path = await _started(web, ["example"])
        whole = await _until_finished(web, path)
        assert whole["Items"][-1] == "Return code: 0"
        assert whole["Count"] == len(whole["Items"])
        part = await web.get(path, offset=1, pagesize=2)
        assert (part["Offset"], part["Pagesize"]) == (1, 2)
        assert part["Items"] == whole["Items"][1:3]
        assert (part["Started"], part["Finished"]) == (True, True)
        assert (await web.get(path, offset=10_000))["Items"] == []


async def test_secrets_of_the_backup_are_filled_in_and_seen_nowhere(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path, passphrase="canary-passphrase")
        number = await web.daemon.store.add_backup(backup)
        await finished(await web.daemon.start(number, "Backup"))
        words = ["list", backup.target_url, "*", "--passphrase=" + "*" * 15, f"--backup-id={number}"]
        words.append(f"--dbpath={(await web.daemon.backup(number)).db_path}")
        path = await _started(web, words)
        seen = await _command_lines()
        whole = await _until_finished(web, path)
        assert whole["Items"][-1] == "Return code: 0", whole
        assert any("a.txt" in line for line in whole["Items"])
        assert not [line for line in whole["Items"] if "canary" in line]
        assert not [line for line in seen if "canary" in line]
        assert list(web.daemon.scratch.iterdir()) == []


async def test_what_fails_ends_with_its_code(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        path = await _started(web, ["list-filesets", (tmp_path / "none").as_uri()])
        whole = await _until_finished(web, path)
    assert whole["Items"][-1] == "Return code: 100"
    assert any("does not exist" in line for line in whole["Items"])


@pytest.mark.parametrize("word", ["a\0b", "x" * 200_000])
async def test_what_cannot_be_started_says_so_and_ends_nothing_else(tmp_path: Path, word: str) -> None:
    """One such request ended the whole server."""
    async with a_web_daemon(tmp_path / "data") as web:
        whole = await _until_finished(web, await _started(web, ["help", word]))
        assert whole["Items"][-1] == "Return code: 100"
        assert whole["Items"][0].startswith("The program cannot be started: ")
        assert "list" in await web.get("commandline")


async def test_a_command_can_be_ended(tmp_path: Path) -> None:
    fifo = tmp_path / "before"
    os.mkfifo(fifo)
    fifo.chmod(0o700)
    script = tmp_path / "wait"
    script.write_text(f"#!/bin/sh\nread line < {fifo}\n")
    script.chmod(0o700)
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path)
        words = ["backup", backup.target_url, *backup.sources, "--no-encryption"]
        words.append(f"--run-script-before={script}")
        path = await _started(web, words)
        # Opening waits until the script does.
        with trio.fail_after(20):
            handle = await trio.to_thread.run_sync(os.open, fifo, os.O_WRONLY)
        await web.post(f"{path}/abort")
        whole = await _until_finished(web, path)
        # The script, which reads, has ended with it.
        poll = select.poll()
        poll.register(handle, 0)
        with trio.fail_after(5):
            while not poll.poll(0):
                await trio.sleep(0.01)
        os.close(handle)
    assert whole["Items"][-1] != "Return code: 0"


async def test_there_are_only_some_at_once_and_they_end_with_the_server(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        for _ in range(4):
            await _started(web, ["system-info"])
        await web.post("commandline", ["system-info"], status=429)


async def test_the_output_goes_after_its_time(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        web.daemon.commands._kept = 0.0
        path = await _started(web, ["example"])
        with trio.fail_after(20):
            while (await web.client.get(f"/api/v1/{path}")).status_code != 404:
                await trio.sleep(0.02)
        await web.post(f"{path}/abort", status=404)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_strangers_run_nothing(tmp_path: Path, method: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web, web.stranger() as client:
        answer = await client.request(method, "/api/v1/commandline")
        assert answer.status_code == 401


async def _started(web: WebDaemon, words: list[str]) -> str:
    answer = await web.post("commandline", words)
    assert answer["Status"] == "OK"
    return f"commandline/{answer['ID']}"


async def _until_finished(web: WebDaemon, path: str) -> dict[str, Any]:
    with trio.fail_after(30):
        while not (found := await web.get(path, pagesize=1000))["Finished"]:
            await trio.sleep(0.02)
    whole: dict[str, Any] = found
    return whole


async def _command_lines() -> list[str]:
    """Of all processes, while the new one is among them."""
    with trio.fail_after(10):
        while True:
            found = [_read(each / "cmdline") for each in Path("/proc").iterdir() if each.name.isdigit()]
            if any("triplicati.apps.cli\0list" in line for line in found):
                return found
            await trio.sleep(0.01)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
