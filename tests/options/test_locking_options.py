"""Files that are locked at the destination, by the commands and options for that (spec/cli.md 1.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.engine import noise
from support.in_process import Cli
from support.locking import Locks, make_lockable

from triplicati.index.database import _connect
from triplicati.index.volume_locks import known_locks
from triplicati.index.volumes import all_volumes

PLAIN = "--no-encryption"


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch) -> Locks:
    return make_lockable(monkeypatch)


def two_versions(cli: Cli) -> None:
    """A file of each is of no use to the other."""
    for number in range(2):
        cli.make({"always": noise(30_000, 1), "changes": noise(40_000, 2 + number)})
        cli.backup("--blocksize=10kb", "--no-auto-compact")
        if not number:
            cli.age(60)


def names(cli: Cli) -> dict[str, set[str]]:
    return {kind: {path.name for path in cli.volumes(kind)} for kind in ("dlist", "dindex", "dblock")}


def noted(cli: Cli) -> dict[str, int]:
    """What the local database knows."""
    (path,) = [each for each in (cli.folder / "home").glob("*.sqlite") if "server" not in each.name]
    connection = _connect(path)
    known = {row.id: row.name for row in all_volumes(connection)}
    found = {known[each]: until for each, until in known_locks(connection).items()}
    connection.close()
    return found


def test_what_a_version_needs_is_locked(cli: Cli, locks: Locks) -> None:
    two_versions(cli)
    done = cli("set-locks", str(cli.dest), PLAIN, "--version=0", "--remote-file-lock-duration=1D")
    assert (done.code, done.err) == (0, "")
    here = names(cli)
    newest = max(here["dlist"])
    assert set(locks) & here["dlist"] == {newest}
    assert set(locks) & here["dblock"] == here["dblock"]  # what the older one brought is needed too
    assert set(locks) & here["dindex"] == here["dindex"]
    left = min(locks.values()) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(days=1)
    assert noted(cli) == {name: int(until.timestamp()) for name, until in locks.items()}


def test_only_what_a_version_needs_is_locked(cli: Cli, locks: Locks) -> None:
    two_versions(cli)
    cli("set-locks", str(cli.dest), PLAIN, "--version=1", "--remote-file-lock-duration=1D")
    assert len(set(locks) & names(cli)["dblock"]) == 1


def test_a_longer_lock_stays(cli: Cli, locks: Locks) -> None:
    two_versions(cli)
    words = ("set-locks", str(cli.dest), PLAIN, "--all-versions", "--full-result")
    first = cli(*words, "--remote-file-lock-duration=2D")
    assert "VolumesUpdated: 6" in first.out
    before = dict(locks)
    assert "VolumesUpdated: 0" in cli(*words, "--remote-file-lock-duration=1D").out
    assert locks == before


@pytest.mark.parametrize(
    "words",
    [
        ("--remote-file-lock-duration=1D",),
        ("--version=0",),
        ("--version=0", "--remote-file-lock-duration=4s"),
    ],
)
def test_versions_and_a_duration_are_needed(cli: Cli, locks: Locks, words: tuple[str, ...]) -> None:
    two_versions(cli)
    assert cli("set-locks", str(cli.dest), PLAIN, *words).code != 0
    assert locks == {}


def test_remote_file_lock_duration(cli: Cli, locks: Locks) -> None:
    """Each version is locked when it is made, and no rule deletes it before its time."""
    cli.make({"a": "a"})
    cli.backup("--remote-file-lock-duration=1D")
    assert set(locks) == set().union(*names(cli).values())
    first = names(cli)["dlist"]
    cli.make({"a": "other"})
    done = cli.backup("--remote-file-lock-duration=1D", "--keep-versions=1")
    assert first < names(cli)["dlist"]
    assert "are locked at the destination" in done.out
    for name in first:
        locks[name] = datetime.now(UTC) - timedelta(seconds=1)
    assert cli("read-lock-info", str(cli.dest), PLAIN).code == 0
    cli.make({"a": "another"})
    cli.backup("--keep-versions=2")
    assert not first & names(cli)["dlist"]


def test_a_locked_version_is_not_deleted(cli: Cli, locks: Locks) -> None:
    two_versions(cli)
    cli("set-locks", str(cli.dest), PLAIN, "--version=1", "--remote-file-lock-duration=1D")
    done = cli("delete", str(cli.dest), PLAIN, "--version=1")
    assert done.code == 0
    assert "are locked at the destination" in done.out
    assert "No filesets matched" in done.out
    assert len(names(cli)["dlist"]) == 2


def test_a_locked_volume_is_not_packed_anew(cli: Cli, locks: Locks) -> None:
    two_versions(cli)
    cli("set-locks", str(cli.dest), PLAIN, "--version=1", "--remote-file-lock-duration=1D")
    locked = set(locks) & names(cli)["dblock"]
    expired = {name: until for name, until in locks.items() if "dlist" in name}
    for name in expired:
        locks[name] = datetime.now(UTC) - timedelta(seconds=1)
    cli("read-lock-info", str(cli.dest), PLAIN)
    done = cli("delete", str(cli.dest), PLAIN, "--version=1", "--threshold=1", "--small-file-max-count=1")
    assert (done.code, done.err) == (0, "")
    assert len(names(cli)["dlist"]) == 1
    assert locked <= names(cli)["dblock"]


def test_a_locked_version_is_not_purged(cli: Cli, locks: Locks) -> None:
    two_versions(cli)
    cli("set-locks", str(cli.dest), PLAIN, "--version=1", "--remote-file-lock-duration=1D")
    before = names(cli)["dlist"]
    done = cli("purge", str(cli.dest), PLAIN, "*/always")
    assert done.code == 0
    assert len(before & names(cli)["dlist"]) == 1


def test_locked_volumes_keep_their_encryption_for_the_time(cli: Cli, locks: Locks) -> None:
    two_versions(cli)
    cli("set-locks", str(cli.dest), PLAIN, "--version=1", "--remote-file-lock-duration=1D")
    done = cli("re-encrypt", str(cli.dest), "--new-passphrase=new")
    assert "are locked at the destination" in done.out
    assert set(locks) <= set().union(*names(cli).values())


def test_repair_refresh_lock_info(cli: Cli, locks: Locks) -> None:
    """With --refresh-lock-info-complete also for volumes whose locks are known."""
    two_versions(cli)
    (dlist, *_) = sorted(names(cli)["dlist"])
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    locks[dlist] = until
    cli("repair", str(cli.dest), PLAIN)
    assert noted(cli) == {}
    cli("repair", str(cli.dest), PLAIN, "--repair-refresh-lock-info")
    assert noted(cli)[dlist] == until.timestamp()
    locks[dlist] = until + timedelta(hours=1)
    cli("repair", str(cli.dest), PLAIN, "--repair-refresh-lock-info")
    assert noted(cli)[dlist] == until.timestamp()
    cli("repair", str(cli.dest), PLAIN, "--repair-refresh-lock-info", "--refresh-lock-info-complete")
    assert noted(cli)[dlist] == until.timestamp() + 3600


def test_a_local_folder_cannot_lock(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup()
    for words in (
        ("set-locks", "--version=0", "--remote-file-lock-duration=1D"),
        ("read-lock-info",),
        ("repair", "--repair-refresh-lock-info"),
    ):
        done = cli(words[0], str(cli.dest), PLAIN, *words[1:])
        assert (done.code, "LocksNotSupported" in done.err) == (100, True)
    before = names(cli)
    cli.make({"b": "b"})
    refused = cli("backup", str(cli.dest), str(cli.source), PLAIN, "--remote-file-lock-duration=1D")
    assert "LocksNotSupported" in refused.err
    assert names(cli) == before


def test_new_passphrase(cli: Cli) -> None:
    """Of re-encrypt, and of what reads while that is unfinished."""
    cli.make({"a": noise(3_000_000, 5), "b": noise(500_000, 6)})
    old, new = "--passphrase=old", "--new-passphrase=new"
    done = cli("backup", str(cli.dest), str(cli.source), old, "--dblock-size=2mb", "--blocksize=100kb")
    assert (done.code, done.err) == (0, "")
    part = cli("re-encrypt", str(cli.dest), old, new, "--upkeep-max-download=1b")
    assert "Left for the next run" in part.out
    restoring = f"--restore-path={cli.folder / 'elsewhere'}"
    for words in (("backup", str(cli.source)), ("compact",), ("restore", restoring)):
        refused = cli(words[0], str(cli.dest), *words[1:], old)
        assert (refused.code, "ReencryptionUnfinished" in refused.err) == (100, True), words
    cli.restore(old, new)
    assert cli.restored() == {"a": noise(3_000_000, 5), "b": noise(500_000, 6)}
    assert cli("test", str(cli.dest), "all", old, new).code == 0
    assert cli("repair", str(cli.dest), old, new).code == 0
    assert cli("re-encrypt", str(cli.dest), old, new).code == 0
    assert cli("test", str(cli.dest), "all", "--passphrase=new").code == 0
    assert "WrongPassphrase" in cli("test", str(cli.dest), "all", old).err

