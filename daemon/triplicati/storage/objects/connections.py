"""Connections to object stores: their time limits, and one of them for each kind of request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from triplicati.errors import DestinationOptionUnusable
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.objects.failures import Where
from triplicati.storage.objects.trust import Trust, accepted_certificate

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

# One block of an upload, on the slowest of lines that it shares with others; the engine has its own limit for
# transfers that stand still.
_BLOCK_TIMEOUT = timedelta(hours=1)
_ENDLESS = timedelta(days=30)


class Use(Enum):
    SMALL = "small"
    LIST = "list"
    GET = "get"
    PUT = "put"


class Limits(msgspec.Struct, frozen=True):
    """Seconds, 0 for no limit. `retries` is how often the library itself tries again, at once."""

    short: float
    listing: float
    transfer: float
    retries: int = 1


def limits_of(options: KindOptions, retries: int = 1) -> Limits:
    return Limits(
        short=options.seconds("short-timeout"),
        listing=options.seconds("list-timeout"),
        transfer=options.seconds("read-write-timeout"),
        retries=retries,
    )


class Endpoint(msgspec.Struct, frozen=True):
    """A server: its address without a path of its own, or with one where the kind has that."""

    url: str

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def shown(self) -> str:
        """With the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def endpoint_of(text: str, option: str, *, secure: bool) -> Endpoint:
    """From ``host``, ``host:port`` or a URL, whose scheme then says whether the connection is encrypted."""
    written = text.strip()
    url = (written if "://" in written else f"{'https' if secure else 'http'}://{written}").removesuffix("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.username or any(letter.isspace() for letter in url):
        raise DestinationOptionUnusable(option=option, reason="it is neither host, host:port nor a URL")
    return Endpoint(url)


Build = Callable[["ClientConfig", "RetryConfig"], "ObjectStore"]


class Connections:
    """The stores of the library, made when they are first used, in the thread that uses them."""

    def __init__(self, endpoint: Endpoint, limits: Limits, trust: Trust, where: Where, build: Build) -> None:
        self.endpoint = endpoint
        self.limits = limits
        self.trust = trust
        self._where = where
        self._build = build
        self._stores: dict[Use, ObjectStore] = {}
        self._certificate: str | None = None
        self._lock = threading.Lock()

    def store(self, use: Use) -> ObjectStore:
        """Blocks. Raises what an unusable option raises."""
        with self._lock:
            found = self._stores.get(use)
            if found is None:
                found = self._stores[use] = self._build(self._client(use), self._retries())
            return found

    def certificate(self) -> str:
        """The one certificate that is accepted by its hash (PEM), "" for none. Blocks."""
        if self._certificate is None:
            wanted = self.endpoint.secure and self.trust.hashes and not self.trust.any
            self._certificate = (
                accepted_certificate(
                    self.endpoint.host, self.endpoint.port, self.trust, self.limits.short, self._where
                )
                if wanted
                else ""
            )
        return self._certificate

    def _client(self, use: Use) -> ClientConfig:
        limits = self.limits
        whole = {Use.SMALL: limits.short, Use.LIST: limits.listing}
        client: ClientConfig = {
            "allow_http": not self.endpoint.secure,
            "connect_timeout": _length(limits.short),
            "timeout": _BLOCK_TIMEOUT if use is Use.PUT else _length(whole.get(use, 0)),
            "user_agent": "Triplicati",
        }
        if use is Use.GET and limits.transfer:
            client["read_timeout"] = _length(limits.transfer)
        if self.trust.any:
            client["allow_invalid_certificates"] = True
        if certificate := self.certificate():
            client["root_certificate"] = certificate
        return client

    def _retries(self) -> RetryConfig:
        backoff = timedelta(milliseconds=200)
        return {
            "max_retries": self.limits.retries,
            "backoff": {"init_backoff": backoff, "max_backoff": timedelta(seconds=1)},
            "retry_timeout": timedelta(seconds=2),
        }


def _length(seconds: float) -> timedelta:
    return timedelta(seconds=seconds) if seconds else _ENDLESS
