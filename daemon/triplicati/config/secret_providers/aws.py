"""``awssm://?region=...&secrets=a,b``: AWS Secrets Manager, secrets that hold names and values."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from triplicati.config.secret_providers.provider import Provider, matching
from triplicati.errors import SecretProviderError, SecretProviderExtraMissing
from triplicati.values.secrets import Secret

_EXTRA = "ext-"
# The switches of the SDK that Duplicati has too, by their names there in lower case.
_TIMES = {"timeout": "read_timeout", "connecttimeout": "connect_timeout"}
_RETRIES = "maxerrorretry"


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    """Reads the secrets in their order until every key is found.

    Signs in with ``access-id`` and ``secret-key``, else with what boto3 finds on the machine: the AWS_*
    variables, a profile, the role of the instance.
    """
    try:
        import boto3  # noqa: PLC0415 - an extra, and slow to import
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        raise SecretProviderExtraMissing(provider=provider.scheme, package="boto3", extra="aws") from None
    names = provider.items("secrets")
    found: dict[str, Secret] = {}
    try:
        client = boto3.client("secretsmanager", **_settings(provider))
        for name in names:
            try:
                answer = client.get_secret_value(SecretId=name)
            except client.exceptions.ResourceNotFoundException:
                continue
            values = _values(provider, name, answer.get("SecretString") or answer.get("SecretBinary") or b"")
            more = matching(values, keys, case_sensitive=provider.boolean("case-sensitive"))
            found = {**more, **found}
            if len(found) == len(keys):
                break
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (400, 401, 403):
            raise provider.unusable(f"was refused by AWS ({code})") from None
        raise SecretProviderError(provider=provider.scheme, reason=f"AWS answered {code}") from None
    except (BotoCoreError, ValueError) as error:
        raise SecretProviderError(provider=provider.scheme, reason=type(error).__name__) from None
    return found


def _settings(provider: Provider) -> dict[str, object]:
    from botocore.config import Config  # noqa: PLC0415

    region = provider.text("region", "region-endpoint", variable="AWS_DEFAULT_REGION")
    url = provider.text("service-url", variable="AWS_ENDPOINT_URL")
    if not region and not url:
        raise provider.unusable("add region=... to the address, or set AWS_DEFAULT_REGION")
    settings: dict[str, object] = {
        # Behind an address of one's own the region only signs.
        "region_name": region or "us-east-1",
        "config": Config(**_config(provider)),
    }
    if url:
        settings["endpoint_url"] = url
    key = provider.text("access-id", "access-key", variable="AWS_ACCESS_KEY_ID")
    if key:
        settings["aws_access_key_id"] = key
        settings["aws_secret_access_key"] = provider.needed("secret-key", variable="AWS_SECRET_ACCESS_KEY")
        token = provider.text(variable="AWS_SESSION_TOKEN")
        if token and not provider.text("access-id", "access-key"):
            settings["aws_session_token"] = token
    return settings


def _config(provider: Provider) -> dict[str, object]:
    """The ``ext-`` settings: timeouts in seconds and the number of retries."""
    config: dict[str, object] = {"connect_timeout": 15, "read_timeout": 30}
    for name, value in provider.url.query.items():
        key = name.removeprefix(_EXTRA).replace("-", "").lower()
        if not name.startswith(_EXTRA):
            continue
        if not value.isdecimal() or key not in (*_TIMES, _RETRIES):
            raise provider.unusable(f"{name} is not known; there are ext-timeout and ext-maxerrorretry")
        if key == _RETRIES:
            config["retries"] = {"max_attempts": int(value)}
        else:
            config[_TIMES[key]] = int(value)
    return config


def _values(provider: Provider, name: str, text: str | bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        reason = f'the secret "{name}" holds no names and values'
        raise SecretProviderError(provider=provider.scheme, reason=reason) from None
