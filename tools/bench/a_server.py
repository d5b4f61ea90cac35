"""A server of its own on a new data folder, for what is measured over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from triplicati.client import local_server
from triplicati.errors import NoLocalServer

PASSWORD = "only for this measurement"
_START = 30.0


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address and its process, once it listens."""
    command = [sys.executable, "-m", "triplicati.apps.main", "server"]
    options = [f"--server-datafolder={folder}", "--webservice-port=0"]
    environment = os.environ | {"DUPLICATI__WEBSERVICE_PASSWORD": PASSWORD}
    process = subprocess.Popen([*command, *options], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield _address(folder), process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def signed_in(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False) as client:
        answer = client.post("/api/v1/auth/login", json={"Password": PASSWORD}).raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['AccessToken']}"
        yield client


def _address(folder: Path) -> str:
    end = time.monotonic() + _START
    while True:
        try:
            return local_server(folder).url
        except NoLocalServer:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
