"""Taking over the jobs of real Duplicati (spec/server.md 7.6)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import msgspec
import pytest

from triplicati.config.datafolder import DataFolder
from triplicati.config.server import foreign_database, rc4
from triplicati.config.server.adoption import AdoptionReport, adopt, adoption_folder
from triplicati.config.server.field_cipher import SettingsKey, encrypt_field
from triplicati.config.server.schema import TABLES
from triplicati.config.server.store import Store, open_store
from triplicati.errors import AdoptionFailed
from triplicati.messages.saved import NEVER, SavedBackup, SavedFilter, SavedSchedule, Setting
from triplicati.values.secrets import Secret

KEY = SettingsKey(Secret("the key of Duplicati"), "the test")
OURS = SettingsKey(Secret("our own key of all"), "the test")
NOW = 1_767_355_212
CANARY = "canary-4242-secret"
NAME = "Duplicati-server.sqlite"
# Tables as releases before schema 7 had them.
OLD = """
CREATE TABLE "Backup" ("ID" INTEGER PRIMARY KEY AUTOINCREMENT, "Name" TEXT NOT NULL, {description}
    "Tags" TEXT NOT NULL, "TargetURL" TEXT NOT NULL, "DBPath" TEXT NOT NULL {external});
CREATE TABLE "Schedule" ("ID" INTEGER PRIMARY KEY, "Tags" TEXT NOT NULL, "Time" INTEGER NOT NULL,
    "Repeat" TEXT NOT NULL, "LastRun" INTEGER NOT NULL, "Rule" TEXT NOT NULL);
CREATE TABLE "Source" ("BackupID" INTEGER NOT NULL, "Path" TEXT NOT NULL);
CREATE TABLE "Filter" ("BackupID" INTEGER NOT NULL, "Order" INTEGER NOT NULL, "Include" INTEGER NOT NULL,
    "Expression" TEXT NOT NULL);
CREATE TABLE "Option" ("BackupID" INTEGER NOT NULL, "Filter" TEXT NOT NULL, "Name" TEXT NOT NULL,
    "Value" TEXT NOT NULL);
CREATE TABLE "Metadata" ("BackupID" INTEGER NOT NULL, "Name" TEXT NOT NULL, "Value" TEXT NOT NULL);
CREATE TABLE "ErrorLog" ("BackupID" INTEGER, "Message" TEXT NOT NULL, "Exception" TEXT,
    "Timestamp" INTEGER NOT NULL);
CREATE TABLE "Version" ("ID" INTEGER PRIMARY KEY, "Version" INTEGER NOT NULL);
CREATE TABLE "Notification" ("ID" INTEGER PRIMARY KEY, "Type" TEXT NOT NULL, "Title" TEXT NOT NULL);
"""
PLAN = SavedSchedule(1, NOW + 60, "1D", NOW - 60, frozenset({0}), paused=True, zone="UTC")
DOCS = SavedBackup(
    id="3",
    name="Docs",
    target_url=f"ssh://h/p?auth-password={CANARY}",
    sources=("/home/u/docs/", f"@/there|ssh://h?auth-password={CANARY}"),
    settings=(Setting("passphrase", CANARY), Setting("--blocksize", "1MB")),
    filters=(SavedFilter(0, False, "*.tmp"),),
    metadata={"LastBackupDate": "20260102T120003Z"},
    schedule=PLAN,
)
PHOTOS = SavedBackup(id="5", name="Photos", target_url="file:///srv/photos", sources=("/home/u/pictures/",))


def tables_of(version: int) -> str:
    if version == 12:
        return TABLES
    description = "\"Description\" TEXT NOT NULL DEFAULT ''," if version >= 6 else ""
    external = ', "ExternalID" TEXT NULL' if version >= 9 else ""
    tables = OLD.format(description=description, external=external)
    return f"{tables} INSERT INTO Version VALUES (1, {version});"


def make_theirs(folder: Path, version: int = 12, *, key: SettingsKey | None = None) -> Path:
    """A data folder of Duplicati with two jobs; secrets encrypted if there is a key."""

    def secret(text: str) -> str:
        return encrypt_field(text, key) if key else text

    folder.mkdir()
    path = folder / NAME
    connection = apsw.Connection(str(path))
    connection.execute(f"BEGIN; {tables_of(version)} COMMIT").fetchall()

    def insert(table: str, *values: object) -> None:
        places = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO {table} VALUES ({places})", values).fetchall()

    backup = "Backup (ID, Name, Tags, TargetURL, DBPath)"
    insert(backup, 3, "Docs", "", secret(DOCS.target_url), "ABCDEFGHIJ.sqlite")
    insert(backup, 5, "Photos", "", secret(PHOTOS.target_url), str(folder / "KLMNOPQRST.sqlite"))
    insert("Source", 3, "/home/u/docs/")
    insert("Source", 3, "@/there|" + secret(f"ssh://h?auth-password={CANARY}"))
    insert("Source", 5, "/home/u/pictures/")
    insert('"Option"', 3, "", "passphrase", secret(CANARY))
    insert('"Option"', 3, "", "--blocksize", "1MB")
    insert('"Option"', 3, "", "--dbpath", "/theirs.sqlite")
    insert('"Option"', -1, "", "--send-mail-password", secret(CANARY))
    insert('"Option"', -1, "", "--dbpath", "/theirs.sqlite")
    insert('"Option"', -1, "", "--tempdir", "/theirs")
    insert('"Option"', -2, "", "max-upload-speed", "10KB")
    insert('"Option"', -2, "", "jwt-config", secret(CANARY))
    insert('"Filter"', 3, 0, 0, "*.tmp")
    insert('"Filter"', -1, 0, 0, "*.bak")
    insert("Metadata", 3, "LastBackupDate", "20260102T120003Z")
    insert("Schedule", 7, "ID=3", NOW + 60, "1D", NOW - 60, "AllowedWeekDays=Monday")
    connection.close()
    (folder / "ABCDEFGHIJ.sqlite").write_bytes(b"their local database")
    (folder / "control_dir_v2").mkdir()
    return folder


def scramble(path: Path, password: str) -> None:
    plain = path.read_bytes()
    size = int.from_bytes(plain[16:18], "big")
    stream = rc4._stream(hashlib.sha1(password.encode()).digest()[:16], size)
    pages = (plain[at : at + size] for at in range(0, len(plain), size))
    path.write_bytes(b"".join(bytes(a ^ b for a, b in zip(page, stream, strict=True)) for page in pages))


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder with its time of change and its bytes."""
    return {
        str(path): (path.stat().st_mtime_ns, b"" if path.is_dir() else path.read_bytes())
        for path in (folder, *folder.rglob("*"))
    }


