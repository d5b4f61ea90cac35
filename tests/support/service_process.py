"""duplicati-service as a process of its own, with a real server below it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from support.server_process import PASSWORD, ServerProcess

_PORT = re.compile(r"port (\d+)\n")


class ServiceProcess(ServerProcess):
    """`lines` are those of the service and of the servers it has started."""

    @property
    def starts(self) -> int:
        """How many servers have come to listen so far."""
        return len(_PORT.findall(self.text))

    def started(self, number: int = 1, seconds: float = 30) -> psutil.Process:
        """Waits until so many servers have come to listen; gives the one that runs."""
        deadline = time.monotonic() + seconds
        while self.starts < number:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.01)
        (server,) = psutil.Process(self.process.pid).children()
        return server

    @property
    def newest_url(self) -> str:
        return f"http://127.0.0.1:{_PORT.findall(self.text)[-1]}"


@contextmanager
def service_process(
    folder: Path, *options: str, environment: Mapping[str, str] | None = None, password: str | None = PASSWORD
) -> Iterator[ServiceProcess]:
    """`folder` is the data folder. The service and its server are killed at the end if they still run."""
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DUPLICATI", "NOTIFY", "WATCHDOG", "JOURNAL", "DBUS"))
    }
    surroundings |= {
        "DUPLICATI_DATA_FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONUNBUFFERED": "1",
    }
    if password is not None:
        surroundings["DUPLICATI__WEBSERVICE_PASSWORD"] = password
    process = subprocess.Popen(
        [sys.executable, "-m", "triplicati.apps.service", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**surroundings, **(environment or {})},
    )
    service = ServiceProcess(process, folder)
    try:
        yield service
    finally:
        if process.poll() is None:
            servers = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for each in servers:
                if each.is_running():
                    each.kill()
        service.wait()
