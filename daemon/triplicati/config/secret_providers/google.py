"""``gcsm://?project-id=...``: Google Secret Manager. The name of a secret is its key."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from triplicati.config.secret_providers.provider import Provider
from triplicati.config.secret_providers.web import Answer, Web, path_part, text_at, web
from triplicati.errors import SecretProviderError
from triplicati.values.secrets import Secret

_SERVICE = "https://secretmanager.googleapis.com"
_METADATA = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DEFAULT_FILE = ".config/gcloud/application_default_credentials.json"


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    """Always over REST. Signs in with ``access-token``, a service account, or the default of the machine:
    the file of GOOGLE_APPLICATION_CREDENTIALS, that of gcloud, or the metadata server."""
    project = path_part(provider.needed("project-id"))
    version = path_part(provider.text("version") or "latest")
    service = provider.text("endpoint").rstrip("/") or _SERVICE
    with web(provider, "google") as ask:
        headers = {"Authorization": f"Bearer {_token(provider, ask)}"}
        answers = {
            key: ask.get(
                f"{service}/v1/projects/{project}/secrets/{path_part(key)}/versions/{version}:access", headers
            )
            for key in keys
        }
    return {key: _payload(provider, answer) for key, answer in answers.items() if answer}


def _payload(provider: Provider, answer: Answer) -> Secret:
    try:
        data = base64.b64decode(text_at(answer, "payload", "data"), validate=True)
        return Secret(data.decode())
    except (binascii.Error, UnicodeDecodeError):
        raise SecretProviderError(provider=provider.scheme, reason="a secret is no text") from None


def _token(provider: Provider, ask: Web) -> str:
    given = provider.text("access-token", "token")
    if given:
        return given
    account = _account(provider)
    if account is None:
        answer = ask.get(provider.text("metadata-url") or _METADATA, {"Metadata-Flavor": "Google"}, 3.0)
    elif text_at(account, "type") == "authorized_user":
        answer = ask.post(_token_uri(account), form=_refreshed(account))
    else:
        form = {"grant_type": _GRANT, "assertion": _assertion(provider, account, int(time.time()))}
        answer = ask.post(_token_uri(account), form=form)
    token = text_at(answer, "access_token")
    if not token:
        raise SecretProviderError(provider=provider.scheme, reason="signing in gave no token")
    return token


def _account(provider: Provider) -> Answer | None:
    """The account to sign in with, None for the one of the machine."""
    text = provider.text("service-account-json")
    if not text:
        named = provider.text("service-account-file", variable="GOOGLE_APPLICATION_CREDENTIALS")
        path = Path(named).expanduser() if named else Path.home() / _DEFAULT_FILE
        if not named and not path.is_file():
            return None
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise provider.unusable(f"cannot read {path} ({type(error).__name__})") from None
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        raise provider.unusable("was given an account that is no JSON object") from None


def _token_uri(account: Answer) -> str:
    return text_at(account, "token_uri") or "https://oauth2.googleapis.com/token"


def _refreshed(account: Answer) -> dict[str, str]:
    names = ("client_id", "client_secret", "refresh_token")
    return {"grant_type": "refresh_token", **{name: text_at(account, name) for name in names}}


def _assertion(provider: Provider, account: Answer, now: int) -> str:
    """The signed claim of a service account to be itself (RFC 7523)."""
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(text_at(account, "private_key").encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise provider.unusable("was given a service account without a usable private key")
    claims = {
        "iss": text_at(account, "client_email"),
        "scope": _SCOPE,
        "aud": _token_uri(account),
        "iat": now,
        "exp": now + 3600,
    }
    header = {"alg": "RS256", "typ": "JWT", "kid": text_at(account, "private_key_id")}
    signed = f"{_encoded(header)}.{_encoded(claims)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64(signature)}"


def _encoded(part: dict[str, object] | dict[str, str]) -> str:
    return _base64(msgspec.json.encode(part))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
