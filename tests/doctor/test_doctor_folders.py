"""Each check of the doctor breaks its thing and reads the advice: folders, databases, and the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import msgspec
import pytest
from support.command_line import PASSPHRASE, run_in
from support.daemons import a_backup, a_store
from support.patients import a_patient, levels, only
from support.small_disk import small_disk

from triplicati.config.datafolder import DataFolder, create
from triplicati.config.server.field_cipher import SettingsKey
from triplicati.config.server.store import open_store
from triplicati.doctor.databases import local_databases, server_database
from triplicati.doctor.folders import data_folder, permissions, side_by_side
from triplicati.doctor.machine import clock, scratch_space
from triplicati.doctor.main import run
from triplicati.doctor.patient import Patient
from triplicati.messages.saved import Setting
from triplicati.values.secrets import Secret


@pytest.fixture
async def patient(tmp_path: Path) -> Patient:
    return await a_patient(tmp_path)


async def test_all_is_well(patient: Patient) -> None:
    for check in (data_folder, permissions, side_by_side, clock, scratch_space):
        assert levels(await check(patient)) == ["good"], check
    assert levels(await server_database(patient)) == ["good"]


async def test_no_data_folder_yet(patient: Patient) -> None:
    shutil.rmtree(patient.folder.path)
    assert "is not made yet" in only(await data_folder(patient), "note").text
    assert await permissions(patient) == []
    assert levels(await server_database(patient)) == ["note"]


async def test_a_file_in_its_place(patient: Patient) -> None:
    shutil.rmtree(patient.folder.path)
    patient.folder.path.write_text("")
    found = only(await data_folder(patient), "problem")
    assert "is no folder" in found.text
    assert "DUPLICATI_DATA_FOLDER" in found.advice


async def test_the_folder_of_duplicati(patient: Patient) -> None:
    patient.folder = DataFolder(patient.folder.path, theirs=patient.folder.path.parent)
    assert "belongs to Duplicati" in only(await data_folder(patient), "note").text


async def test_a_full_disk(patient: Patient, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as disk:
        patient.folder = DataFolder(disk.path)
        assert "has only" in only(await data_folder(patient), "warning").text
        disk.fill(0)
        found = only(await data_folder(patient), "problem")
        assert "No space left" in found.text
        assert "Make room" in found.advice


async def test_a_folder_that_others_can_open(patient: Patient) -> None:
    patient.folder.path.chmod(0o755)
    found = only(await permissions(patient), "problem")
    assert "Other users can open" in found.text
    assert found.advice == f"Close it: chmod 700 {patient.folder.path}"


async def test_a_key_that_others_can_read(patient: Patient) -> None:
    (patient.folder.path / "settings.key").chmod(0o644)
    found = only(await permissions(patient), "warning")
    assert "settings.key" in found.text
    assert "chmod go-rwx" in found.advice


async def test_the_folder_of_another_user(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    number = patient.folder.path.stat().st_uid + 4_000_000
    if os.geteuid() == 0:
        os.chown(patient.folder.path, number, -1)
    else:  # who is not root cannot give it away, and sees the same with another number of his own
        monkeypatch.setattr(os, "geteuid", lambda: number)
    found = only(await permissions(patient), "problem")
    assert "belongs to the user" in found.text
    assert "chown -R" in found.advice


@pytest.mark.parametrize(
    "place", ["var/lib/triplicati", "home/anna/.config/Duplicati", "root/.config/Duplicati"]
)
async def test_a_second_data_folder(patient: Patient, place: str) -> None:
    other = patient.root / place
    shutil.copytree(patient.folder.path, other)
    found = only(await side_by_side(patient), "warning")
    assert str(other) in found.text
    assert f"DUPLICATI_DATA_FOLDER={other}" in found.advice
    patient.folder = DataFolder(other)
    assert levels(await side_by_side(patient)) == ["good"]


async def test_one_inside_that_of_duplicati(patient: Patient) -> None:
    other = patient.root / "root" / ".config" / "Duplicati" / "triplicati"
    shutil.copytree(patient.folder.path, other)
    assert str(other) in only(await side_by_side(patient), "warning").text


async def test_a_damaged_server_database(patient: Patient) -> None:
    path = patient.folder.path / "Duplicati-server.sqlite"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 5] = os.urandom(8192)
    path.write_bytes(content)
    found = only(await server_database(patient), "problem")
    assert "server database" in found.text
    assert "Put a copy" in found.advice or "put a copy" in found.advice


async def test_a_server_database_that_is_none(patient: Patient) -> None:
    (patient.folder.path / "Duplicati-server.sqlite").write_text("no database at all")
    assert "cannot be read" in only(await server_database(patient), "problem").text


async def test_a_key_that_is_gone(patient: Patient, tmp_path: Path) -> None:
    async with a_store(patient.folder.path) as store:
        await store.add_backup(a_backup(tmp_path, passphrase="hidden-away"))
    (patient.folder.path / "settings.key").unlink()
    found = only(await server_database(patient), "problem")
    assert "SETTINGS_ENCRYPTION_KEY" in found.advice
    assert "hidden-away" not in repr(found)


async def test_secrets_in_clear(patient: Patient, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "clear")
    create(folder)
    async with open_store(folder, encrypt=False):
        pass
    patient.folder = folder
    assert "not encrypted" in only(await server_database(patient), "note").text


async def test_a_key_from_outside(patient: Patient, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "keyed")
    create(folder)
    key = "a key that is long enough"
    async with open_store(folder, SettingsKey(Secret(key), "the test")) as store:
        await store.add_backup(a_backup(tmp_path))
    patient.folder = folder
    assert levels(await server_database(patient)) == ["problem"]
    patient.environment = {**patient.environment, "SETTINGS_ENCRYPTION_KEY": key}
    assert levels(await server_database(patient)) == ["good"]
    assert len(patient.saved.backups) == 1


@pytest.fixture
async def backed_up(patient: Patient, tmp_path: Path) -> Path:
    """The local database of a backup that was made on the command line in the same data folder."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").write_text("content " * 50_000)
    folder = str(patient.folder.path)
    done = run_in(tmp_path, "backup", "dest", "source", PASSPHRASE=PASSPHRASE, DUPLICATI_HOME=folder)
    assert done.returncode == 0, done.stderr
    (path,) = (each for each in patient.folder.path.glob("*.sqlite") if "server" not in each.name)
    return path


