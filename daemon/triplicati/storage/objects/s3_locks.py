"""Locks on files in S3 and compatibles, which a bucket that was made for it keeps until a time."""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from triplicati.errors import DestinationExtraMissing, DestinationRefused, DestinationUnreachable
from triplicati.storage.objects.connections import Connections
from triplicati.storage.objects.failures import Where, explain_answer

if TYPE_CHECKING:
    from triplicati.storage.objects.s3 import S3Place


def check_extra() -> None:
    """Raises `DestinationExtraMissing` without boto3, which is not loaded for that."""
    if importlib.util.find_spec("boto3") is None:
        raise DestinationExtraMissing(what="locks on files", package="boto3", extra="locks")


class Locks:
    """Blocks: for threads. Raises `DestinationExtraMissing` without boto3."""

    def __init__(self, place: S3Place, connections: Connections) -> None:
        self._place = place
        self._connections = connections
        self._client: Any = None  # boto3 makes its classes when it runs
        self._certificate: Any = None
        self._lock = threading.Lock()

    def set(self, name: str, until: datetime) -> None:
        retention = {"Mode": self._place.lock_mode, "RetainUntilDate": until.astimezone(UTC)}
        with _explaining(self._place.where, name):
            self._connected().put_object_retention(
                Bucket=self._place.bucket, Key=self._key(name), Retention=retention
            )

    def of(self, name: str) -> datetime | None:
        # Of what is not locked this says nothing, where a question for the lock itself is an error.
        with _explaining(self._place.where, name):
            found = self._connected().head_object(Bucket=self._place.bucket, Key=self._key(name))
        until = found.get("ObjectLockRetainUntilDate")
        return until if isinstance(until, datetime) else None

    def _key(self, name: str) -> str:
        return f"{self._place.prefix}/{name}" if self._place.prefix else name

    def _connected(self) -> Any:  # noqa: ANN401 - see above
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Any:  # noqa: ANN401 - see above
        check_extra()
        import boto3  # noqa: PLC0415 - an extra
        from botocore.config import Config  # noqa: PLC0415 - an extra

        place, limits = self._place, self._connections.limits
        config = Config(
            connect_timeout=limits.short or None,
            read_timeout=limits.short or None,
            retries={"total_max_attempts": limits.retries + 1},
            s3={"addressing_style": "virtual" if place.virtual_style else "path"},
            proxies={"http": place.proxy, "https": place.proxy} if place.proxy else None,
        )
        session = boto3.session.Session(
            aws_access_key_id=place.login.user,
            aws_secret_access_key=place.login.revealed,
            aws_session_token=place.token.reveal() if place.token else None,
            region_name=place.region or None,
        )
        return session.client("s3", endpoint_url=place.endpoint.url, config=config, verify=self._verified())

    def _verified(self) -> bool | str | None:
        """Whether certificates are held against what the machine trusts (None), nothing, or a file."""
        if self._connections.trust.any:
            return False
        certificate = self._connections.certificate()
        if not certificate:
            return None
        # Read anew for each connection, so it lives as long as this.
        self._certificate = tempfile.NamedTemporaryFile("w", suffix=".pem")  # noqa: SIM115
        self._certificate.write(certificate)
        self._certificate.flush()
        return str(self._certificate.name)


@contextlib.contextmanager
def _explaining(where: Where, name: str) -> Iterator[None]:
    try:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra
    except ImportError:
        raise DestinationExtraMissing(what="locks on files", package="boto3", extra="locks") from None
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        code, said = str(told.get("Code", "")), str(told.get("Message", ""))[:400]
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if "objectlock" in f"{code} {said}".replace(" ", "").lower():
            reason = "it was made without object lock, which can be turned on at the store"
            raise DestinationRefused(path=where.bucket, reason=reason) from None
        raise explain_answer(status, code, said, where, name) from None
    except BotoCoreError as error:
        raise DestinationUnreachable(host=where.host, reason=type(error).__name__) from None