def rows_of(store: Store) -> list[object]:
    """All that is in our database."""
    connection = apsw.Connection(str(store.place.path), flags=apsw.SQLITE_OPEN_READONLY)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return [(name, connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names]


async def taken(
    store: Store, folder: Path, keys: Sequence[SettingsKey] = (), password: str | None = None
) -> AdoptionReport:
    secret = Secret(password) if password else None
    return await adopt(store, folder, keys=keys, scrambled_with=secret, now=NOW)


async def jobs(store: Store) -> list[SavedBackup]:
    """Without the paths of their local databases, which are random."""
    return [msgspec.structs.replace(each, db_path="") for each in await store.backups()]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(DataFolder(tmp_path / "ours"), OURS, now=lambda: NOW) as store:
        yield store


@pytest.mark.parametrize("form", ["schema 4", "schema 6", "schema 9", "schema 12", "enc-v1", "RC4", "own"])
async def test_jobs_of_every_form_are_taken_and_nothing_there_changes(
    store: Store, tmp_path: Path, form: str
) -> None:
    version = {"schema 4": 4, "schema 6": 6, "schema 9": 9, "RC4": 6, "own": 6}.get(form, 12)
    folder = make_theirs(tmp_path / "theirs", version, key=KEY if form == "enc-v1" else None)
    password = {"RC4": rc4.DEFAULT_PASSWORD, "own": "own word"}.get(form)
    if password:
        scramble(folder / NAME, password)
    before = state_of(folder)
    report = await taken(store, folder, [KEY], "own word" if form == "own" else None)
    assert state_of(folder) == before
    assert await jobs(store) == [DOCS, PHOTOS]
    assert [(each.id, each.original_id, each.name) for each in report.taken] == [
        ("3", "3", "Docs"),
        ("5", "5", "Photos"),
    ]
    assert report.folder == str(folder)
    assert report.settings == ("max-upload-speed",)
    assert await store.setting("max-upload-speed") == "10KB"
    options = await store.application_options()
    assert options == {"--send-mail-password": CANARY, "--tempdir": "/theirs"}
    assert report.options == tuple(options)
    assert await store.application_filters() == [SavedFilter(0, False, "*.bak")]


async def test_a_second_time_changes_nothing(store: Store, tmp_path: Path) -> None:
    folder = make_theirs(tmp_path / "theirs")
    await taken(store, folder)
    await store.set_application_options({"--tempdir": None})
    before = rows_of(store)
    report = await taken(store, folder)
    assert (report.taken, report.options, report.settings) == ((), (), ())
    assert report.known == ("Docs", "Photos")
    assert rows_of(store) == before


async def test_a_job_that_was_removed_here_does_not_come_back(store: Store, tmp_path: Path) -> None:
    folder = make_theirs(tmp_path / "theirs")
    await taken(store, folder)
    await store.remove_backup("3")
    assert (await taken(store, folder)).taken == ()
    assert await jobs(store) == [PHOTOS]


async def test_a_new_job_there_comes_the_next_time(store: Store, tmp_path: Path) -> None:
    folder = make_theirs(tmp_path / "theirs")
    await taken(store, folder)
    connection = apsw.Connection(str(folder / NAME))
    connection.execute(
        "INSERT INTO Backup (ID, Name, Tags, TargetURL, DBPath) VALUES (6, 'New', '', 'file:///n', '')"
    ).fetchall()
    connection.close()
    report = await taken(store, folder)
    assert [each.id for each in report.taken] == ["6"]


async def test_schedules_are_paused_and_keep_the_zone_they_had(store: Store, tmp_path: Path) -> None:
    folder = make_theirs(tmp_path / "theirs")
    connection = apsw.Connection(str(folder / NAME))
    connection.execute(
        "INSERT INTO \"Option\" VALUES (-2, '', 'server-timezone', 'Europe/Berlin');"
        "INSERT INTO Schedule VALUES (9, 'ID=5', 5, '2h', 0, '')"
    ).fetchall()
    connection.close()
    report = await taken(store, folder)
    docs, photos = [each.schedule for each in await store.backups()]
    assert docs == msgspec.structs.replace(PLAN, zone="Europe/Berlin")
    assert photos == SavedSchedule(2, 5, "2h", NEVER, paused=True, zone="Europe/Berlin")
    assert all("paused" in " ".join(each.notes) for each in report.taken)


async def test_a_zone_that_is_not_known_is_said(store: Store, tmp_path: Path) -> None:
    folder = make_theirs(tmp_path / "theirs")
    connection = apsw.Connection(str(folder / NAME))
    connection.execute("INSERT INTO \"Option\" VALUES (-2, '', 'server-timezone', 'No/Where')").fetchall()
    connection.close()
    report = await taken(store, folder)
    assert "No/Where" in " ".join(report.taken[0].notes)
    docs = await store.backup("3")
    assert docs is not None
    assert docs.schedule == PLAN


async def test_local_databases_are_ours(store: Store, tmp_path: Path) -> None:
    folder = make_theirs(tmp_path / "theirs")
    report = await taken(store, folder)
    paths = [Path(each.db_path) for each in await store.backups()]
    assert all(path.parent == store.place.folder and not path.exists() for path in paths)
    assert "ABCDEFGHIJ.sqlite" not in [path.name for path in paths]
    assert "local database" in " ".join(report.taken[0].notes)
    assert "recreate its local database" in report.way_back[0]
    assert "never repair" in report.way_back[0]


async def test_numbers_and_names_that_are_taken_here(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b", "docs"):
        await store.add_backup(SavedBackup(name=name, target_url="file:///x"))
    report = await taken(store, make_theirs(tmp_path / "theirs"))
    assert [(each.id, each.original_id, each.name) for each in report.taken] == [
        ("4", "3", "Docs (1)"),
        ("5", "5", "Photos"),
    ]
    notes = " ".join(report.taken[0].notes)
    assert 'Its name here is "Docs (1)"' in notes
    assert "Its number here is 4, for 3 is taken" in notes
    assert report.taken[1].notes == ()


async def test_two_folders_do_not_mix(store: Store, tmp_path: Path) -> None:
    first, second = make_theirs(tmp_path / "first"), make_theirs(tmp_path / "second")
    await taken(store, first)
    await store.remove_backup("5")
    report = await taken(store, second)
    assert [(each.id, each.name) for each in report.taken] == [("6", "Docs (1)"), ("7", "Photos")]
    assert (await taken(store, first)).taken == ()


async def test_connection_strings_come_with_the_jobs_that_use_them(store: Store, tmp_path: Path) -> None:
    folder = make_theirs(tmp_path / "theirs")
    connection = apsw.Connection(str(folder / NAME))
    connection.execute(
        "INSERT INTO ConnectionString VALUES (4, 'shared', '', 's3://b', 1, 1), (5, 'no', '', '', 1, 1);"
        "UPDATE Backup SET ConnectionStringID = 4 WHERE ID = 3;"
        "INSERT INTO BackupTargetUrl VALUES (1, 5, 'k', 's3://t', 'inline', NULL, NULL, 4, 1, 1)"
    ).fetchall()
    connection.close()
    await taken(store, folder)
    (shared,) = await store.connection_strings()
    assert (shared.id, shared.name, shared.base_url) == (1, "shared", "s3://b")
    assert await store.connection_string_users(1) == [("3", "Docs"), ("5", "Photos")]


async def test_what_a_killed_duplicati_left_is_worked_off_in_the_copy(store: Store, tmp_path: Path) -> None:
    """A transaction was cut off: its journal lies beside the file, which holds half of it."""
    folder = make_theirs(tmp_path / "theirs")
    path, journal = folder / NAME, folder / f"{NAME}-journal"
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE").fetchall()
    connection.execute("UPDATE Backup SET Name = 'half'").fetchall()
    filler = "INSERT INTO ErrorLog VALUES (1, hex(zeroblob(900)), '', ?)"
    connection.executemany(filler, [(number,) for number in range(200)]).fetchall()
    half = {each: each.read_bytes() for each in (path, journal)}
    connection.execute("ROLLBACK").fetchall()
    connection.close()
    assert path.read_bytes() != half[path]
    assert len(half[journal]) > 512
    for each, content in half.items():
        each.write_bytes(content)
    before = state_of(folder)
    await taken(store, folder)
    assert [each.name for each in await store.backups()] == ["Docs", "Photos"]
    assert state_of(folder) == before


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        ("gone", "there is no Duplicati-server.sqlite"),
        ("junk", "is no database"),
        ("other", "no server database of Duplicati"),
        ("cut", "damaged|cannot be read"),
        ("scrambled", "DUPLICATI_DB_KEY"),
        ("scrambled journal", "start and stop Duplicati once"),
        ("no key", "--settings-encryption-key"),
        ("wrong key", "it is not that from the test"),
    ],
)
async def test_what_cannot_be_taken_changes_nothing(
    store: Store, tmp_path: Path, damage: str, text: str
) -> None:
    folder = make_theirs(tmp_path / "theirs", key=KEY if damage.endswith("key") else None)
    path = folder / NAME
    match damage:
        case "gone":
            path.unlink()
        case "junk":
            path.write_bytes(b"junk" * 500)
        case "other":
            path.unlink()
            connection = apsw.Connection(str(path))
            connection.execute("CREATE TABLE x (y)").fetchall()
            connection.close()
        case "cut":
            path.write_bytes(path.read_bytes()[:9000])
        case "scrambled":
            scramble(path, "unknown word")
        case "scrambled journal":
            scramble(path, rc4.DEFAULT_PASSWORD)
            (folder / f"{NAME}-journal").write_bytes(b"x")
    before, ours = state_of(folder), rows_of(store)
    with pytest.raises(AdoptionFailed, match=text) as caught:
        await taken(store, folder, [OURS] if damage == "wrong key" else [])
    assert str(folder) in str(caught.value)
    assert state_of(folder) == before
    assert rows_of(store) == ours


