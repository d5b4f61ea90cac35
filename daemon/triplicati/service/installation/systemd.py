"""Units for systemd, of the system and of a user.

The unit runs the server itself: systemd notices by the watchdog that it hangs, starts it again and keeps its
log, so that another process to watch it would only be one more that can fail.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from triplicati.errors import UsageError
from triplicati.service.installation.plan import Plan, ServiceFile, Wanted, checked
from triplicati.service.installation.sealing import sealed

_STATE = PurePath("/var/lib")
_PLAIN = re.compile(r"[A-Za-z0-9_./=,:-]+")
_SYSTEM = PurePath("/etc/systemd/system")
# None of these keeps the server from reading what it backs up and writing what it restores. Those that would:
# ProtectHome, ProtectSystem, PrivateTmp, PrivateUsers, PrivateDevices, ProtectClock (raw devices),
# ProtectKernelModules (hides /usr/lib/modules), RestrictSUIDSGID (such bits are restored), and any limit of
# capabilities (owners are restored, LVM snapshots mounted). A dump of its memory would hold keys.
_EVERYWHERE = (
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "LimitCORE=0",
    "UMask=0077",
)
# For a user, systemd makes these with a user namespace, in which all files of others belong to "nobody".
_SYSTEM_ONLY = ("ProtectKernelTunables=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes")


def systemd_plan(wanted: Wanted) -> Plan:
    """Raises `UsageError` for what a unit cannot hold."""
    folder = wanted.config / "systemd" / "user" if wanted.user else _SYSTEM
    unit = f"{wanted.name}.service"
    secrets = folder / f"{wanted.name}.env"
    files = [ServiceFile(folder / unit, unit_text(wanted, secrets))]
    if wanted.secrets:
        files.append(ServiceFile(secrets, environment_text(wanted.secrets), private=True))
    control = ("systemctl", "--user") if wanted.user else ("systemctl",)
    return Plan(
        files=tuple(files),
        load=((*control, "daemon-reload"),),
        start=((*control, "enable", "--now", unit),),
        stop=((*control, "disable", "--now", unit),),
        after=((*control, "daemon-reload"),),
        notes=_notes(wanted, secrets),
        tried=True,
    )


def unit_text(wanted: Wanted, secrets: PurePath) -> str:
    """The unit; secrets are read from the file `secrets`, where there is one."""
    words = [quoted(wanted.program[0]), *(command_word(word) for word in wanted.program[1:])]
    command = " ".join([*words, *map(command_word, wanted.options)])
    variable = f"DUPLICATI_DATA_FOLDER={wanted.folder}"
    lines = [
        f"# Data folder: {checked(str(wanted.folder))}",
        "[Unit]",
        "Description=Triplicati, backups in Duplicati's format",
        *_order(wanted),
        "StartLimitIntervalSec=10min",
        "StartLimitBurst=6",
        "",
        "[Service]",
        "Type=notify",
        f"ExecStart={command}",
        f"Environment={quoted(variable)}",
        f"EnvironmentFile=-{_bare_path(secrets)}",
        *_state(wanted),
        "# The server tells that it is well twice in this time.",
        "WatchdogSec=120",
        "TimeoutStartSec=10min",
        f"TimeoutStopSec={int(wanted.stop_seconds) + 13}",
        "KillMode=mixed",
        "Restart=on-failure",
        "RestartSec=10",
        "# --webservice-password-init has done its work. A failed start, 100, is tried again: a port may be "
        "taken,",
        "# or a folder not mounted, for a minute only.",
        "RestartPreventExitStatus=102 103",
        *_EVERYWHERE,
        *(() if wanted.user else _SYSTEM_ONLY),
        "",
        "[Install]",
        f"WantedBy={'default.target' if wanted.user else 'multi-user.target'}",
        "",
    ]
    hint = f"Changes belong into a drop-in: systemctl {'--user ' if wanted.user else ''}edit {wanted.name}"
    return sealed("\n".join(lines), hint)


def environment_text(secrets: dict[str, str]) -> str:
    """Variables as systemd reads them from a file: "$" and "`" stand for themselves behind a backslash."""
    lines = []
    for name, value in secrets.items():
        escaped = "".join(f"\\{letter}" if letter in '\\"`$' else letter for letter in checked(value))
        lines.append(f'{name}="{escaped}"\n')
    return sealed("".join(lines), "Passwords and keys of the server; keep it for its owner only.")


def quoted(text: str) -> str:
    """One word of a unit file, in which "%" has no meaning any more. Raises `UsageError`."""
    if _PLAIN.fullmatch(text):
        return text
    escaped = checked(text).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def command_word(text: str) -> str:
    """A word of a command but the first, in which "$" has none either."""
    return quoted(text).replace("$", "$$")


def _bare_path(path: PurePath) -> str:
    text = checked(str(path))
    if any(letter in text for letter in '*?[]\\"') or text != text.strip():
        raise UsageError(reason=f"The folder of unit files, {path.parent}, has a name systemd cannot read.")
    return text.replace("%", "%%")


def _order(wanted: Wanted) -> list[str]:
    mounts = f"RequiresMountsFor={quoted(str(wanted.folder))}"
    if wanted.user:
        return [mounts]
    return [mounts, "Wants=network-online.target", "After=network-online.target remote-fs.target"]


def _state(wanted: Wanted) -> list[str]:
    if wanted.user or wanted.folder != _STATE / wanted.name:
        return []
    return [f"StateDirectory={wanted.name}", "StateDirectoryMode=0700"]


def _notes(wanted: Wanted, secrets: PurePath) -> tuple[str, ...]:
    notes = []
    if wanted.secrets:
        notes.append(f"Passwords and keys are in {secrets}, which only its owner can read.")
    if "DUPLICATI__WEBSERVICE_PASSWORD" in wanted.secrets:
        notes.append(
            "The password in it is set again at each start. To choose it once: "
            "triplicati control change-password"
        )
    if wanted.user:
        notes.append(
            "It runs while you are signed in. To let it run always, once: loginctl enable-linger"
        )
    return tuple(notes)
