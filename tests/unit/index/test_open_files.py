"""A process that looks at a database it is writing to must not lose SQLite's locks on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from triplicati.errors import DatabaseInUse
from triplicati.index.database import open_database, open_to_read, origin
from triplicati.index.open_files import is_open_here

_CLAIM = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0)
connection.execute("PRAGMA locking_mode = EXCLUSIVE")
connection.execute("PRAGMA journal_mode = DELETE").fetchone()
"""


def _another_takes_the_journal(path: Path) -> bool:
    run = subprocess.run([sys.executable, "-c", _CLAIM, str(path)], capture_output=True, check=False)
    return run.returncode == 0


async def test_looking_at_a_database_in_use_leaves_its_locks_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with open_database(path) as database:
        await database.write(lambda c: c.execute("CREATE TABLE t(x)").fetchall())
        assert origin(path) == "ours"
        with pytest.raises(DatabaseInUse):
            async with open_database(path):
                pass
        async with open_to_read(path):
            pass
        assert not _another_takes_the_journal(path)
    assert not is_open_here(path)
    assert _another_takes_the_journal(path)


async def test_the_next_writer_need_not_wait_for_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with open_database(path):
        pass
    handles = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    async with open_to_read(path):
        async with open_database(path):
            pass
        async with open_database(path):
            pass
        assert not _another_takes_the_journal(path)
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == handles
