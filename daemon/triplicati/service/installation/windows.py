"""A service of Windows, with WinSW (a file for it) or NSSM (the commands for it).

Windows notices nothing that hangs; so the service is duplicati-service.
"""

from __future__ import annotations

import subprocess
from xml.etree import ElementTree

from triplicati.errors import UsageError
from triplicati.service.installation.launchd import secrets_elsewhere
from triplicati.service.installation.plan import Plan, ServiceFile, Wanted, checked
from triplicati.service.installation.sealing import sealed

_TITLE = "Triplicati"
_DESCRIPTION = "Backups in Duplicati's format"


def windows_plan(wanted: Wanted) -> Plan:
    """Raises `UsageError` for a user, whom Windows gives no services, for secrets, and for "%"."""
    if wanted.user:
        raise UsageError(
            reason="Windows has services of the system only. Leave out --user, and run this as administrator."
        )
    if wanted.secrets:
        raise UsageError(reason=secrets_elsewhere(wanted))
    path = wanted.folder / f"{wanted.name}-service.xml"
    program = str(wanted.folder / f"{wanted.name}-service.exe")
    return Plan(
        files=(ServiceFile(path, winsw_text(wanted)),),
        load=(),
        start=((program, "install"), (program, "start")),
        stop=((program, "stop"), (program, "uninstall")),
        after=(),
        notes=(
            f"It needs WinSW: save its program as {program}, beside the file.",
            "Or instead of it NSSM, with these commands:",
            *(f"  {subprocess.list2cmdline(words)}" for words in nssm_commands(wanted)),
        ),
        tried=False,
    )


def winsw_text(wanted: Wanted) -> str:
    program, *words = (*wanted.program, *wanted.options)
    service = ElementTree.Element("service")

    def add(tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
        element = ElementTree.SubElement(service, tag, attributes)
        element.text = text or None
        return element

    add("id", wanted.name)
    add("name", _TITLE)
    add("description", _DESCRIPTION)
    add("executable", _plain(program))
    add("arguments", _plain(subprocess.list2cmdline(words)))
    add("env", name="DUPLICATI_DATA_FOLDER", value=_plain(str(wanted.folder)))
    add("startmode", "Automatic")
    add("delayedAutoStart", "true")
    add("stoptimeout", f"{int(wanted.stop_seconds) + 13} sec")
    add("onfailure", action="restart", delay="10 sec")
    add("onfailure", action="restart", delay="5 min")
    add("resetfailure", "1 hour")
    add("logpath", _plain(str(wanted.folder)))
    log = add("log", mode="roll-by-size")
    ElementTree.SubElement(log, "sizeThreshold").text = "10240"
    ElementTree.SubElement(log, "keepFiles").text = "4"
    ElementTree.indent(service)
    text = ElementTree.tostring(service, encoding="unicode")
    return sealed(f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n', "Install again to change it.")


def nssm_commands(wanted: Wanted) -> tuple[tuple[str, ...], ...]:
    """They make the service, and set what differs from what NSSM does by itself."""
    name, log = wanted.name, str(wanted.folder / "service.log")
    stop = str((int(wanted.stop_seconds) + 13) * 1000)
    return (
        ("nssm", "install", name, *wanted.program, *wanted.options),
        ("nssm", "set", name, "DisplayName", _TITLE),
        ("nssm", "set", name, "Description", _DESCRIPTION),
        ("nssm", "set", name, "AppEnvironmentExtra", f"DUPLICATI_DATA_FOLDER={wanted.folder}"),
        ("nssm", "set", name, "AppStdout", log),
        ("nssm", "set", name, "AppStderr", log),
        ("nssm", "set", name, "AppStopMethodConsole", stop),
        ("nssm", "set", name, "AppExit", "0", "Exit"),
        ("nssm", "start", name),
    )


def _plain(text: str) -> str:
    """WinSW fills in %NAME%, and knows no way to write a percent sign."""
    if "%" in checked(text):
        raise UsageError(reason=f'"{text}" has a percent sign, which a service file of WinSW cannot hold.')
    return text


