"""IDrive e2: each account has its buckets on one of many servers, which IDrive tells (spec/cli.md 6.2)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import msgspec

from triplicati.errors import DestinationError, DestinationSignInRefused
from triplicati.storage.objects.connections import Endpoint, Limits, endpoint_of
from triplicati.storage.objects.requests import send
from triplicati.storage.objects.s3 import S3Bucket, S3Place, region_in
from triplicati.storage.objects.trust import Trust

T = TypeVar("T")


class _Told(msgspec.Struct):
    domain_name: str = ""


class E2Bucket(S3Bucket):
    """Until `ask` is answered, `place.endpoint` is the address where the server is asked for."""

    def __init__(self, display: str, place: S3Place, limits: Limits, trust: Trust, *, ask: bool) -> None:
        super().__init__(display, place, limits, trust)
        self._limits = limits
        self._ask = ask
        self._asking = threading.Lock()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def with_server() -> T:
            with self._asking:
                if self._ask:
                    self._find()
                    self._ask = False
            return work()

        return await super()._in_thread(with_server)

    def _find(self) -> None:
        place = self._place
        endpoint = found_server(place, self._limits)
        where = msgspec.structs.replace(place.where, host=endpoint.shown)
        region = region_in(endpoint.host) or place.region
        self._use(msgspec.structs.replace(place, endpoint=endpoint, where=where, region=region))


def found_server(place: S3Place, limits: Limits) -> Endpoint:
    """Blocks. Raises a kind of `DestinationError`."""
    address = f"{place.endpoint.url}/{quote(place.login.user, safe='')}"
    answer = send("GET", address, b"", {}, place.where, limits, Trust(), "")
    if answer.status in (400, 401, 403, 404):
        reason = f"IDrive knows no such access key (status {answer.status})"
        raise DestinationSignInRefused(host=place.where.host, reason=reason, scheme="e2")
    text = answer.content.decode("utf-8", "replace").strip()
    try:
        told = msgspec.json.decode(answer.content, type=_Told).domain_name
    except msgspec.DecodeError:
        told = text
    if answer.status != 200 or not told or len(told) > 253 or any(letter in told for letter in "<>{} \n"):
        raise DestinationError(
            reason=f"{place.where.host} did not tell the server of the account (status {answer.status}). "
            "Give it with --e2-endpoint"
        )
    return endpoint_of(told, "e2-endpoint", secure=True)
