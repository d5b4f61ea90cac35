"""A daemon in this process, without a web server, and saved backups for it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from triplicati.config.datafolder import DataFolder, create
from triplicati.config.server.store import Store, open_store
from triplicati.config.sign_in import SignInOptions
from triplicati.messages.saved import SavedBackup, SavedSchedule, Setting
from triplicati.runner.clock import Clock
from triplicati.runner.daemon import Daemon
from triplicati.runner.daemon_settings import DaemonSettings
from triplicati.runner.living import running_daemon
from triplicati.runner.server_settings import change_settings
from triplicati.runner.tasks import Task


@asynccontextmanager
async def a_store(folder: Path) -> AsyncIterator[Store]:
    data = DataFolder(folder)
    create(data)
    folder.chmod(0o700)
    async with open_store(data) as store:
        yield store


@asynccontextmanager
async def a_daemon(
    folder: Path, clock: Clock | None = None, zone: str = "UTC", sign_in: SignInOptions | None = None
) -> AsyncIterator[Daemon]:
    """`folder` is the data folder; what is in it from before is used."""
    settings = DaemonSettings(
        folder=DataFolder(folder),
        environment=dict(os.environ),
        program=folder,
        zone=zone,
        sign_in=sign_in or SignInOptions(),
    )
    async with a_store(folder) as store, running_daemon(settings, store, clock) as daemon:
        yield daemon


def a_backup(
    tmp: Path,
    name: str = "Docs",
    *,
    passphrase: str | None = "secret",
    schedule: SavedSchedule | None = None,
    **options: str,
) -> SavedBackup:
    """From the folder `source` to the folder `destination-<name>` below `tmp`, both made here."""
    source, target = tmp / "source", tmp / f"destination-{name}"
    if not source.exists():
        source.mkdir()
        (source / "a.txt").write_text("hello")
        (source / "sub").mkdir()
        (source / "sub" / "b.bin").write_bytes(bytes(range(256)) * 40)
    settings = {f"--{option.replace('_', '-')}": value for option, value in options.items()}
    settings |= {"passphrase": passphrase} if passphrase else {"--no-encryption": "true"}
    return SavedBackup(
        name=name,
        target_url=target.as_uri(),
        sources=(f"{source}{os.sep}",),
        settings=tuple(Setting(key, value) for key, value in settings.items()),
        schedule=schedule,
    )


async def finished(task: Task, seconds: float = 60) -> Task:
    with trio.fail_after(seconds):
        await task.finished.wait()
    return task


async def at_speed(daemon: Daemon, upload: str = "", download: str = "") -> None:
    """Sets the server's limits as its page does, for the next change of any setting reads them again."""
    await change_settings(daemon, {"max-upload-speed": upload, "max-download-speed": download})
