"""Everything the server keeps (spec/server.md 4 and 7.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.config.datafolder import DataFolder
from triplicati.config.server import runs
from triplicati.config.server.field_cipher import SettingsKey
from triplicati.config.server.store import Store, open_store
from triplicati.config.server.weekdays import rule_of_weekdays, weekdays, weekdays_of_rule
from triplicati.config.sign_in.sign_in import SignInStore
from triplicati.errors import (
    BackupNameTaken,
    BackupNotFound,
    ConnectionStringInUse,
    ConnectionStringNameTaken,
    ConnectionStringNotFound,
)
from triplicati.formats import aescrypt
from triplicati.messages.records import RemoteOperation
from triplicati.messages.saved import (
    NEVER,
    SavedBackup,
    SavedFilter,
    SavedSchedule,
    Setting,
    TargetUrl,
)
from triplicati.messages.sign_in import TokenFamily
from triplicati.values.secrets import Secret

KEY = SettingsKey(Secret("the key of the tests"), "the test")
NOW = 1_767_355_212
PLAN = SavedSchedule(-1, NOW, "1D", days=frozenset({0, 4}))
DOCS = SavedBackup(
    name="Docs",
    description="papers",
    tags=("a", "b"),
    target_url="file:///srv/docs?auth-password=secret",
    sources=("/home/u/docs/", "%HOME%/x", "@/there|ssh://h/p?auth-password=secret"),
    settings=(Setting("passphrase", "secret"), Setting("--blocksize", "1MB"), Setting("--no-value", "")),
    filters=(SavedFilter(0, False, "*.tmp"), SavedFilter(1, True, "/keep/")),
    metadata={"LastBackupDate": "20260102T120003Z"},
    targets=(TargetUrl("key-1", "s3://b/x", "interval", "1D", 7, {"count": "3", "none": None}),),
    schedule=PLAN,
)
TINY = SavedBackup(name="Tiny", target_url="file:///t")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(DataFolder(tmp_path), KEY, now=lambda: NOW) as store:
        yield store


def rows(store: Store, query: str) -> list[tuple[apsw.SQLiteValue, ...]]:
    return apsw.Connection(str(store.place.path), flags=apsw.SQLITE_OPEN_READONLY).execute(query).fetchall()


async def stored(store: Store, backup_id: str) -> SavedBackup:
    found = await store.backup(backup_id)
    assert found is not None
    return found


# --- saved backups ---------------------------------------------------------------------------------------


async def test_a_backup_comes_back_whole(store: Store) -> None:
    number = await store.add_backup(DOCS)
    found = await stored(store, number)
    schedule = msgspec.structs.replace(PLAN, id=1)
    expected = msgspec.structs.replace(DOCS, id="1", db_path=found.db_path, schedule=schedule)
    assert found == expected
    assert await store.backups() == [expected]


async def test_the_local_database_gets_a_random_name_in_the_data_folder(store: Store) -> None:
    first, second = [await stored(store, await store.add_backup(each)) for each in (DOCS, TINY)]
    for each in (first, second):
        path = Path(each.db_path)
        assert path.parent == store.place.folder
        assert len(path.stem) == 10
        assert path.stem.isalpha()
        assert path.suffix == ".sqlite"
    assert first.db_path != second.db_path
    # Relative in the file, as other programs expect it.
    assert rows(store, "SELECT DBPath FROM Backup WHERE ID = 1") == [(Path(first.db_path).name,)]


async def test_a_local_database_elsewhere_keeps_its_path(store: Store) -> None:
    given = msgspec.structs.replace(TINY, db_path="/elsewhere/x.sqlite")
    number = await store.add_backup(given)
    assert (await stored(store, number)).db_path == "/elsewhere/x.sqlite"
    await store.set_db_path(number, str(store.place.folder / "y.sqlite"))
    assert (await stored(store, number)).db_path == str(store.place.folder / "y.sqlite")
    assert rows(store, "SELECT DBPath FROM Backup") == [("y.sqlite",)]


async def test_a_name_is_given_once_in_any_case(store: Store) -> None:
    number = await store.add_backup(msgspec.structs.replace(TINY, name="Straße Ä"))
    with pytest.raises(BackupNameTaken, match="There already exists a backup with the name: STRASSE ä"):
        await store.add_backup(msgspec.structs.replace(TINY, name="STRASSE ä"))
    other = await store.add_backup(TINY)
    with pytest.raises(BackupNameTaken):
        await store.update_backup(msgspec.structs.replace(TINY, id=other, name="straße Ä"))
    await store.update_backup(msgspec.structs.replace(TINY, id=number, name="STRASSE ä"))
    assert [each.name for each in await store.backups()] == ["STRASSE ä", "Tiny"]


async def test_an_update_replaces_what_the_user_sets(store: Store) -> None:
    number = await store.add_backup(DOCS)
    before = await stored(store, number)
    changed = SavedBackup(id=number, name="New", target_url="file:///new", db_path="/ignored")
    await store.update_backup(changed)
    assert await stored(store, number) == msgspec.structs.replace(
        changed, db_path=before.db_path, metadata=DOCS.metadata
    )


async def test_a_time_that_the_clock_skips_is_kept_until_the_next(store: Store) -> None:
    number = await store.add_backup(DOCS)
    await store.set_schedule_state(number, time=NOW, last_run=NOW, wall="2026-03-29T02:30:00")
    schedule = (await stored(store, number)).schedule
    assert schedule is not None
    assert schedule.wall == "2026-03-29T02:30:00"
    await store.set_schedule_state(number, last_run=NOW)
    assert (await stored(store, number)).schedule == schedule
    await store.set_schedule_state(number, time=NOW + 86400)
    schedule = (await stored(store, number)).schedule
    assert schedule is not None
    assert schedule.wall == ""


async def test_an_update_keeps_what_runs_set_in_the_schedule(store: Store) -> None:
    number = await store.add_backup(DOCS)
    await store.set_schedule_state(number, time=NOW + 86400, last_run=NOW, last_success=NOW + 5)
    await store.pause_schedule(number, True)
    await store.set_schedule_zone(number, "UTC")
    edited = SavedSchedule(99, NOW + 7, "2h", days=frozenset({6}))
    await store.update_backup(msgspec.structs.replace(DOCS, id=number, schedule=edited))
    expected = SavedSchedule(1, NOW + 7, "2h", NOW, frozenset({6}), paused=True, zone="UTC")
    assert (await stored(store, number)).schedule == expected
    assert await store.last_successes() == {number: NOW + 5}


async def test_a_schedule_can_go_and_come_anew(store: Store) -> None:
    number = await store.add_backup(DOCS)
    await store.pause_schedule(number, True)
    await store.update_backup(msgspec.structs.replace(DOCS, id=number, schedule=None))
    assert (await stored(store, number)).schedule is None
    await store.update_backup(msgspec.structs.replace(DOCS, id=number))
    schedule = (await stored(store, number)).schedule
    assert schedule == msgspec.structs.replace(PLAN, id=1)


async def test_a_schedule_is_stored_as_others_read_it(store: Store) -> None:
    await store.add_backup(DOCS)
    assert rows(store, "SELECT Tags, Time, Repeat, LastRun, Rule FROM Schedule") == [
        ("ID=1", NOW, "1D", NEVER, "AllowedWeekDays=Monday,Friday")
    ]


async def test_a_last_run_of_zero_is_never(store: Store) -> None:
    number = await store.add_backup(DOCS)
    await store.transact(lambda c, _: c.execute("UPDATE Schedule SET LastRun = 0").fetchall())
    schedule = (await stored(store, number)).schedule
    assert schedule is not None
    assert schedule.last_run == NEVER


async def test_metadata_is_merged_or_replaced_when_told(store: Store) -> None:
    number = await store.add_backup(DOCS)
    await store.set_metadata(number, {"LastBackupDate": "later", "BackupListCount": "4"})
    assert (await stored(store, number)).metadata == {"LastBackupDate": "later", "BackupListCount": "4"}
    given = msgspec.structs.replace(DOCS, id=number, metadata={"x": "y"})
    await store.update_backup(given)
    assert len((await stored(store, number)).metadata) == 2
    await store.update_backup(given, replace_metadata=True)
    assert (await stored(store, number)).metadata == {"x": "y"}


async def test_removing_leaves_no_row_of_it(store: Store) -> None:
    kept = await store.add_backup(TINY)
    number = await store.add_backup(DOCS)
    for each in (kept, number):
        await store.add_notification("Error", "title", "text", backup_id=each)
        await store.add_error(each, "failed")
        run = await store.begin_run(each, 1, "Backup", "due", NOW)
        await store.add_remote_operations(run, each, [RemoteOperation(NOW, "put")])
        await store.set_schedule_state(each, last_success=NOW)
    await store.remove_backup(number)
    assert [each.id for each in await store.backups()] == [kept]
    owned = "SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) p WHERE p.name = 'BackupID'"
    tables = [name for (name,) in rows(store, owned)]
    assert len(tables) == 13
    for table in tables:
        assert rows(store, f'SELECT * FROM "{table}" WHERE CAST(BackupID AS TEXT) = \'{number}\'') == []
    assert rows(store, "SELECT * FROM Schedule") == []
    assert len(await store.notifications()) == 1
    with pytest.raises(BackupNotFound):
        await store.remove_backup(number)


async def test_a_number_is_not_given_again(store: Store) -> None:
    await store.remove_backup(await store.add_backup(DOCS))
    assert await store.add_backup(TINY) == "2"


@pytest.mark.parametrize("backup_id", ["", "7", "-1", "x", "0", "٣", "9" * 30])
async def test_what_is_not_there(store: Store, backup_id: str) -> None:
    assert await store.backup(backup_id) is None
    for call in (
        store.update_backup(msgspec.structs.replace(TINY, id=backup_id)),
        store.set_metadata(backup_id, {"a": "b"}),
        store.set_db_path(backup_id, "x"),
        store.pause_schedule(backup_id, True),
        store.remove_backup(backup_id),
    ):
        with pytest.raises(BackupNotFound):
            await call


async def test_the_keys_of_further_destinations_are_their_own(store: Store) -> None:
    first = await stored(store, await store.add_backup(DOCS))
    copy = await stored(store, await store.add_backup(msgspec.structs.replace(DOCS, name="Copy")))
    unnamed = msgspec.structs.replace(TINY, targets=(TargetUrl("", "s3://a"), TargetUrl("", "s3://b")))
    third = await stored(store, await store.add_backup(unnamed))
    keys = [target.key for each in (first, copy, third) for target in each.targets]
    assert keys[0] == "key-1"
    assert len(set(keys)) == 4
    assert all(keys)


async def test_listeners_hear_of_changes_after_they_are_stored(store: Store) -> None:
    heard: list[str] = []
    store.changed.append(heard.append)
    number = await store.add_backup(TINY)
    await store.set_settings({"a": "b"})
    await store.add_notification("Warning", "t", "m")
    await store.set_metadata(number, {})
    await store.backups()
    assert heard == ["backups", "settings", "notifications", "backups"]
    with pytest.raises(BackupNameTaken):
        await store.add_backup(TINY)
    assert len(heard) == 4


async def test_secrets_are_decrypted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs milliseconds, and every list of backups needs all addresses."""
    derived = 0

    def counting(iv: bytes, passphrase: str) -> bytes:
        nonlocal derived
        derived += 1
        return derive_key(iv, passphrase)

    async with open_store(DataFolder(tmp_path), KEY) as store:
        await store.add_backup(DOCS)
    derive_key = aescrypt.derive_key
    monkeypatch.setattr(aescrypt, "derive_key", counting)
    async with open_store(DataFolder(tmp_path), KEY) as store:
        assert derived == 0
        for _ in range(3):
            assert len(await store.backups()) == 1
            # The address, the source elsewhere, the passphrase, the further destination.
            assert derived == 4


