"""Service files for macOS and Windows, which are made here and were not run there."""

from __future__ import annotations

import plistlib
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import UsageError
from triplicati.service.installation.launchd import launchd_plan, plist_text
from triplicati.service.installation.plan import Wanted
from triplicati.service.installation.sealing import is_untouched
from triplicati.service.installation.windows import nssm_commands, windows_plan, winsw_text

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)
# The elements that WinSW reads (its xml-config-file.md).
_WINSW = {
    "id", "name", "description", "executable", "arguments", "env", "startmode", "delayedAutoStart",
    "stoptimeout", "onfailure", "resetfailure", "logpath", "log",
}  # fmt: skip
# The keys of launchd.plist(5) that are used.
_LAUNCHD = {
    "Label", "ProgramArguments", "EnvironmentVariables", "RunAtLoad", "KeepAlive", "ThrottleInterval",
    "ExitTimeOut", "Umask", "ProcessType", "StandardOutPath", "StandardErrorPath",
}  # fmt: skip

MAC = Wanted(
    system="darwin",
    user=True,
    name="triplicati",
    folder=PurePosixPath("/Users/ann/Library/Application Support/Duplicati"),
    given=False,
    program=("/Users/ann/.local/bin/duplicati-service",),
    options=("--webservice-port=8300",),
    secrets={},
    stop_seconds=17.0,
    config=PurePosixPath("/Users/ann/Library"),
    identity=501,
)
WINDOWS = msgspec.structs.replace(
    MAC,
    system="win32",
    user=False,
    folder=PureWindowsPath(r"C:\ProgramData\triplicati"),
    program=(r"C:\Program Files\Triplicati\duplicati-service.exe",),
    config=PureWindowsPath(r"C:\Users\ann"),
)


def _plist(wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = plistlib.loads(plist_text(wanted).encode())
    return found


@given(_TEXT, _TEXT)
def test_launchd_gets_the_words_that_were_meant(option: str, folder: str) -> None:
    place = PurePosixPath("/", folder)
    wanted = msgspec.structs.replace(MAC, options=(f"--log-file={option}",), folder=place)
    found = _plist(wanted)
    assert found["ProgramArguments"] == [*MAC.program, f"--log-file={option}"]
    assert found["EnvironmentVariables"] == {"DUPLICATI_DATA_FOLDER": str(wanted.folder)}


def test_launchd_knows_every_key_and_starts_again_what_failed() -> None:
    found = _plist(MAC)
    assert found.keys() == _LAUNCHD
    assert found["KeepAlive"] == {"SuccessfulExit": False}
    assert found["ExitTimeOut"] == 30
    assert is_untouched(plist_text(MAC))


def test_an_agent_and_a_daemon_have_their_places() -> None:
    agent, daemon = launchd_plan(MAC), launchd_plan(msgspec.structs.replace(MAC, user=False))
    assert str(agent.files[0].path) == "/Users/ann/Library/LaunchAgents/triplicati.plist"
    assert agent.start[-1] == ("launchctl", "bootstrap", "gui/501", str(agent.files[0].path))
    assert str(daemon.files[0].path) == "/Library/LaunchDaemons/triplicati.plist"
    assert daemon.stop == (("launchctl", "bootout", "system/triplicati"),)
    assert not agent.tried


@given(_TEXT.filter(lambda text: "%" not in text))
def test_winsw_gets_the_words_that_were_meant(option: str) -> None:
    wanted = msgspec.structs.replace(WINDOWS, options=(f"--log-file={option}", "--log-level=Error"))
    service = ElementTree.fromstring(winsw_text(wanted).encode())
    assert service.findtext("executable") == WINDOWS.program[0]
    assert _windows_words(service.findtext("arguments") or "") == list(wanted.options)


def _windows_words(text: str) -> list[str]:
    """As the C library of Windows takes a command line apart."""
    words: list[str] = []
    word, quoted, inside, at = "", False, False, 0
    while at < len(text):
        slashes = len(text[at:]) - len(text[at:].lstrip("\\"))
        at += slashes
        if at < len(text) and text[at] == '"':
            word, inside = word + "\\" * (slashes // 2), True
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
            at += 1
        elif slashes:
            word, inside = word + "\\" * slashes, True
        elif text[at] in " \t" and not quoted:
            words, word, inside, at = [*words, word] if inside else words, "", False, at + 1
        else:
            word, inside, at = word + text[at], True, at + 1
    return [*words, word] if inside else words


def test_winsw_knows_every_element_and_starts_again_what_failed() -> None:
    service = ElementTree.fromstring(winsw_text(WINDOWS).encode())
    assert {each.tag for each in service} == _WINSW
    delays = [each.attrib for each in service.findall("onfailure")]
    assert delays == [{"action": "restart", "delay": "10 sec"}, {"action": "restart", "delay": "5 min"}]
    variable = service.find("env")
    assert variable is not None
    assert variable.attrib == {"name": "DUPLICATI_DATA_FOLDER", "value": r"C:\ProgramData\triplicati"}
    assert is_untouched(winsw_text(WINDOWS))


def test_nssm_is_an_alternative_whose_commands_are_told() -> None:
    first, *_ = nssm_commands(WINDOWS)
    assert first == ("nssm", "install", "triplicati", *WINDOWS.program, "--webservice-port=8300")
    notes = "\n".join(windows_plan(WINDOWS).notes)
    assert r'nssm install triplicati "C:\Program Files\Triplicati\duplicati-service.exe"' in notes
    assert not windows_plan(WINDOWS).tried


@pytest.mark.parametrize(
    "wanted",
    [
        msgspec.structs.replace(WINDOWS, user=True),
        msgspec.structs.replace(WINDOWS, options=("--log-file=100%TEMP%",)),
        msgspec.structs.replace(WINDOWS, secrets={"DUPLICATI__WEBSERVICE_PASSWORD": "open sesame"}),
    ],
)
def test_windows_refuses_what_it_cannot_keep(wanted: Wanted) -> None:
    with pytest.raises(UsageError) as caught:
        windows_plan(wanted)
    assert "open sesame" not in str(caught.value)


def test_macos_keeps_no_secrets_where_all_can_read_them() -> None:
    secrets = {"DUPLICATI__WEBSERVICE_PASSWORD": "open sesame"}
    with pytest.raises(UsageError, match="--parameters-file=") as caught:
        launchd_plan(msgspec.structs.replace(MAC, secrets=secrets))
    assert "open sesame" not in str(caught.value)


