"""``hcv://host:port?secrets=a,b``: HashiCorp Vault, secrets of the key-value engine of version 2."""

from __future__ import annotations

from collections.abc import Sequence

from triplicati.config.secret_providers.provider import Provider, matching
from triplicati.config.secret_providers.web import Web, path_part, text_at, web
from triplicati.errors import SecretProviderError
from triplicati.values.secrets import Secret


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    """Reads the secrets in their order until every key is found.

    Signs in with ``token`` (VAULT_TOKEN), else as an AppRole with ``client-id`` and ``client-secret``
    (HCP_CLIENT_ID, HCP_CLIENT_SECRET).
    """
    base, mount = _base(provider), provider.text("mount") or "secret"
    found: dict[str, Secret] = {}
    with web(provider, "vault") as ask:
        headers = _headers(provider, base, ask)
        for name in provider.items("secrets"):
            path = "/".join(map(path_part, name.strip("/").split("/")))
            answer = ask.get(f"{base}/v1/{mount.strip('/')}/data/{path}", headers)
            data = answer.get("data") if answer else None
            values = data.get("data") if isinstance(data, dict) else None
            if isinstance(values, dict):
                more = matching(values, keys, case_sensitive=provider.boolean("case-sensitive"))
                found = {**more, **found}
            if len(found) == len(keys):
                break
    return found


def _base(provider: Provider) -> str:
    url = provider.url
    if not url.host:
        raise provider.unusable("needs the host of the vault, as in hcv://vault.example.com:8200")
    plain = provider.text("connection-type").lower() == "http"
    port = "" if url.port is None else f":{url.port}"
    path = f"/{url.path.strip('/')}" if url.path.strip("/") else ""
    return f"{'http' if plain else 'https'}://{url.host}{port}{path}"


def _headers(provider: Provider, base: str, ask: Web) -> dict[str, str]:
    space = provider.text("namespace", variable="VAULT_NAMESPACE")
    headers = {"X-Vault-Namespace": space} if space else {}
    client = provider.text("client-id", variable="HCP_CLIENT_ID")
    token = provider.text("token") or ("" if client else provider.text(variable="VAULT_TOKEN"))
    if not token:
        if not client:
            raise provider.unusable("add token=... to the address, or set HCP_CLIENT_ID or VAULT_TOKEN")
        secret = provider.needed("client-secret", variable="HCP_CLIENT_SECRET")
        role = {"role_id": client, "secret_id": secret}
        token = text_at(
            ask.post(f"{base}/v1/auth/approle/login", json=role, headers=headers), "auth", "client_token"
        )
        if not token:
            raise SecretProviderError(provider=provider.scheme, reason="signing in gave no token")
    return {**headers, "X-Vault-Token": token}
