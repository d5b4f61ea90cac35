"""Options for volumes, encryption and the destination: the effect of each on the command line."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import trio
from support.engine import noise
from support.in_process import Cli, rewrite

from triplicati.engine import pool
from triplicati.engine.remote import RetryRule
from triplicati.storage.destination import Upload
from triplicati.storage.kinds.file import LocalFolder

MIB = 1 << 20


def manifest(volume: Path) -> dict[str, Any]:  # Any: JSON
    with zipfile.ZipFile(volume) as opened:
        found: dict[str, Any] = json.loads(opened.read("manifest").decode("utf-8-sig"))
    return found


def blocks(volume: Path) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(volume) as opened:
        return [info for info in opened.infolist() if info.filename != "manifest"]


# --- names and places ------------------------------------------------------------------------------------


def test_prefix(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup("--prefix=other")
    assert {path.name.split("-")[0] for path in cli.dest.iterdir()} == {"other"}
    assert "0\t: " in cli("list", str(cli.dest), "--prefix=other").out


def test_dbpath(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup(f"--dbpath={cli.folder / 'here.sqlite'}")
    assert (cli.folder / "here.sqlite").stat().st_size > 0
    assert not (cli.folder / "home").exists()


def test_tempdir(cli: Cli) -> None:
    """A folder that cannot be used is found out only by one who uses it."""
    cli.make({"a": "a"})
    cli.backup()
    cli.forget()
    listed = cli("list", str(cli.dest), f"--tempdir={cli.folder / 'missing'}")
    assert listed.code == 100
    assert "missing" in listed.err


def test_asynchronous_upload_folder(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: set[Path] = set()
    put = LocalFolder.put

    async def note(self: LocalFolder, name: str, upload: Upload) -> None:
        waited.add(upload.path.parent.parent)
        await put(self, name, upload)

    monkeypatch.setattr(LocalFolder, "put", note)
    cli.make({"a": "a"})
    (cli.folder / "waiting").mkdir()
    cli.backup(f"--asynchronous-upload-folder={cli.folder / 'waiting'}")
    assert waited == {cli.folder / "waiting"}
    assert list((cli.folder / "waiting").iterdir()) == []


def test_disable_autocreate_folder(cli: Cli) -> None:
    cli.make({"a": "a"})
    assert "ErrorID: FolderMissing" in cli.backup("--disable-autocreate-folder", code=100).err
    assert not cli.dest.exists()


def test_control_files(cli: Cli) -> None:
    cli.make({"a": "a"})
    (cli.folder / "settings.json").write_text("{}")
    cli.backup(f"--control-files={cli.folder / 'settings.json'}")
    with zipfile.ZipFile(cli.volumes("dlist")[0]) as opened:
        assert opened.read("extra/settings.json") == b"{}"


# --- volumes ---------------------------------------------------------------------------------------------


def test_dblock_size(cli: Cli) -> None:
    cli.make({"a": noise(5 * MIB)})
    cli.backup("--dblock-size=2mb")
    sizes = [path.stat().st_size for path in cli.volumes("dblock")]
    assert len(sizes) >= 3
    assert max(sizes) <= 2 * MIB


def test_blocksize(cli: Cli) -> None:
    cli.make({"a": noise(25_000)})
    cli.backup("--blocksize=10kb")
    assert manifest(cli.volumes("dlist")[0])["Blocksize"] == 10_240
    assert max(info.file_size for info in blocks(cli.volumes("dblock")[0])) == 10_240


def test_block_hash_algorithm_and_file_hash_algorithm(cli: Cli) -> None:
    content = noise(25_000)
    cli.make({"a": content})
    cli.backup("--blocksize=10kb", "--block-hash-algorithm=SHA512", "--file-hash-algorithm=MD5")
    form = manifest(cli.volumes("dlist")[0])
    assert (form["BlockHash"], form["FileHash"]) == ("SHA512", "MD5")
    names = {info.filename for info in blocks(cli.volumes("dblock")[0])}
    assert base64.urlsafe_b64encode(hashlib.sha512(content[:10_240]).digest()).decode() in names
    with zipfile.ZipFile(cli.volumes("dlist")[0]) as opened:
        assert base64.b64encode(hashlib.md5(content).digest()) in opened.read("filelist.json")


@pytest.mark.parametrize(
    ("policy", "entries"), [("Full", {"manifest", "vol", "list"}), ("Lookup", {"manifest", "vol"})]
)
def test_index_file_policy(cli: Cli, policy: str, entries: set[str]) -> None:
    cli.make({"a": noise(25_000)})
    cli.backup("--blocksize=10kb", f"--index-file-policy={policy}")
    with zipfile.ZipFile(cli.volumes("dindex")[0]) as opened:
        assert {name.split("/")[0] for name in opened.namelist()} == entries


def test_no_index_files(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup("--index-file-policy=None")
    assert cli.volumes("dindex") == []


def test_compression_extension_file(cli: Cli) -> None:
    cli.make({"a.mine": "a" * 5000})
    (cli.folder / "extensions").write_text(".mine # packed already\n")
    cli.backup(f"--compression-extension-file={cli.folder / 'extensions'}")
    (stored,) = [info for info in blocks(cli.volumes("dblock")[0]) if info.file_size == 5000]
    assert stored.compress_type == zipfile.ZIP_STORED


def test_encryption_module(cli: Cli) -> None:
    cli.make({"a": "a"})
    words = ("backup", str(cli.dest), str(cli.source), "--passphrase=p")
    assert cli(*words, "--encryption-module=gpg", "--gpg-encryption-switches=--s2k-count 1024").code == 0
    assert {path.suffix for path in cli.dest.iterdir()} == {".gpg"}


def test_passphrase_and_no_encryption(cli: Cli) -> None:
    cli.make({"a": "a"})
    assert cli("backup", "one", str(cli.source), "--passphrase=p").code == 0
    assert {path.suffix for path in (cli.folder / "one").iterdir()} == {".aes"}
    assert cli("backup", "two", str(cli.source), "--no-encryption").code == 0
    assert {path.suffix for path in (cli.folder / "two").iterdir()} == {".zip"}


def test_dont_read_manifests(cli: Cli) -> None:
    """The manifest of a data volume is that of another backup."""
    cli.make({"a": "a" * 5000})
    cli.backup()
    rewrite(
        cli.volumes("dblock")[0],
        lambda name, data: data.replace(b"1048576", b"2097152") if name == "manifest" else data,
    )
    cli.forget()
    # Its size has changed too, which is a warning each time.
    cli.restore("--no-local-db", code=2)
    assert (cli.folder / "out" / "a").exists() is False
    cli.restore("--no-local-db", "--dont-read-manifests", "--overwrite", code=2)
    assert cli.restored() == {"a": b"a" * 5000}


# --- the destination -------------------------------------------------------------------------------------


@pytest.fixture
def broken(cli: Cli) -> str:
    """A destination that fails in a way that may pass."""
    (cli.folder / "file").touch()
    return f"file://{cli.folder}/file/below"


def test_number_of_retries_and_retry_delay(cli: Cli, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = watch_pauses(monkeypatch)
    done = cli("list", broken, "--number-of-retries=2", "--retry-delay=7s")
    assert done.code == 100
    assert done.out.count("Trying again") == 2
    assert pauses == pytest.approx([7.0, 7.0], rel=0.21)


def test_retry_with_exponential_backoff(cli: Cli, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = watch_pauses(monkeypatch)
    cli("list", broken, "--number-of-retries=3", "--retry-delay=2s", "--retry-with-exponential-backoff")
    assert pauses == pytest.approx([2.0, 4.0, 8.0], rel=0.21)


def watch_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Of the listings, which take no time then."""
    pauses: list[float] = []
    pause = RetryRule.pause

    def note(self: RetryRule, attempt: int) -> float:
        pauses.append(pause(self, attempt))
        return 0.0

    monkeypatch.setattr(RetryRule, "pause", note)
    return pauses


