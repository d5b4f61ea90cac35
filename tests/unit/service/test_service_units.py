"""Unit files for systemd, judged by systemd's own parser."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from triplicati.errors import UsageError
from triplicati.service.installation.plan import Wanted
from triplicati.service.installation.systemd import environment_text, systemd_plan, unit_text

_PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
_NASTY = st.text("a \"'\\%$`;#{}~!*?[]&|<>=@", min_size=1, max_size=20)
_UNIT = "triplicati.service"
_few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def wanted_unit(
    *options: str,
    folder: str = "/var/lib/triplicati",
    user: bool = False,
    secrets: dict[str, str] | None = None,
) -> Wanted:
    return Wanted(
        system="linux",
        user=user,
        name="triplicati",
        folder=PurePosixPath(folder),
        given=False,
        program=("/bin/sh",),
        options=options,
        secrets=secrets or {},
        stop_seconds=17.0,
        config=PurePosixPath("/home/a b/.config"),
        identity=0,
    )


def _judged(text: str, place: Path, *, user: bool = False, loud: bool = False) -> str:
    """What systemd has to say about a unit: nothing, or with `loud` all it has understood."""
    place.joinpath(_UNIT).write_text(text)
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(["--user"] if user else []), f"./{_UNIT}"],
        cwd=place,
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "XDG_RUNTIME_DIR": str(place),
            "SYSTEMD_LOG_LEVEL": "debug" if loud else "info",
            "LC_ALL": "C.UTF-8",
        },
    )
    told = (ended.stdout + ended.stderr).decode()
    assert ended.returncode == 0, told
    return told


@pytest.mark.parametrize("user", [False, True])
def test_systemd_finds_no_fault(tmp_path: Path, user: bool) -> None:
    text = unit_text(wanted_unit("--webservice-port=8300", user=user), PurePosixPath("/x/triplicati.env"))
    assert _judged(text, tmp_path, user=user) == ""


def test_systemd_would_find_a_fault(tmp_path: Path) -> None:
    text = unit_text(wanted_unit(), PurePosixPath("/x/triplicati.env"))
    assert "LimitCORES" in _judged(text.replace("LimitCORE=", "LimitCORES="), tmp_path)


@_few
@given(_PLAIN | _NASTY, _PLAIN | _NASTY)
def test_systemd_reads_the_words_that_were_meant(tmp_path: Path, option: str, folder: str) -> None:
    assume("/" not in folder and folder not in (".", "..") and folder == folder.strip())
    wanted = wanted_unit(f"--log-file={option}", folder=f"/srv/{folder}")
    told = _judged(unit_text(wanted, PurePosixPath("/x/triplicati.env")), tmp_path, loud=True)
    found = re.search(r"^\t+Environment: (.*)$", told, re.MULTILINE)
    assert found is not None
    assert found[1] == f"DUPLICATI_DATA_FOLDER=/srv/{folder}"
    found = re.search(r"^\t+Command Line: /bin/sh (.*)$", told, re.MULTILINE)
    assert found is not None
    assert _shown_word(found[1]) == f"--log-file={option}"


def _shown_word(text: str) -> str:
    """A word as systemd shows it, quoted if need be, and with "$$" for "$" until it is run."""
    if text.startswith('"') and text.endswith('"'):
        text = re.sub(r'\\([\\"$`])', r"\1", text[1:-1])
    return text.replace("$$", "$")


@given(st.dictionaries(st.from_regex("DUPLICATI__[A-Z_]{1,10}", fullmatch=True), _PLAIN | _NASTY, max_size=3))
@settings(max_examples=30)
def test_a_shell_reads_the_secrets_that_were_meant(secrets: dict[str, str]) -> None:
    """systemd reads such a file by the rules of a shell, where values stand in double quotes."""
    names = " ".join(f'"${name}"' for name in secrets)
    script = f"{environment_text(secrets)}\nprintf '%s\\0' {names}"
    ended = subprocess.run(["/bin/sh"], input=script.encode(), capture_output=True, check=True)
    assert ended.stdout.decode().split("\0")[: len(secrets)] == list(secrets.values())


@pytest.mark.parametrize("letter", ["\n", "\r", "\0", "\x1b", "\udc80"])
@pytest.mark.parametrize("where", ["option", "folder", "secret"])
def test_what_no_unit_can_hold_is_refused(letter: str, where: str) -> None:
    text = f"a{letter}ExecStartPre=/bin/false"
    options = (f"--log-file={text}",) if where == "option" else ()
    folder = f"/srv/{text}" if where == "folder" else "/srv/data"
    secrets = {"DUPLICATI__WEBSERVICE_PASSWORD": text} if where == "secret" else {}
    with pytest.raises(UsageError):
        systemd_plan(wanted_unit(*options, folder=folder, secrets=secrets))


@pytest.mark.parametrize("user", [False, True])
def test_it_can_read_what_it_backs_up_and_write_what_it_restores(user: bool) -> None:
    text = unit_text(wanted_unit(user=user), PurePosixPath("/x/triplicati.env"))
    for hindrance in (
        "ProtectHome", "ProtectSystem", "PrivateUsers", "PrivateTmp", "PrivateDevices", "ReadOnlyPaths",
        "InaccessiblePaths", "RestrictSUIDSGID", "CapabilityBoundingSet", "ProtectKernelModules",
        "ProtectClock",
    ):  # fmt: skip
        assert f"\n{hindrance}" not in text
    assert "\nNoNewPrivileges=yes\n" in text
    # With it, the unit of a user would see the files of all others as those of "nobody".
    assert ("\nProtectKernelTunables=yes\n" in text) is not user


def test_the_usual_folder_is_made_by_systemd_and_another_one_is_not() -> None:
    usual = unit_text(wanted_unit(), PurePosixPath("/x/triplicati.env"))
    assert "StateDirectory=triplicati\nStateDirectoryMode=0700\n" in usual
    other = unit_text(wanted_unit(folder="/srv/backup"), PurePosixPath("/x/triplicati.env"))
    assert "StateDirectory" not in other
    assert "RequiresMountsFor=/srv/backup\n" in other


def test_secrets_are_in_a_file_of_their_own() -> None:
    secrets = {"DUPLICATI__WEBSERVICE_PASSWORD": "open sesame"}
    unit, private = systemd_plan(wanted_unit(secrets=secrets)).files
    assert "open sesame" not in unit.text
    assert f"EnvironmentFile=-{private.path}\n" in unit.text
    assert private.private
    assert 'DUPLICATI__WEBSERVICE_PASSWORD="open sesame"\n' in private.text
    assert "open sesame" not in repr(private)


def test_the_watchdog_is_slower_than_the_server_that_feeds_it_thinks_itself_stuck() -> None:
    from triplicati.apps.server import run

    (seconds,) = re.findall(r"WatchdogSec=(\d+)", unit_text(wanted_unit(), PurePosixPath("/x/t.env")))
    # The scheduler looks once a minute; two looks must fit in what counts as stuck.
    assert 60 < int(seconds) <= run._STUCK
