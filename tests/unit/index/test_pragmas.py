"""CUSTOMSQLITEOPTIONS_DUPLICATI (spec/cli.md 2.6)."""

from pathlib import Path

import pytest

from triplicati.index.database import open_database
from triplicati.index.pragmas import VARIABLE, custom_pragmas


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        (
            "cache_size=-200000;temp_store=memory",
            "PRAGMA cache_size = -200000; PRAGMA temp_store = memory",
        ),
        (" PRAGMA mmap_size = 1000 ; Threads=2 ;", "PRAGMA mmap_size = 1000; PRAGMA threads = 2"),
        ("journal_mode=OFF;synchronous=0;locking_mode=EXCLUSIVE;page_size=512", ""),
        ("cache_size=1); DROP TABLE Version", ""),
        ("temp_store=3;cache_size=x;cache_size", ""),
        ("", ""),
    ],
)
def test_only_safe_settings_are_taken(text: str, statements: str) -> None:
    assert custom_pragmas(text) == statements


async def test_a_database_heeds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "cache_size=-4321;journal_mode=DELETE;temp_store=memory")
    async with open_database(tmp_path / "index.sqlite") as database:
        for ask in (database.write, database.read):
            assert await ask(lambda connection: connection.pragma("cache_size")) == -4321
            assert await ask(lambda connection: connection.pragma("temp_store")) == 2
            assert await ask(lambda connection: connection.pragma("journal_mode")) == "wal"
