"""duplicati-server as a process of its own, on a port that the system picks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

from support.answer_schemas import check_answer

_START = "from triplicati.apps.server import main; main()"
_PORT = re.compile(r"port (\d+)")
PASSWORD = "correct horse battery"


class ServerProcess:
    """`lines` are what it has said so far, on both streams; `port` is known once it listens."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.lines: list[str] = []
        assert process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def said(self, wanted: str, seconds: float = 20) -> str:
        """Waits until it says that; gives everything it has said."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            ended = self.process.poll() is not None and not self._reader.is_alive()
            if ended or time.monotonic() > deadline:
                raise AssertionError(f'It never said "{wanted}", but: {self.text}')
            time.sleep(0.01)
        return self.text

    @property
    def port(self) -> int:
        found = _PORT.search(self.said("Server has started"))
        assert found is not None
        return int(found[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def signed_in(self, password: str = PASSWORD) -> Iterator[httpx.Client]:
        hooks = {"response": [_checked]}
        with httpx.Client(
            base_url=self.url, timeout=20, trust_env=False, verify=False, event_hooks=hooks
        ) as client:
            answer = client.post("/api/v1/auth/login", json={"Password": password})
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['AccessToken']}"
            yield client

    def stop(self, number: int = signal.SIGTERM, seconds: float = 20) -> float:
        """Sends a signal and gives the seconds that the end took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        self.wait(seconds)
        return time.monotonic() - begin

    def wait(self, seconds: float = 20) -> int:
        code = self.process.wait(seconds)
        self._reader.join(5)
        for stream in (self.process.stdout, self.process.stdin):
            if stream is not None:
                stream.close()
        return code

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line)


def _checked(answer: httpx.Response) -> None:
    answer.read()
    check_answer(answer)


@contextmanager
def server_process(
    folder: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    password: str | None = PASSWORD,
    port: int | None = 0,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[ServerProcess]:
    """`folder` is its data folder. It is killed at the end if it still runs."""
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DUPLICATI", "NOTIFY", "WATCHDOG", "JOURNAL", "DBUS"))
    }
    surroundings |= {"DUPLICATI_DATA_FOLDER": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    if password is not None:
        surroundings["DUPLICATI__WEBSERVICE_PASSWORD"] = password
    words = [] if port is None else [f"--webservice-port={port}"]
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", _START, *words, *options],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**surroundings, **(environment or {})},
    )
    server = ServerProcess(process, folder)
    try:
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        server.wait()
