"""Reports to everything that Apprise knows, XMPP among it (https://github.com/caronc/apprise)."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from urllib.parse import quote

import trio

from triplicati.errors import ReportNotSent
from triplicati.messages.progress import Report
from triplicati.options.option_values import OptionValues
from triplicati.reports.composing import Message
from triplicati.reports.kinds import separated

TIMEOUT = 60.0
_EXTRA = 'run: pipx inject triplicati {packages} (or: pip install "triplicati[notify]")'
# An optional scheme that says how to connect, the account, and where it is.
_ACCOUNT = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<user>[^@/:]+)@(?P<host>[^:/@]+)(?::(?P<port>\d{1,5}))?(?:/(?P<resource>.+))?"
)
_RESOURCE = "Duplicati"


async def send_apprise(values: OptionValues, message: Message, report: Report) -> None:
    """Raises `ReportNotSent`."""
    await _notify(separated(values.text("send-apprise-urls")), message.subject, message.body)
    report.log("Information", "SendAppriseComplete", "The report was sent")


async def send_xmpp(values: OptionValues, message: Message, report: Report) -> None:
    """Raises `ReportNotSent`."""
    await _notify([xmpp_address(values)], "", message.body)
    report.log("Information", "SendXmppComplete", "The report was sent by XMPP")


def xmpp_address(values: OptionValues) -> str:
    """As Apprise wants it. Raises `ReportNotSent`."""
    account = _ACCOUNT.fullmatch((values.text("send-xmpp-username") or "").strip())
    password = values.text("send-xmpp-password")
    if account is None or not password:
        what = "--send-xmpp-username, as user@host[:port][/resource], and --send-xmpp-password are needed"
        raise ReportNotSent(reason=what)
    direct = account["scheme"] == "https" or account["port"] == "5223"
    port = account["port"] or ("5223" if direct else "5222")
    jid = f"{account['user']}@{account['host']}/{account['resource'] or _RESOURCE}"
    targets = "/".join(quote(each, safe="") for each in separated(values.text("send-xmpp-to"), ",;"))
    return (
        f"xmpps://{quote(jid, safe='')}:{quote(password, safe='')}@{account['host']}:{port}/{targets}"
        f"?mode={'tls' if direct else 'starttls'}"
    )


async def _notify(urls: Sequence[str], title: str, body: str) -> None:
    """All of them, one after another in one thread; for at most as long as one minute each."""
    with trio.move_on_after(TIMEOUT * len(urls)):
        failures = await trio.to_thread.run_sync(_deliver, urls, title, body, abandon_on_cancel=True)
        if failures:
            raise ReportNotSent(reason="; ".join(failures))
        return
    raise ReportNotSent(reason=f"no answer within {TIMEOUT * len(urls):.0f} seconds")


def _deliver(urls: Sequence[str], title: str, body: str) -> list[str]:
    """Blocks. Gives what went wrong, by the scheme of the address: the rest of it is a secret."""
    try:
        import apprise  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        return [f"the Python package apprise is not installed; {_EXTRA.format(packages='apprise')}"]
    _silence()
    failures = []
    for url in urls:
        scheme = url.partition("://")[0][:20]
        service = apprise.Apprise()
        if not service.add(url):
            failures.append(f"{scheme}: {_why_not(scheme)}")
        elif not service.notify(body=body, title=title):
            failures.append(f"{scheme}: the message was not taken")
    return failures


def _silence() -> None:
    """What these two say of their own goes to standard error, addresses with all that is in them included."""
    for name in ("apprise", "slixmpp"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False


def _why_not(scheme: str) -> str:
    if scheme in ("xmpp", "xmpps"):
        try:
            import slixmpp  # noqa: F401, PLC0415 - an extra
        except ImportError:
            return f"the Python package slixmpp is not installed; {_EXTRA.format(packages='slixmpp')}"
    return "Apprise does not know such an address"
