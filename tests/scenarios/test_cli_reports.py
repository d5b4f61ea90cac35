"""What a run tells others, and what it tells nobody: reports as a user sets them up."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from support.command_line import PASSPHRASE, CommandLine, environment_of
from support.mail_server import mail_server
from support.web_service import Answer, Asked, WebService, web_service


@pytest.fixture
def run(tmp_path: Path) -> CommandLine:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("a" * 5000)
    return CommandLine(tmp_path)


@pytest.fixture
def web() -> Iterator[WebService]:
    with web_service(lambda _: (200, {"ok": True})) as service:
        yield service


def extra(service: WebService) -> list[dict[str, str]]:
    return [json.loads(each.body)["Extra"] for each in service.asked]


def started(run: CommandLine, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "triplicati.apps.cli", "backup", "dest", "source", *options],
        cwd=run.folder,
        env=environment_of(run.folder, PASSPHRASE=PASSPHRASE),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# --- mail ------------------------------------------------------------------------------------------------


def test_a_mail_about_a_backup(run: CommandLine, tmp_path: Path) -> None:
    with mail_server() as box:
        to = (f"--send-mail-url=127.0.0.1:{box.port}", "--send-mail-to=me@one.example")
        done = run("backup", "dest", "source", "nowhere", *to, "--backup-name=My documents")
        assert done.returncode == 2
        assert "Sending reports ..." in done.stdout
        [mail] = box.mails
        assert mail["Subject"] == "Duplicati Backup report for My documents"
        text = mail.get_content()
        assert "AddedFiles: 1" in text
        assert "SourceIsMissing]: " in text
        assert str(tmp_path) not in text
        assert "-redacted-" in text
        # Lists are not told of, unless that is asked for.
        run("list", "dest", *to)
        assert len(box.mails) == 1
        run("list", "dest", *to, "--send-mail-any-operation", "--send-mail-subject=%operationname% %result%")
        assert box.mails[1]["Subject"] == "List Success"
        run("backup", "dest", "source", *to, "--send-mail-level=Warning,Error,Fatal")
        assert len(box.mails) == 2
        run("backup", "nothing://dest", "source", *to, "--send-mail-subject=%parsedresult%")
        assert box.mails[2]["Subject"] == "Fatal"
        assert box.mails[2].get_content().startswith("Failed: ")


def test_lines_of_a_report(run: CommandLine) -> None:
    with mail_server() as box:
        to = (f"--send-mail-url=127.0.0.1:{box.port}", "--send-mail-to=me@one.example")
        run("backup", "dest", "source", *to, "--send-mail-log-level=Verbose", "--send-mail-max-log-lines=0")
        text = box.mails[0].get_content()
        assert "[Verbose-" in text
        assert "-BackendEvent]: " in text
        run("backup", "dest", "source", *to, "--send-mail-log-filter=+*-StartingOperation")
        assert box.mails[1].get_content().rstrip().endswith("The operation Backup has started")
        run("backup", "dest", "source", *to, "--send-mail-log-level=Profiling", "--send-mail-max-log-lines=2")
        assert " more" in box.mails[2].get_content().rstrip().splitlines()[-1]


def test_a_report_tells_what_a_script_at_the_end_found(run: CommandLine) -> None:
    script = run.script("end.sh", "exit 2")
    with mail_server() as box:
        to = (f"--send-mail-url=127.0.0.1:{box.port}", "--send-mail-to=me@one.example")
        run("backup", "dest", "source", *to, f"--run-script-after={script}", "--send-mail-subject=%result%")
    assert box.mails[0]["Subject"] == "Warning"


def test_a_mail_that_cannot_be_sent_is_a_warning(run: CommandLine) -> None:
    to = ("--send-mail-url=127.0.0.1:9", "--send-mail-to=me@one.example")
    done = run("backup", "dest", "source", *to)
    assert done.returncode == 2
    assert "The report by mail was not sent: 127.0.0.1:9: Connection refused" in done.stdout
    assert "Backup completed successfully!" in done.stdout
    assert run("backup", "dest", "source", *to, "--suppress-warnings=ReportSubmitError").returncode == 1
    assert run("list", "dest", *to, "--send-mail-any-operation").returncode == 0
    failed = run("backup", "nothing://dest", "source", *to)
    assert failed.returncode == 100
    assert "ErrorID: UnsupportedBackend" in failed.stderr


def test_send_mail(run: CommandLine) -> None:
    none = run("send-mail")
    assert none.returncode == 200
    assert "--send-mail-to" in none.stdout
    assert run("send-mail", "someone").returncode == 200
    with mail_server() as box:
        to = (f"--send-mail-url=127.0.0.1:{box.port}", "--send-mail-to=me@one.example")
        done = run("send-mail", *to, "--send-mail-level=Fatal")
        assert done.returncode == 0, done.stdout
        assert "The test mail was sent to me@one.example." in done.stdout
        assert box.mails[0]["Subject"] == "Duplicati SendMail report for Triplicati"
    done = run("send-mail", *to)
    assert done.returncode == 100
    assert "The test mail was not sent." in done.stdout


# --- the web ---------------------------------------------------------------------------------------------


def test_web_requests(run: CommandLine, web: WebService) -> None:
    done = run(
        "backup", "dest", "source", f"--send-http-form-urls={web.url}/form",
        f"--send-http-json-urls={web.url}/json", "--send-http-extra-parameters=chat=7",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    asked = {each.path: each for each in web.asked}
    form = parse_qs(asked["/form"].body.decode())
    assert form["chat"] == ["7"]
    assert form["message"][0].startswith("Duplicati Backup report for Triplicati\n\nMainOperation: Backup")
    told = json.loads(asked["/json"].body)
    assert told["Data"]["AddedFiles"] == 1
    assert told["Data"]["BackendStatistics"]["KnownFilesets"] == 1
    assert told["Extra"]["chat"] == "7"
    assert told["Exception"] is None


def test_who_a_report_is_from(run: CommandLine, web: WebService) -> None:
    """The four options are in the report, and what stands for two of them when they are not given stays."""
    to = f"--send-http-json-urls={web.url}/x"
    run("backup", "dest", "source", to)
    run("backup", "dest", "source", to)
    run(
        "backup", "dest", "source", to, "--backup-id=B", "--machine-id=M", "--machine-name=N",
        "--next-scheduled-run=20270101T000000Z",
    )  # fmt: skip
    first, second, given = extra(web)
    assert len(first["backup-id"]) == 64
    assert (first["backup-id"], first["machine-id"]) == (second["backup-id"], second["machine-id"])
    assert first["machine-name"] == socket.gethostname()
    assert first["next-scheduled-run"] is None
    assert [given[name] for name in ("backup-id", "machine-id", "machine-name", "next-scheduled-run")] == [
        "B", "M", "N", "20270101T000000Z",
    ]  # fmt: skip


def test_paths_in_reports(run: CommandLine, web: WebService, tmp_path: Path) -> None:
    to = f"--send-http-json-urls={web.url}/x"
    run("backup", "dest", "source", "nowhere", to)
    run("backup", "dest", "source", "nowhere", to, "--allow-paths-in-log-messages")
    hidden, shown = ("".join(json.loads(each.body)["LogLines"]) for each in web.asked)
    assert str(tmp_path) not in hidden
    assert "-redacted-" in hidden
    assert f"{tmp_path}/nowhere" in shown


def test_live_status(run: CommandLine, web: WebService) -> None:
    slow = run.script("slow.sh", "sleep 0.6")
    url = f"--http-report-status-url={web.url}/status"
    hook = f"--run-script-post-backup={slow}"
    done = run("backup", "dest", "source", url, "--http-report-status-interval=1s", hook)
    assert done.returncode == 0, done.stdout
    told = [json.loads(each.body) for each in web.asked]
    assert [each["status"] for each in told if each["status"] != "Progress"] == ["Started", "Completed"]
    assert told[-1]["operation"] == "Backup"
    assert told[-1]["progress"]["fileCount"] == 1
    assert told[-1]["backendEvents"] >= 3
    web.asked.clear()
    assert run("restore", "none", url).returncode == 100
    # The first message may have been cut short by the end.
    told = [json.loads(each.body) for each in web.asked if each.body]
    assert told[-1]["status"] == "Failed"
    assert "none" not in told[-1]["errorMessage"].split()


def test_a_status_server_that_is_down_changes_nothing(run: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        begin = time.monotonic()
        done = run("backup", "dest", "source", f"--http-report-status-url={url},http://127.0.0.1:9/")
        assert time.monotonic() - begin < 8
    assert "The live status was not sent" in done.stdout
    assert done.returncode == 2


def test_the_user_stops_it_and_nothing_is_sent(run: CommandLine, tmp_path: Path) -> None:
    with web_service(lambda _: (200, {})) as service:
        script = run.script("wait.sh", "touch waiting; sleep 30")
        process = started(run, f"--send-http-url={service.url}/x", f"--run-script-post-backup={script}")
        end = time.monotonic() + 20
        while not (tmp_path / "waiting").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 100
        assert "ErrorID: OperationAborted" in err
        assert service.asked == [], out


def test_stopped_while_a_report_is_sent(run: CommandLine, tmp_path: Path) -> None:
    sending = threading.Event()
    go_on = threading.Event()

    def hold(_: Asked) -> Answer:
        sending.set()
        go_on.wait(20)
        return 200, {}

    with web_service(hold) as service:
        process = started(run, f"--send-http-url={service.url}/x")
        assert sending.wait(20)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
        go_on.set()
    assert process.returncode == 2
    assert "Stopped while reports were sent" in out
    assert "Backup completed successfully!" in out


def test_other_services(run: CommandLine, web: WebService) -> None:
    host = web.url.removeprefix("http://")
    urls = f"json://{host}/a;nothing://token-canary;json://127.0.0.1:9/token-canary"
    done = run("backup", "dest", "source", f"--send-apprise-urls={urls}", "--send-apprise-subject=%result%")
    assert json.loads(web.asked[0].body)["title"] == "Success"
    assert "The report by Apprise was not sent: nothing: Apprise does not know such" in done.stdout
    assert "canary" not in done.stdout + done.stderr
    assert done.stderr == ""


# --- forms and create-report -----------------------------------------------------------------------------


def test_a_result_file_of_a_script_says_who_it_is_from(run: CommandLine, tmp_path: Path) -> None:
    script = run.script("copy.sh", 'cp "$DUPLICATI__RESULTFILE" copy')
    form = "--run-script-result-output-format=Json"
    run("backup", "dest", "source", f"--run-script-after={script}", form, "--machine-id=M")
    assert json.loads((tmp_path / "copy").read_text())["Extra"]["machine-id"] == "M"


def test_create_report(run: CommandLine, tmp_path: Path) -> None:
    assert run("create-report", "dest").returncode == 100
    run("backup", "dest", "source", "nowhere", "--log-file=log")
    options = ("--send-mail-password=mail-canary", "--exclude=/my/path-canary", "--dblock-size=5mb", "--x")
    done = run("create-report", "dest", "--log-file=log", *options)
    assert done.returncode == 0, done.stderr
    assert "Completed!" in done.stdout.splitlines()
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "".join(texts.values())
    for private in ("canary", str(tmp_path), PASSPHRASE, "a.txt"):
        assert private not in whole
    assert "--dblock-size=5mb\n" in texts["options.txt"]
    assert "--send-mail-password (given)\n" in texts["options.txt"]
    assert "Filters: 0 include, 1 exclude" in texts["options.txt"]
    told = json.loads(texts["database.json"])
    assert told["check"] == ["ok"]
    assert told["rows"]["fileset"] == 1
    assert told["odd volumes"] == []
    again = run("create-report", "dest")
    assert again.returncode == 100
    assert "ErrorID: ReportFileExists" in again.stderr
    assert run("create-report", "dest", "mine.zip").returncode == 0
    assert run("create-report", "dest", "a", "b").returncode == 200


# --- secrets ---------------------------------------------------------------------------------------------


@contextmanager
def watching_children(found: dict[str, set[str]]) -> Iterator[None]:
    """The command lines of all processes below this one, as often as they can be read."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    text = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                found.setdefault(path.parent.name, set()).add(text)
            time.sleep(0.002)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


