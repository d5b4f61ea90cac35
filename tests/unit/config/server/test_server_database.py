"""The server's database file, and its secrets under a key (spec/server.md 7.1 to 7.4)."""

from __future__ import annotations

import stat
from pathlib import Path

import apsw
import pytest
import trio

from triplicati.config.datafolder import DataFolder
from triplicati.config.server.database import open_server_database
from triplicati.config.server.field_cipher import SettingsKey
from triplicati.config.server.store import open_store
from triplicati.errors import (
    ServerDatabaseForeign,
    ServerDatabaseInUse,
    ServerDatabaseTooNew,
    ServerDatabaseUnusable,
    SettingsKeyMissing,
    TriplicatiError,
    WrongSettingsKey,
)
from triplicati.messages.saved import SavedBackup, Setting, TargetUrl
from triplicati.values.secrets import Secret

NAME = "Duplicati-server.sqlite"
CANARY = "canary-4242-secret"
KEY = SettingsKey(Secret("the first key of all"), "the first source")
OTHER = SettingsKey(Secret("the second key of all"), "the second source")
# Table and columns of Duplicati's schema 12 that other programs read.
COLUMNS = {
    "Backup": "ID Name Description Tags TargetURL DBPath ExternalID ConnectionStringID OperationType",
    "Schedule": "ID Tags Time Repeat LastRun Rule",
    "Source": "BackupID Path",
    "Filter": "BackupID Order Include Expression",
    "Option": "BackupID Filter Name Value",
    "Metadata": "BackupID Name Value",
    "Log": "BackupID Description Start Finish Result SuggestedIcon",
    "ErrorLog": "BackupID Message Exception Timestamp",
    "Version": "ID Version",
    "Notification": "ID Type Title Message Exception BackupID Action Timestamp LogEntryID MessageID "
    "MessageLogTag",
    "UIStorage": "Scheme Key Value",
    "TempFile": "ID Origin Path Timestamp Expires",
    "TokenFamily": "ID UserId Counter LastUpdated",
    "ConnectionString": "ID Name Description BaseUrl CreatedAt UpdatedAt",
    "BackupTargetUrl": "ID BackupID TargetUrlKey TargetURL Mode Interval Options ConnectionStringID "
    "CreatedAt UpdatedAt",
}


def reading(path: Path) -> apsw.Connection:
    return apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)


async def open_once(folder: Path) -> None:
    async with open_server_database(DataFolder(folder)):
        pass


async def filled(folder: Path, key: SettingsKey | None = None, *, encrypt: bool = True) -> str:
    async with open_store(DataFolder(folder), key, encrypt=encrypt) as store:
        await store.set_settings({"jwt-config": CANARY, "startup-delay": "5m"})
        await store.set_application_options({"--auth-password": CANARY, "--tempdir": "/t"})
        await store.add_connection_string("shared", f"s3://x?auth-password={CANARY}")
        return await store.add_backup(
            SavedBackup(
                name="Docs",
                target_url=f"s3://b?auth-password={CANARY}",
                sources=("/home/u/", f"@/remote|ssh://h?auth-password={CANARY}"),
                settings=(Setting("passphrase", CANARY), Setting("--send-mail-password", CANARY)),
                targets=(TargetUrl("", f"ftp://h?auth-password={CANARY}"),),
            )
        )


async def canaries(folder: Path, key: SettingsKey | None = None, *, encrypt: bool = True) -> int:
    """How many of the secrets of `filled` come back."""
    async with open_store(DataFolder(folder), key, encrypt=encrypt) as store:
        settings, options = await store.settings(), await store.application_options()
        (backup,) = await store.backups()
        (shared,) = await store.connection_strings()
    assert settings["startup-delay"] == "5m"
    assert options["--tempdir"] == "/t"
    found = [settings["jwt-config"], options["--auth-password"], shared.base_url, backup.target_url]
    found += [backup.sources[1], *(str(each.value) for each in backup.settings), backup.targets[0].url]
    return sum(text.count(CANARY) for text in found)