# --- settings --------------------------------------------------------------------------------------------


async def test_settings_are_kept_changed_and_removed(store: Store) -> None:
    assert await store.setting("startup-delay") == ""
    await store.set_settings({"startup-delay": "5m", "any-name": "x"})
    await store.set_settings({"startup-delay": "6m", "any-name": None})
    assert await store.setting("startup-delay") == "6m"
    assert "any-name" not in await store.settings()
    assert rows(store, "SELECT BackupID FROM \"Option\" WHERE Name = 'startup-delay'") == [(-2,)]


async def test_application_options_have_dashes_once(store: Store) -> None:
    await store.set_application_options({"--tempdir": "/t", "passphrase": "secret"})
    await store.transact(
        lambda c, _: c.execute("UPDATE \"Option\" SET Name = 'tempdir' WHERE Name = '--tempdir'").fetchall()
    )
    assert await store.application_options() == {"--tempdir": "/t", "--passphrase": "secret"}
    await store.set_application_options({"--tempdir": None})
    assert await store.application_options() == {"--passphrase": "secret"}
    assert await store.settings() == {"encrypted-fields": "True"}


async def test_application_filters(store: Store) -> None:
    await store.transact(
        lambda c, _: c.execute("INSERT INTO \"Filter\" VALUES (-1, 1, 0, 'b'), (-1, 0, 1, 'a')").fetchall()
    )
    assert await store.application_filters() == [SavedFilter(0, True, "a"), SavedFilter(1, False, "b")]


