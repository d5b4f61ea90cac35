"""Reports by mail (spec/cli.md 5.3)."""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate, getaddresses, make_msgid, parseaddr

import msgspec
import trio

from triplicati.errors import InvalidValue, ReportNotSent
from triplicati.messages.progress import Report
from triplicati.options.option_values import OptionValues
from triplicati.reports.certificates import unverified, verified
from triplicati.reports.composing import Message
from triplicati.reports.kinds import separated
from triplicati.reports.mail_servers import MailServer, exchangers, server_of
from triplicati.values.secrets import Secret

# Seconds for one server, whatever it does.
TIMEOUT = 60.0
_SENDER = "no-reply"
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


class Post(msgspec.Struct, frozen=True):
    """One mail and where it goes. `user` "" for no sign-in."""

    mail: EmailMessage
    sender: str
    recipients: Sequence[str]
    user: str = ""
    password: Secret | None = None


async def send(values: OptionValues, message: Message, report: Report) -> None:
    """Raises `ReportNotSent`; that some of the recipients were refused is a warning."""
    recipients = recipients_of(values)
    sender = sender_of(values.text("send-mail-from") or "", recipients[0])
    post = Post(
        mail=mail_of(message, sender, recipients),
        sender=parseaddr(sender)[1],
        recipients=[address for _, address in recipients],
        user=values.text("send-mail-username") or "",
        password=values.secret("send-mail-password"),
    )
    addresses = separated(values.text("send-mail-url"))
    if addresses:
        await _deliver([_server(text) for text in addresses], post, report)
        return
    for domain in dict.fromkeys(address.rpartition("@")[2].lower() for address in post.recipients):
        there = [each for each in post.recipients if each.lower().endswith(f"@{domain}")]
        servers = await _found(domain)
        await _deliver(servers, msgspec.structs.replace(post, recipients=there), report)


def recipients_of(values: OptionValues) -> list[tuple[str, str]]:
    """Names and addresses. Raises `ReportNotSent`."""
    text = (values.text("send-mail-to") or "").replace(";", ",").replace("\n", " ")
    found = [(name, address.strip()) for name, address in getaddresses([text]) if address.strip()]
    wrong = [address for _, address in found if not _ADDRESS.fullmatch(address)]
    if wrong or not found:
        what = f'"{wrong[0]}" is no mail address' if wrong else "it names nobody"
        raise ReportNotSent(reason=f"{what}; look at --send-mail-to")
    return found


def sender_of(text: str, first: tuple[str, str]) -> str:
    """With the domain of the first recipient where it has none."""
    name, address = parseaddr(" ".join(text.split()) or _SENDER)
    address = address or _SENDER
    return formataddr((name, address if "@" in address else f"{address}@{first[1].rpartition('@')[2]}"))


def mail_of(message: Message, sender: str, recipients: Sequence[tuple[str, str]]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(map(formataddr, recipients))
    mail["Subject"] = _plain(message.subject)
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_plain(message.body))
    return mail


async def _deliver(servers: Sequence[MailServer], post: Post, report: Report) -> None:
    """By the first server that takes it."""
    failures = []
    for server in servers:
        with trio.move_on_after(TIMEOUT):
            try:
                refused = await trio.to_thread.run_sync(_hand_over, server, post, abandon_on_cancel=True)
            except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as error:
                failures.append(f"{server}: {_reason(error)}")
                continue
            _tell(server, post, refused, report)
            return
        failures.append(f"{server}: no answer within {TIMEOUT:.0f} seconds")
    raise ReportNotSent(reason="; ".join(failures))


def _hand_over(server: MailServer, post: Post) -> dict[str, tuple[int, bytes]]:
    """Blocks. Gives the recipients that were refused while others were not."""
    local = re.sub("[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost"
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, local, timeout=TIMEOUT, context=verified()
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, local, timeout=TIMEOUT)
    with smtp:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=verified())
            smtp.ehlo()
        elif server.security == "offered" and smtp.has_extn("starttls"):
            # Nobody asked for it, so any certificate will do: the other choice is no encryption at all.
            smtp.starttls(context=unverified())
            smtp.ehlo()
        user = server.user or post.user
        password = server.password if server.password is not None else post.password
        if user:
            smtp.login(user, password.reveal() if password is not None else "")
        return smtp.send_message(post.mail, post.sender, list(post.recipients))


def _tell(server: MailServer, post: Post, refused: dict[str, tuple[int, bytes]], report: Report) -> None:
    for address, (code, text) in refused.items():
        words = f"{code} {text.decode('utf-8', 'replace')}"
        report.warning("ReportSubmitError", f"The mail server {server} refused {address}: {words}")
    count = len(post.recipients) - len(refused)
    report.log("Information", "SendMailComplete", f"The report went to {count} address(es) by {server}")


def _server(text: str) -> MailServer:
    try:
        return server_of(text)
    except InvalidValue as error:
        raise ReportNotSent(reason=f"--send-mail-url: {error}") from None


async def _found(domain: str) -> list[MailServer]:
    with trio.move_on_after(TIMEOUT):
        hosts = await trio.to_thread.run_sync(exchangers, domain, abandon_on_cancel=True)
        return [MailServer(host, 25, "offered") for host in hosts]
    raise ReportNotSent(
        reason=f"the mail server of {domain} was not found in time; give --send-mail-url"
    )


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        texts = (
            f"{address} was refused ({code} {_decoded(text)})"
            for address, (code, text) in error.recipients.items()
        )
        return ", ".join(texts)
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_decoded(error.smtp_error)}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _decoded(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _plain(text: str) -> str:
    """Names of files can hold bytes that are no text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
