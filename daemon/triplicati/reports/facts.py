"""What a report tells of the machine and the backup besides the result (spec/cli.md 5.3, 9.5)."""

from __future__ import annotations

import hashlib
import platform
import re
import socket
import sys
import uuid
from pathlib import Path

from triplicati.reports.finished import Finished, Operation
from triplicati.values.urls import parse_url

_SALT = b"DUPL"
_ROUNDS = 1200
_SYSTEMS = {"linux": "Linux", "darwin": "MacOS", "win32": "Windows"}
_MACHINE_ID = "machineid.txt"
_WORD = re.compile(r"[0-9A-Za-z-]{8,100}")


def facts(operation: Operation, folder: Path | None) -> dict[str, str | None]:
    """By the names that templates and the JSON form have. `folder` is the data folder, None for none."""
    options = operation.options
    scheme, host = _destination(operation.url)
    return {
        "OperationName": operation.name,
        "machine-id": options.get("machine-id") or machine_id(folder),
        "backup-id": options.get("backup-id") or backup_id(operation.url),
        "backup-name": options.get("backup-name") or "Triplicati",
        "machine-name": options.get("machine-name") or socket.gethostname(),
        "operating-system": _SYSTEMS.get(sys.platform, sys.platform),
        "operating-system-detailed": platform.platform(),
        "installation-type": "python",
        "destination-type": scheme,
        "destination-host-suffix": host,
        "next-scheduled-run": options.get("next-scheduled-run") or None,
        "update-channel": "Stable",
    }


def backup_id(url: str) -> str:
    """Tells backups apart without telling the address: salted SHA-256 in hex, 1200 times."""
    digest = hashlib.sha256(_SALT + url.encode("utf-8", "surrogateescape")).digest()
    for _ in range(_ROUNDS - 1):
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
        if _WORD.fullmatch(known):
            return known
        path.write_text(fresh + "\n", "utf-8")
    except FileNotFoundError:
        _create(path, fresh)
    except OSError:
        pass
    return fresh


def template_values(finished: Finished, known: dict[str, str | None], result: str) -> dict[str, str]:
    """For `templates.filled`; `result` is the text that ``%RESULT%`` stands for."""
    operation = finished.operation
    return {
        **{name.lower(): value or "" for name, value in known.items()},
        "remoteurl": _display(operation.url),
        "localpath": ":".join(operation.sources),
        "parsedresult": finished.parsed,
        "result": result,
    }


def _create(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(text + "\n", "utf-8")
    except OSError:
        return


def _destination(url: str) -> tuple[str | None, str | None]:
    """Its type, and the last two parts of its host's name: enough to tell providers apart."""
    if not url:
        return None, None
    parsed = parse_url(url)
    labels = parsed.host.split(".")
    named = len(labels) > 1 and not labels[-1].isdigit()
    return parsed.scheme, ".".join(labels[-2:]) if named else None


def _display(url: str) -> str:
    return parse_url(url).display if url else ""