async def test_a_new_database_has_the_tables_that_others_read(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    await open_once(folder)
    path = folder / NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (folder / "triplicati.json").exists()
    connection = reading(path)
    for table, columns in COLUMNS.items():
        found = [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        assert found == columns.split()
    assert connection.execute("SELECT ID, Version FROM Version").fetchall() == [(1, 12)]
    assert connection.pragma("journal_mode") == "delete"
    others = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    extra = {name for (name,) in connection.execute(others)} - COLUMNS.keys()
    assert extra
    assert all(name.startswith("Triplicati") for name in extra)


async def test_what_is_written_is_seen_by_others_at_once(tmp_path: Path) -> None:
    async with open_server_database(DataFolder(tmp_path)) as database:
        await database.write(lambda c: c.execute("INSERT INTO UIStorage VALUES ('a', 'b', 'c')").fetchall())
        uri = (tmp_path / NAME).as_uri() + "?immutable=1&mode=ro"
        other = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        assert other.execute("SELECT * FROM UIStorage").fetchall() == [("a", "b", "c")]
    assert [path.name for path in tmp_path.glob("*sqlite*")] == [NAME]


async def test_a_failed_transaction_changes_nothing(tmp_path: Path) -> None:
    def work(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO UIStorage VALUES ('a', 'b', 'c')").fetchall()
        raise ValueError("no")

    async with open_server_database(DataFolder(tmp_path)) as database:
        with pytest.raises(ValueError, match="no"):
            await database.write(work)
        assert await database.read(lambda c: c.execute("SELECT count(*) FROM UIStorage").get) == 0


async def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    def add_one(connection: apsw.Connection) -> None:
        found = connection.execute("SELECT count(*) FROM UIStorage").get
        connection.execute("INSERT INTO UIStorage VALUES ('a', ?, '')", (str(found),)).fetchall()

    async with open_server_database(DataFolder(tmp_path)) as database:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(database.write, add_one)
        keys = await database.read(lambda c: c.execute("SELECT Key FROM UIStorage").fetchall())
    assert sorted(int(str(key)) for (key,) in keys) == list(range(20))


async def test_the_lower_case_name_is_read_too(tmp_path: Path) -> None:
    await open_once(tmp_path)
    (tmp_path / NAME).rename(tmp_path / NAME.lower())
    async with open_server_database(DataFolder(tmp_path)) as database:
        assert database.path.name == NAME.lower()
    assert not (tmp_path / NAME).exists()


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    await open_once(tmp_path)
    apsw.Connection(str(tmp_path / NAME)).execute("UPDATE Version SET Version = 13").fetchall()
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(ServerDatabaseTooNew, match="schema 13, this one knows 12"):
        await open_once(tmp_path)
    assert (tmp_path / NAME).read_bytes() == before


async def test_a_database_of_duplicati_is_refused(tmp_path: Path) -> None:
    await open_once(tmp_path)
    apsw.Connection(str(tmp_path / NAME)).execute("DROP TABLE TriplicatiRun").fetchall()
    with pytest.raises(ServerDatabaseForeign, match="--adopt"):
        await open_once(tmp_path)


async def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    apsw.Connection(str(tmp_path / NAME)).execute("CREATE TABLE x (y)").fetchall()
    with pytest.raises(ServerDatabaseUnusable, match="another program"):
        await open_once(tmp_path)


@pytest.mark.parametrize("damage", ["head", "page", "cut"])
async def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    await filled(tmp_path)
    path = tmp_path / NAME
    content = bytearray(path.read_bytes())
    if damage == "head":
        content[:16] = b"not a database.."
    elif damage == "page":
        content[4096:] = b"\xa5" * (len(content) - 4096)
    else:
        del content[5000:]
    path.write_bytes(content)
    with pytest.raises(ServerDatabaseUnusable) as caught:
        await open_once(tmp_path)
    assert str(path) in str(caught.value)
    assert "Put a copy of it back" in str(caught.value)
    assert path.read_bytes() == content


async def test_a_database_that_another_program_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_server_database(DataFolder(tmp_path)) as database:
        await database.write(lambda c: c.set_busy_timeout(10))
        other = apsw.Connection(str(tmp_path / NAME))
        other.execute("BEGIN EXCLUSIVE").fetchall()
        with pytest.raises(ServerDatabaseInUse):
            await database.read(lambda c: c.execute("SELECT 1 FROM Backup").fetchall())
        other.execute("ROLLBACK").fetchall()
        assert await database.read(lambda c: c.execute("SELECT count(*) FROM Backup").get) == 0


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TriplicatiError, match="file"):
        await open_once(tmp_path / "file" / "folder")


async def test_secrets_are_encrypted_with_a_key_made_at_the_first_start(tmp_path: Path) -> None:
    await filled(tmp_path)
    assert (tmp_path / "settings.key").exists()
    for path in tmp_path.iterdir():
        assert CANARY.encode() not in path.read_bytes()
    assert await canaries(tmp_path) == 8


async def test_what_needs_no_secrecy_stays_readable(tmp_path: Path) -> None:
    await filled(tmp_path, KEY)
    connection = reading(tmp_path / NAME)
    options: dict[object, object] = dict(connection.execute('SELECT Name, Value FROM "Option"'))
    assert options["startup-delay"] == "5m"
    assert options["--tempdir"] == "/t"
    assert options["encrypted-fields"] == "True"
    plain = connection.execute("SELECT Path FROM Source WHERE Path NOT LIKE '@%'").get
    assert plain == "/home/u/"
    remote = connection.execute("SELECT Path FROM Source WHERE Path LIKE '@%'").get
    assert str(remote).startswith("@/remote|enc-v1:")


async def test_without_encryption_all_is_rewritten_in_clear_and_back(tmp_path: Path) -> None:
    await filled(tmp_path, KEY)
    assert await canaries(tmp_path, KEY, encrypt=False) == 8
    assert (tmp_path / NAME).read_bytes().count(b"enc-v1:") == 0
    assert await canaries(tmp_path, None, encrypt=False) == 8
    assert await canaries(tmp_path, KEY) == 8
    assert CANARY.encode() not in (tmp_path / NAME).read_bytes()


async def test_a_new_key_is_taken_over_when_the_old_one_lies_in_the_folder(tmp_path: Path) -> None:
    await filled(tmp_path)
    assert await canaries(tmp_path, KEY) == 8
    (tmp_path / "settings.key").unlink()
    assert await canaries(tmp_path, KEY) == 8


async def test_a_wrong_key_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    await filled(tmp_path, KEY)
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(WrongSettingsKey, match="the second source"):
        await canaries(tmp_path, OTHER)
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.parametrize("encrypt", [True, False])
async def test_a_lost_key_is_not_replaced(tmp_path: Path, encrypt: bool) -> None:
    await filled(tmp_path)
    (tmp_path / "settings.key").unlink()
    with pytest.raises(SettingsKeyMissing, match="--settings-encryption-key"):
        await canaries(tmp_path, encrypt=encrypt)
    assert not (tmp_path / "settings.key").exists()


async def test_a_key_can_be_demanded(tmp_path: Path) -> None:
    with pytest.raises(SettingsKeyMissing, match="--require-db-encryption-key"):
        async with open_store(DataFolder(tmp_path), require_key=True):
            pass
    async with open_store(DataFolder(tmp_path), KEY, require_key=True) as store:
        assert store.encrypted


async def test_no_key_is_made_for_a_database_in_clear(tmp_path: Path) -> None:
    await filled(tmp_path, encrypt=False)
    assert not (tmp_path / "settings.key").exists()
    assert await canaries(tmp_path, encrypt=False) == 8
