"""``azkv://?keyvault-name=...``: Azure Key Vault. The name of a secret is its key."""

from __future__ import annotations

from collections.abc import Sequence

from triplicati.config.secret_providers.programs import run
from triplicati.config.secret_providers.provider import Provider
from triplicati.config.secret_providers.web import Answer, Web, path_part, text_at, web
from triplicati.errors import SecretProviderError
from triplicati.values.secrets import Secret

_VERSION = "7.4"
_RESOURCE = "https://vault.azure.net"
_SIGN_IN = "https://login.microsoftonline.com"
_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token"


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    """Signs in as ``auth-type`` says: ClientSecret, UsernamePassword, or by default with the identity of the
    machine, failing that as whoever is signed in to the program ``az``."""
    base = _base(provider)
    with web(provider, "azure") as ask:
        headers = {"Authorization": f"Bearer {_token(provider, ask)}"}
        answers = {
            key: ask.get(f"{base}/secrets/{path_part(key)}?api-version={_VERSION}", headers) for key in keys
        }
    return {key: Secret(text_at(answer, "value")) for key, answer in answers.items() if answer}


def _base(provider: Provider) -> str:
    uri = provider.text("vault-uri").rstrip("/")
    if uri:
        if provider.text("keyvault-name"):
            raise provider.unusable("takes either keyvault-name or vault-uri")
        return uri
    plain = provider.text("connection-type").lower() == "http"
    return f"{'http' if plain else 'https'}://{provider.needed('keyvault-name')}.vault.azure.net"


def _token(provider: Provider, ask: Web) -> str:
    kind = provider.text("auth-type", "authentication-type").lower() or "managedidentity"
    if kind == "clientsecret" or (kind == "managedidentity" and _has_variables(provider)):
        answer = _signed_in(provider, ask, grant_type="client_credentials", **_client(provider, secret=True))
    elif kind == "usernamepassword":
        answer = _signed_in(
            provider,
            ask,
            grant_type="password",
            **_client(provider, secret=False),
            username=provider.needed("username"),
            password=provider.needed("password"),
        )
    elif kind == "managedidentity":
        answer = _of_machine(provider, ask)
    else:
        raise provider.unusable("auth-type is one of ClientSecret, UsernamePassword and ManagedIdentity")
    token = text_at(answer, "access_token")
    if not token:
        raise SecretProviderError(provider=provider.scheme, reason="signing in gave no token")
    return token


def _has_variables(provider: Provider) -> bool:
    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    return all(provider.environment.get(name) for name in names)


def _client(provider: Provider, *, secret: bool) -> dict[str, str]:
    client = {"client_id": provider.needed("client-id", variable="AZURE_CLIENT_ID")}
    if secret:
        client["client_secret"] = provider.needed("client-secret", variable="AZURE_CLIENT_SECRET")
    return client


def _signed_in(provider: Provider, ask: Web, **form: str) -> Answer | None:
    host = provider.text("authority", variable="AZURE_AUTHORITY_HOST") or _SIGN_IN
    tenant = path_part(provider.needed("tenant-id", variable="AZURE_TENANT_ID"))
    url = f"{host.rstrip('/')}/{tenant}/oauth2/v2.0/token"
    return ask.post(url, form={**form, "scope": f"{_RESOURCE}/.default"})


def _of_machine(provider: Provider, ask: Web) -> Answer | None:
    """The token of a virtual machine or an app service, else that of ``az``."""
    query = f"resource={path_part(_RESOURCE)}"
    client = provider.text("client-id", variable="AZURE_CLIENT_ID")
    if client:
        query += f"&client_id={path_part(client)}"
    endpoint = provider.text(variable="IDENTITY_ENDPOINT")
    try:
        if endpoint:
            headers = {"X-IDENTITY-HEADER": provider.text(variable="IDENTITY_HEADER")}
            return ask.get(f"{endpoint}?api-version=2019-08-01&{query}", headers)
        # Answers at once, where there is one at all.
        return ask.get(f"{_METADATA}?api-version=2018-02-01&{query}", {"Metadata": "true"}, timeout=3.0)
    except SecretProviderError as error:
        token = _of_program(provider)
        if token is None:
            raise error from None
        return {"access_token": token}


def _of_program(provider: Provider) -> str | None:
    words = ["az", "account", "get-access-token", "--resource", _RESOURCE, "--query", "accessToken"]
    try:
        printed = run(provider, [*words, "--output", "tsv"], errors_too=True)
    except SecretProviderError:
        return None
    return printed.out.strip() or None if printed.code == 0 else None
