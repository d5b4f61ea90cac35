"""Measures backups over a line beside restic and rclone: ``tools/test -s bench -- --only far``.

`rclone serve` and OpenSSH are the servers. Ours and restic make an encrypted backup of the same files, which
cannot be compressed, and restore it. What the line and the server allow is told by rclone, which copies the
files there and back as they are, beside `triplicati backend bench`, which sends and fetches as many bytes.
The line has no latency, or 20 or 100 ms for each round trip.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench.measure import run

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.sftp_server import sshd  # the servers of the tests

_USER, _WORD = "bench", "bench-password"
_FILES, _SIZE = 12, 32 << 20
_PARTS = "bench passphrase"
ROUND_TRIPS = (0.0, 0.02, 0.1)
KINDS = ("s3", "sftp", "webdav")
# rclone creates what it writes to and restic wants a new place, so each has its own.
_PROGRAMS = ("ours", "restic", "sending", "rclone")


@dataclass(frozen=True)
class Speed:
    """MB/s (10^6) of user data."""

    kind: str
    round_trip: float
    program: str
    up: float
    down: float


def measure_far(ours: str, work: Path, rounds: int, kinds: Sequence[str] = KINDS) -> list[Speed]:
    """The median of the rounds for each kind, latency and program."""
    rclone = shutil.which("rclone") or str(Path(sys.executable).with_name("rclone"))
    source = _source(work / "far-source")
    found = []
    for kind in kinds:
        for round_trip in ROUND_TRIPS:
            with _server(rclone, kind, work) as port, _line(port, round_trip) as near:
                times: dict[str, list[tuple[float, float]]] = {name: [] for name in _PROGRAMS}
                for number in range(rounds):
                    for name in _PROGRAMS:
                        place = _Place(kind, near, f"{name}{number}", work, rclone, ours)
                        times[name].append(_MEASURED[name](place, source))
            total = _FILES * _SIZE / 1e6
            for name, each in times.items():
                up, down = (statistics.median(side) for side in zip(*each, strict=True))
                found.append(Speed(kind, round_trip, name, total / up, total / down))
                where = f"{kind} {round_trip * 1000:.0f} ms {name}"
                print(f"{where}: {total / up:.0f} up, {total / down:.0f} down", flush=True)
    return found


def table(speeds: Sequence[Speed]) -> str:
    heads = ("server", "round trip", "backup", "restic", "files alone", "rclone copy")
    rows = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for kind, trip in dict.fromkeys((each.kind, each.round_trip) for each in speeds):
        of = {each.program: each for each in speeds if (each.kind, each.round_trip) == (kind, trip)}
        cells = (f"{of[name].up:.0f} / {of[name].down:.0f}" for name in _PROGRAMS)
        rows.append(f"| {kind} | {trip * 1000:.0f} ms | {' | '.join(cells)} |")
    return "\n".join(rows)


@dataclass(frozen=True)
class _Place:
    kind: str
    port: int
    folder: str
    work: Path
    rclone: str
    ours: str

    @property
    def served(self) -> Path:
        return self.work / "far-served"

    @property
    def key(self) -> Path:
        return self.work / "far-sshd" / "user"

    def measured(self, *command: str, **environment: str) -> float:
        """Seconds."""
        surroundings = {**os.environ, **environment}
        return run(command, surroundings, log=self.work / "far.log").seconds


def _address(place: _Place) -> tuple[str, tuple[str, ...]]:
    """Ours, with options."""
    server = f"127.0.0.1:{place.port}"
    if place.kind == "s3":
        (place.served / place.folder).mkdir(parents=True, exist_ok=True)
    return {
        "s3": (
            f"s3://{place.folder}/b",
            (
                f"--s3-server-name={server}",
                f"--aws-access-key-id={_USER}",
                f"--aws-secret-access-key={_WORD}",
            ),
        ),
        "sftp": (
            f"ssh://{getpass.getuser()}@{server}{place.served}/{place.folder}",
            (f"--ssh-keyfile={place.key}", "--ssh-accept-any-fingerprints=true"),
        ),
        "webdav": (f"webdav://{_USER}@{server}/{place.folder}", (f"--auth-password={_WORD}",)),
    }[place.kind]


def _ours(place: _Place, source: Path) -> tuple[float, float]:
    url, options = _address(place)
    home, back = place.work / "far-home", place.work / "far-back"
    for folder in (home, back):
        shutil.rmtree(folder, ignore_errors=True)
    environment = {"PASSPHRASE": _PARTS, "DUPLICATI_DATA_FOLDER": str(home)}
    quiet = "--backup-test-samples=0"
    up = place.measured(place.ours, "backup", url, str(source), *options, quiet, **environment)
    down = place.measured(
        place.ours, "restore", url, *options, f"--restore-path={back}", **environment
    )
    return up, down


def _restic(place: _Place, source: Path) -> tuple[float, float]:
    server, more, environment = f"127.0.0.1:{place.port}", [], {}
    if place.kind == "s3":
        repository = f"s3:http://{server}/{place.folder}"
        environment = {"AWS_ACCESS_KEY_ID": _USER, "AWS_SECRET_ACCESS_KEY": _WORD}
    elif place.kind == "sftp":
        repository = f"sftp:127.0.0.1:{place.served}/{place.folder}"
        ssh = f"ssh -p {place.port} -i {place.key} -o StrictHostKeyChecking=no"
        ssh += " -o UserKnownHostsFile=/dev/null"
        more = ["-o", f"sftp.command={ssh} 127.0.0.1 -s sftp"]
    else:
        repository = f"rclone:far:{place.folder}"
        environment = _remote(place)
        more = ["-o", f"rclone.program={place.rclone}"]
    back = place.work / "far-back"
    shutil.rmtree(back, ignore_errors=True)
    environment |= {"RESTIC_PASSWORD": _PARTS, "RESTIC_CACHE_DIR": str(place.work / "far-cache")}
    restic = ("restic", "-r", repository, *more)
    place.measured(*restic, "init", **environment)
    up = place.measured(*restic, "backup", str(source), **environment)
    down = place.measured(*restic, "restore", "latest", "--target", str(back), **environment)
    return up, down


def _copy(place: _Place, source: Path) -> tuple[float, float]:
    back = place.work / "far-back"
    shutil.rmtree(back, ignore_errors=True)
    copy, environment = (place.rclone, "--config", "", "copy"), _remote(place)
    there = f"far:{place.served}/{place.folder}" if place.kind == "sftp" else f"far:{place.folder}"
    up = place.measured(*copy, str(source), there, **environment)
    down = place.measured(*copy, there, str(back), **environment)
    return up, down


def _sending(place: _Place, _: Path) -> tuple[float, float]:
    url, options = _address(place)
    tool = [sys.executable, "-m", "triplicati.apps.backend_tool"]
    subprocess.run([*tool, "create-folder", url, *options], stdout=subprocess.DEVNULL, check=True)
    wanted = (f"--size={_SIZE}b", f"--count={_FILES}", "--parallel=4", "--json")
    command = [*tool, "bench", url, *options, *wanted]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (found,) = json.loads(told)["Throughput"]
    return _FILES * _SIZE / found["Put"], _FILES * _SIZE / found["Get"]


_MEASURED = {"ours": _ours, "restic": _restic, "sending": _sending, "rclone": _copy}


def _remote(place: _Place) -> dict[str, str]:
    server = f"http://127.0.0.1:{place.port}"
    obscured = subprocess.run(
        [place.rclone, "obscure", _WORD], capture_output=True, text=True, check=True
    ).stdout.strip()
    settings = {
        "s3": {
            "type": "s3",
            "provider": "Rclone",
            "endpoint": server,
            "access_key_id": _USER,
            "secret_access_key": _WORD,
        },
        "sftp": {
            "type": "sftp",
            "host": "127.0.0.1",
            "port": str(place.port),
            "user": getpass.getuser(),
            "key_file": str(place.key),
            "shell_type": "none",
        },
        "webdav": {"type": "webdav", "url": server, "user": _USER, "pass": obscured, "vendor": "other"},
    }[place.kind]
    return {f"RCLONE_CONFIG_FAR_{name.upper()}": value for name, value in settings.items()}


def _source(folder: Path) -> Path:
    if not folder.exists():
        folder.mkdir(parents=True)
        for number in range(_FILES):
            (folder / f"f{number}").write_bytes(random.Random(number).randbytes(_SIZE))
    return folder


@contextlib.contextmanager
def _server(rclone: str, kind: str, work: Path) -> Iterator[int]:
    """On a folder of its own, whose port is given."""
    served, port = work / "far-served", _free_port()
    shutil.rmtree(served, ignore_errors=True)
    served.mkdir(parents=True)
    if kind == "sftp":
        shutil.rmtree(work / "far-sshd", ignore_errors=True)
        with sshd(work / "far-sshd") as server:
            yield server.port
        return
    words = {"s3": ("--auth-key", f"{_USER},{_WORD}"), "webdav": ("--user", _USER, "--pass", _WORD)}[kind]
    command = (rclone, "--config", "", "serve", kind, str(served), "--addr", f"127.0.0.1:{port}", *words)
    with (work / "far-server.log").open("wb") as log, _ended(subprocess.Popen(command, stderr=log)):
        _wait_for(port)
        yield port


@contextlib.contextmanager
def _line(port: int, round_trip: float) -> Iterator[int]:
    if not round_trip:
        yield port
        return
    command = (sys.executable, "-m", "tools.bench.line", str(port), str(round_trip / 2))
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    with _ended(process):
        assert process.stdout is not None
        yield int(process.stdout.readline())


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")
