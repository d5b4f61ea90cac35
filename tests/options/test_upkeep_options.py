"""Options for what a backup does by itself for its destination and its local database: the effect of each on
the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.engine import noise
from support.in_process import Cli

MIB = 1 << 20


def database(cli: Cli) -> Path:
    (found,) = (cli.folder / "home").glob("*.sqlite")
    return found


def come_and_go(cli: Cli, name: str, *options: str) -> int:
    """How many times 50 kB the dblocks hold after such a file came and went again with its version."""
    (cli.source / name).write_bytes(noise(50_000, seed=sum(name.encode())))
    cli.backup()
    (cli.source / name).unlink()
    cli.backup("--keep-versions=1", *options)
    return round(sum(path.stat().st_size for path in cli.volumes("dblock")) / 50_000)


def test_auto_compact_interval(cli: Cli) -> None:
    """The interval counts from the last run that packed something, not from one that only looked."""
    cli.make({"stays": noise(50_000)})
    cli.backup()
    assert come_and_go(cli, "a", "--auto-compact-interval=1h") == 1
    assert come_and_go(cli, "b", "--auto-compact-interval=1h") == 2
    assert come_and_go(cli, "c", "--auto-compact-interval=0s") == 1


def test_auto_vacuum_and_auto_vacuum_interval(cli: Cli) -> None:
    def room_left(*options: str) -> bool:
        """Whether the file became smaller when most of what it held had gone."""
        for number in range(300):
            (cli.source / f"{'long name ' * 10}{number}").write_text(str(number))
        cli.backup()
        for path in cli.source.glob("long*"):
            path.unlink()
        before = database(cli).stat().st_size
        done = cli.backup("--keep-versions=1", "--result-format=Json", "--no-auto-compact", *options)
        assert (done.data["VacuumResults"] is not None) == (database(cli).stat().st_size < before)
        return database(cli).stat().st_size < before

    cli.make({"a": "a"})
    assert not room_left()
    assert room_left("--auto-vacuum", "--auto-vacuum-interval=1h")
    assert not room_left("--auto-vacuum", "--auto-vacuum-interval=1h")
    assert room_left("--auto-vacuum")


def test_auto_cleanup(cli: Cli) -> None:
    """An older local database comes back, as from a copy of the disk: it does not know two versions."""
    cli.make({"a": "a"})
    cli.backup()
    cli.make({"b": "b"})
    cli.backup()
    cli.make({"c": "c"})
    listed = cli.volumes("dlist")[1]
    stale = cli.folder / "stale.sqlite"
    shutil.copy(database(cli), stale)
    cli.backup()
    newest = cli.volumes("dlist")[2]
    newest.unlink()  # else the database would be outdated, which is another matter
    shutil.copy(stale, database(cli))
    (cli.source / "d").write_text("d")

    assert "does not know" in cli.backup(code=2).out
    cli.make({"e": "e"})
    done = cli.backup("--auto-cleanup")
    assert "built from the destination first" in done.out
    assert listed.exists()
    cli.backup(code=1)  # no warning: nothing is unknown any more


def test_auto_cleanup_does_not_take_a_newer_version_for_a_stray_file(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup()
    stale = cli.folder / "stale.sqlite"
    shutil.copy(database(cli), stale)
    cli.make({"b": "b"})
    cli.backup()
    shutil.copy(stale, database(cli))
    before = sorted(path.name for path in cli.dest.iterdir())
    assert "OutdatedDatabase" in cli.backup("--auto-cleanup", code=100).err
    assert sorted(path.name for path in cli.dest.iterdir()) == before


def test_auto_cleanup_stops_where_most_of_the_data_is_gone(cli: Cli) -> None:
    cli.make({"a": noise(2 * MIB)})
    cli.backup()
    (stray,) = cli.volumes("dlist")
    shutil.copy(stray, stray.with_name("duplicati-20200101T000000Z.dlist.zip"))
    for path in cli.volumes("dblock"):
        path.unlink()
    assert "MissingRemoteFiles" in cli.backup("--auto-cleanup", code=100).err


def test_rebuild_missing_dblock_files(cli: Cli) -> None:
    """Without it the lost data is there again only after the next backup."""
    cli.make({"a": noise(300_000), "b": "b"})
    cli.backup()
    for path in cli.volumes("dblock"):
        path.unlink()
    cli("repair", str(cli.dest))
    assert cli.volumes("dblock") == []
    done = cli("repair", str(cli.dest), "--rebuild-missing-dblock-files", "--no-encryption")
    assert "found on this machine and stored again" in done.out
    cli.forget()
    cli.restore()
    assert cli.restored() == {"a": noise(300_000), "b": b"b"}


def test_disable_partial_dblock_recovery(cli: Cli) -> None:
    cli.make({"a": noise(300_000), "b": "b"})
    cli.backup()
    for path in cli.volumes("dblock"):
        path.unlink()
    (cli.source / "b").unlink()
    words = ("repair", str(cli.dest), "--rebuild-missing-dblock-files")
    assert "so none was stored" in cli(*words, "--disable-partial-dblock-recovery").out
    assert cli.volumes("dblock") == []
    cli(*words)
    assert len(cli.volumes("dblock")) == 1


# --- further destinations ---------------------------------------------------------------------------------


def copies(cli: Cli, name: str = "copy") -> set[str]:
    folder = cli.folder / name
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def volumes(cli: Cli) -> set[str]:
    return {path.name for path in cli.dest.iterdir() if path.is_file()}


def to(cli: Cli, **fields: object) -> str:
    entry = {"url": (cli.folder / "copy").as_uri(), **fields}
    return f"--remote-sync-json-config={json.dumps({'destinations': [entry]})}"


def test_remote_sync_json_config(cli: Cli) -> None:
    """As text, and as a file with two destinations, one of which fails: the backup is stored all the same."""
    cli.make({"a": noise(20_000)})
    assert "Copied to" in cli.backup(to(cli)).out
    assert copies(cli) == volumes(cli)
    (cli.folder / "blocked").write_text("no folder")
    urls = [(cli.folder / name).as_uri() for name in ("blocked", "other")]
    config = cli.folder / "further.json"
    config.write_text(json.dumps({"destinations": [{"url": url, "backend-retries": 0} for url in urls]}))
    cli.make({"b": "b"})
    done = cli.backup(f"--remote-sync-json-config={config}", code=2)
    assert "could not be copied to" in done.out
    assert copies(cli, "other") == volumes(cli)
    cli.dest.rename(cli.folder / "lost")
    (cli.folder / "other").rename(cli.dest)
    cli.forget()
    cli.restore()
    assert cli.restored() == {"a": noise(20_000), "b": b"b"}


@pytest.mark.parametrize(("fields", "second", "third"), [
    ({"mode": "Interval", "interval": "1h"}, False, False),
    ({"mode": "Counting", "count": 2}, False, True),
    ({"mode": "Inline"}, True, True),
])  # fmt: skip
def test_how_often_a_further_destination_gets_its_copy(
    cli: Cli, fields: dict[str, object], second: bool, third: bool
) -> None:
    """A count of 2 leaves out the first backup, and then each other one."""
    cli.make({"a": "a"})
    first = fields.get("count") != 2
    for number, due in enumerate((first, second or not first, third and first)):
        cli.make({f"{number}": str(number)})
        cli.backup(to(cli, **fields))
        assert (copies(cli) == volumes(cli)) == due


def test_a_backup_with_warnings_is_copied_unless_it_should_not_be(cli: Cli) -> None:
    cli.make({"a": "a"})
    entry = {"url": (cli.folder / "copy").as_uri()}
    text = json.dumps({"sync-on-warnings": False, "destinations": [entry]})
    missing = str(cli.folder / "missing")
    done = cli("backup", str(cli.dest), str(cli.source), missing, "--no-encryption",
               f"--remote-sync-json-config={text}")  # fmt: skip
    assert (done.code, "was not copied" in done.out, copies(cli)) == (2, True, set())
    done = cli("backup", str(cli.dest), str(cli.source), missing, "--no-encryption", to(cli))
    assert (done.code, copies(cli) == volumes(cli)) == (2, True)


def test_what_cannot_be_read_is_an_error_of_a_backup_that_is_stored(cli: Cli) -> None:
    cli.make({"a": "a"})
    assert "MirrorConfigUnusable" not in cli.backup("--remote-sync-json-config=").err
    cli.make({"b": "b"})
    done = cli.backup("--remote-sync-json-config={", code=3)
    assert "cannot be read" in done.out
    assert "b" in cli.stored()
