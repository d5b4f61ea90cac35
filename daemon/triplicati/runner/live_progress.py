"""What a running operation shows: rates, stages, how much is left, in our form and in Duplicati's."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import perf_counter

import msgspec

from triplicati.messages.api_progress import ActiveTransfer, ProgressState
from triplicati.messages.live import LiveProgress, Stage, Transfer
from triplicati.messages.progress import Progress
from triplicati.runner.bottleneck import LoadMeter
from triplicati.runner.phases import RECREATING, TESTING, final_phase, phase_name
from triplicati.runner.tasks import MAIN, Task
from triplicati.values.plain_text import plain_text
from triplicati.values.timespans import format_timespan

# Seconds that a rate looks back: long enough to be steady, short enough to follow.
_WINDOW = 10.0
# Time left is told from this many seconds on, and as a range this far apart in doubt.
_SETTLED = 3.0


class _Sample(msgspec.Struct, frozen=True):
    time: float
    files: int
    bytes: int
    sent: int


class ProgressMeter:
    """Looks at the progress of one task again and again, at times of a clock that only goes forward."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._samples: deque[_Sample] = deque()
        self._load = LoadMeter()
        self._scanned = False
        self._first: float | None = None

    def look(self, now: float) -> LiveProgress:
        """The state at `now` (seconds)."""
        task = self._task
        report = task.report
        progress = report.progress if report is not None else Progress()
        self._scanned = self._scanned or "Storing the list" in progress.phase
        self._first = now if self._first is None else self._first
        sending = sum(done for done, _ in list(progress.transfers.values()))
        sample = _Sample(now, progress.files_done, progress.bytes_done, progress.sent + sending)
        files, rate, send_rate = self._rates(sample)
        load = self._load.look(progress.meters, perf_counter())
        stages = _stages(task.operation, progress, _Rates(files, rate, send_rate), sample.sent)
        return LiveProgress(
            task_id=task.id,
            backup_id=task.backup.id,
            operation=task.operation,
            state=_state(task),
            phase=phase_name(task.operation, progress.phase, scanned=self._scanned),
            started=task.started,
            files_done=progress.files_done,
            files_total=progress.files_total,
            bytes_done=progress.bytes_done,
            bytes_total=progress.bytes_total,
            still_counting=progress.counting,
            rate=rate,
            bytes_sent=sample.sent,
            send_rate=send_rate,
            current=plain_text(progress.current),
            stages=_with_load(stages, load.shares),
            bottleneck=load.bottleneck,
            transfers=[
                Transfer(name, task.operation in MAIN, done, size)
                for name, (done, size) in sorted(progress.transfers.items())
            ],
            seconds_left=self._left(progress, now, rate),
            warnings=len(report.warnings) if report is not None else 0,
            errors=len(report.errors) if report is not None else 0,
        )

    def _rates(self, sample: _Sample) -> tuple[float, float, float]:
        """Files, bytes read and bytes sent in a second."""
        samples = self._samples
        if samples and (sample.files < samples[-1].files or sample.bytes < samples[-1].bytes):
            samples.clear()  # another kind of work has begun to count
        samples.append(sample)
        while sample.time - samples[0].time > _WINDOW:
            samples.popleft()
        first = samples[0]
        span = sample.time - first.time
        if span <= 0:
            return 0.0, 0.0, 0.0
        sent = max(sample.sent - first.sent, 0)
        return (sample.files - first.files) / span, (sample.bytes - first.bytes) / span, sent / span

    def _left(self, progress: Progress, now: float, rate: float) -> tuple[int, int] | None:
        """Between what the last seconds and what the whole run so far say."""
        left = progress.bytes_total - progress.bytes_done
        since = now - (now if self._first is None else self._first)
        if progress.counting or left <= 0 or rate <= 0 or since < _SETTLED or not progress.bytes_done:
            return None
        recent, whole = left / rate, left * since / progress.bytes_done
        low, high = sorted((recent, whole))
        return int(low), int(high) + 1


class _Rates(msgspec.Struct, frozen=True):
    """In a second."""

    files: float
    bytes: float
    sent: float


