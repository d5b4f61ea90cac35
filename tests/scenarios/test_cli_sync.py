"""Plain files mirrored to a destination by the command line: the effect of each option of sync too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.in_process import Cli, Shown


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source").mkdir()
    return Cli(tmp_path, capsys)


def sync(cli: Cli, *options: str, code: int = 0, sources: tuple[Path, ...] = ()) -> Shown:
    named = [str(each) for each in sources or (cli.source,)]
    done = cli("sync", str(cli.dest), *named, "--no-encryption", *options)
    assert done.code == code, (done.out, done.err)
    return done


def mirrored(cli: Cli) -> dict[str, str]:
    files = (path for path in cli.dest.rglob("*") if path.is_file())
    return {path.relative_to(cli.dest).as_posix(): path.read_text() for path in files}


def sent(shown: Shown) -> int:
    (line,) = (line for line in shown.lines if "ent: " in line)
    return int(line.split("ent: ")[1].split(" ")[0])


TREE: dict[str, str | bytes] = {"a": "1", "sub/b": "22", "sub/deep/er/c": "333", "sub.x": "4", "ü/ä b": "5"}


def test_files_arrive_under_their_own_names_and_only_what_differs_is_sent(cli: Cli) -> None:
    cli.make(TREE)
    assert sent(sync(cli)) == 5
    assert mirrored(cli) == TREE
    assert sent(sync(cli)) == 0
    (cli.source / "sub/b").write_text("other")
    (cli.source / "new").write_text("new")
    assert sent(sync(cli)) == 2
    assert mirrored(cli) == {**TREE, "sub/b": "other", "new": "new"}


def test_a_file_that_the_destination_lost_is_sent_again(cli: Cli) -> None:
    cli.make(TREE)
    sync(cli)
    (cli.dest / "sub/deep/er/c").unlink()
    (cli.dest / "a").write_text("longer")
    assert sent(sync(cli)) == 2
    assert mirrored(cli) == TREE


def test_several_sources_keep_their_paths_below_what_they_have_in_common(cli: Cli) -> None:
    cli.make({"one/a": "a", "two/deep/b": "b", "three": "c", "four": "d"})
    sync(cli, sources=(cli.source / "one", cli.source / "two/deep", cli.source / "three"))
    assert mirrored(cli) == {"one/a": "a", "two/deep/b": "b", "three": "c"}


def test_a_single_file(cli: Cli) -> None:
    cli.make({"a": "a", "b": "b"})
    sync(cli, sources=(cli.source / "a",))
    assert mirrored(cli) == {"a": "a"}


def test_filters(cli: Cli) -> None:
    cli.make({"a.txt": "a", "b.tmp": "b", "sub/c.tmp": "c"})
    sync(cli, "--exclude=*.tmp")
    assert mirrored(cli) == {"a.txt": "a"}


def test_sync_then_delete_takes_only_what_a_sync_has_put_there(cli: Cli) -> None:
    cli.make(TREE)
    sync(cli)
    (cli.dest / "sub/mine").write_text("mine")
    (cli.source / "sub/b").unlink()
    (cli.source / "a").unlink()
    assert "2 file(s) at the destination are no longer in the source" in sync(cli).out
    assert "a" in mirrored(cli)
    assert "Would have deleted: 2" in sync(cli, "--sync-then-delete", "--dry-run").out
    assert "Deleted: 2" in sync(cli, "--sync-then-delete").out
    left = {name: text for name, text in TREE.items() if name not in ("a", "sub/b")}
    assert mirrored(cli) == {**left, "sub/mine": "mine"}
    assert "no longer in the source" not in sync(cli).out


def test_nothing_is_deleted_for_a_source_that_is_missing(cli: Cli) -> None:
    cli.make({"one/a": "a", "two/b": "b"})
    sources = (cli.source / "one", cli.source / "two")
    sync(cli, sources=sources)
    (cli.source / "one").rename(cli.folder / "away")
    options = ("--sync-then-delete", "--allow-missing-source", "--suppress-warnings=SourceIsMissing")
    done = sync(cli, *options, code=2, sources=sources)
    assert "nothing was deleted" in done.out
    assert mirrored(cli) == {"one/a": "a", "two/b": "b"}


def test_dry_run(cli: Cli) -> None:
    cli.make(TREE)
    done = sync(cli, "--dry-run")
    assert sent(done) == 5
    assert not cli.dest.exists()


def test_sync_remote_state_and_sync_recheck(cli: Cli) -> None:
    cli.make(TREE)
    sync(cli)
    (cli.dest / "a").unlink()
    assert sent(sync(cli, "--sync-remote-state=UseLocalState")) == 0
    assert sent(sync(cli, "--sync-remote-state=UseLocalState", "--sync-recheck")) == 1
    assert sent(sync(cli, "--sync-remote-state=BlindlyUpload")) == 5
    (cli.source / "sub/b").write_text("other")
    assert sent(sync(cli, "--sync-remote-state=UseLocalState")) == 1
    assert mirrored(cli) == {**TREE, "sub/b": "other"}


def test_sync_verify_hash(cli: Cli) -> None:
    """A file that changed without its size and its time, as some programs do."""
    cli.make(TREE)
    sync(cli)
    path = cli.source / "sub/b"
    times = path.stat().st_mtime_ns
    path.write_text("XX")
    os.utime(path, ns=(times, times))
    assert sent(sync(cli)) == 0
    assert sent(sync(cli, "--sync-verify-hash")) == 1
    assert mirrored(cli) == {**TREE, "sub/b": "XX"}


def test_what_was_there_before_is_taken_over_where_it_is_alike_and_is_nobodys_to_delete(cli: Cli) -> None:
    cli.make({"same": "same", "old": "new content", "other": "12345"})
    cli.dest.mkdir()
    (cli.dest / "same").write_text("same")
    (cli.dest / "old").write_text("old")
    (cli.dest / "other").write_text("54321")
    assert sent(sync(cli)) == 1
    assert mirrored(cli) == {"same": "same", "old": "new content", "other": "54321"}
    cli.forget()
    assert sent(sync(cli, "--sync-verify-hash")) == 1
    assert mirrored(cli)["other"] == "12345"
    (cli.source / "same").unlink()
    sync(cli, "--sync-then-delete")
    assert "same" in mirrored(cli)


def test_links_are_left_out_unless_they_are_followed(cli: Cli) -> None:
    cli.make({"a": "a"})
    (cli.source / "link").symlink_to("a")
    assert "--symlink-policy=Follow" in sync(cli).out
    assert mirrored(cli) == {"a": "a"}
    sync(cli, "--symlink-policy=Follow")
    assert mirrored(cli) == {"a": "a", "link": "a"}


def test_a_failing_destination_and_the_next_run(cli: Cli) -> None:
    cli.make(TREE)
    failing = ("--debug-faults=put:error-during:match=c", "--number-of-retries=0")
    sync(cli, *failing, code=100)
    sync(cli)
    assert mirrored(cli) == TREE


def test_encryption_and_what_else_is_refused(cli: Cli) -> None:
    cli.make(TREE)
    done = cli("sync", str(cli.dest), str(cli.source))
    assert (done.code, "--no-encryption" in done.out) == (200, True)
    assert cli("sync", str(cli.dest), "--no-encryption").code == 200
    assert not cli.dest.exists()
    cli.backup()
    database = next((cli.folder / "home").glob("*.sqlite"))
    assert "DatabaseUnusable" in sync(cli, f"--dbpath={database}", code=100).err