@pytest.mark.parametrize(
    ("option", "most"),
    [("--synchronous-upload", 1), ("--asynchronous-upload-limit=2", 2), ("--asynchronous-upload-limit=3", 3)],
)
def test_uploads_at_the_same_time(cli: Cli, monkeypatch: pytest.MonkeyPatch, option: str, most: int) -> None:
    running, seen = 0, 0
    put = LocalFolder.put

    async def slow(self: LocalFolder, name: str, upload: Upload) -> None:
        nonlocal running, seen
        running += 1
        seen = max(seen, running)
        await trio.sleep(0.05)
        await put(self, name, upload)
        running -= 1

    monkeypatch.setattr(LocalFolder, "put", slow)
    cli.make({f"f{number}": noise(MIB, number) for number in range(12)})
    cli.backup("--dblock-size=1mb", "--blocksize=100kb", option)
    assert seen == most


@pytest.mark.parametrize("way", ["upload", "download"])
def test_throttle(cli: Cli, way: str) -> None:
    """400 KiB at 400 KiB a second, in one of the two directions."""
    cli.make({"a": noise(400 << 10)})
    limit = f"--throttle-{way}=400kb"
    uploading = took(lambda: cli.backup(limit, "--backup-test-samples=0"))
    downloading = took(lambda: cli.restore(limit))
    slow, fast = (uploading, downloading) if way == "upload" else (downloading, uploading)
    assert slow > 0.9
    assert slow - fast > 0.4


