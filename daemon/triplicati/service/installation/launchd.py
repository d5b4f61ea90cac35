"""Property lists for launchd of macOS: a daemon of the system, or an agent of a user.

launchd starts again what has ended, and notices nothing that hangs; so it runs duplicati-service.
"""

from __future__ import annotations

import plistlib
from pathlib import PurePosixPath

from triplicati.errors import UsageError
from triplicati.service.installation.plan import Plan, ServiceFile, Wanted, checked
from triplicati.service.installation.sealing import sealed

_DAEMONS = PurePosixPath("/Library/LaunchDaemons")


def launchd_plan(wanted: Wanted) -> Plan:
    """Raises `UsageError` for what a list cannot hold, and for secrets, which everybody could read there."""
    if wanted.secrets:
        raise UsageError(reason=secrets_elsewhere(wanted))
    place = wanted.config / "LaunchAgents" if wanted.user else _DAEMONS
    path = place / f"{wanted.name}.plist"
    domain = f"gui/{wanted.identity}" if wanted.user else "system"
    return Plan(
        files=(ServiceFile(path, plist_text(wanted)),),
        load=(),
        start=(
            ("launchctl", "enable", f"{domain}/{wanted.name}"),
            ("launchctl", "bootstrap", domain, str(path)),
        ),
        stop=(("launchctl", "bootout", f"{domain}/{wanted.name}"),),
        after=(),
        notes=(
            'To read all folders it needs "Full Disk Access" in System Settings, Privacy & Security, '
            f"for {wanted.program[0]}.",
        ),
        tried=False,
    )


def plist_text(wanted: Wanted) -> str:
    log = str(wanted.folder / "service.log")
    content = {
        "Label": wanted.name,
        "ProgramArguments": [*map(checked, (*wanted.program, *wanted.options))],
        "EnvironmentVariables": {"DUPLICATI_DATA_FOLDER": checked(str(wanted.folder))},
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        # The default, 20 seconds, is less than a long grace period of the server.
        "ExitTimeOut": int(wanted.stop_seconds) + 13,
        "Umask": 0o077,
        "ProcessType": "Standard",
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    text = plistlib.dumps(content, sort_keys=False).decode()
    return sealed(text, "Install again to change it.")


def secrets_elsewhere(wanted: Wanted) -> str:
    file = wanted.folder / "options.txt"
    return (
        "Passwords and keys are not written into a service file, which others can read. Write them into a "
        f"file for you only, as {file}, one --NAME=VALUE a line, and install with --parameters-file={file}"
    )
