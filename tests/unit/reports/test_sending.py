"""Reports on their way: mail, web requests, Telegram, Apprise and the live status, all to real servers."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
import trio
from support.certificates import Certificate, self_signed
from support.mail_server import mail_server
from support.web_service import Answer, Asked, web_service

from triplicati.errors import InvalidValue, ReportNotSent
from triplicati.messages.log import LogLine
from triplicati.messages.progress import Problem, Report
from triplicati.messages.results import BackupResult
from triplicati.options.option_values import OptionValues
from triplicati.reports import mail, mail_servers, notify, telegram, web, web_request
from triplicati.reports.certificates import fingerprints
from triplicati.reports.composing import Message
from triplicati.reports.finished import Finished, Operation
from triplicati.reports.kinds import HTTP, MAIL, TELEGRAM
from triplicati.reports.live_status import LiveStatus, StatusSettings, status_settings
from triplicati.reports.sending import send_all

MESSAGE = Message("The subject", "Größe\nline /x", False, '{"Data": {"a": 1}}', {"more": "ü 1"})
FINISHED = Finished(Operation("Backup", {}), BackupResult(main_operation="Backup"))
Given = dict[str, str | None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port where connections are taken, and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def ok(_: Asked) -> Answer:
    return 200, {"ok": True}


async def post(options: Given, message: Message = MESSAGE) -> Report:
    report = Report()
    await mail.send(OptionValues({"send-mail-to": "a@one.example", **options}), message, report)
    return report


async def request(options: Given, message: Message = MESSAGE) -> Report:
    report = Report()
    await web_request.send(OptionValues({"send-http-retry-delay": "0s", **options}), message, report)
    return report


# --- mail ------------------------------------------------------------------------------------------------


async def test_a_mail() -> None:
    with mail_server() as box:
        to = "Ann Ü <a@one.example>, b@two.example"
        await post({"send-mail-url": f"127.0.0.1:{box.port}", "send-mail-to": to})
    [sent] = box.mails
    assert sent["Subject"] == "The subject"
    assert sent["From"] == "no-reply@one.example"
    assert sent["To"] == "Ann Ü <a@one.example>, b@two.example"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Message-ID"].endswith("@one.example>")
    assert sent.get_content().splitlines() == ["Größe", "line /x"]
    assert sent.get_content_type() == "text/plain"
    assert box.recipients == [["a@one.example", "b@two.example"]]
    assert not box.signed_in


async def test_sender_and_sign_in() -> None:
    with mail_server() as box:
        options: Given = {
            "send-mail-url": f"smtp://127.0.0.1:{box.port}",
            "send-mail-from": "Backups of <nas>",
            "send-mail-username": "me",
            "send-mail-password": "right",
        }
        await post(options)
        assert box.mails[0]["From"] == "Backups of <nas@one.example>"
        await post({**options, "send-mail-url": f"smtp://you:right@127.0.0.1:{box.port}"})
        with pytest.raises(ReportNotSent, match="535") as refused:
            await post({**options, "send-mail-password": "wrong-canary"})
    assert list(dict.fromkeys(box.signed_in)) == [("me", "right"), ("you", "right"), ("me", "wrong-canary")]
    assert "canary" not in str(refused.value)


async def test_servers_are_tried_in_turn() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    with mail_server(unknown="a@one.example") as refusing, mail_server() as box:
        urls = f"smtp://127.0.0.1:{closed}; 127.0.0.1:{refusing.port};smtp://127.0.0.1:{box.port}"
        await post({"send-mail-url": urls})
        assert len(box.mails) == 1
        assert not refusing.mails
        with pytest.raises(ReportNotSent, match=r"Connection refused; .*550 nobody of that name"):
            await post({"send-mail-url": urls.rpartition(";")[0]})


async def test_one_of_the_recipients_is_refused() -> None:
    with mail_server(unknown="b@two.example") as box:
        to = "a@one.example,b@two.example"
        report = await post({"send-mail-url": f"127.0.0.1:{box.port}", "send-mail-to": to})
    assert box.recipients == [["a@one.example"]]
    assert "b@two.example: 550" in report.warnings[0].text


async def test_encrypted_mail(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(tls=certificate.server) as direct, mail_server(starttls=certificate.server) as asking:
        smtps: Given = {"send-mail-url": f"smtps://127.0.0.1:{direct.port}"}
        tls: Given = {"send-mail-url": f"tls://127.0.0.1:{asking.port}"}
        for options in (smtps, tls):
            with pytest.raises(ReportNotSent, match="certificate verify failed"):
                await post(options)
        # What is offered is taken even so, unless it is never to be.
        await post({"send-mail-url": f"127.0.0.1:{asking.port}"})
        await post({"send-mail-url": f"smtp://127.0.0.1:{asking.port}/?starttls=never"})
        assert asking.encrypted == [True, False]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        await post(smtps)
        await post(tls)
    assert len(direct.mails) == 1
    assert asking.encrypted == [True, False, True]


async def test_no_encryption_where_it_is_demanded() -> None:
    with mail_server() as box, pytest.raises(ReportNotSent, match="STARTTLS"):
        await post({"send-mail-url": f"tls://127.0.0.1:{box.port}"})
    assert not box.mails


async def test_a_silent_server_costs_its_time_only(nobody: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 1.0)
    with mail_server() as box, trio.fail_after(10):
        await post({"send-mail-url": f"127.0.0.1:{nobody};127.0.0.1:{box.port}"})
        with pytest.raises(ReportNotSent, match=r"(?i)no answer within|timed out"):
            await post({"send-mail-url": f"127.0.0.1:{nobody}"})


async def test_the_server_of_a_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def exchangers(domain: str) -> list[str]:
        asked.append(domain)
        return [f"mx.{domain}"]

    handed = []

    def hand_over(server: mail_servers.MailServer, what: mail.Post) -> dict[str, tuple[int, bytes]]:
        handed.append((str(server), list(what.recipients)))
        return {}

    monkeypatch.setattr(mail, "exchangers", exchangers)
    monkeypatch.setattr(mail, "_hand_over", hand_over)
    await post({"send-mail-to": "a@one.example; b@two.example, c@one.example"})
    assert asked == ["one.example", "two.example"]
    assert handed == [
        ("mx.one.example:25", ["a@one.example", "c@one.example"]),
        ("mx.two.example:25", ["b@two.example"]),
    ]


def test_a_domain_without_mail_servers() -> None:
    with pytest.raises(ReportNotSent, match="--send-mail-url"):
        mail_servers.exchangers("\x00 no domain")


@pytest.mark.parametrize("to", ["nobody", ",", "a@b@c", "a b"])
async def test_no_address(to: str) -> None:
    with pytest.raises(ReportNotSent, match="--send-mail-to"):
        await post({"send-mail-to": to, "send-mail-url": "127.0.0.1:9"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host", ("host", 25, "offered")),
        ("host:26", ("host", 26, "offered")),
        ("smtp://host/?starttls=always", ("host", 25, "starttls")),
        ("SMTPS://host", ("host", 465, "tls")),
        ("tls://host", ("host", 587, "starttls")),
    ],
)
def test_addresses_of_servers(text: str, expected: tuple[str, int, str]) -> None:
    server = mail_servers.server_of(text)
    assert (server.host, server.port, server.security) == expected


def test_addresses_that_are_none() -> None:
    with pytest.raises(InvalidValue) as raised:
        mail_servers.server_of("http://me:canary@host")
    assert "canary" not in str(raised.value)


def test_a_subject_cannot_add_a_header() -> None:
    made = Message("a\r\nBcc: x@y", "b", False, "{}", {})
    with pytest.raises(ValueError, match=r"(?i)header|linefeed"):
        mail.mail_of(made, "a@b", [("", "c@d")])


def test_bytes_that_are_no_text() -> None:
    made = mail.mail_of(Message("s\udcff", "b\udcff" + "x" * 3000, False, "{}", {}), "a@b", [("", "c@d")])
    assert max(map(len, made.as_bytes().splitlines())) < 999


# --- web requests ----------------------------------------------------------------------------------------


async def test_a_form_and_json() -> None:
    with web_service(ok) as service:
        report = await request(
            {
                "send-http-url": f"{service.url}/plain",
                "send-http-form-urls": f"{service.url}/form?a=1; {service.url}/form2",
                "send-http-json-urls": f"{service.url}/json",
                "send-http-message-parameter-name": "text",
                "send-http-verb": "put",
            }
        )
    assert not report.warnings
    asked = {each.path: each for each in service.asked}
    assert set(asked) == {"/plain", "/form?a=1", "/form2", "/json"}
    assert {each.method for each in service.asked} == {"PUT"}
    assert parse_qs(asked["/form2"].body.decode()) == {"text": ["Größe\nline /x"], "more": ["ü 1"]}
    assert asked["/plain"].headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked["/json"].headers["content-type"] == "application/json"
    assert json.loads(asked["/json"].body) == {"Data": {"a": 1}}


async def test_a_report_in_json_goes_to_the_plain_address_as_json() -> None:
    message = Message("s", "{}", True, '{"b": 2}', {})
    with web_service(ok) as service:
        await request({"send-http-url": f"{service.url}/plain"}, message)
    assert json.loads(service.asked[0].body) == {"b": 2}
    assert service.asked[0].method == "POST"


async def test_what_may_go_better_is_tried_again() -> None:
    answers = iter([503, 429, 200])
    with web_service(lambda _: (next(answers), "")) as service:
        await request({"send-http-url": f"{service.url}/x"})
    assert len(service.asked) == 3
    with web_service(lambda _: (500, "")) as service:
        with pytest.raises(ReportNotSent, match="status 500"):
            await request({"send-http-url": f"{service.url}/x", "send-http-retries": "1"})
        assert len(service.asked) == 2
    with web_service(lambda _: (404, "")) as service:
        with pytest.raises(ReportNotSent, match="status 404"):
            await request({"send-http-url": f"{service.url}/x"})
        assert len(service.asked) == 1


async def test_a_redirection_is_not_followed() -> None:
    with web_service(lambda _: (302, "/other")) as service:
        with pytest.raises(ReportNotSent, match="another address"):
            await request({"send-http-url": f"{service.url}/x"})
        assert [each.path for each in service.asked] == ["/x"]


async def test_all_failures_are_named_and_no_address_in_full() -> None:
    urls = "http://127.0.0.1:9/token-canary;http://me:canary@localhost:9/; canary ;http://[canary"
    with pytest.raises(ReportNotSent) as raised:
        await request({"send-http-form-urls": urls, "send-http-retries": "0"})
    assert "canary" not in str(raised.value)
    assert str(raised.value).count(";") == 3


async def test_certificates(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    any_one, named = "send-http-accept-any-ssl-certificate", "send-http-accept-specified-ssl-hash"
    with web_service(ok, certificate.server) as service:
        to: Given = {"send-http-url": f"{service.url}/x"}
        others: list[Given] = [{}, {named: "0" * 40}, {named: f"{'1' * 64},{'a' * 40}"}]
        for wrong in others:
            with pytest.raises(ReportNotSent, match="certificate is not accepted"):
                await request({**to, **wrong})
        assert service.asked == []  # not a byte was sent
        await request({**to, any_one: "true"})
        spelled = ":".join(certificate.sha1[at : at + 2] for at in range(0, 40, 2)).upper()
        await request({**to, named: f"{'0' * 40};{spelled}"})
        await request({**to, named: certificate.sha256})
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        await request({**to, named: "0" * 40})
        assert len(service.asked) == 4
        with pytest.raises(ReportNotSent, match="accept-specified-ssl-hash"):
            await request({**to, named: "short"})


def test_fingerprints() -> None:
    assert fingerprints(None) == frozenset()
    with pytest.raises(InvalidValue):
        fingerprints("x" * 40)


async def test_a_silent_web_server_costs_its_time_only(nobody: int) -> None:
    with trio.fail_after(5), pytest.raises(ReportNotSent, match="no answer"):
        await web.ask(web.WebRequest("POST", f"http://127.0.0.1:{nobody}/", b"", "x/y"), [web_context()], 0.2)


def web_context() -> ssl.SSLContext:
    return ssl.create_default_context()


# --- Telegram --------------------------------------------------------------------------------------------


async def test_telegram() -> None:
    with web_service(ok) as service:
        values = OptionValues(
            {
                "send-telegram-server": service.url,
                "send-telegram-channel-id": "-100",
                "send-telegram-bot-id": "bot12",
                "send-telegram-api-key": "key-canary",
                "send-telegram-topid-id": "7",
            }
        )
        await telegram.send(values, Message("s", "x" * 5000, False, "{}", {}), Report())
    assert {each.path for each in service.asked} == {"/bot12:key-canary/sendMessage"}
    first, second = (json.loads(each.body) for each in service.asked)
    assert first["chat_id"] == "-100"
    assert first["message_thread_id"] == "7"
    assert first["text"].startswith("Part 1/2:\nxxx")
    assert (first["text"] + second["text"]).count("x") == 5000
    with web_service(lambda _: (200, {"ok": False})) as service:
        values = OptionValues({**values.as_given(), "send-telegram-server": service.url})
        with pytest.raises(ReportNotSent) as raised:
            await telegram.send(values, MESSAGE, Report())
    assert "canary" not in str(raised.value)


def test_parts_are_counted_as_telegram_does() -> None:
    made = list(telegram.parts("😀" * 4096))
    assert len(made) == 3
    assert max(len(each.encode("utf-16-le")) // 2 for each in made) <= 4096
    assert list(telegram.parts("a" * 4096)) == ["a" * 4096]
    assert list(telegram.parts("")) == ["-"]


async def test_telegram_without_a_key() -> None:
    with pytest.raises(ReportNotSent, match="api-key"):
        await telegram.send(OptionValues({"send-telegram-channel-id": "1"}), MESSAGE, Report())


# --- Apprise and XMPP ------------------------------------------------------------------------------------


# Apprise imports what Python is about to lose.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_apprise() -> None:
    with web_service(ok) as service:
        host = service.url.removeprefix("http://")
        values = OptionValues({"send-apprise-urls": f"json://{host}/a;json://me:canary@{host}/b"})
        await notify.send_apprise(values, MESSAGE, Report())
    told = [json.loads(each.body) for each in service.asked]
    assert [each["title"] for each in told] == ["The subject"] * 2
    assert "Größe" in told[0]["message"]
    values = OptionValues({"send-apprise-urls": "nothing://canary;json://127.0.0.1:9/canary"})
    with pytest.raises(ReportNotSent, match=r"nothing: Apprise does not know.*; json: ") as raised:
        await notify.send_apprise(values, MESSAGE, Report())
    assert "canary" not in str(raised.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("username", "host", "port", "mode", "resource"),
    [
        ("me@jabber.example", "jabber.example", 5222, "starttls", "Duplicati"),
        ("me@jabber.example:5223/nas", "jabber.example", 5223, "tls", "nas"),
        ("https://me@jabber.example", "jabber.example", 5223, "tls", "Duplicati"),
        ("http://me@jabber.example:99", "jabber.example", 99, "starttls", "Duplicati"),
    ],
)
def test_xmpp_accounts(username: str, host: str, port: int, mode: str, resource: str) -> None:
    import apprise

    values = OptionValues(
        {
            "send-xmpp-to": "a@x.example, b@y.example",
            "send-xmpp-username": username,
            "send-xmpp-password": "p@ss/w:d",
        }
    )
    service = apprise.Apprise.instantiate(notify.xmpp_address(values))
    assert (service.jid, service.host, service.port) == (f"me@{host}/{resource}", host, port)
    assert service.password == "p@ss/w:d"
    assert service.secure_mode == mode
    assert service.targets == [("chat", "a@x.example"), ("chat", "b@y.example")]


async def test_xmpp_without_an_account() -> None:
    with pytest.raises(ReportNotSent, match="--send-xmpp-username"):
        await notify.send_xmpp(OptionValues({"send-xmpp-to": "a@b"}), MESSAGE, Report())


# --- all of them -----------------------------------------------------------------------------------------


async def test_what_goes_wrong_is_a_warning_and_the_rest_goes_on() -> None:
    sent = []

    async def good(values: OptionValues, message: Message, report: Report) -> None:
        sent.append(message.subject)

    async def bad(values: OptionValues, message: Message, report: Report) -> None:
        raise RuntimeError("a bug with pass-canary in it")

    async def refused(values: OptionValues, message: Message, report: Report) -> None:
        raise ReportNotSent(reason="no")

    finished = Finished(
        Operation("Backup", {"passphrase": "pass-canary", "backup-name": "x"}),
        BackupResult(main_operation="Backup"),
        facts={"backup-name": "x"},
    )
    report = Report()
    kinds = [(MAIL, finished), (HTTP, finished), (TELEGRAM, finished)]
    await send_all(kinds, OptionValues({}), report, {"mail": good, "http": bad, "telegram": refused})
    assert sent == ["Duplicati Backup report for x"]
    assert sorted(each.text for each in report.warnings) == [
        "The report by Telegram was not sent: no",
        "The report by web request was not sent: RuntimeError: a bug with ******** in it",
    ]
    assert {each.id for each in report.warnings} == {"ReportSubmitError"}


# --- live status -----------------------------------------------------------------------------------------


def live(url: str, report: Report, **more: object) -> LiveStatus:
    settings = StatusSettings([url], [web_context()], interval=0.05, lines=2, **more)  # type: ignore[arg-type]
    known = {"machine-id": "m", "backup-name": "b", "destination-host-suffix": None}
    return LiveStatus(settings, "Backup", known, lambda text: text.replace("/x", "-"), report, time.time)


async def test_how_an_operation_goes_on() -> None:
    report = Report()
    with web_service(ok) as service:
        status = live(f"{service.url}/s", report)
        for number, identity in enumerate(("BackendEvent", "Other", "BackendEvent")):
            status.add(LogLine(0.0, "Warning", "T", identity, f"line {number} of /x"))
        status.add(LogLine(0.0, "Verbose", "T", "Path", "/x/secret"))
        report.progress.bytes_total, report.progress.bytes_done = 10, 5
        report.progress.counting = False
        report.progress.current = "/x/now"
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(status.run)
                while len(service.asked) < 3:
                    await trio.sleep(0.01)
                nursery.cancel_scope.cancel()
            await status.end(FINISHED)
    told = [json.loads(each.body) for each in service.asked]
    assert [each["status"] for each in told[:2]] == ["Started", "Progress"]
    assert told[-1]["status"] == "Completed"
    assert [each["isCompleted"] for each in told] == [False] * (len(told) - 1) + [True]
    assert "progress" not in told[0]
    assert told[1]["progress"]["progress"] == 0.5
    assert "currentFilename" not in told[1]["progress"]
    assert (told[1]["backendEvents"], told[1]["logEntries"]) == (2, 4)
    assert [line[-9:] for line in told[1]["recentLogLines"]] == ["line 1 of -"[-9:], "line 2 of -"[-9:]]
    assert told[1]["metadata"]["machineId"] == "m"
    assert "destinationHostSuffix" not in told[1]["metadata"]
    assert told[0]["startedUtc"].endswith("Z")
    assert not report.warnings


async def test_a_failure_is_told_and_paths_where_they_are_allowed() -> None:
    report = Report()
    report.progress.current = "/x/now"
    status = live("http://127.0.0.1:9/", report, allow_paths=True)
    assert status.message("Progress")["progress"]["currentFilename"] == "/x/now"
    assert status.message("Failed", "no /x")["errorMessage"] == "no -"
    with web_service(ok) as service:
        status = live(service.url, report)
        await status.end(Finished(FINISHED.operation, None, ValueError("gone")))
        result = BackupResult(errors=[Problem("a", "b"), Problem("c", "d")])
        await status.end(Finished(FINISHED.operation, result))
    told = [json.loads(each.body) for each in service.asked]
    assert [(each["status"], each["errorMessage"]) for each in told] == [
        ("Failed", "gone"),
        ("Completed", "Got 2 error(s)"),
    ]


async def test_a_dead_address_is_complained_about_once_and_delays_little(nobody: int) -> None:
    report = Report()
    status = live(f"http://127.0.0.1:{nobody}/", report)
    with trio.move_on_after(0.5):
        await status.run()
    begin = time.monotonic()
    with trio.fail_after(10):
        await status.end(FINISHED)
    assert time.monotonic() - begin < 4
    assert len(report.warnings) == 1


def test_settings_of_the_live_status() -> None:
    assert status_settings(OptionValues({})) is None
    found = status_settings(
        OptionValues(
            {
                "http-report-status-url": "http://a, http://b;http://a",
                "http-report-status-interval": "0s",
                "http-report-status-max-log-lines": "-1",
                "allow-paths-in-log-messages": "true",
            }
        )
    )
    assert found is not None
    assert found.urls == ["http://a", "http://b"]
    assert (found.interval, found.lines, found.allow_paths) == (30.0, 20, True)
