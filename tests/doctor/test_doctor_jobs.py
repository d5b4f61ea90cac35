"""Saved backups before the doctor: passphrases, destinations, the server, and Duplicati next door."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import apsw
import msgspec
import pytest
import trio
from support.daemons import a_backup, a_daemon, a_store, at_speed, finished
from support.engine import noise
from support.patients import a_patient, levels, only
from support.server_process import server_process

from triplicati.config.server.database import NAME
from triplicati.config.server.schema import TABLES
from triplicati.doctor.databases import server_database
from triplicati.doctor.finding import Finding
from triplicati.doctor.jobs import destinations, passphrases
from triplicati.doctor.main import CHECKS, run
from triplicati.doctor.neighbours import on_path, same_destination
from triplicati.doctor.network import duplicati_on_port, port, server
from triplicati.doctor.patient import Patient, Saved
from triplicati.doctor.results import results
from triplicati.messages.saved import Setting

CANARY = "canary-1717-secret"


@pytest.fixture
async def patient(tmp_path: Path) -> Patient:
    """With one backup that has run."""
    patient = await a_patient(tmp_path)
    async with a_daemon(patient.folder.path) as daemon:
        number = await daemon.store.add_backup(a_backup(tmp_path, passphrase=CANARY))
        assert (await finished(await daemon.start(number, "Backup"))).parsed == "Success"
    await server_database(patient)
    return patient


def changed(patient: Patient, **settings: str | None) -> None:
    """The saved backup with other settings."""
    (backup,) = patient.saved.backups
    kept = [each for each in backup.settings if each.name.lstrip("-").replace("-", "_") not in settings]
    new = [Setting(name.replace("_", "-"), value) for name, value in settings.items() if value is not None]
    changed = msgspec.structs.replace(backup, settings=(*kept, *new))
    patient.saved = msgspec.structs.replace(patient.saved, backups=[changed])


def there(tmp_path: Path) -> Path:
    return tmp_path / "destination-Docs"


async def test_all_is_well(patient: Patient) -> None:
    for check in (passphrases, destinations):
        assert levels(await check(patient)) == ["good"]
    assert CANARY not in repr(await passphrases(patient))


def noted(patient: Patient, **metadata: str) -> None:
    """The saved backup with what the server has noted of its runs."""
    (backup,) = patient.saved.backups
    changed = msgspec.structs.replace(backup, metadata={**backup.metadata, **metadata})
    patient.saved = msgspec.structs.replace(patient.saved, backups=[changed])


async def test_the_last_run_ended_well(patient: Patient) -> None:
    assert 'of "Docs" ended well' in only(await results(patient), "good").text


async def test_the_last_run_failed(patient: Patient) -> None:
    """All was said to be well beside a backup that could not run."""
    noted(patient, LastErrorDate="20991231T000000Z", LastErrorMessage="No room.\nmore")
    found = only(await results(patient), "problem")
    assert found.text.startswith('The last run of "Docs" failed on ')
    assert found.text.endswith(": No room")
    assert "triplicati control log" in found.advice


async def test_a_failure_before_the_last_run_is_over(patient: Patient) -> None:
    noted(patient, LastErrorDate="20010101T000000Z")
    assert levels(await results(patient)) == ["good"]


@pytest.mark.parametrize(("result", "level"), [("Warning", "warning"), ("Error", "problem")])
async def test_the_last_run_had_something_to_say(patient: Patient, result: str, level: str) -> None:
    noted(patient, LastBackupResult=result)
    assert "triplicati control log" in only(await results(patient), level).advice


async def test_it_has_not_been_run_yet(patient: Patient) -> None:
    noted(patient, LastBackupFinished="")
    assert "has not been run yet" in only(await results(patient), "note").text


async def test_no_passphrase(patient: Patient) -> None:
    changed(patient, passphrase=None)
    found = only(await passphrases(patient), "problem")
    assert '"Docs" is encrypted and has no passphrase' in found.text
    assert 'Edit "Docs"' in found.advice


async def test_another_passphrase_than_that_of_the_versions(patient: Patient) -> None:
    changed(patient, passphrase=f"other {CANARY}")
    found = only(await passphrases(patient), "problem")
    assert "is not the one that its versions were made with" in found.text
    assert CANARY not in repr(found)


async def test_no_encryption(tmp_path: Path) -> None:
    patient = await a_patient(tmp_path)
    patient.saved = Saved([a_backup(tmp_path, passphrase=None)])
    assert "is not encrypted" in only(await passphrases(patient), "note").text


async def test_encryption_taken_away(patient: Patient) -> None:
    changed(patient, passphrase=None, no_encryption="true")
    assert 'The encryption of "Docs"' in only(await passphrases(patient), "problem").text


async def test_options_that_cannot_be_used(patient: Patient) -> None:
    changed(patient, **{"dblock_size": "much"})
    found = only(await passphrases(patient), "problem")
    assert 'The options of "Docs" cannot be used' in found.text
    assert 'Edit the backup "Docs"' in found.advice


async def test_a_destination_that_is_gone(patient: Patient, tmp_path: Path) -> None:
    there(tmp_path).rename(tmp_path / "elsewhere")
    found = only(await destinations(patient), "problem")
    assert "is missing" in found.text
    assert "Mount its disk" in found.advice


async def test_a_destination_that_was_emptied(patient: Patient, tmp_path: Path) -> None:
    shutil.rmtree(there(tmp_path))
    there(tmp_path).mkdir()
    found = only(await destinations(patient), "problem")
    assert "is empty, though there are versions of it" in found.text


async def test_a_destination_that_is_no_folder(patient: Patient, tmp_path: Path) -> None:
    shutil.rmtree(there(tmp_path))
    there(tmp_path).write_text("")
    found = only(await destinations(patient), "problem")
    assert "cannot be used" in found.text
    assert "Destination, Test" in found.advice


async def test_a_destination_that_never_answers(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        async def list(self) -> list[object]:
            await trio.sleep_forever()
            raise AssertionError

    monkeypatch.setattr("triplicati.doctor.jobs.limited", lambda *_: Silent())
    patient.patience = 0.05
    assert "does not answer within 0.05 s" in only(await destinations(patient), "problem").text


async def test_another_machine_at_the_same_destination(patient: Patient, tmp_path: Path) -> None:
    (there(tmp_path) / "duplicati-29990101T000000Z.dlist.zip.aes").write_text("theirs")
    found = only(await destinations(patient), "warning")
    assert "another program or machine backs up to the same place" in found.text
    assert "Let only one of them" in found.advice


async def test_a_backup_at_work(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "source" / "more").write_bytes(noise(3_000_000))
    async with a_daemon(patient.folder.path) as daemon:
        await at_speed(daemon, "10KB")
        task = await daemon.start("1", "Backup")
        with trio.fail_after(30):
            while task.report is None or not task.report.progress.transfers:
                await trio.sleep(0.02)
        assert '"Docs" is at work: ' in only(await destinations(patient), "good").text
        await at_speed(daemon)
        await finished(task)


# --- the server ---------------------------------------------------------------------------------------------


async def test_no_server(patient: Patient) -> None:
    found = only(await server(patient), "warning")
    assert "no schedule is kept" in found.text
    assert "triplicati service install" in found.advice
    patient.saved = Saved()
    assert levels(await server(patient)) == ["note"]


async def test_a_server_that_hangs_and_one_that_does_not(patient: Patient) -> None:
    with server_process(patient.folder.path) as process:
        process.said("Server has started")
        await server_database(patient)
        assert f":{process.port}" in only(await server(patient), "good").text
        assert "is that of our server" in only(await port(patient), "good").text
        process.process.send_signal(signal.SIGSTOP)
        patient.patience = 1
        found = only(await server(patient), "problem")
        assert "does not answer within 1 s" in found.text
        assert "systemctl restart triplicati" in found.advice
        assert f"kill -9 {process.process.pid})" in found.advice
        process.process.send_signal(signal.SIGCONT)


async def test_a_server_that_others_can_reach(patient: Patient) -> None:
    with server_process(patient.folder.path, "--webservice-interface=any") as process:
        process.said("Server has started")
        await server_database(patient)
        found = only(await server(patient), "warning")
        assert "without TLS" in found.text
        assert "--configure-https" in found.advice


@asynccontextmanager
async def answering(text: str) -> AsyncIterator[int]:
    """A server that says the same to everybody; gives its port."""

    async def answer(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(f"HTTP/1.0 200 OK\r\n\r\n{text}".encode())
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, answer, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def test_ports(patient: Patient) -> None:
    patient.saved = Saved()
    assert "is free" in only(await port(patient), "good").text
    async with answering("a page of something else") as patient.port:
        found = only(await port(patient), "warning")
        assert "is taken by" in found.text
        assert "--webservice-port" in found.advice
        assert levels(await duplicati_on_port(patient)) == ["good"]


async def test_duplicati_on_the_port(patient: Patient) -> None:
    async with answering("<title>Duplicati</title>") as patient.port:
        found = only(await duplicati_on_port(patient), "note")
        assert "A Duplicati answers" in found.text
        assert "--adopt" in found.advice


# --- Duplicati ----------------------------------------------------------------------------------------------


async def test_programs_of_duplicati(patient: Patient, tmp_path: Path) -> None:
    assert levels(await on_path(patient)) == ["good"]
    program = tmp_path / "bin" / "duplicati-cli"
    program.write_bytes(b"\x7fELF and the rest of it")
    program.chmod(0o700)
    found = only(await on_path(patient), "note")
    assert str(program) in found.text
    assert 'Say "triplicati" instead of "duplicati-cli"' in found.advice
    program.write_text("#!/usr/bin/python\nfrom triplicati.apps.cli import main\n")
    assert levels(await on_path(patient)) == ["good"]


def theirs(folder: Path, target: str, *, schedule: bool) -> None:
    folder.mkdir(parents=True)
    connection = apsw.Connection(str(folder / NAME))
    connection.execute(f"BEGIN; {TABLES} COMMIT").fetchall()
    connection.execute(
        "INSERT INTO Backup (ID, Name, Tags, TargetURL, DBPath) VALUES (3, 'Theirs', '', ?, 'X.sqlite')",
        (target,),
    ).fetchall()
    if schedule:
        connection.execute(
            "INSERT INTO Schedule VALUES (7, 'ID=3', 1767355272, '1D', 0, 'AllowedWeekDays=Monday')"
        ).fetchall()
    connection.close()


@pytest.mark.parametrize(("schedule", "level"), [(True, "problem"), (False, "warning")])
async def test_a_job_of_duplicati_for_the_same_destination(
    patient: Patient, tmp_path: Path, schedule: bool, level: str
) -> None:
    folder = patient.root / "var/lib/Duplicati"
    theirs(folder, f"file://{there(tmp_path)}/?auth-password=x", schedule=schedule)
    found = only(await same_destination(patient), level)
    assert '"Theirs"' in found.text
    assert '"Docs"' in found.text
    assert ("Switch the schedule off" in found.advice) is schedule
    assert list(folder.iterdir()) == [folder / NAME]


async def test_jobs_of_duplicati_elsewhere(patient: Patient, tmp_path: Path) -> None:
    assert "no jobs" in only(await same_destination(patient), "good").text
    theirs(tmp_path / ".config" / "Duplicati", "file:///elsewhere", schedule=True)
    assert "for the same destination" in only(await same_destination(patient), "good").text


async def test_jobs_of_duplicati_that_cannot_be_read(patient: Patient) -> None:
    folder = patient.root / "root/.config/Duplicati"
    folder.mkdir(parents=True)
    (folder / NAME).write_text("scrambled")
    assert "cannot be read" in only(await same_destination(patient), "note").text


# --- the program --------------------------------------------------------------------------------------------


def test_exit_codes_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data"
    trio.run(_made, folder)
    surroundings = {"HOME": str(tmp_path), "DUPLICATI_HOME": str(folder), "PATH": ""}
    words = ["--check=data-folder", "--check=permissions"]
    assert run(words, surroundings) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "All is well."
    assert run([*words, "--quiet"], surroundings) == 0
    assert capsys.readouterr().out == "All is well.\n"
    (folder / "settings.key").chmod(0o644)
    assert run(words, surroundings) == 2
    folder.chmod(0o755)
    capsys.readouterr()
    assert run([*words, "--json"], surroundings) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["ExitCode"] == 3
    assert {each["Check"] for each in answer["Findings"]} == {"data-folder", "permissions"}
    assert {each["Level"] for each in answer["Findings"]} == {"good", "problem", "warning"}


def test_a_check_that_fails_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Patient) -> list[Finding]:
        raise ZeroDivisionError

    monkeypatch.setattr("triplicati.doctor.folders.data_folder", broken)
    surroundings = {"HOME": str(tmp_path), "DUPLICATI_HOME": str(tmp_path / "data"), "PATH": ""}
    assert run(["--check=data-folder", "--check=clock"], surroundings) == 3
    said = capsys.readouterr().out
    assert "This could not be looked at: ZeroDivisionError" in said
    assert "Clock: The clock says" in said


def test_every_check_is_there_and_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for check in CHECKS:
        module = import_module(f"triplicati.doctor.{check.module}")
        assert callable(getattr(module, check.function))
    with pytest.raises(SystemExit) as ended:
        run(["--help"], {})
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(check.name in text for check in CHECKS)


async def _made(folder: Path) -> None:
    async with a_store(folder):
        pass