# --- notifications and errors ----------------------------------------------------------------------------


async def flags(store: Store) -> tuple[str, str]:
    settings = await store.settings()
    return settings["unacked-error"], settings["unacked-warning"]


async def test_notifications_raise_and_clear_the_flags(store: Store) -> None:
    error = await store.add_notification(
        "Error", "Error while running Docs", "text", "trace", "1", "backup:show-log", "Id", "Tag"
    )
    assert await flags(store) == ("True", "False")
    warning = await store.add_notification("Warning", "t", "m", backup_id="2")
    assert await flags(store) == ("True", "True")
    found = await store.notification(error)
    assert found is not None
    assert msgspec.structs.astuple(found) == (
        error, "Error", "Error while running Docs", "text", "trace", "1", "backup:show-log", NOW, "", "Id",
        "Tag",
    )  # fmt: skip
    assert await store.remove_notification(error)
    assert await flags(store) == ("False", "True")
    assert not await store.remove_notification(error)
    assert await store.remove_notifications_of("2") == 1
    assert await flags(store) == ("False", "False")
    assert await store.notification(warning) is None


async def test_notifications_replace_each_other(store: Store) -> None:
    await store.add_notification("Error", "one", "", backup_id="1")
    await store.add_notification("Error", "other backup", "", backup_id="2")
    await store.add_notification("Error", "two", "", backup_id="1", replace="backup")
    await store.add_notification("Warning", "low", "", action="config:issue:x", replace="action")
    await store.add_notification("Warning", "still low", "", action="config:issue:x", replace="action")
    titles = [each.title for each in await store.notifications()]
    assert titles == ["other backup", "two", "still low"]
    assert await store.remove_all_notifications() == 3


