"""Texts of reports, and what is taken out of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from triplicati.errors import InvalidValue
from triplicati.messages.log import LogLine
from triplicati.messages.progress import Problem, Report
from triplicati.messages.results import BackupResult
from triplicati.options.option_values import OptionValues
from triplicati.reports.composing import composed
from triplicati.reports.facts import backup_id, facts, machine_id
from triplicati.reports.finished import Finished, Operation
from triplicati.reports.kinds import HTTP, KINDS, MAIL, is_wanted
from triplicati.reports.redaction import redacting
from triplicati.reports.secrecy import hiding, is_secret, only_known
from triplicati.reports.templates import extra_parameters, filled

URL = "s3://user:url-password@bucket.s3.amazonaws.com/x?auth-password=query+secret&prefix=p"
OPTIONS: dict[str, str | None] = {
    "passphrase": "pass-canary",
    "send-mail-password": "mail-canary",
    "backup-name": "My documents",
    "dblock-size": "5mb",
    "aws-secret-access-key": "unknown-canary",
    "send-http-url": "https://hooks.example/token-in-the-path",
}


def ended(name: str = "Backup", **more: object) -> Finished:
    result = BackupResult(
        main_operation=name,
        begin_time=1.0,
        end_time=3.0,
        warnings=[
            Problem("SourceIsMissing", "The source /home/me/my docs does not exist", "/home/me/my docs")
        ],
        messages=["Read /home/me/pass-canary/x, wrote mail-canary"],
    )
    operation = Operation(name, OPTIONS, URL, ("/home/me/docs", "/srv"))
    known = facts(operation, None)
    lines = (LogLine(0.0, "Warning", "T", "Id", "cannot open /home/me/other/file: denied"),)
    return Finished(operation, result, None, lines, 3, known)


# --- templates -------------------------------------------------------------------------------------------


def test_names_are_filled_in_whatever_their_case() -> None:
    values = {"operationname": "Backup", "backup-name": "100% %RESULT%"}
    assert filled("%OperationName% of %BACKUP-NAME%%nothing%!", values) == "Backup of 100% %RESULT%!"
    assert filled("50 % of 100 %", values) == "50 % of 100 %"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=1&b=x%20y&c=", {"a": "1", "b": "x y", "c": ""}),
        ('{"a": 1, "b": "x", "c": null, "d": [1]}', {"a": "1", "b": "x", "c": "", "d": "[1]"}),
    ],
)
def test_extra_parameters(text: str, expected: dict[str, str]) -> None:
    assert extra_parameters(text) == expected


def test_extra_parameters_that_are_none() -> None:
    with pytest.raises(InvalidValue):
        extra_parameters("{broken")
    report = Report()
    values = OptionValues({"send-mail-extra-parameters": "{broken"})
    assert composed(MAIL, values, ended(), report).extra == {}
    assert [each.id for each in report.warnings] == ["ReportSubmitError"]


def test_a_mail_as_it_comes() -> None:
    message = composed(MAIL, OptionValues({}), ended(), Report())
    assert message.subject == "Duplicati Backup report for My documents"
    lines = message.body.splitlines()
    assert lines[0] == "MainOperation: Backup"
    assert "ParsedResult: Warning" in lines
    assert lines[-3:-1] == [
        "Log data:",
        "1970-01-01 00:00:00 +00 - [Warning-T-Id]: cannot open -redacted-: denied",
    ]
    assert lines[-1] == "... and 3 more"
    assert "SourceIsMissing The source -redacted- does not exist -redacted-" in message.body


def test_everything_that_a_text_can_name() -> None:
    text = (
        "%RESULT%|%parsedresult%|%remoteurl%|%localpath%|%dblock-size%|%passphrase%|%aws-secret-access-key%|"
        "%send-http-url%|%destination-type%|%destination-host-suffix%|%mine%|%unknown%"
    )
    values = OptionValues(
        {"send-mail-subject": text, "send-mail-extra-parameters": "mine=1&dblock-size=9&passphrase=shown"}
    )
    subject = composed(MAIL, values, ended(), Report()).subject
    assert subject == (
        "Warning|Warning|s3://bucket.s3.amazonaws.com/x|-redacted-:-redacted-|5mb|********|********|"
        "********|s3|amazonaws.com|1|"
    )


def test_paths_where_they_are_allowed() -> None:
    values = OptionValues({"allow-paths-in-log-messages": None, "send-mail-subject": "%localpath%"})
    message = composed(MAIL, values, ended(), Report())
    assert message.subject == "/home/me/docs:/srv"
    assert "/home/me/other/file" in message.body
    assert "canary" not in message.body


def test_the_text_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_text("Hello %operationname%\nof /etc/kept")
    values = OptionValues({"send-mail-body": str(path)})
    assert composed(MAIL, values, ended(), Report()).body == "Hello Backup\nof /etc/kept"
    values = OptionValues({"send-mail-body": str(tmp_path / "none")})
    assert composed(MAIL, values, ended(), Report()).body == str(tmp_path / "none")


def test_the_forms() -> None:
    form = "send-http-result-output-format"
    message = composed(HTTP, OptionValues({form: "json"}), ended(), Report())
    told = json.loads(message.body)
    assert message.is_json
    assert told["Data"]["WarningsActualLength"] == 1
    assert told["Extra"]["backup-name"] == "My documents"
    assert told["Extra"]["OperationName"] == "Backup"
    assert told["LogLines"][0].endswith("cannot open -redacted-: denied")
    assert told["Exception"] is None
    page = composed(HTTP, OptionValues({form: "Template"}), ended(), Report()).body
    assert page.startswith("Duplicati Backup report for My documents\n\nBackup of My documents: Warning\n")
    assert "- The source -redacted- does not exist" in page
    failed = Finished(ended().operation, None, ValueError("no /x/y here"), facts=ended().facts)
    assert (
        "It failed: no -redacted-" in composed(HTTP, OptionValues({form: "Template"}), failed, Report()).body
    )
    plain = composed(HTTP, OptionValues({form: "nonsense"}), failed, Report()).body
    assert "Failed: no -redacted-" in plain


@pytest.mark.parametrize("form", ["Duplicati", "Json", "Template"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_in_any_form(kind: object, form: str) -> None:
    assert kind in KINDS
    for each in KINDS:
        values = OptionValues({each.option("result-output-format"): form})
        message = composed(each, values, ended(), Report())
        for secret in ("canary", "url-password", "query secret", "query+secret", "token-in", "/home"):
            assert secret not in message.subject + message.body + message.as_json, secret


# --- secrets and paths -----------------------------------------------------------------------------------


def test_which_options_are_secret() -> None:
    assert is_secret("passphrase", "x")
    assert is_secret("some-api-key", "x")
    assert is_secret("send-mail-url", "smtp://u:p@h")
    assert not is_secret("dblock-size", "5mb")
    assert not is_secret("passphrase", None)
    assert only_known({"A": None, "b": "c"}) == {"a": "", "b": "c"}


def test_secrets_are_hidden_however_they_are_written() -> None:
    hide = hiding(Operation("Backup", {"auth-password": "a b/ü&c"}, "ftp://u:p%40ss%20word@h/x"))
    for text in ("a b/ü&c", "a%20b/%C3%BC%26c", "a%20b%2F%C3%BC%26c", "p@ss word", "p%40ss%20word"):
        assert hide(f"<{text}>") == "<********>"
    assert hiding(Operation("Backup", {"passphrase": "abc"}))("abc") == "abc"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no path", "no path"),
        ("/a/b: denied", "-redacted-: denied"),
        ("The folder '/a b/c d' is", "The folder '-redacted-' is"),
        (r"C:\Users\me\x, gone", "-redacted-, gone"),
        (r"in \\server\share\x", "in -redacted-"),
        ("file:///mnt/x y", "-redacted- y"),
        ("https://host/path and 5 GB/s, 11/22/2026", "https://host/path and 5 GB/s, 11/22/2026"),
        ("The file /a/b c does not exist. Check it", "The file -redacted- does not exist. Check it"),
        ("/a/b => -*.tmp", "-redacted- => -*.tmp"),
        ("/a/b does not fit /c/d", "-redacted-"),
        ("and/or <b>x</b>", "and/or <b>x</b>"),
    ],
)
def test_paths_are_taken_out(text: str, expected: str) -> None:
    assert redacting(())(text) == expected


def test_known_paths_leave_the_sentence_whole() -> None:
    redact = redacting(["/my docs", "/my docs/sub", "/"])
    assert redact("Read /my docs/sub and /my docs/ well") == "Read -redacted- and -redacted- well"
    assert redact("Read /my docs/other thing") == "Read -redacted-"


# --- facts -----------------------------------------------------------------------------------------------


def test_the_default_of_the_backup_id() -> None:
    digest = b"file:///x"
    for _ in range(1200):
        digest = hashlib.sha256(b"DUPL" + digest).digest()
    assert backup_id("file:///x") == digest.hex().upper()


def test_the_machine_id_stays(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    first = machine_id(folder)
    assert machine_id(folder) == first
    assert (folder / "machineid.txt").read_text().strip() == first
    assert (folder / "machineid.txt").stat().st_mode & 0o777 == 0o600
    (folder / "machineid.txt").write_text("\n")
    assert machine_id(folder) == machine_id(folder) != ""
    assert machine_id(None) != machine_id(None)


def test_facts_given_as_options() -> None:
    given: dict[str, str | None] = {
        name: f"my {name}" for name in ("machine-id", "backup-id", "machine-name", "next-scheduled-run")
    }
    known = facts(Operation("List", given, "sftp://nas.at-home.example/x"), None)
    assert {name: known[name] for name in given} == given
    assert known["destination-host-suffix"] is None
    assert known["destination-type"] == "sftp"


# --- what is told of -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "name", "wanted"),
    [
        ({}, "Backup", True),
        ({"send-mail-level": "success, warning"}, "Backup", True),
        ({"send-mail-level": "Error,Fatal"}, "Backup", False),
        ({"send-mail-level": "error,ALL"}, "Backup", True),
        ({"send-mail-level": ""}, "Backup", True),
        ({}, "Restore", False),
        ({"send-mail-any-operation": None}, "Restore", True),
        ({"send-mail-any-operation": None, "send-mail-level": "Fatal"}, "Restore", True),
        ({"send-mail-any-operation": None, "send-mail-level": "Fatal"}, "Backup", False),
        ({"send-mail-to": " "}, "Backup", False),
    ],
)
def test_levels_and_operations(options: dict[str, str | None], name: str, wanted: bool) -> None:
    assert is_wanted(MAIL, OptionValues({"send-mail-to": "a@b", **options}), ended(name)) is wanted