SECRETS = {
    "passphrase": "pass-canary-1",
    "auth-password": "auth-canary-2",
    "send-mail-password": "mail-canary-3",
    "send-telegram-api-key": "key-canary-4",
    "send-xmpp-password": "xmpp-canary-5",
}
URL = "file://user:url-canary-6@{folder}/dest?auth-password=query-canary-7&aws-secret-access-key=q-canary-8"


@pytest.mark.parametrize("encryption", ["aes", "gpg"])
def test_no_secret_leaves(run: CommandLine, tmp_path: Path, encryption: str) -> None:
    """Neither in mails, requests, logs, results and errors nor on the command line of any other process.

    The scripts have them, in their environment.
    """
    note = run.script("note.sh", 'env > "env-$DUPLICATI__EVENTNAME"; cp "$DUPLICATI__RESULTFILE" result')
    seen: dict[str, set[str]] = {}
    with mail_server() as box, web_service(lambda _: (200, {"ok": True})) as web, watching_children(seen):
        options = {
            **SECRETS,
            "send-mail-to": "me@one.example",
            "send-mail-url": f"smtp://me:right@127.0.0.1:{box.port}",
            "send-mail-body": "%result% %passphrase% %send-mail-password% %send-mail-url% %remoteurl%",
            "send-http-url": f"{web.url}/form",
            "send-http-message": "%result% %auth-password% %send-telegram-api-key% %passphrase%",
            "send-http-json-urls": f"{web.url}/json",
            "send-telegram-channel-id": "1",
            "send-telegram-bot-id": "2",
            "send-telegram-server": f"{web.url}/telegram",
            "http-report-status-url": f"{web.url}/status",
            **{f"send-{kind}-log-level": "Profiling" for kind in ("mail", "http", "telegram")},
            **{f"send-{kind}-any-operation": "true" for kind in ("mail", "http", "telegram")},
            "log-file": "log",
            "log-file-log-level": "Profiling",
            "console-log-level": "Profiling",
            "encryption-module": encryption,
            "run-script-before": note,
            "run-script-after": note,
            "full-result": "true",
        }
        (tmp_path / "options").write_text("".join(f"--{name}={value}\n" for name, value in options.items()))
        url = URL.format(folder=tmp_path)
        (tmp_path / "url").write_text(url)
        words = [
            ["backup", url, "source", "nowhere"],
            ["backup", url, "source", "--result-format=Json"],
            ["list", url],
            ["restore", url, "--restore-path=out"],
            ["restore", url, "--restore-path=out", "--passphrase=wrong-canary-9", "--no-local-db"],
            ["backup", url.replace("file:", "nothing:"), "source", "--debug-output"],
            ["backup", url.replace("6@", "6@host:99999"), "source"],
            ["create-report", url],
        ]
        shown = ""
        for each in words:
            done = run(*each, "--parameters-file=options")
            shown += done.stdout + done.stderr
    assert len(box.mails) >= 5
    telegrams = [each for each in web.asked if each.path.startswith("/telegram")]
    assert len(telegrams) >= 5
    told = shown + (tmp_path / "log").read_text() + (tmp_path / "result").read_text()
    told += "".join(mail.as_string() + mail.get_content() for mail in box.mails)
    told += "".join(
        each.body.decode() + str(parse_qs(each.body.decode())) + str(each.headers) for each in web.asked
    )
    told += "".join(each.path for each in web.asked if each not in telegrams)
    assert "canary" not in told, told[max(told.index("canary") - 300, 0) : told.index("canary") + 50]
    # The run itself was given the address as an argument; nobody else was.
    for lines in seen.values():
        for line in lines:
            assert "canary" not in line or "triplicati.apps.cli" in line or "pytest" in line, line
    assert SECRETS["passphrase"] in (tmp_path / "env-AFTER").read_text()
    assert os.environ.get("PASSPHRASE") is None
