"""Options for restoring and for the local database: the effect of each on the command line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat

import pytest
from support.engine import noise
from support.in_process import Cli, rewrite

from triplicati.errors import DestinationError
from triplicati.formats.hashes import b64
from triplicati.storage.destination import Upload
from triplicati.storage.kinds.file import LocalFolder


@pytest.fixture
def made(cli: Cli) -> Cli:
    """With one version of two files in folders of their own."""
    cli.make({"one/a": "a" * 100, "two/b": noise(25_000)})
    cli.backup("--blocksize=10kb")
    return cli


def test_restore_path(made: Cli) -> None:
    assert made("restore", str(made.dest), f"--restore-path={made.folder / 'out'}").code == 0
    assert made.restored() == {"one/a": b"a" * 100, "two/b": noise(25_000)}


def test_to_the_original_place(made: Cli) -> None:
    (made.source / "one/a").unlink()
    assert made("restore", str(made.dest)).code == 0
    assert (made.source / "one/a").read_text() == "a" * 100


def test_overwrite(made: Cli) -> None:
    made.restore()
    (made.folder / "out/one/a").write_text("mine")
    made.restore()
    assert made.restored()["one/a"] == b"mine"
    assert len(made.restored()) == 3
    made.restore("--overwrite")
    assert made.restored()["one/a"] == b"a" * 100


def test_restore_permissions(cli: Cli) -> None:
    cli.make({"a": "a"})
    (cli.source / "a").chmod(0o741)
    cli.backup()
    cli.restore()
    assert stat.S_IMODE((cli.folder / "out/a").stat().st_mode) != 0o741
    cli.restore("--overwrite", "--restore-permissions")
    assert stat.S_IMODE((cli.folder / "out/a").stat().st_mode) == 0o741


def test_restore_symlink_metadata(cli: Cli) -> None:
    """The link has its own time again; what it points to is never touched."""
    cli.make({"a": "a"})
    (cli.source / "link").symlink_to("a")
    os.utime(cli.source / "link", (1_600_000_000, 1_600_000_000), follow_symlinks=False)
    cli.backup()
    cli.restore()
    assert (cli.folder / "out/link").lstat().st_mtime != 1_600_000_000
    (cli.folder / "out/link").unlink()
    cli.restore("--restore-symlink-metadata")
    assert (cli.folder / "out/link").lstat().st_mtime == 1_600_000_000


def test_skip_restore_verification(made: Cli) -> None:
    """The list says another hash for a file of several blocks, while each of its blocks is right."""

    def lie(name: str, data: bytes) -> bytes:
        if name != "filelist.json":
            return data
        entries = json.loads(data.decode("utf-8-sig"))
        for entry in entries:
            if entry["path"].endswith("/b"):
                entry["hash"] = entry["hash"][1:11] + entry["hash"][0] + entry["hash"][11:]
        return json.dumps(entries, separators=(",", ":")).encode()

    rewrite(made.volumes("dlist")[0], lie)
    made.forget()
    made.restore(code=2)
    assert "two/b" not in made.restored()
    made.restore("--skip-restore-verification")
    assert made.restored()["two/b"] == noise(25_000)


def test_dont_compress_restore_paths(made: Cli) -> None:
    made.restore("--dont-compress-restore-paths")
    whole = str(made.source).lstrip("/")
    assert made.restored().keys() == {f"{whole}/one/a", f"{whole}/two/b"}


@pytest.mark.parametrize("allowed", [False, True])
def test_allow_restore_outside_target_directory(made: Cli, allowed: bool) -> None:
    """A link in the folder restored to leads out of it."""
    (made.folder / "elsewhere").mkdir()
    (made.folder / "out").mkdir()
    (made.folder / "out/one").symlink_to(made.folder / "elsewhere")
    made.restore(*["--allow-restore-outside-target-directory"] * allowed, code=2)
    assert (made.folder / "elsewhere/a").exists() is allowed


def test_restore_with_local_blocks(made: Cli) -> None:
    """What is unchanged on this computer need not be fetched: here it could not be."""
    for volume in made.volumes("dblock"):
        volume.unlink()
    made.restore("*/two/b", code=2)
    made.restore("*/two/b", "--restore-with-local-blocks", "--skip-metadata")
    assert made.restored() == {"b": noise(25_000)}


def test_no_local_db(made: Cli) -> None:
    (database,) = (made.folder / "home").glob("*.sqlite")
    database.write_bytes(b"not a database at all" * 100)
    assert made("list", str(made.dest)).code == 100
    assert made("list", str(made.dest), "--no-local-db").code == 0


def test_repair_only_paths(made: Cli) -> None:
    """The file lists are read and nothing else."""
    made.forget()
    for kind in ("dindex", "dblock"):
        for volume in made.volumes(kind):
            volume.write_bytes(b"damaged")
    assert made("repair", str(made.dest), "--repair-only-paths").code == 0
    assert "0\t: " in made("list", str(made.dest)).out


def test_time_and_version(cli: Cli) -> None:
    cli.make({"a": "old"})
    cli.backup()
    cli.age(86_400)
    cli.make({"a": "new"})
    cli.backup()
    cli.restore("--version=1")
    assert cli.restored() == {"a": b"old"}
    cli.restore("--time=-12h", "--overwrite")
    assert cli.restored() == {"a": b"old"}
    cli.restore("--overwrite")
    assert cli.restored() == {"a": b"new"}


def test_disable_synthetic_filelist(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was interrupted before its list was uploaded becomes a version with the next run, or not."""
    put = LocalFolder.put

    async def failing(self: LocalFolder, name: str, upload: Upload) -> None:
        if "dlist" in name:
            raise DestinationError(reason="the line is down")
        await put(self, name, upload)

    for options, count in (((), 2), (("--disable-synthetic-filelist",), 1)):
        cli.dest = cli.folder / f"dest {count}"
        cli.make({"a": f"a{count}"})
        with monkeypatch.context() as patched:
            patched.setattr(LocalFolder, "put", failing)
            cli.backup("--number-of-retries=0", code=100)
        cli.make({"b": f"b{count}"})
        cli.backup(*options)
        assert len(cli.volumes("dlist")) == count


