"""list-filesets, list-folder-content, list-file-versions, search and affected as a user runs them."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Done, Terminal, environment_of, run_in
from support.golden import CASES

AES, PLAIN = CASES["b-aes"], CASES["d-lookup"]
BOOK = "/srv/source/data/text/book.txt"
RENAMED = "/srv/source/data/many-renamed/f000.txt"
Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return lambda *words, **environment: run_in(tmp_path, *words, **environment)


def test_versions_from_the_names_alone(run: Run) -> None:
    """No passphrase is needed, and nothing is fetched."""
    done = run("list-filesets", str(AES.remote))
    assert done.stdout.splitlines() == [
        "  Listing remote folder ...",
        "Listing filesets:",
        "0\t: 11/22/2026 07:47:03",
        "1\t: 11/22/2026 07:47:00",
        "2\t: 11/22/2026 07:46:56",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_versions_from_the_database(run: Run, tmp_path: Path) -> None:
    run("repair", str(AES.remote), PASSPHRASE=AES.passphrase or "")
    done = run("list-filesets", str(AES.remote))
    assert done.stdout.splitlines() == [
        "Listing filesets:",
        "0\t: 11/22/2026 07:47:03 (92 files, 7.00 MiB)",
        "1\t: 11/22/2026 07:47:00 (163 files, 7.06 MiB)",
        "2\t: 11/22/2026 07:46:56 (166 files, 6.94 MiB)",
    ]


def test_an_interrupted_version_says_so(run: Run, tmp_path: Path) -> None:
    run("repair", str(PLAIN.remote))
    (database,) = (tmp_path / "home").glob("*.sqlite")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE fileset SET full = 0 WHERE id = 3")
    connection.close()
    assert run("list-filesets", str(PLAIN.remote)).stdout.splitlines()[1].endswith("MiB), partial")


@pytest.mark.parametrize("command", ["list-folder-content", "list-folder-contents", "LIST-Folder-Content"])
def test_the_content_of_a_folder(run: Run, command: str) -> None:
    done = run(command, str(PLAIN.remote), "/srv/source/data/text/", "/srv/source/data/links")
    lines = [line for line in done.stdout.splitlines() if not line.endswith(" ...")]
    assert lines[0] == "Folder contents:"
    assert f"{BOOK}: (400.39 KiB)" in lines
    assert any(line.endswith(": (symlink)") for line in lines)
    assert done.returncode == 0


def test_a_folder_of_an_older_version_by_number_and_time(run: Run) -> None:
    by_number = run(
        "list-folder-content", str(PLAIN.remote), "/srv/source/data/", "--version=1", "--quiet-console"
    )
    assert "/srv/source/data/many-renamed/: (directory)" in by_number.stdout.splitlines()
    newest = run("list-folder-content", str(PLAIN.remote), "/srv/source/data/", "--quiet-console")
    assert "many-renamed" not in newest.stdout
    by_time = run(
        "list-folder-content",
        str(PLAIN.remote),
        "/srv/source/data/",
        "--time=11/22/2026 07:47:54",
        "--quiet-console",
    )
    assert by_time.stdout == by_number.stdout
    other = run("list-folder-content", str(PLAIN.remote), "/srv/", "--time=11/22/2026 07:47:55")
    assert (other.returncode, "ErrorID: VersionNotFound" in other.stderr) == (100, True)
    several = run("list-folder-content", str(PLAIN.remote), "/srv/", "--version=0-1")
    assert (several.returncode, "ErrorID: ExactlyOneVersionNeeded" in several.stderr) == (100, True)


def test_the_roots_when_no_folder_is_named(run: Run) -> None:
    done = run("list-folder-content", str(PLAIN.remote), "--quiet-console")
    assert done.stdout.splitlines() == ["Folder contents:", "/srv/source/data/: (directory)"]


def test_a_folder_that_is_not_there(run: Run) -> None:
    done = run("list-folder-content", str(PLAIN.remote), "/srv/source/DATA/", "--quiet-console")
    assert done.stdout.splitlines() == [
        "Folder contents:",
        "Nothing lies in /srv/source/DATA/ in version 0.",
    ]
    assert done.returncode == 0


def test_the_versions_of_files(run: Run) -> None:
    done = run("list-file-versions", str(PLAIN.remote), RENAMED, BOOK, "/no/such", "--quiet-console")
    assert done.stdout.splitlines() == [
        "File versions:",
        f"{RENAMED}:",
        "  [1] 11/22/2026 07:47:54: (13 bytes)",
        f"{BOOK}:",
        "  [0] 11/22/2026 07:47:58: (400.39 KiB)",
        "  [1] 11/22/2026 07:47:54: (390.62 KiB)",
        "  [2] 11/22/2026 07:47:50: (390.62 KiB)",
        "No version holds /no/such.",
    ]


@pytest.mark.parametrize("command", ["search", "search-files", "search-entries"])
def test_searching_by_filters(run: Run, command: str) -> None:
    done = run(
        command, str(PLAIN.remote), "/srv/source/data/many-renamed", "--include=*/f000.txt", "--quiet-console"
    )
    assert done.stdout.splitlines() == [
        "File versions:",
        f"{RENAMED}:",
        "  [1] 11/22/2026 07:47:54: (13 bytes)",
    ]
    nothing = run(command, str(PLAIN.remote), "/srv/nowhere/", "--quiet-console")
    assert nothing.stdout.splitlines() == ["File versions:", "No files matched expression"]
    newest = run(command, str(PLAIN.remote), "--include=*/book.txt", "--version=0", "--quiet-console")
    assert newest.stdout.splitlines()[1:] == [f"{BOOK}:", "  [0] 11/22/2026 07:47:58: (400.39 KiB)"]


def test_what_a_volume_is_needed_for(run: Run) -> None:
    """With the path a shell completes the name to."""
    dlist = max(PLAIN.remote.glob("*.dlist.zip"))
    done = run("affected", str(PLAIN.remote), str(dlist), "--quiet-console")
    lines = done.stdout.splitlines()
    assert lines[:3] == ["The following filesets are affected:", "0\t: 11/22/2026 07:47:58", ""]
    assert lines[3].startswith("A total of ")
    assert lines[3].endswith(" file(s) are affected:")
    count = int(lines[3].split()[3])
    assert len(lines) == 4 + 11 + 1
    assert lines[-1] == f"  ... and {count - 11} more (use --full-result to see all filenames)"
    full = run("affected", str(PLAIN.remote), dlist.name, "--quiet-console", "--full-result")
    assert len(full.stdout.splitlines()) == 4 + count


def test_a_volume_that_does_not_exist(run: Run) -> None:
    done = run("affected", str(PLAIN.remote), "duplicati-bdead.dblock.zip")
    assert "There is no volume duplicati-bdead.dblock.zip in this backup." in done.stdout
    assert done.stdout.splitlines()[-1] == "No files are affected"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["list-filesets"], "Usage: list-filesets <destination>"),
        (["list-filesets", "{url}", "more"], "Nothing but a destination is expected."),
        (["list-filesets", "{url}", "--version=0"], "--version cannot be given"),
        (["list-filesets", "{url}", "--time=now"], "--time cannot be given"),
        (["list-folder-content", "{url}", "/x", "--all-versions"], "--all-versions cannot be given"),
        (["list-file-versions", "{url}"], "At least one path is needed."),
        (["affected", "{url}"], "The name of at least one volume is needed."),
    ],
)
def test_what_is_refused(run: Run, words: list[str], text: str) -> None:
    done = run(*(word.format(url=PLAIN.remote) for word in words))
    assert text in done.stdout
    assert (done.returncode, done.stderr) == (200, "")


def data_of(done: Done) -> Any:  # Any: JSON
    found = json.loads(done.stdout)
    assert found["Exception"] is None
    return found["Data"]


def test_json(run: Run) -> None:
    json_form, url = "--result-format=Json", str(PLAIN.remote)
    listed = data_of(run("list-filesets", url, json_form))
    assert listed["MainOperation"] == "ListFilesets"
    assert listed["VersionsActualLength"] == 3
    folder = data_of(run("list-folder-content", url, "/srv/source/data/text/", json_form))
    assert {
        "Path": BOOK,
        "Size": 410000,
        "IsDirectory": False,
        "IsSymlink": False,
        "LastModified": "2020-03-04T05:06:07.000000Z",
    }.keys() == folder["Files"][0].keys()
    versions = data_of(run("list-file-versions", url, RENAMED, json_form))
    (only,) = versions["Files"]
    assert (only["Version"], only["Time"]) == (1, "2026-11-22T07:47:54.000000Z")
    found = data_of(run("search", url, "--include=*/f000.txt", "--include=*/book.txt", json_form))
    assert found["FilesActualLength"] == len(found["Files"]) > 3
    dlist = max(PLAIN.remote.glob("*.dlist.zip")).name
    affected = data_of(run("affected", url, dlist, json_form))
    assert affected["FileCount"] == affected["FilesActualLength"] == len(affected["Files"])


@pytest.fixture
def odd(run: Run, tmp_path: Path) -> Path:
    """A backup of files whose names would clear a screen and forge a line."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "clear\x1b[2J\x9b1m").write_text("a")
    (source / "two\nlines: (1.00 GiB)").write_text("b")
    control = tmp_path / "settings.json"
    control.write_text("{}")
    done = run("backup", "dest", "source", "--no-encryption", f"--control-files={control}")
    assert done.returncode == 0, done.stderr
    return tmp_path / "dest"


def test_a_pipe_gets_names_as_they_are(run: Run, odd: Path) -> None:
    for words in (
        ["list-folder-content", "dest", f"{odd.parent}/source"],
        ["search", "dest"],
        ["list", "dest", "*"],
    ):
        done = run(*words, "--quiet-console")
        assert "clear\x1b[2J\x9b1m" in done.stdout
        assert "two\nlines: (1.00 GiB)" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["list-folder-content", "dest", "{source}"],
        ["search", "dest"],
        ["list", "dest", "*"],
        ["find", "dest", "*"],
    ],
)
def test_a_name_cannot_steer_a_terminal(odd: Path, words: list[str]) -> None:
    argv = [sys.executable, "-m", "triplicati.apps.cli", "--quiet-console"]
    argv += [word.format(source=odd.parent / "source") for word in words]
    with Terminal(argv, odd.parent, environment_of(odd.parent)) as terminal:
        text = terminal.read("x0alines: (1.00 GiB)")
    assert "clear\\x1b[2J\\x9b1m" in text
    assert "two\\x0alines: (1.00 GiB)" in text
    assert "\x1b[2J" not in text


