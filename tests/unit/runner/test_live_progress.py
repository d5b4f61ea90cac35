"""What a running operation shows, and what is remembered when it has ended."""

from __future__ import annotations

import pytest

from triplicati.messages.log import LogLine
from triplicati.messages.progress import Progress, Report
from triplicati.messages.results import BackupResult, RestoreResult
from triplicati.messages.saved import SavedBackup
from triplicati.runner.live_progress import ProgressMeter, progress_state
from triplicati.runner.logs import LiveLog, RunLog
from triplicati.runner.metadata import metadata_after, size_text, stamp
from triplicati.runner.phases import final_phase, phase_name
from triplicati.runner.speed import speed
from triplicati.runner.tasks import Task


def _task(operation: str = "Backup") -> tuple[Task, Progress]:
    backup = SavedBackup(id="1", name="Docs", target_url="file:///x")
    task = Task(id=7, operation=operation, backup=backup, state="running", started=100.0, report=Report())
    assert task.report is not None
    return task, task.report.progress


def test_time_left_is_a_range_and_only_told_when_it_can_be_known() -> None:
    task, progress = _task()
    meter = ProgressMeter(task)
    progress.bytes_total, progress.files_total = 100_000, 10
    assert meter.look(0).seconds_left is None
    for second in range(1, 11):
        progress.bytes_done = second * 1000
        progress.counting = second < 5
        live = meter.look(float(second))
        assert (live.seconds_left is None) == (second < 5)
    assert live.seconds_left == (90, 91)
    assert live.rate == pytest.approx(1000)
    for second in range(11, 31):  # slower of late: the truth is between both
        progress.bytes_done += 100
        low, high = meter.look(float(second)).seconds_left or (0, 0)
    assert (low, high) == (220, 881)


def test_a_restart_of_the_count_gives_no_negative_rate() -> None:
    task, progress = _task()
    meter = ProgressMeter(task)
    progress.files_done = 50
    meter.look(0)
    progress.begin()
    assert meter.look(1).rate == 0


def test_the_form_of_duplicati() -> None:
    task, progress = _task()
    progress.phase = "Scanning source files ..."
    progress.counting, progress.bytes_total, progress.bytes_done = False, 1000, 1000
    progress.transfers["duplicati-b1.dblock.zip.aes"] = (5, 50)
    progress.current = "/home/u/a.bin"
    state = progress_state(ProgressMeter(task).look(0))
    assert (state.phase, state.overall_progress) == ("Backup_ProcessingFiles", 0.99)
    assert (state.backend_action, state.backend_path) == ("Put", "duplicati-b1.dblock.zip.aes")
    assert (state.backend_file_size, state.backend_file_progress) == (50, 5)
    assert (state.backup_id, state.task_id, state.current_filename) == ("1", 7, "/home/u/a.bin")
    task.parsed = "Fatal"
    state = progress_state(ProgressMeter(task).look(1))
    assert (state.phase, state.overall_progress, state.active_transfers) == ("Error", 1.0, [])
    assert state.backend_path is None
    assert state.backend_speed == -1


def test_stages_of_a_test_after_a_backup_and_of_a_drill() -> None:
    def counted(operation: str, phase: str) -> list[tuple[str, str]]:
        task, progress = _task(operation)
        progress.phase = phase
        if operation == "Verify":
            progress.meters.stage("write", "restore")
        return [(each.name, each.unit) for each in ProgressMeter(task).look(0).stages if each.unit]

    testing, drilling = "Verifying remote backup ...", "Fetching and writing files ..."
    assert counted("Backup", testing) == [("fetch", "volumes"), ("check", "bytes")]
    assert counted("Verify", testing) == [("fetch", "volumes"), ("check", "bytes")]
    assert counted("Verify", drilling) == [("fetch", "volumes"), ("write", "bytes"), ("finish", "files")]


@pytest.mark.parametrize(
    ("operation", "phase", "scanned", "name"),
    [
        ("Backup", "", False, "Backup_Begin"),
        ("Backup", "Checking remote backup ...", False, "Backup_PreBackupVerify"),
        ("Backup", "Checking remote backup ...", True, "Backup_PostBackupVerify"),
        ("Backup", "Verifying remote backup ...", True, "Backup_PostBackupTest"),
        ("Backup", "Replacing damaged indexes ...", True, "Backup_PostBackupTest"),
        ("Verify", "Verifying remote backup ...", False, "Verify_Running"),
        ("Verify", "Choosing files to restore ...", False, "Verify_Running"),
        ("Verify", "Fetching and writing files ...", False, "Verify_Running"),
        ("Restore", "Fetching and writing files ...", False, "Restore_DownloadingRemoteFiles"),
        ("Restore", "Recreating the local database", False, "Restore_RecreateDatabase"),
        ("Repair", "Recreating the local database", False, "Recreate_Running"),
        ("PurgeBrokenFiles", "", False, "PurgeFiles_Begin"),
        ("PurgeBrokenFiles", "Purging broken files ...", False, "PurgeFiles_Process"),
        ("PurgeBrokenFiles", "Recreating the local database", False, "Recreate_Running"),
    ],
)
def test_phases(operation: str, phase: str, scanned: bool, name: str) -> None:
    assert phase_name(operation, phase, scanned=scanned) == name
    assert final_phase(operation, failed=True) == "Error"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.00 KiB"),
        (1_047_552, "1,023.00 KiB"),
        (1 << 30, "1.00 GiB"),
        (5 << 40, "5.00 TiB"),
    ],
)
def test_sizes_as_duplicati_writes_them(size: int, text: str) -> None:
    assert size_text(size) == text


