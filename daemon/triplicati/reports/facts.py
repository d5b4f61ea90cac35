"""What a report tells of the machine and the backup besides the result (spec/cli.md 5.3, 9.5)."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import socket
import sys
import tempfile
import uuid
from pathlib import Path

from triplicati.reports.finished import Operation
from triplicati.values.urls import parse_url

DEFAULT_BACKUP_NAME = "Triplicati"
_SALT = b"DUPL"
_ROUNDS = 1200
_SYSTEMS = {"linux": "Linux", "darwin": "MacOS", "win32": "Windows"}
_MACHINE_ID = "machineid.txt"
_WORD = re.compile(r"[0-9A-Za-z-]{8,100}")
# Hosts of anybody; every other name could tell whose backup this is.
_PUBLIC_HOSTS = (
    "amazonaws.com",
    "backblazeb2.com",
    "blob.core.windows.net",
    "box.com",
    "cloudflarestorage.com",
    "digitaloceanspaces.com",
    "dropboxapi.com",
    "googleapis.com",
    "idrivee2.com",
    "jottacloud.com",
    "koofr.net",
    "linodeobjects.com",
    "mega.nz",
    "onedrive.com",
    "pcloud.com",
    "rsync.net",
    "scw.cloud",
    "sharepoint.com",
    "storjshare.io",
    "wasabisys.com",
    "your-objectstorage.com",
    "your-storagebox.de",
)


def facts(operation: Operation, folder: Path | None) -> dict[str, str | None]:
    """By the names that templates and the JSON form have. `folder` is the data folder, None for none."""
    options = operation.options
    scheme, host = _destination(operation.url)
    return {
        "OperationName": operation.name,
        "machine-id": options.get("machine-id") or machine_id(folder),
        "backup-id": options.get("backup-id") or backup_id(operation.url),
        "backup-name": options.get("backup-name") or DEFAULT_BACKUP_NAME,
        "machine-name": options.get("machine-name") or socket.gethostname(),
        "operating-system": _SYSTEMS.get(sys.platform, sys.platform),
        "installation-type": "python",
        "destination-type": scheme,
        "next-scheduled-run": options.get("next-scheduled-run") or None,
        "update-channel": "Stable",
        "operating-system-detailed": platform.platform(),
        "destination-host-suffix": host,
    }


def backup_id(url: str) -> str:
    """Tells backups apart without telling the address: salted SHA-256 in hex, 1200 times."""
    digest = url.encode("utf-8", "surrogateescape")
    for _ in range(_ROUNDS):
        digest = hashlib.sha256(_SALT + digest).digest()
    return digest.hex().upper()


def machine_id(folder: Path | None) -> str:
    """Kept in the data folder; made there when it is absent. A folder that cannot be written costs only that
    the next report has another."""
    fresh = uuid.uuid4().hex
    if folder is None:
        return fresh
    path = folder / _MACHINE_ID
    try:
        known = path.read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return _kept(path, fresh)
    except OSError:
        return fresh
    return known if _WORD.fullmatch(known) else _kept(path, fresh)


def _kept(path: Path, fresh: str) -> str:
    """In one step: of two runs at once the later one wins, and none reads half a name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(fresh + "\n")
        Path(name).replace(path)
    except OSError:
        pass
    return fresh


def _destination(url: str) -> tuple[str | None, str | None]:
    """Its type, and the provider where its host is that of a public one."""
    if not url:
        return None, None
    parsed = parse_url(url)
    host = f".{parsed.host.lower()}"
    return parsed.scheme, next((name for name in _PUBLIC_HOSTS if host.endswith("." + name)), None)