async def test_a_database_that_is_being_written_is_not_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_theirs(tmp_path / "theirs")
    path = folder / NAME
    real, times = Path.read_bytes, iter(range(1, 99))

    def touching(self: Path) -> bytes:
        content = real(self)
        if self == path:
            os_time = path.stat().st_mtime_ns + next(times)
            os.utime(path, ns=(os_time, os_time))
        return content

    monkeypatch.setattr(Path, "read_bytes", touching)
    monkeypatch.setattr(foreign_database, "_PAUSE", 0)
    with pytest.raises(AdoptionFailed, match="stop Duplicati first"):
        await taken(store, folder)


async def test_no_copy_is_left_behind(store: Store, tmp_path: Path) -> None:
    leftover = store.place.folder / ".adopting-killed"
    leftover.mkdir()
    (leftover / NAME).write_bytes(b"secrets")
    await taken(store, make_theirs(tmp_path / "theirs"))
    assert not list(store.place.folder.glob(".adopting-*"))


async def test_secrets_that_were_in_clear_are_encrypted_with_our_key(tmp_path: Path) -> None:
    async with open_store(DataFolder(tmp_path / "ours"), OURS) as store:
        await taken(store, make_theirs(tmp_path / "theirs"))
    for path in (tmp_path / "ours").iterdir():
        assert CANARY.encode() not in path.read_bytes()


def test_which_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = make_theirs(tmp_path / "theirs"), tmp_path / "ours"
    ours.mkdir()
    (ours / "triplicati.json").write_text("{}")
    assert adoption_folder(str(theirs), DataFolder(ours)) == theirs
    assert adoption_folder(None, DataFolder(theirs / "triplicati", theirs)) == theirs
    with pytest.raises(AdoptionFailed, match="Triplicati itself"):
        adoption_folder(str(ours), DataFolder(ours))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(AdoptionFailed, match="--adopt=FOLDER"):
        adoption_folder(None, DataFolder(ours))
    theirs.rename(tmp_path / "Duplicati")
    assert adoption_folder(None, DataFolder(ours)) == tmp_path / "Duplicati"
