"""Azurite, Microsoft's own server for tests, on loopback."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from support.server_programs import free_port, running

ACCOUNT = "account"
KEY = "c29tZSBrZXkgdGhhdCBpcyBvbmx5IHVzZWQgaGVyZQ=="


class AzureServer(msgspec.Struct):
    port: int
    certificate: Path | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def options(self) -> dict[str, str | None]:
        return {
            "azure-endpoint": self.url,
            "azure-account-name": ACCOUNT,
            "azure-access-key": KEY,
        }


@contextmanager
def azure_server(work: Path, *, tls: Path | None = None) -> Iterator[AzureServer]:
    """`tls` is a file with a certificate and its key; what is stored and the log are in `work`."""
    port = free_port()
    secure = ["--cert", str(tls), "--key", str(tls)] if tls else []
    command = [
        _azurite(), "--blobHost", "127.0.0.1", "--blobPort", str(port),
        "--location", str(work / f"blobs-{port}"), "--silent",
        "--disableTelemetry", "--skipApiVersionCheck", *secure,
    ]  # fmt: skip
    log = work / f"azurite-{port}.log"
    with running(command, port, log, {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}):
        yield AzureServer(port, tls)


def _azurite() -> str:
    """Of the variable TRIPLICATI_AZURITE, of the environment that runs the tests, or installed."""
    inside = Path("azurite", "node_modules", ".bin", "azurite-blob")
    asked, here = os.environ.get("TRIPLICATI_AZURITE"), Path(sys.prefix) / inside
    found = asked or (str(here) if here.is_file() else shutil.which("azurite-blob"))
    assert found, f"azurite-blob is missing: npm install --prefix {sys.prefix}/azurite azurite"
    return found