def _stages(operation: str, progress: Progress, rates: _Rates, sent: int) -> list[Stage]:
    """In the order in which the work goes through them."""
    if progress.phase.startswith(RECREATING):
        volumes = Stage("fetch", "volumes", progress.files_done, progress.files_total, rates.files)
        return [volumes, Stage("record", "", 0)]
    done, total, waiting = progress.bytes_done, progress.bytes_total, progress.waiting.get
    drills = operation == "Verify" and progress.phase != TESTING and "write" in progress.meters.stages
    if operation == "Restore" or drills:
        volumes = Stage(
            "fetch", "volumes", progress.volumes_done, progress.volumes_total, 0.0, waiting("fetch", 0)
        )
        files = Stage("finish", "files", progress.files_done, progress.files_total, rates.files)
        return [volumes, Stage("write", "bytes", done, total, rates.bytes), files]
    if operation == "Verify" or progress.phase == TESTING:
        fetched = Stage(
            "fetch", "volumes", progress.volumes_done, progress.volumes_total, 0.0, waiting("fetch", 0)
        )
        return [fetched, Stage("check", "bytes", done, total, rates.bytes)]
    if operation != "Backup":
        return [Stage("work", "files", progress.files_done, progress.files_total, rates.files)]
    known = -1 if progress.counting else progress.files_total
    return [
        Stage("scan", "files", progress.files_total, known),
        Stage("read", "bytes", done, -1 if progress.counting else total, rates.bytes, waiting("read", 0)),
        Stage("record", "files", progress.files_done, known, rates.files),
        Stage("upload", "bytes", sent, -1, rates.sent, waiting("upload", 0)),
    ]


# What comes before what, of the stages that only tell how busy they are.
_UNCOUNTED = {
    "scan": ("compare",),
    "read": ("compress", "encrypt", "store"),
    "fetch": ("decrypt", "unpack"),
}


def _with_load(stages: Sequence[Stage], shares: Mapping[str, float]) -> list[Stage]:
    """With how busy each is, and with the stages in between that count nothing themselves."""
    found = []
    for stage in stages:
        found.append(msgspec.structs.replace(stage, busy=round(shares.get(stage.name, 0.0), 3)))
        found += [
            Stage(name, "", 0, busy=round(shares[name], 3))
            for name in _UNCOUNTED.get(stage.name, ())
            if name in shares
        ]
    return found


def _state(task: Task) -> str:
    if task.parsed or task.state != "running":
        return task.parsed or task.state
    return "stopping" if task.stopping else "running"


def progress_state(live: LiveProgress) -> ProgressState:
    """In Duplicati's form (spec/server.md 3.8); an ended task has an overall progress of 1."""
    ended = live.state not in ("running", "stopping", "paused")
    speed = int(live.send_rate) if live.transfers else -1
    transfers = [
        ActiveTransfer("Put" if each.upload else "Get", each.name, max(each.size, 0), each.done, speed)
        for each in live.transfers
    ]
    first = transfers[0] if transfers and not ended else None
    left = live.seconds_left
    return ProgressState(
        backup_id=live.backup_id,
        task_id=live.task_id,
        backend_action=first.backend_action if first else "Get",
        backend_path=first.backend_path if first else None,
        backend_file_size=first.backend_file_size if first else 0,
        backend_file_progress=first.backend_file_progress if first else 0,
        backend_speed=speed if first else -1,
        current_filename=live.current or None,
        phase=final_phase(live.operation, failed=live.state == "Fatal") if ended else live.phase,
        overall_progress=1.0 if ended else _share(live),
        processed_file_count=live.files_done,
        processed_file_size=live.bytes_done,
        total_file_count=live.files_total,
        total_file_size=live.bytes_total,
        still_counting=live.still_counting and not ended,
        active_transfers=[] if ended else transfers,
        estimated_time_to_completion=(
            None if left is None or ended else format_timespan(timedelta(seconds=sum(left) // 2))
        ),
    )


def _share(live: LiveProgress) -> float:
    """Below 1 until the task has ended: clients take 1 for the end."""
    if live.still_counting or live.bytes_total <= 0:
        return 0.0
    return min(live.bytes_done / live.bytes_total, 0.99)