@pytest.mark.parametrize("option", ["--throttle-disabled", "--throttle-disabled-backends=ftp,file"])
def test_throttle_disabled(cli: Cli, option: str) -> None:
    cli.make({"a": noise(400 << 10)})
    assert took(lambda: cli.backup("--throttle-upload=100kb", option)) < 3


def took(work: Any) -> float:  # Any: what it gives is of no interest
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def test_list_verify_uploads(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A destination that says yes and stores nothing is found out."""

    async def lose(self: LocalFolder, name: str, upload: Upload) -> None:
        await trio.lowlevel.checkpoint()

    monkeypatch.setattr(LocalFolder, "put", lose)
    cli.make({"a": "a"})
    cli.backup("--list-verify-uploads", "--number-of-retries=0", code=100)


def test_no_backend_verification(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup()
    cli.volumes("dblock")[0].unlink()
    assert "ErrorID: MissingRemoteFiles" in cli.backup(code=100).err
    cli.make({"b": "b"})
    cli.backup("--no-backend-verification")


def test_upload_verification_file(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup("--upload-verification-file")
    listed = {
        each["Name"] for each in json.loads((cli.dest / "duplicati-verification.json").read_text("utf-8-sig"))
    }
    assert listed == {path.name for path in cli.dest.glob("*.zip")}


# --- versions --------------------------------------------------------------------------------------------


def versions(cli: Cli) -> int:
    return len(cli.volumes("dlist"))


def history(cli: Cli, *ages: int) -> None:
    """Versions that are so many seconds old, the oldest first, and a change that waits for the next one."""
    for number, age in enumerate(ages):
        cli.make({"a": f"{number}"})
        cli.backup()
        cli.age(age)
    cli.make({"a": "the newest"})


DAY = 86_400


def test_keep_versions(cli: Cli) -> None:
    history(cli, 3 * DAY, 2 * DAY)
    cli.backup("--keep-versions=2")
    assert versions(cli) == 2


def test_keep_time(cli: Cli) -> None:
    history(cli, 3 * DAY, DAY)
    cli.backup("--keep-time=2D")
    assert versions(cli) == 2


def test_disable_time_tolerance(cli: Cli) -> None:
    """Ten hours and three minutes old: one hundredth more than ten hours is six minutes."""
    history(cli, 10 * 3600 + 180)
    cli.backup("--keep-time=10h")
    assert versions(cli) == 2
    cli.make({"a": "once more"})
    cli.backup("--keep-time=10h", "--disable-time-tolerance")
    assert versions(cli) == 2


def test_retention_policy(cli: Cli) -> None:
    history(cli, 9 * DAY, 3 * DAY + 100, 3 * DAY, DAY)
    cli.backup("--retention-policy=1W:1D")
    assert versions(cli) == 3


def test_allow_full_removal(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup()
    cli.age(3 * DAY)
    cli.backup("--retention-policy=1D:U", code=1)
    assert versions(cli) == 1
    cli.backup("--retention-policy=1D:U", "--allow-full-removal", code=1)
    assert versions(cli) == 0


def test_upload_unchanged_backups(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup()
    cli.backup(code=1)
    assert versions(cli) == 1
    cli.backup("--upload-unchanged-backups")
    assert versions(cli) == 2


# --- the machine -----------------------------------------------------------------------------------------


def test_concurrency_max_threads(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    count = pool.worker_count

    def note(limit: int = 0) -> int:
        asked.append(limit)
        return count(limit)

    for module in ("pipeline", "restore"):
        monkeypatch.setattr(f"triplicati.engine.{module}.worker_count", note)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(4)))
    cli.make({"a": "a"})
    cli.backup("--concurrency-max-threads=3")
    assert set(asked) == {3}
    assert count(3) == 3
    assert count(0) == 4


def test_cpu_intensity(cli: Cli) -> None:
    """At 1 nine tenths of the time are rests, at 10 none."""
    cli.make({f"f{number}": noise(4 * MIB, number) for number in range(4)})
    fast = took(lambda: cli.backup("--concurrency-max-threads=1"))
    cli.dest = cli.folder / "other"
    slow = took(lambda: cli.backup("--concurrency-max-threads=1", "--cpu-intensity=1"))
    assert slow - fast > 0.2
