"""Azure's containers: how they are signed for and made (spec/cli.md 6.2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec
import trio

from triplicati.errors import DestinationNotCreated, DestinationOptionUnusable
from triplicati.storage.objects.buckets import Bucket
from triplicati.storage.objects.connections import Connections, Endpoint, Limits
from triplicati.storage.objects.failures import Where, explain_answer
from triplicati.storage.objects.requests import send
from triplicati.storage.objects.trust import Trust
from triplicati.values.secrets import Secret

if TYPE_CHECKING:
    from obstore.store import AzureConfig, AzureStore, ClientConfig, RetryConfig

_VERSION = "2021-12-02"


class AzurePlace(msgspec.Struct, frozen=True):
    """`endpoint` is the account's address, without the container. One of `key` and `signature` is not empty;
    the latter is a query that grants access ("SAS")."""

    where: Where
    endpoint: Endpoint
    account: str
    container: str
    key: Secret
    signature: Secret
    tier: str = ""


class AzureContainer(Bucket):
    def __init__(self, display: str, place: AzurePlace, limits: Limits, trust: Trust) -> None:
        connections = Connections(place.endpoint, limits, trust, place.where, _builder(place))
        super().__init__(display, place.where, connections, storage_class=place.tier)
        self._place = place

    def _create(self) -> None:
        place, connections = self._place, self._connections
        address = f"{place.endpoint.url}/{quote(place.container)}?restype=container"
        headers = {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-version": _VERSION}
        if place.signature:
            address += f"&{place.signature.reveal().lstrip('?')}"
        else:
            headers["Authorization"] = _signed("PUT", place, headers)
        trio.from_thread.check_cancelled()
        answer = send(
            "PUT", address, b"", headers, place.where, connections.limits, connections.trust,
            connections.certificate(),
        )  # fmt: skip
        if answer.status < 300 or answer.code == "ContainerAlreadyExists":
            return
        error = explain_answer(answer.status, answer.code, answer.said, place.where, place.container)
        if answer.status in (400, 409):
            raise DestinationNotCreated(reason=str(error))
        raise error


def usable_key(text: str) -> Secret:
    """Raises `DestinationOptionUnusable` for what is no key of an account."""
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        reason = "a key is written in Base64, as the portal of Azure shows it"
        raise DestinationOptionUnusable(option="azure-access-key", reason=reason) from None
    return Secret(text)


def _builder(place: AzurePlace) -> Callable[[ClientConfig, RetryConfig], AzureStore]:
    def build(client: ClientConfig, retries: RetryConfig) -> AzureStore:
        from obstore.store import AzureStore  # noqa: PLC0415 - slow to import

        config: AzureConfig = {
            "account_name": place.account,
            "endpoint": place.endpoint.url,
            "use_emulator": False,
            "skip_signature": False,
        }
        if place.signature:
            config["sas_key"] = place.signature.reveal().lstrip("?")
        else:
            config["account_key"] = place.key.reveal()
        return AzureStore(place.container, config=config, client_options=client, retry_config=retries)

    return build


def _signed(method: str, place: AzurePlace, headers: dict[str, str]) -> str:
    """What Azure calls a shared key, of a request without content for the container itself."""
    named = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    path = f"{urlsplit(place.endpoint.url).path}/{place.container}"
    text = f"{method}{chr(10) * 12}{named}/{place.account}{path}\nrestype:container"
    key = base64.b64decode(place.key.reveal())
    signature = hmac.digest(key, text.encode(), hashlib.sha256)
    return f"SharedKey {place.account}:{base64.b64encode(signature).decode()}"