def test_metadata_of_a_backup_and_of_a_restore() -> None:
    result = BackupResult(main_operation="Backup", begin_time=1767355200.0, end_time=1767355212.5)
    result.newest_version_time, result.known_filesets, result.known_file_size = 1767355203, 4, 2048
    found = metadata_after(result)
    assert found["LastBackupDate"] == "20260102T120003Z"
    assert found["LastBackupStarted"] == stamp(1767355200.0) == "20260102T120000Z"
    assert found["LastBackupDuration"] == "00:00:12.5000000"
    assert (found["BackupListCount"], found["TargetSizeString"]) == ("4", "2.00 KiB")
    result.interrupted = True
    assert "BackupListCount" not in metadata_after(result)
    restored = RestoreResult(main_operation="Restore", begin_time=1767355200.0, end_time=1767355201.0)
    assert set(metadata_after(restored)) == {
        "LastRestoreStarted",
        "LastRestoreFinished",
        "LastRestoreDuration",
    }


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        *[("", 0), ("10KB", 10240), ("10", 10240), ("1.5MB", 1572864), ("5mb/s", 5 << 20), ("fast", 0)],
        *[("5X", 0), ("9" * 400, 2**62)],
    ],
)
def test_speeds(text: str, rate: int) -> None:
    assert speed(text) == rate


def test_the_live_log_is_longer_while_someone_looks() -> None:
    now = [0.0]
    log = LiveLog(lambda: now[0])
    for number in range(40):
        log.add(LogLine(float(number), "Information", "t", "i", str(number)))
    log.add(LogLine(0.0, "Verbose", "t", "i", "nobody asked"))
    assert [each.line.text for each in log.poll("information", 0, 100)] == [str(n) for n in range(10, 40)]
    assert log.poll("information", 0, 2)[0].id == 39
    log.poll("Verbose", 0, 1)
    for number in range(100):
        log.add(LogLine(0.0, "Verbose", "t", "i", f"v{number}"))
    found = log.poll("verbose", 40, 500)
    assert len(found) == 100
    assert log.poll("warning", 0, 500) == []
    now[0] = 31.0
    log.add(LogLine(0.0, "Verbose", "t", "i", "too late"))
    log.add(LogLine(0.0, "Warning", "t", "i", "w", "details"))
    assert [each.line.text for each in log.poll("Verbose", 140, 500)] == ["w"]


def test_a_run_keeps_the_first_and_the_last_lines() -> None:
    log = RunLog()
    for number in range(12_000):
        log.add(LogLine(0.0, "Information", "t", "i", f"line {number}"))
    log.add(LogLine(0.0, "Verbose", "t", "i", "no"))
    log.add(LogLine(0.0, "Warning", "t", "i", "careful"))
    lines = log.lines()
    assert len(lines) == 10_001
    assert lines[4999].endswith("line 4999")
    assert lines[5000] == "... 2001 lines left out ..."
    assert lines[-1].endswith("careful")
    assert len(log.warnings) == 1


def test_the_stages_of_a_backup_a_restore_and_a_lost_database() -> None:
    task, progress = _task()
    progress.files_total, progress.bytes_total, progress.files_done, progress.bytes_done = 10, 500, 3, 200
    progress.waiting |= {"read": 2, "upload": 1}
    stages = ProgressMeter(task).look(0).stages
    shown = [(each.name, each.unit, each.done, each.total, each.queued) for each in stages]
    assert shown == [
        ("scan", "files", 10, -1, 0),
        ("read", "bytes", 200, -1, 2),
        ("record", "files", 3, -1, 0),
        ("upload", "bytes", 0, -1, 1),
    ]
    progress.counting = False
    assert [each.total for each in ProgressMeter(task).look(0).stages] == [10, 500, 10, -1]
    progress.phase = "Recreating the local database"
    assert [(each.name, each.unit) for each in ProgressMeter(task).look(0).stages] == [
        ("fetch", "volumes"),
        ("record", ""),
    ]
    task, progress = _task("Restore")
    progress.volumes_total, progress.volumes_done, progress.waiting["fetch"] = 5, 2, 3
    fetch = ProgressMeter(task).look(0).stages[0]
    assert (fetch.name, fetch.done, fetch.total, fetch.queued) == ("fetch", 2, 5, 3)