async def test_the_number_of_a_notification_is_never_given_again(store: Store) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(await store.add_notification("Information", "t", "m"))
        await store.remove_all_notifications()
    assert numbers == [1, 2, 3]


async def test_errors_newest_first(store: Store) -> None:
    for backup_id, message in (("1", "a"), (None, "b"), ("guid-1", "c")):
        await store.add_error(backup_id, message, "trace")
    found = await store.errors()
    assert [(each.backup_id, each.message) for each in found] == [("guid-1", "c"), (None, "b"), ("1", "a")]
    assert found[0].timestamp == NOW
    assert await store.errors(before=NOW) == []
    assert [each.message for each in await store.errors(NOW + 1, 2)] == ["c", "b"]
    assert [each.message for each in await store.errors(backup_id="1")] == ["a"]
    assert await store.clear_errors("1") == 1
    assert await store.clear_errors() == 2


async def test_old_errors_and_remote_operations_are_purged(store: Store) -> None:
    await store.add_error(None, "old")
    await store.add_remote_operations(1, "1", [RemoteOperation(NOW, "put"), RemoteOperation(NOW + 50, "get")])
    assert await store.purge(100, NOW + 100) == 0
    assert await store.purge(100, NOW + 101) == 2
    assert [each.operation for each in await store.remote_operations("1")] == ["get"]


# --- runs ------------------------------------------------------------------------------------------------


async def test_a_run_from_begin_to_end(store: Store) -> None:
    run = await store.begin_run("1", 7, "Backup", "due", NOW + 0.25)
    (open_one,) = await store.unfinished_runs()
    assert (open_one.id, open_one.ended, open_one.started) == (run, None, NOW + 0.25)
    lines = ["first", "two\nlines", "name \udcff", ""]
    await store.end_run(run, NOW + 9.5, "Warning", '{"a":1}', lines)
    assert await store.unfinished_runs() == []
    found = await store.run(run)
    assert found is not None
    assert msgspec.structs.astuple(found) == (
        run, "1", 7, "Backup", "due", NOW + 0.25, NOW + 9.5, "Warning", '{"a":1}', 4,
    )  # fmt: skip
    assert await store.run_log(run) == ["first", "two\nlines", "name \ufffd", ""]
    assert await store.run_log(99) == []


async def test_runs_are_paged_newest_first(store: Store) -> None:
    for task in range(5):
        await store.begin_run("guid-1", task, "Backup", "", NOW)
    await store.begin_run("other", 9, "Backup", "", NOW)
    first = await store.runs("guid-1", limit=2)
    assert [each.task_id for each in first] == [4, 3]
    assert [each.task_id for each in await store.runs("guid-1", first[-1].id)] == [2, 1, 0]


async def test_remote_operations_are_paged_newest_first(store: Store) -> None:
    put = RemoteOperation(NOW, "put", "x.dblock.zip", 52, "hash=")
    await store.add_remote_operations(3, "1", [put, RemoteOperation(NOW, "list")])
    newest, oldest = await store.remote_operations("1")
    assert newest == RemoteOperation(NOW, "list", id=2, run_id=3)
    assert oldest == msgspec.structs.replace(put, id=1, run_id=3)
    assert await store.remote_operations("1", before=newest.id) == [oldest]


