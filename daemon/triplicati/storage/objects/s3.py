"""S3 and what speaks like it: addresses of servers, regions, and buckets (spec/cli.md 6.2)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import msgspec
import trio

from triplicati.errors import DestinationNotCreated
from triplicati.storage.kind_options import Login
from triplicati.storage.objects.buckets import Bucket
from triplicati.storage.objects.connections import Connections, Endpoint, Limits
from triplicati.storage.objects.failures import Where, explain_answer, explaining
from triplicati.storage.objects.requests import send
from triplicati.storage.objects.s3_locks import Locks, check_extra
from triplicati.storage.objects.trust import Trust
from triplicati.values.secrets import Secret

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential, S3Store

AMAZON = "amazonaws.com"
USUAL_REGION = "us-east-1"

_REGION = re.compile(r"(?:^|\.)s3[.-](?:dualstack\.|fips\.)?([a-z]{2}(?:-[a-z0-9]+)+)\.")
_COUNTRIES = re.compile(r"us|eu|ap|ca|sa|me|af|il|mx|cn|fr|nl|pl|de|gb|uk|it|es|jp|sg|au|in|br|id|kr|se|no")
_VIRTUAL = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


class S3Place(msgspec.Struct, frozen=True):
    """`endpoint` is the server, never with the bucket in its name; in a virtual style it is put there, unless
    not `hosted`. `located` is where a new bucket is to be, empty for the region."""

    where: Where
    endpoint: Endpoint
    bucket: str
    prefix: str
    region: str
    login: Login
    token: Secret | None = None
    virtual_style: bool = False
    hosted: bool = True
    located: str = ""
    storage_class: str = ""
    checksums: bool = False
    unsigned: bool = False
    deep: bool = False
    proxy: str = ""
    lock_mode: str = "GOVERNANCE"

    @property
    def base(self) -> str:
        """The address of the bucket's server as the requests use it."""
        scheme, _, rest = self.endpoint.url.partition("://")
        return f"{scheme}://{self.bucket}.{rest}" if self.virtual_style and self.hosted else self.endpoint.url


class S3Bucket(Bucket):
    """Files can be locked where the bucket was made for it."""

    def __init__(self, display: str, place: S3Place, limits: Limits, trust: Trust) -> None:
        connections = Connections(place.endpoint, limits, trust, place.where, _builder(place))
        super().__init__(
            display, place.where, connections, storage_class=place.storage_class, deep=place.deep
        )
        self._use(place)

    def _use(self, place: S3Place) -> None:
        limits, trust = self._connections.limits, self._connections.trust
        self._where = place.where
        self._connections = Connections(place.endpoint, limits, trust, place.where, _builder(place))
        self._place = place
        self._locks = Locks(place, self._connections)

    def check_lockable(self) -> None:
        check_extra()

    async def set_lock(self, name: str, until: datetime) -> None:
        await self._in_thread(lambda: self._locks.set(name, until))

    async def lock_of(self, name: str) -> datetime | None:
        return await self._in_thread(lambda: self._locks.of(name))

    def _create(self) -> None:
        import obstore  # noqa: PLC0415 - slow to import

        place, certificate = self._place, self._connections.certificate()
        # A bucket in a path is asked for as if it was an object of the server itself.
        server = msgspec.structs.replace(place, prefix="")
        if not place.virtual_style:
            server = msgspec.structs.replace(server, virtual_style=True, hosted=False)
        store = _builder(server)({"allow_http": not place.endpoint.secure}, {"max_retries": 0})
        with explaining(place.where):
            path = "" if place.virtual_style else place.bucket
            address = obstore.sign(store, "PUT", path, timedelta(minutes=5))
        trio.from_thread.check_cancelled()
        answer = send(
            "PUT", address, _constraint(place), {}, place.where, self._connections.limits,
            self._connections.trust, certificate,
        )  # fmt: skip
        if answer.status < 300 or answer.code in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            return
        error = explain_answer(answer.status, answer.code, answer.said, place.where, place.bucket)
        if answer.status in (400, 409):
            raise DestinationNotCreated(reason=str(error)) from None
        raise error


def region_in(host: str) -> str:
    """What a server's name says of its region, "" for nothing."""
    found = _REGION.search(host)
    if found is None or not _COUNTRIES.fullmatch(found[1][:2]):
        return ""
    return found[1]


@cache
def amazon_region(bucket: str, ask: str = f"https://s3.{AMAZON}") -> str:
    """Amazon tells everybody the region of a bucket; the usual one where it cannot be asked. Blocks."""
    import httpx  # noqa: PLC0415 - slow to import

    try:
        answer = httpx.head(f"{ask}/{bucket}", timeout=10)
    except httpx.HTTPError:
        return USUAL_REGION
    return str(answer.headers.get("x-amz-bucket-region", USUAL_REGION))


def fits_host(bucket: str, *, secure: bool) -> bool:
    """Whether a bucket's name can be part of the name of its server; with a dot no certificate fits it."""
    return bool(_VIRTUAL.fullmatch(bucket.replace(".", "-") if not secure else bucket))


def is_address(host: str) -> bool:
    """Whether a host is a number, in front of which no bucket can stand."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _builder(place: S3Place) -> Callable[[ClientConfig, RetryConfig], S3Store]:
    def build(client: ClientConfig, retries: RetryConfig) -> S3Store:
        from obstore.store import S3Store  # noqa: PLC0415 - slow to import

        config: S3Config = {
            "endpoint": place.base,
            "region": place.region or amazon_region(place.bucket),
            "virtual_hosted_style_request": place.virtual_style,
            # Of the servers that are no Amazon's not all know the other way.
            "disable_bulk_delete": True,
            "unsigned_payload": place.unsigned,
            "skip_signature": False,
        }
        if place.checksums:
            config["checksum_algorithm"] = "SHA256"
        if place.proxy:
            client["proxy_url"] = place.proxy
        return S3Store(
            place.bucket,
            prefix=place.prefix or None,
            config=config,
            client_options=client,
            retry_config=retries,
            # Not in the configuration, where the environment's own keys and tokens would join them.
            credential_provider=_credentials(place),
        )

    return build


def _credentials(place: S3Place) -> Callable[[], S3Credential]:
    def credentials() -> S3Credential:
        return {
            "access_key_id": place.login.user,
            "secret_access_key": place.login.revealed,
            "token": place.token.reveal() if place.token else None,
            "expires_at": datetime.now(UTC) + timedelta(days=365),
        }

    return credentials


def _constraint(place: S3Place) -> bytes:
    located = place.located or (place.region if place.endpoint.host.endswith(AMAZON) else "")
    if not located or located == USUAL_REGION:
        return b""
    return (
        '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>'
        f"{escape(located)}</LocationConstraint></CreateBucketConfiguration>"
    ).encode()