def test_secrets(cli: Cli) -> None:
    secrets = cli.folder / "secrets.json"
    secrets.write_text(json.dumps({"key": "from the file"}))
    cli.make({"a": "a"})
    provider = f"--secret-provider=file-secret://{secrets}"
    words = ("backup", str(cli.dest), str(cli.source))
    done = cli(*words, provider, "--secret-provider-pattern=!{}", "--passphrase=!{key}")
    assert done.code == 0, done.err
    listed = cli("list", str(cli.dest), "--no-local-db", "--passphrase=from the file")
    assert "0\t: " in listed.out


def test_secret_provider_cache(cli: Cli) -> None:
    """What was read once serves when the store cannot be reached."""
    secrets = cli.folder / "secrets.json"
    secrets.write_text(json.dumps({"key": "from the file"}))
    cli.make({"a": "a"})
    provider = f"--secret-provider=file-secret://{secrets}"
    common = (provider, "--passphrase=$key", "--secret-provider-cache=Persistent", f"--tempdir={cli.folder}")
    assert cli("backup", str(cli.dest), str(cli.source), *common).code == 0
    secrets.unlink()
    assert cli("list", str(cli.dest), "--no-local-db", *common[:2]).code == 100
    assert cli("list", str(cli.dest), "--no-local-db", *common).code == 0


def test_restore_all_files(cli: Cli) -> None:
    """Each version to a folder of its own; with Unique only versions in which something differs."""
    cli.make({"a": "old"})
    cli.backup()
    cli.age(60)
    cli.backup("--upload-unchanged-backups")
    cli.age(30)
    cli.make({"a": "new"})
    cli.backup()
    cli.restore("--restore-all-files=True")
    assert sorted(cli.restored().values()) == [b"new", b"old", b"old"]
    shutil.rmtree(cli.folder / "out")
    cli.restore("--restore-all-files=Unique")
    assert sorted(cli.restored().values()) == [b"new", b"old"]


def test_full_block_verification(made: Cli) -> None:
    """A block that is not what its name says is found by itself, not only in the file as a whole."""
    changed: list[str] = []

    def damage(name: str, data: bytes) -> bytes:
        if len(data) != 10_240 or changed:
            return data
        changed.append(name)
        return data[::-1]

    rewrite(made.volumes("dblock")[0], damage)
    made.forget()
    text = "a block in it is not what its name says"
    assert text not in made.restore(code=2).out
    assert text in made.restore("--full-block-verification", code=2).out


def test_full_remote_verification(made: Cli) -> None:
    """A block that is not what its name says, in a volume with the size and hash that its index tells."""
    changed: list[str] = []

    def damage(name: str, data: bytes) -> bytes:
        if len(data) != 10_240 or changed:
            return data
        changed.append(name)
        return data[::-1]

    def agree(name: str, data: bytes) -> bytes:
        if not name.startswith("vol/"):
            return data
        whole = json.loads(data)
        content = made.volumes("dblock")[0].read_bytes()
        told = {"volumehash": b64(hashlib.sha256(content).digest()), "volumesize": len(content)}
        return json.dumps(whole | told).encode()

    rewrite(made.volumes("dblock")[0], damage)
    rewrite(made.volumes("dindex")[0], agree)
    made.forget()

    def found(*options: str) -> tuple[int, int]:
        """The exit code, and how many blocks are told to be wrong."""
        done = made("test", str(made.dest), "all", "--full-block-verification", *options)
        return done.code, done.out.count("\tModified: ")

    assert found() == (3, 1)
    assert found("--full-remote-verification=True") == (3, 1)
    assert found("--full-remote-verification=False") == (0, 0)
    assert found("--full-remote-verification=ListAndIndexes") == (0, 0)
    assert found("--full-remote-verification=IndexesOnly") == (0, 0)


def test_restore_preallocate_size(made: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    reserved: list[int] = []
    monkeypatch.setattr(os, "posix_fallocate", lambda _, start, size: reserved.append(size - start))
    made.restore()
    assert reserved == []
    made.restore("--restore-preallocate-size", "--overwrite", "--dont-compress-restore-paths")
    assert reserved == [25_000]