@given(st.lists(st.text()))
def test_every_log_comes_back(lines: list[str]) -> None:
    kept = [line.encode(errors="ignore").decode() for line in lines]
    assert runs.unpack_log(runs.pack_log(kept)) == kept


@pytest.mark.parametrize("packed", [b"", b"no zlib", runs.pack_log(["a"])[:-8]])
def test_a_damaged_log_is_empty(packed: bytes) -> None:
    assert runs.unpack_log(packed) == []


# --- the rest --------------------------------------------------------------------------------------------


async def test_what_pages_keep(store: Store) -> None:
    await store.set_ui_values("ngax", {"theme": "dark", "gone": "x"})
    await store.set_ui_values("ngax", {"theme": "light", "gone": None})
    await store.set_ui_values("default", {"a": ""})
    assert await store.ui_schemes() == ["default", "ngax"]
    assert await store.ui_values("ngax") == {"theme": "light"}
    assert await store.ui_values("none") == {}


async def test_temporary_files(store: Store) -> None:
    number = await store.add_temp_file("bugreport", "/tmp/report.zip", NOW + 10)
    assert await store.expired_temp_files() == []
    (expired,) = await store.expired_temp_files(NOW + 10)
    assert expired == await store.temp_file(number)
    assert (expired.origin, expired.path, expired.timestamp) == ("bugreport", "/tmp/report.zip", NOW)
    assert await store.remove_temp_file(number)
    assert await store.temp_file(number) is None


async def test_token_families_keep_their_time_in_ticks(store: Store) -> None:
    kept: SignInStore = store  # what the sign-in asks for
    family = TokenFamily("f1", "user", 3, NOW + 0.5)
    await kept.put_token_family(msgspec.structs.replace(family, counter=2))
    await store.put_token_family(family)
    assert await store.token_family("f1") == family
    ticks = (NOW + 62135596800) * 10**7 + 5 * 10**6
    assert rows(store, "SELECT Counter, LastUpdated FROM TokenFamily") == [(3, ticks)]
    await store.remove_token_family("f1")
    assert await store.token_family("f1") is None
    await store.put_token_family(family)
    await store.clear_token_families()
    assert await store.token_family("f1") is None


async def test_connection_strings(store: Store) -> None:
    number = await store.add_connection_string("shared", "s3://b?auth-password=x", "all")
    other = await store.add_connection_string("other", "s3://c")
    with pytest.raises(ConnectionStringNameTaken):
        await store.add_connection_string("shared", "s3://d")
    with pytest.raises(ConnectionStringNameTaken):
        await store.update_connection_string(other, "shared", "s3://d")
    await store.update_connection_string(number, "new name", "s3://e", "some")
    found = await store.connection_string(number)
    assert found is not None
    assert (found.name, found.base_url, found.description) == ("new name", "s3://e", "some")
    assert [each.id for each in await store.connection_strings()] == [number, other]
    used = msgspec.structs.replace(TINY, connection_string_id=number)
    also = SavedBackup(
        name="Also", target_url="file:///a", targets=(TargetUrl("", "s3://x", connection_string_id=number),)
    )
    ids = [await store.add_backup(each) for each in (used, also)]
    assert await store.connection_string_users(number) == [(ids[0], "Tiny"), (ids[1], "Also")]
    with pytest.raises(ConnectionStringInUse, match='"Tiny", "Also"'):
        await store.remove_connection_string(number)
    await store.remove_connection_string(other)
    for call in (store.remove_connection_string(99), store.update_connection_string(99, "z", "z")):
        with pytest.raises(ConnectionStringNotFound):
            await call


# --- weekdays --------------------------------------------------------------------------------------------


@given(st.frozensets(st.integers(0, 6), max_size=6))
def test_every_rule_comes_back(days: frozenset[int]) -> None:
    assert weekdays_of_rule(rule_of_weekdays(days)) == days


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("", set()),
        ("AllowedWeekDays=Monday, friday", {0, 4}),
        ("allowedweekdays=Sun", {6}),
        ("AllowedWeekDays=Nonday,Tuesdays,", set()),
        ("Something=Monday", set()),
    ],
)
def test_rules_of_others(rule: str, days: set[int]) -> None:
    assert weekdays_of_rule(rule) == days


def test_all_days_need_no_rule() -> None:
    assert rule_of_weekdays(weekdays(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])) == ""
