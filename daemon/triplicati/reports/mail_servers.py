"""Mail servers: from an address of --send-mail-url, or the one that a domain names for itself."""

from __future__ import annotations

from typing import Literal

import msgspec

from triplicati.errors import InvalidValue, ReportNotSent
from triplicati.values.secrets import Secret
from triplicati.values.urls import parse_url

Security = Literal["none", "offered", "starttls", "tls"]
_PORTS = {"smtp": 25, "smtps": 465, "tls": 587}
# What MailKit's option in an address, which Duplicati hands on, means.
_STARTTLS = {"always": "starttls", "when-available": "offered", "never": "none"}
_LOOKUP_SECONDS = 15.0


class MailServer(msgspec.Struct, frozen=True):
    """`security`: "starttls" and "tls" with a certificate that is checked, "offered" takes what there is."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: Secret | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def server_of(text: str) -> MailServer:
    """Of ``smtp://``, ``smtps://``, ``tls://`` or a bare host. Raises `InvalidValue`."""
    url = parse_url(text if "://" in text else f"smtp://{text}")
    if url.scheme not in _PORTS or not url.host:
        reason = f"a mail server is written as {', '.join(f'{each}://host' for each in _PORTS)}, or host"
        raise InvalidValue(value=url.display, kind="mail server", reason=reason)
    security: Security = "offered"
    if url.scheme == "smtps":
        security = "tls"
    elif url.scheme == "tls":
        security = "starttls"
    elif (asked := _STARTTLS.get(url.query.get("starttls", "").lower())) is not None:
        security = msgspec.convert(asked, Security)
    return MailServer(url.host.strip("[]"), url.port or _PORTS[url.scheme], security, url.user, url.password)


def exchangers(domain: str) -> list[str]:
    """The hosts that take mail for a domain, best first; blocks. The domain itself where its records cannot
    be asked for. Raises `ReportNotSent`."""
    try:
        import dns.exception  # noqa: PLC0415 - an extra
        import dns.resolver  # noqa: PLC0415 - an extra
    except ImportError:
        return [domain]
    try:
        answer = dns.resolver.resolve(domain, "MX", lifetime=_LOOKUP_SECONDS)
    except dns.resolver.NoAnswer:
        return [domain]
    except (dns.exception.DNSException, OSError, UnicodeError, ValueError) as error:
        reason = f"the mail server of {domain} was not found ({type(error).__name__})"
        raise ReportNotSent(reason=f"{reason}; name one with --send-mail-url") from None
    records = sorted((record.preference, str(record.exchange).rstrip(".")) for record in answer)
    if not any(host for _, host in records):
        raise ReportNotSent(reason=f"{domain} takes no mail; name a server with --send-mail-url")
    return [host for _, host in records if host]
