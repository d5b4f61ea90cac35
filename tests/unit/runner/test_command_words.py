"""A client's command line taken apart: what may be seen, and what goes into the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.messages.saved import SavedBackup, Setting
from triplicati.options.parameters_file import parse_parameters
from triplicati.options.parser import parse_arguments
from triplicati.runner.command_words import Words, backup_id_of, command_names, command_words

STARS = "*" * 15
_VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)


def words(*given: str, backup: SavedBackup | None = None, **forced: str) -> Words:
    return command_words(given, backup, {}, {name.replace("_", "-"): text for name, text in forced.items()})


def test_secrets_are_not_among_the_visible_words() -> None:
    found = words("list", "s3://me:canary@host/x?auth-password=canary", "*.txt", "--passphrase=canary")
    assert found.visible == ("list", "-", "*.txt")
    assert found.lines == (
        "--passphrase=canary",
        "--target=s3://me:canary@host/x?auth-password=canary",
    )
    assert "canary" not in repr(found)


def test_stars_are_filled_in_from_the_backup() -> None:
    backup = SavedBackup(
        name="Docs",
        target_url="file:///x?auth-password=canary",
        settings=(Setting("passphrase", "secret"),),
    )
    url = f"file:///x?auth-password={STARS}"
    found = words("backup", url, "/s", f"--passphrase={STARS}", "--backup-id=3", backup=backup)
    assert found.lines == ("--passphrase=secret", "--target=file:///x?auth-password=canary")


@pytest.mark.parametrize("secret", ['"canary"', '""', '"', " canary ", "can ary"])
def test_a_stored_secret_arrives_as_it_is(secret: str) -> None:
    """One in quotation marks lost them, and opened nothing."""
    backup = SavedBackup(name="Docs", target_url="file:///x", settings=(Setting("passphrase", secret),))
    found = words("list", "file:///x", f"--passphrase={STARS}", backup=backup)
    assert found.lines is not None
    assert parse_parameters("\n".join(found.lines), {}).options == {"passphrase": secret}


def test_stars_stay_stars_for_another_host() -> None:
    """A command for the host of somebody else got the password of the backup's host."""
    backup = SavedBackup(
        name="Docs",
        target_url="ssh://me@host/x?auth-password=canary",
        settings=(Setting("auth-password", "canary"), Setting("passphrase", "secret")),
    )
    here = words("list", f"ssh://HOST/y?auth-password={STARS}", f"--auth-password={STARS}", backup=backup)
    assert here.lines == ("--auth-password=canary", "--target=ssh://HOST/y?auth-password=canary")
    for rest in ((f"ssh://other/x?auth-password={STARS}",), ("ssh://other/x", f"--auth-password={STARS}")):
        with pytest.raises(InvalidValue):
            words("list", *rest, backup=backup)
    kept = words("list", "ssh://other/x", f"--passphrase={STARS}", backup=backup)
    assert kept.lines == ("--passphrase=secret", "--target=ssh://other/x")


@pytest.mark.parametrize(
    "given",
    [
        ("list", f"file:///x?auth-password={STARS}"),
        ("list", "file:///x", f"--passphrase={STARS}"),
        ("list", "file:///x", "--prefix=a\nb"),
        ("list", "file:///x", "--parameters-file=/etc/passwd"),
    ],
)
def test_what_cannot_be_passed_on_is_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValue):
        words(*given)


def test_options_of_the_administrator_come_last() -> None:
    found = words("list", "file:///x", "--allowed-backend-modules=s3", allowed_backend_modules="file")
    assert found.lines is not None
    assert parse_parameters("\n".join(found.lines), {}).options["allowed-backend-modules"] == "file"


def test_help_gets_names_only() -> None:
    assert words("help", "--passphrase=canary") == Words(("help", "--passphrase"), None)


def test_the_backup_is_known_by_its_number() -> None:
    assert backup_id_of(["list", "--Backup-ID=3"]) == "3"
    assert backup_id_of(["list", "--backup-id=DB-3"]) == "3"
    assert backup_id_of(["list", "--backup-name=3"]) == ""


def test_only_commands_that_are_built_are_named() -> None:
    found = command_names()
    assert {"backup", "restore", "list", "help", "list-folder-contents"} <= set(found)
    assert not {"controller-server", "man"} & set(found)


@given(_VALUES)
def test_a_value_is_read_as_on_a_command_line(value: str) -> None:
    given = ["list", "file:///x", f"--prefix={value}"]
    found = command_words(given, None, {}, {})
    assert found.lines is not None
    read = parse_parameters("\n".join(found.lines), {}).options["prefix"]
    assert read == parse_arguments(given, {}).options["prefix"]
