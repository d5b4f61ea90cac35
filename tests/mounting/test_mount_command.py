"""What the command line of the mount means, and what it tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import run_in

from triplicati.apps.webdav.asked import PASSWORD_VARIABLE, parse_asked
from triplicati.apps.webdav.main import run
from triplicati.apps.webdav.telling import told
from triplicati.errors import InvalidValue, UsageError


def test_this_computer_alone_and_a_password_of_its_own() -> None:
    one, other = parse_asked(["file:///x"], {}), parse_asked(["file:///x"], {})
    assert (one.address, one.port, one.user, one.generated) == ("127.0.0.1", 0, "triplicati", True)
    assert one.password is not None
    assert len(one.password.reveal()) >= 16
    assert one.password != other.password
    assert one.cache_size == 256 << 20


def test_options_of_the_destination_are_left_to_it() -> None:
    theirs = ["s3://bucket", "--auth-password=x", "--version=2", "--passphrase=p"]
    asked = parse_asked([*theirs, "--port=99", "--cache-size=1gb"], {})
    assert list(asked.rest) == theirs
    assert (asked.port, asked.cache_size) == (99, 1 << 30)


def test_the_password_of_the_environment() -> None:
    asked = parse_asked(["x"], {PASSWORD_VARIABLE: "from there"})
    assert asked.password is not None
    assert (asked.password.reveal(), asked.generated) == ("from there", False)


@pytest.mark.parametrize("bind", ["any", "0.0.0.0", "192.0.2.1", "::", "somewhere"])
def test_other_computers_never_without_a_good_password(bind: str) -> None:
    for password in ("", "short"):
        with pytest.raises(UsageError):
            parse_asked(["x", f"--bind={bind}", f"--password={password}"], {})
    assert parse_asked(["x", f"--bind={bind}"], {}).generated


@pytest.mark.parametrize("bind", ["loopback", "localhost", "127.0.0.1", "::1"])
def test_this_computer_may_do_without_one(bind: str) -> None:
    assert parse_asked(["x", f"--bind={bind}", "--password="], {}).password is None


@pytest.mark.parametrize("port", ["-1", "65536", "x", "८"])
def test_ports_that_there_are_not(port: str) -> None:
    with pytest.raises(InvalidValue):
        parse_asked(["x", f"--port={port}"], {})


def test_only_a_password_that_nobody_knows_is_shown() -> None:
    made = parse_asked(["x"], {})
    assert made.password is not None
    assert made.password.reveal() in "\n".join(told(made, 8300))
    given = parse_asked(["x", "--password=correct horse"], {})
    text = "\n".join(told(given, 8300))
    assert "correct horse" not in text
    assert "dav://localhost:8300/" in text


def test_who_opens_it_to_the_network_is_warned() -> None:
    assert "Warning" in "\n".join(told(parse_asked(["x", "--bind=any"], {}), 1))
    assert "Warning" not in "\n".join(told(parse_asked(["x"], {}), 1))


def test_an_option_without_its_value_makes_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["x", "--password"], {}) == 200
    assert "expected one argument" in capsys.readouterr().out


def test_a_version_that_there_is_not(tmp_path: Path) -> None:
    """It was told that there is no version at all, and to run a backup first."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "a").write_text("a")
    there = str(tmp_path / "there")
    assert run_in(tmp_path, "backup", there, str(source), "--no-encryption").returncode == 0
    done = run_in(tmp_path, "webdav", there, "--version=7", program="main")
    assert done.returncode == 100
    assert "There is no version 7. Versions go from 0" in done.stderr


def test_who_copies_with_rclone_is_told_where_the_password_goes() -> None:
    assert "RCLONE_WEBDAV_PASS" in "\n".join(told(parse_asked(["x"], {}), 1))
    assert "RCLONE_WEBDAV" not in "\n".join(told(parse_asked(["x", "--password="], {}), 1))