async def test_a_whole_local_database(patient: Patient, backed_up: Path) -> None:
    before = backed_up.stat()
    assert str(backed_up) in only(await local_databases(patient), "good").text
    assert backed_up.stat().st_mtime_ns == before.st_mtime_ns


async def test_a_damaged_local_database(patient: Patient, backed_up: Path) -> None:
    content = bytearray(backed_up.read_bytes())
    content[8192:20480] = os.urandom(12_288)
    backed_up.write_bytes(content)
    found = only(await local_databases(patient), "problem")
    assert "is damaged" in found.text
    assert '"repair"' in found.advice


async def test_a_local_database_that_is_gone(patient: Patient, backed_up: Path) -> None:
    backed_up.unlink()
    assert "builds it from the destination" in only(await local_databases(patient), "note").advice


async def test_local_databases_of_others(patient: Patient, backed_up: Path) -> None:
    backed_up.write_text("a letter")
    assert "none of Triplicati" in only(await local_databases(patient), "problem").text
    backed_up.unlink()
    connection = apsw.Connection(str(backed_up))
    connection.execute("CREATE TABLE Version (ID, Version); INSERT INTO Version VALUES (1, 12)").fetchall()
    connection.close()
    assert "belongs to Duplicati" in only(await local_databases(patient), "note").text


async def test_a_list_of_databases_that_is_none(patient: Patient, backed_up: Path) -> None:
    (backed_up.parent / "dbconfig.json").write_text("{")
    assert "cannot be read" in only(await local_databases(patient), "problem").text


async def test_a_clock_that_is_behind(patient: Patient, backed_up: Path) -> None:
    patient.now -= 86_400
    found = only(await clock(patient), "problem")
    assert "seems to be behind" in found.text
    assert "timedatectl" in found.advice


@pytest.mark.parametrize(("says", "level"), [("no", "warning"), ("yes", "good"), ("", "good")])
async def test_a_clock_that_nobody_sets(patient: Patient, tmp_path: Path, says: str, level: str) -> None:
    program = tmp_path / "bin" / "timedatectl"
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o700)
    (found,) = await clock(patient)
    assert found.level == level
    assert ("timedatectl set-ntp true" in found.advice) is (level == "warning")


async def test_little_room_for_scratch_files(patient: Patient, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as disk:
        backup = a_backup(tmp_path, tempdir=str(disk.path), dblock_size="1mb")
        patient.saved = msgspec.structs.replace(patient.saved, backups=[backup])
        assert levels(await scratch_space(patient)) == ["good"]
        large = msgspec.structs.replace(backup, settings=(*backup.settings, Setting("--dblock-size", "5mb")))
        patient.saved = msgspec.structs.replace(patient.saved, backups=[backup, large])
        found = only(await scratch_space(patient), "warning")
        assert str(disk.path) in found.text
        assert "--tempdir" in found.advice


async def test_no_folder_for_scratch_files(patient: Patient, tmp_path: Path) -> None:
    backup = a_backup(tmp_path, tempdir=str(tmp_path / "nowhere"))
    patient.saved = msgspec.structs.replace(patient.saved, backups=[backup])
    found = only(await scratch_space(patient), "problem")
    assert "cannot be used" in found.text
    assert "--tempdir" in found.advice


async def test_a_data_folder_that_cannot_be_made(patient: Patient) -> None:
    """All was said to be well on a machine whose service user had no home and could start nothing."""
    patient.folder = DataFolder(Path("/proc/self/Duplicati"))
    found = only(await data_folder(patient), "problem")
    assert "cannot be made" in found.text
    assert "DUPLICATI_DATA_FOLDER" in found.advice


@pytest.mark.parametrize("seconds", ["-1", "0", "nan", "inf", "1m"])
def test_no_time_at_all_for_an_answer(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--timeout", seconds] if seconds != "-1" else ["--timeout=-1"], {})
    assert ended.value.code == 2
    assert "number of seconds" in capsys.readouterr().err


def test_whoever_reads_it_may_stop(tmp_path: Path) -> None:
    """As with "triplicati doctor | head"; it ended with a traceback."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    reader, writer = os.pipe()
    os.close(reader)
    words = ["doctor", "--check=clock", f"--server-datafolder={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "triplicati.apps.main", *words],
        stdout=writer, stderr=subprocess.PIPE, env=environment, check=False, timeout=60,
    )  # fmt: skip
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 100
