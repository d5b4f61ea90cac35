"""Google's buckets: who may use them, and how they are made (spec/cli.md 6.2)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import trio

from triplicati.errors import DestinationNotCreated, DestinationOptionMissing, DestinationOptionUnusable
from triplicati.storage.oauth_relay import access_token_sync
from triplicati.storage.objects.buckets import Bucket
from triplicati.storage.objects.connections import Connections, Endpoint, Limits, Use
from triplicati.storage.objects.failures import Where, explain_answer
from triplicati.storage.objects.requests import send
from triplicati.storage.objects.trust import Trust
from triplicati.values.secrets import Secret

if TYPE_CHECKING:
    from obstore.store import ClientConfig, GCSConfig, GCSCredential, GCSStore, ObjectStore, RetryConfig

_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOUR = 3600


class ServiceAccount(msgspec.Struct, frozen=True):
    """What is needed of the JSON file that Google gives out for an account of a program."""

    client_email: str
    private_key: str
    token_uri: str = "https://oauth2.googleapis.com/token"
    project_id: str = ""

    def __repr__(self) -> str:
        return f"ServiceAccount({self.client_email!r})"


class GcsPlace(msgspec.Struct, frozen=True):
    """Either `account`, or `authid` for the service at `relay`, is given."""

    where: Where
    endpoint: Endpoint
    bucket: str
    prefix: str
    account: ServiceAccount | None
    authid: Secret
    relay: str
    project: str = ""
    location: str = ""
    storage_class: str = ""


class GcsBucket(Bucket):
    def __init__(self, display: str, place: GcsPlace, limits: Limits, trust: Trust) -> None:
        self._tokens = Tokens(place, limits, trust)
        connections = _Signed(
            place.endpoint, limits, trust, place.where, _builder(place, self._tokens), self._tokens
        )
        super().__init__(display, place.where, connections, storage_class=place.storage_class)
        self._place = place

    def _create(self) -> None:
        place, connections = self._place, self._connections
        project = place.project or (place.account.project_id if place.account else "")
        if not project:
            hint = " to make a bucket"
            raise DestinationOptionMissing(scheme="gcs", option="gcs-project", hint=hint)
        bucket = {"name": place.bucket}
        if place.location:
            bucket["location"] = place.location
        if place.storage_class:
            bucket["storageClass"] = place.storage_class
        headers = {"Authorization": f"Bearer {self._tokens.now()[0]}", "Content-Type": "application/json"}
        trio.from_thread.check_cancelled()
        answer = send(
            "POST", f"{place.endpoint.url}/storage/v1/b?project={quote(project)}",
            msgspec.json.encode(bucket),
            headers, place.where, connections.limits, connections.trust, connections.certificate(),
        )  # fmt: skip
        # 409 may be a bucket of somebody else: using it tells.
        if answer.status < 300 or answer.status == 409:
            return
        error = explain_answer(answer.status, answer.code, answer.said, place.where, place.bucket)
        raise DestinationNotCreated(reason=str(error)) if answer.status == 400 else error


class Tokens:
    """Blocks: for threads. Raises kinds of `DestinationError`."""

    def __init__(self, place: GcsPlace, limits: Limits, trust: Trust) -> None:
        self._place = place
        self._limits = limits
        self._trust = trust
        self._token = Secret("")
        self._until = 0.0

    def now(self) -> tuple[str, float]:
        """A token, and until when it holds (seconds since 1970)."""
        place = self._place
        if place.account is None:
            return access_token_sync(place.relay, place.authid, scheme="gcs")
        if self._until <= time.time():
            self._token, self._until = self._asked(place.account)
        return self._token.reveal(), self._until

    def _asked(self, account: ServiceAccount) -> tuple[Secret, float]:
        import jwt  # noqa: PLC0415 - slow to import

        now = int(time.time())
        claims = {
            "iss": account.client_email, "scope": _SCOPE, "aud": account.token_uri, "iat": now,
            "exp": now + _HOUR,
        }  # fmt: skip
        try:
            signed = jwt.encode(claims, account.private_key, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            reason = "the private key in it cannot be read"
            raise DestinationOptionUnusable(option="gcs-service-account-json", reason=reason) from None
        form = f"grant_type={_GRANT.replace(':', '%3A')}&assertion={signed}".encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        where = msgspec.structs.replace(self._place.where, host=Endpoint(account.token_uri).shown)
        answer = send("POST", account.token_uri, form, headers, where, self._limits, self._trust, "")
        try:
            given = msgspec.json.decode(answer.content, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError):
            given = {}
        token = given.get("access_token")
        if answer.status != 200 or not isinstance(token, str):
            said = given.get("error_description")
            status = 401 if answer.status in (400, 401, 403) else answer.status
            raise explain_answer(status, "", said if isinstance(said, str) else "", where, "the token")
        return Secret(token), now + _HOUR - 120


class _Signed(Connections):
    """Has a token before the library needs one, which would tell in other words what went wrong with it."""

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        trust: Trust,
        where: Where,
        build: Callable[[ClientConfig, RetryConfig], ObjectStore],
        tokens: Tokens,
    ) -> None:
        super().__init__(endpoint, limits, trust, where, build)
        self._tokens = tokens

    def store(self, use: Use) -> ObjectStore:
        self._tokens.now()
        return super().store(use)


def service_account(text: str, option: str) -> ServiceAccount:
    """From the JSON that Google gives out. Raises `DestinationOptionUnusable`."""
    try:
        account = msgspec.json.decode(text, type=ServiceAccount)
    except (msgspec.DecodeError, UnicodeError):
        reason = "it is not what Google gives out for a service account, with client_email and private_key"
        raise DestinationOptionUnusable(option=option, reason=reason) from None
    if not account.token_uri.startswith(("https://", "http://127.0.0.1:")):
        raise DestinationOptionUnusable(option=option, reason="its token_uri does not start with https://")
    return account


def _builder(place: GcsPlace, tokens: Tokens) -> Callable[[ClientConfig, RetryConfig], GCSStore]:
    def credential() -> GCSCredential:
        token, until = tokens.now()
        return {"token": token, "expires_at": datetime.fromtimestamp(until, UTC)}

    def build(client: ClientConfig, retries: RetryConfig) -> GCSStore:
        from obstore.store import GCSStore  # noqa: PLC0415 - slow to import

        config: GCSConfig = {"base_url": place.endpoint.url, "skip_signature": False}
        return GCSStore(
            place.bucket,
            prefix=place.prefix or None,
            config=config,
            client_options=client,
            retry_config=retries,
            credential_provider=credential,
        )

    return build