def test_control_files_are_listed(run: Run, odd: Path) -> None:
    done = run("list", "dest", "--control-files=true", "--quiet-console")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Listing contents 0 (")
    assert lines[1:] == ["settings.json (2 bytes)"]
    nothing = run("list", "dest", "--control-files", "*.db", "--quiet-console")
    assert nothing.stdout.splitlines() == ["No control files matched"]


def test_the_control_files_of_an_encrypted_version_need_the_passphrase(run: Run) -> None:
    done = run("list", str(AES.remote), "--control-files=true")
    assert "ErrorID: PassphraseNeeded" in done.stderr


def test_listing_in_shapes_that_match_nothing(run: Run) -> None:
    done = run("list", str(PLAIN.remote), "--list-folder-contents", "--version=9", "--quiet-console")
    assert done.stdout.splitlines()[-1] == "No time or version matched a fileset"
    run("backup", "empty", str(PLAIN.remote), "--no-encryption", "--exclude=*")
    folders = run("list", "empty", "--list-folder-contents", "--quiet-console")
    assert folders.stdout.splitlines()[0].startswith("Listing contents 0 (")


def test_a_database_of_paths_alone_is_not_enough_to_know_volumes(run: Run) -> None:
    """Then a whole one is built from the destination for this once."""
    run("repair", str(PLAIN.remote), "--repair-only-paths")
    known = 0
    for dblock in PLAIN.remote.glob("*.dblock.zip"):
        done = run("affected", str(PLAIN.remote), dblock.name, "--quiet-console")
        known += "The following filesets are affected:" in done.stdout.splitlines()
        assert done.returncode == 0
    assert known > 0
