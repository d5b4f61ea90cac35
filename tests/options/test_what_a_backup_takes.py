"""Options for what is backed up, and for how changes are found: the effect of each on the command line."""

from __future__ import annotations

import os

import pytest
from support.in_process import Cli


@pytest.mark.parametrize(("option", "code"), [("", 2), ("--allow-missing-source", 0)])
def test_allow_missing_source(cli: Cli, option: str, code: int) -> None:
    cli.make({"a": "a"})
    words = ["backup", "dest", "source", "nowhere", "--no-encryption", option]
    assert cli(*filter(None, words)).code == code


def test_abort_if_source_missing(cli: Cli) -> None:
    cli.make({"a": "a"})
    done = cli("backup", "dest", "source", "nowhere", "--no-encryption", "--abort-if-source-missing")
    assert done.code == 100
    assert "ErrorID: SourceIsMissing" in done.err
    assert not cli.dest.exists()


def test_prevent_empty_source(cli: Cli) -> None:
    assert "ErrorID: SourceFolderEmpty" in cli.backup("--prevent-empty-source", code=100).err


def test_skip_files_larger_than(cli: Cli) -> None:
    cli.make({"small": "s" * 1024, "large": "l" * 1025})
    cli.backup("--skip-files-larger-than=1kb")
    assert cli.stored() == {"small"}
    cli.backup()
    assert cli.stored() == {"small", "large"}


@pytest.mark.parametrize(
    ("policy", "stored"), [("Store", {"a", "link/"}), ("Ignore", {"a"}), ("Follow", {"a", "link/", "link/b"})]
)
def test_symlink_policy(cli: Cli, policy: str, stored: set[str]) -> None:
    cli.make({"a": "a"})
    (cli.folder / "other").mkdir()
    (cli.folder / "other/b").write_text("b")
    (cli.source / "link").symlink_to(cli.folder / "other")
    cli.backup(f"--symlink-policy={policy}")
    assert cli.stored() == stored


@pytest.mark.parametrize(
    ("policy", "stored"), [("All", {"a", "b", "c"}), ("First", {"a", "c"}), ("None", {"c"})]
)
def test_hardlink_policy(cli: Cli, policy: str, stored: set[str]) -> None:
    cli.make({"a": "a", "c": "c"})
    os.link(cli.source / "a", cli.source / "b")
    cli.backup(f"--hardlink-policy={policy}")
    assert cli.stored() == stored


def test_exclude_files_attributes(cli: Cli) -> None:
    cli.make({".dot": "d", "plain": "p"})
    cli.backup("--exclude-files-attributes=Hidden")
    assert cli.stored() == {"plain"}


def test_exclude_empty_folders(cli: Cli) -> None:
    cli.make({"full/a": "a"})
    (cli.source / "empty").mkdir()
    cli.backup("--exclude-empty-folders")
    assert cli.stored() == {"full/", "full/a"}


def test_ignore_filenames(cli: Cli) -> None:
    cli.make({"cache/CACHEDIR.TAG": "", "cache/a": "a", "own/.nobackup": "", "own/b": "b", "c": "c"})
    cli.backup()
    assert cli.stored() == {"own/", "own/.nobackup", "own/b", "c"}
    cli.backup(f"--ignore-filenames=CACHEDIR.TAG{os.pathsep}.nobackup")
    assert cli.stored() == {"c"}
    cli.backup("--ignore-filenames=")
    assert {"cache/a", "own/b"} <= cli.stored()


def test_disable_backup_exclusion_xattr(cli: Cli) -> None:
    cli.make({"marked": "m", "plain": "p"})
    try:
        os.setxattr(cli.source / "marked", "user.duplicati.exclude", b"1")
    except OSError:
        pytest.fail("these tests need a file system with extended attributes")
    cli.backup()
    assert cli.stored() == {"plain"}
    cli.backup("--disable-backup-exclusion-xattr")
    assert cli.stored() == {"plain", "marked"}


def test_changed_files_and_deleted_files(cli: Cli) -> None:
    cli.make({"a": "a", "b": "b", "c": "c"})
    cli.backup()
    cli.make({"a": "new", "b": "new"})
    (cli.source / "c").unlink()
    changed = f"--changed-files={cli.source / 'a'}"
    assert cli.backup(changed, "--result-format=Json").data["ModifiedFiles"] == 1
    assert cli.stored() == {"a", "b", "c"}
    cli.backup(changed, f"--deleted-files={cli.source / 'c'}")
    assert cli.stored() == {"a", "b"}


def test_snapshot_policy(cli: Cli) -> None:
    """On a machine without LVM. What a snapshot does is seen in tests/faults/test_snapshots.py."""
    cli.make({"a": "a"})
    cli.environment["PATH"] = str(cli.folder)
    cli.backup("--snapshot-policy=Auto")
    cli.make({"a": "b"})
    cli.backup("--snapshot-policy=On", code=2)
    cli.backup("--snapshot-policy=Required", code=100)


def test_disable_filetime_check(cli: Cli) -> None:
    cli.make({"a": "a", "b": "b"})
    cli.backup()
    assert cli.backup("--result-format=Json", code=1).data["OpenedFiles"] == 0
    again = cli.backup("--disable-filetime-check", "--result-format=Json", code=1)
    assert again.data["OpenedFiles"] == 2


def test_check_filetime_only(cli: Cli) -> None:
    cli.make({"a": "a"})
    os.utime(cli.source / "a", (1_600_000_000, 1_600_000_000))
    cli.backup()
    cli.make({"a": "longer"})
    os.utime(cli.source / "a", (1_600_000_000, 1_600_000_000))
    assert cli.backup("--check-filetime-only", "--result-format=Json", code=1).data["OpenedFiles"] == 0
    assert cli.backup("--result-format=Json").data["ModifiedFiles"] == 1


def test_skip_metadata(cli: Cli) -> None:
    cli.make({"a": "a"})
    os.utime(cli.source / "a", (1_600_000_000, 1_600_000_000))
    cli.backup("--skip-metadata")
    cli.restore()
    assert (cli.folder / "out/a").stat().st_mtime > 1_600_000_000


def test_dry_run(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup("--dry-run", code=1)
    assert not cli.dest.exists()
    assert not (cli.folder / "home").exists()
