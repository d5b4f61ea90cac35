"""One owner of a destination at a time, with real processes."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.config.file_lock import is_locked, lock_file, open_for_lock
from triplicati.config.ownership import (
    FOLDER,
    Owner,
    canonical_address,
    lock_folders,
    owned,
    owner_of,
    this_process,
)
from triplicati.errors import InUseElsewhere
from triplicati.values.urls import parse_url

ADDRESS = "file\n/somewhere"
WHAT = {ADDRESS: "The destination file:///somewhere"}
_HOLDER = """
import os, sys
from pathlib import Path
from triplicati.config.ownership import Owner, owned
owner = Owner(os.getpid(), "duplicati-cli", "Backup", 0)
with owned({sys.argv[1]: "it"}, [Path(each) for each in sys.argv[2:]], owner):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(*folders: Path, text: str = ADDRESS) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, text, *map(str, folders)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TZ": "UTC"},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def me() -> Owner:
    return this_process("Verify", time.time())


def test_the_second_is_told_who_is_the_first(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        with pytest.raises(InUseElsewhere) as caught, owned(WHAT, [tmp_path], me()):
            pass
        text = str(caught.value)
        assert f"duplicati-cli (process {process.pid}), Backup since " in text
        assert text.startswith("The destination file:///somewhere is in use by")


@pytest.mark.parametrize("shared", ["data", "runtime"])
def test_one_folder_in_common_is_enough(tmp_path: Path, shared: str) -> None:
    with other_process(tmp_path / "data", tmp_path / "runtime"):
        folders = [tmp_path / shared, tmp_path / "other"]
        with pytest.raises(InUseElsewhere), owned(WHAT, folders, me()):
            pass
    assert not list((tmp_path / "other").glob("*"))


def test_another_destination_is_free(tmp_path: Path) -> None:
    with other_process(tmp_path, text="file\n/elsewhere") as process, owned(WHAT, [tmp_path], me()):
        mine, other = owner_of(ADDRESS, [tmp_path]), owner_of("file\n/elsewhere", [tmp_path])
        assert mine is not None
        assert other is not None
        assert (mine.pid, other.pid) == (os.getpid(), process.pid)


def test_nothing_is_left(tmp_path: Path) -> None:
    with owned(WHAT, [tmp_path], me()):
        (file,) = tmp_path.iterdir()
        assert "somewhere" not in file.name
        assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []
    assert owner_of(ADDRESS, [tmp_path]) is None


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with other_process(tmp_path) as process:
        process.kill()
        process.wait()
    assert len(list(tmp_path.iterdir())) == 1
    assert owner_of(ADDRESS, [tmp_path]) is None
    with owned(WHAT, [tmp_path], me()):
        found = owner_of(ADDRESS, [tmp_path])
        assert found is not None
        assert found.pid == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_its_last_owner_removed_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening it and locking it the owner before may end; a third would then find no file, and own
    the destination as well."""
    real, tries = lock_file, []

    def slow(file: Any) -> None:
        real(file)
        tries.append(file)
        if len(tries) == 1:
            (path,) = tmp_path.iterdir()
            path.unlink()

    monkeypatch.setattr("triplicati.config.ownership.lock_file", slow)
    with owned(WHAT, [tmp_path], me()):
        assert len(tries) == 2
        with pytest.raises(InUseElsewhere), owned(WHAT, [tmp_path], me()):
            pass


def test_content_that_is_none_names_nobody(tmp_path: Path) -> None:
    with owned(WHAT, [tmp_path], me()):
        (file,) = tmp_path.iterdir()
        file.write_bytes(b"{")
        with pytest.raises(InUseElsewhere, match="another process"), owned(WHAT, [tmp_path], me()):
            pass


def test_what_was_taken_is_given_back_when_the_rest_is_not_free(tmp_path: Path) -> None:
    both = {"a": "one", ADDRESS: "two"}
    with other_process(tmp_path):
        with pytest.raises(InUseElsewhere), owned(both, [tmp_path], me()):
            pass
        with owned({"a": "one"}, [tmp_path], me()):
            pass


def test_a_folder_that_cannot_be_made_is_passed_by(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with owned(WHAT, [tmp_path / "file" / "locks", tmp_path / "good"], me()):
        assert len(list((tmp_path / "good").iterdir())) == 1


def test_a_link_in_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    with owned(WHAT, [tmp_path], me()):
        (lock,) = tmp_path.iterdir()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    lock.symlink_to(victim)
    with owned(WHAT, [tmp_path], me()):
        pass
    assert victim.read_text() == "precious"


SAME = [
    ("file://{folder}/dest", "{folder}/link", "{folder}/other/../dest/", "{folder}//dest"),
    ("ssh://host/path", "ssh://HOST/path/", "ssh://host:22//path", "ssh://host./path?ssh-password=x"),
    ("webdav://user:one@host/a", "webdav://host/a?auth-username=user", "webdav://user:two@host:80/./a"),
]


@pytest.mark.parametrize("texts", SAME)
def test_one_destination_has_one_address(tmp_path: Path, texts: tuple[str, ...]) -> None:
    (tmp_path / "dest").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "dest")
    folder = str(tmp_path)

    def address(text: str) -> str:
        url = parse_url(text.format(folder=folder))
        return canonical_address(url, "duplicati", {}, url.query.get("auth-username", ""))

    assert len({address(text) for text in texts}) == 1


OTHERS = [
    "ssh://host/path", "ssh://host/path2", "ssh://host2/path", "ssh://host:2222/path", "ssh://me@host/path",
    "webdav://host/path", "ssh://host/path?x-server-name=one", "ssh://host/path?x-server-name=two",
]  # fmt: skip


def test_others_have_others() -> None:
    found = [canonical_address(parse_url(text), "duplicati", {}) for text in OTHERS]
    found += [canonical_address(parse_url(OTHERS[0]), "other", {})]
    assert len(set(found)) == len(found)


@given(st.text(alphabet="abcXYZ0189-", min_size=12, max_size=30))
def test_no_secret_is_in_it(secret: str) -> None:
    url = parse_url(f"s3s://user:{secret}@bucket/path?auth-password={secret}&passphrase={secret}")
    assert secret not in canonical_address(url, "duplicati", {"aws-secret-key": secret, "passphrase": secret})


def test_folders_that_others_can_write_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    monkeypatch.setattr("triplicati.config.ownership._user", os.getuid)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    session = tmp_path / "session"
    session.mkdir(mode=0o700)
    surroundings = {"XDG_RUNTIME_DIR": str(session)}
    other = tmp_path / "temporary" / "triplicati-4000000"
    assert lock_folders(None, surroundings) == [session / "triplicati" / FOLDER, other / FOLDER]
    assert lock_folders(tmp_path / "data", surroundings)[0] == tmp_path / "data" / FOLDER
    session.chmod(0o777)
    assert lock_folders(None, surroundings) == [other / FOLDER]
    other.rmdir()
    other.symlink_to(tmp_path)
    assert lock_folders(None, surroundings) == []


def test_what_is_no_file_of_its_own_is_not_emptied(tmp_path: Path) -> None:
    """Another name of a file of somebody else, and a pipe, which nobody may wait at."""
    with owned(WHAT, [tmp_path], me()):
        (lock,) = tmp_path.iterdir()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    lock.hardlink_to(victim)
    with owned(WHAT, [tmp_path], me()):
        assert victim.read_text() == "precious"
        assert lock.samefile(victim)
    lock.unlink()
    os.mkfifo(lock)
    with owned(WHAT, [tmp_path], me()):
        assert owner_of(ADDRESS, [tmp_path]) is None


def test_who_only_looks_hinders_nobody(tmp_path: Path) -> None:
    """A backup was refused, for the doctor looked at its lock at the same moment."""
    path = tmp_path / "lock"
    with open_for_lock(path) as looking, open_for_lock(path) as file:
        fcntl.flock(looking, fcntl.LOCK_SH)
        end_of_the_look = threading.Timer(0.05, fcntl.flock, (looking, fcntl.LOCK_UN))
        end_of_the_look.start()
        lock_file(file)
        end_of_the_look.join()
        assert is_locked(looking)
        with open_for_lock(path) as third, pytest.raises(BlockingIOError):
            lock_file(third)


def test_a_lock_that_was_removed_by_hand_does_not_take_the_next_with_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with owned(WHAT, [tmp_path], me()):
            (lock,) = tmp_path.iterdir()
            lock.unlink()
            process = stack.enter_context(other_process(tmp_path))
        with pytest.raises(InUseElsewhere, match=f"process {process.pid}"), owned(WHAT, [tmp_path], me()):
            pass
