"""Secret providers on the network, each against a small real server that speaks its interface."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, quote

import pytest
from support.web_service import Answer, Asked, WebService, web_service

from triplicati.config.secret_providers.provider import open_provider
from triplicati.errors import SecretProviderError, SecretProviderUnusable

CANARY = "canary-2342-secret"
TOKEN = "canary-7777-token"


def fetched(address: str, *keys: str, **environment: str) -> dict[str, str]:
    variables = {"PATH": os.environ["PATH"], **environment}
    return {key: each.reveal() for key, each in open_provider(address, variables).fetch(keys).items()}


def failure(address: str, *keys: str, **environment: str) -> str:
    with pytest.raises(SecretProviderError) as caught:
        fetched(address, *keys, **environment)
    seen: BaseException | None = caught.value
    while seen is not None:
        assert CANARY not in f"{seen!r}{seen}", "a secret"
        assert TOKEN not in f"{seen!r}{seen}", "a token"
        seen = seen.__cause__
    return caught.value.message


# --- HashiCorp Vault ---


class Vault:
    """The key-value engine of version 2, and the sign-in of an AppRole."""

    secrets: ClassVar[dict[str, dict[str, object]]] = {
        "app1": {"Key": CANARY, "number": 5, "both": "one"},
        "team/app 2": {"other": "second", "both": "two"},
    }

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/v1/auth/approle/login":
            known = {"role_id": "role", "secret_id": CANARY}
            if json.loads(asked.body) != known:
                return 400, {"errors": [f"invalid role {CANARY}"]}
            return 200, {"auth": {"client_token": TOKEN}}
        if asked.headers.get("x-vault-token") != TOKEN:
            return 403, {"errors": ["permission denied", CANARY]}
        for name, values in self.secrets.items():
            if asked.path == f"/v1/secret/data/{quote(name)}":
                return 200, {"data": {"data": values, "metadata": {"version": 1}}}
        return 404, {"errors": []}


@pytest.fixture
def vault() -> Iterator[WebService]:
    with web_service(Vault()) as service:
        yield service


def hcv(service: WebService, query: str) -> str:
    return f"hcv://{service.url.removeprefix('http://')}?connection-type=http&{query}"


def test_vault_with_a_token(vault: WebService) -> None:
    address = hcv(vault, f"token={TOKEN}&secrets=app1;team/app+2,gone")
    found = fetched(address, "key", "other", "both", "number", "absent")
    assert found == {"key": CANARY, "other": "second", "both": "one"}
    assert [asked.path for asked in vault.asked] == [
        "/v1/secret/data/app1",
        "/v1/secret/data/team/app%202",
        "/v1/secret/data/gone",
    ]


def test_vault_is_asked_no_more_than_needed(vault: WebService) -> None:
    assert fetched(hcv(vault, f"token={TOKEN}&secrets=app1,gone"), "Key") == {"Key": CANARY}
    assert len(vault.asked) == 1


def test_vault_as_an_approle_from_the_environment(vault: WebService) -> None:
    variables = {"HCP_CLIENT_ID": "role", "HCP_CLIENT_SECRET": CANARY, "VAULT_NAMESPACE": "team"}
    assert fetched(hcv(vault, "secrets=app1"), "both", **variables) == {"both": "one"}
    assert [asked.headers["x-vault-namespace"] for asked in vault.asked] == ["team", "team"]
    assert "status 400" in failure(hcv(vault, "secrets=app1&client-id=x"), "both", **variables)


def test_vault_with_the_token_of_the_environment(vault: WebService) -> None:
    assert fetched(hcv(vault, "secrets=app1"), "both", VAULT_TOKEN=TOKEN) == {"both": "one"}


def test_vault_minds_case_when_told(vault: WebService) -> None:
    address = hcv(vault, f"token={TOKEN}&secrets=app1&case-sensitive=true")
    assert fetched(address, "key", "Key") == {"Key": CANARY}


def test_vault_refuses(vault: WebService) -> None:
    """That is no outage, so a cache must not hide it."""
    address = hcv(vault, "token=wrong&secrets=app1")
    message = failure(address, "key")
    assert "status 403" in message
    assert "?" not in message
    with pytest.raises(SecretProviderUnusable):
        fetched(address, "key")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("hcv://host?secrets=a", "VAULT_TOKEN"),
        ("hcv://host?secrets=a&client-id=b", "HCP_CLIENT_SECRET"),
        ("hcv://host?token=t", "secrets="),
        ("hcv://?token=t&secrets=a", "host"),
    ],
)
def test_vault_with_too_little_said(address: str, reason: str) -> None:
    with pytest.raises(SecretProviderUnusable, match=reason):
        fetched(address, "key")


def test_a_token_is_not_handed_on_to_another_host() -> None:
    with web_service(lambda asked: (200, {})) as other, web_service(lambda _: (307, other.url)) as service:
        message = failure(hcv(service, f"token={TOKEN}&secrets=app1"), "key")
        assert "status 307" in message
        assert other.asked == []


@pytest.mark.parametrize("content", [CANARY.encode(), b"[]", b"\xff", b""])
def test_an_answer_that_is_no_object(content: bytes) -> None:
    with web_service(lambda _: (200, content)) as service:
        assert "no JSON object" in failure(hcv(service, f"token={TOKEN}&secrets=app1"), "key")


def test_nobody_answers() -> None:
    with web_service(lambda _: (200, {})) as service:
        address = hcv(service, f"token={TOKEN}&secrets=app1")
    assert "ConnectError" in failure(address, "key")


# --- Azure Key Vault ---


class Azure:
    """Both the sign-in and the vault."""

    form: dict[str, list[str]]

    def __call__(self, asked: Asked) -> Answer:
        path, _, query = asked.path.partition("?")
        if path == "/tenant/oauth2/v2.0/token":
            self.form = parse_qs(asked.body.decode())
            return 200, {"access_token": TOKEN}
        if path == "/identity" and asked.headers.get("x-identity-header") == "me":
            self.form = parse_qs(query)
            return 200, {"access_token": TOKEN}
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {}
        if path == "/secrets/my-key" and query == "api-version=7.4":
            return 200, {"value": CANARY, "id": "x"}
        return 404, {"error": {"code": "SecretNotFound"}}


@pytest.fixture
def azure() -> Iterator[tuple[WebService, Azure]]:
    handle = Azure()
    with web_service(handle) as service:
        yield service, handle


def azkv(service: WebService, query: str) -> str:
    return f"azkv://?vault-uri={quote(service.url)}&authority={quote(service.url)}&{query}"


def test_azure_with_a_client_secret(azure: tuple[WebService, Azure]) -> None:
    service, handle = azure
    query = f"auth-type=ClientSecret&tenant-id=tenant&client-id=me&client-secret={CANARY}"
    assert fetched(azkv(service, query), "my-key", "absent") == {"my-key": CANARY}
    assert handle.form == {
        "grant_type": ["client_credentials"],
        "client_id": ["me"],
        "client_secret": [CANARY],
        "scope": ["https://vault.azure.net/.default"],
    }


def test_azure_with_a_password(azure: tuple[WebService, Azure]) -> None:
    service, handle = azure
    query = f"auth-type=UsernamePassword&tenant-id=tenant&client-id=me&username=u&password={CANARY}"
    assert fetched(azkv(service, query), "my-key") == {"my-key": CANARY}
    assert (handle.form["grant_type"], handle.form["password"]) == (["password"], [CANARY])


def test_azure_with_the_identity_of_an_app_service(azure: tuple[WebService, Azure]) -> None:
    service, handle = azure
    variables = {"IDENTITY_ENDPOINT": f"{service.url}/identity", "IDENTITY_HEADER": "me"}
    assert fetched(azkv(service, "client-id=x"), "my-key", **variables) == {"my-key": CANARY}
    assert handle.form["resource"] == ["https://vault.azure.net"]
    assert handle.form["client_id"] == ["x"]


def test_azure_with_variables_of_a_client(azure: tuple[WebService, Azure]) -> None:
    variables = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "me", "AZURE_CLIENT_SECRET": CANARY}
    assert fetched(azkv(azure[0], ""), "my-key", **variables) == {"my-key": CANARY}


def test_azure_as_whoever_is_signed_in_to_az(azure: tuple[WebService, Azure], tmp_path: Path) -> None:
    program = tmp_path / "az"
    program.write_text(f"#!/bin/sh\necho {TOKEN}\n")
    program.chmod(0o755)
    variables = {"IDENTITY_ENDPOINT": f"{azure[0].url}/refused", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert fetched(azkv(azure[0], ""), "my-key", **variables) == {"my-key": CANARY}


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("azkv://", "keyvault-name="),
        ("azkv://?keyvault-name=a&vault-uri=b", "either"),
        ("azkv://?keyvault-name=a&auth-type=ClientSecret", "AZURE_CLIENT_ID"),
        ("azkv://?keyvault-name=a&auth-type=Nonsense", "ManagedIdentity"),
    ],
)
def test_azure_with_too_little_said(address: str, reason: str) -> None:
    with pytest.raises(SecretProviderUnusable, match=reason):
        fetched(address, "key")


# --- Google Secret Manager ---


class Google:
    form: dict[str, list[str]]

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            self.form = parse_qs(asked.body.decode())
            return 200, {"access_token": TOKEN}
        if asked.path == "/metadata" and asked.headers.get("metadata-flavor") == "Google":
            return 200, {"access_token": TOKEN}
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {}
        data = {"my-key": CANARY.encode(), "bytes": b"\xff"}
        for name, content in data.items():
            if asked.path == f"/v1/projects/p/secrets/{name}/versions/latest:access":
                return 200, {"payload": {"data": base64.b64encode(content).decode()}}
        return 404, {}


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[WebService, Google]]:
    monkeypatch.setenv("HOME", str(tmp_path))
    handle = Google()
    with web_service(handle) as service:
        yield service, handle


def gcsm(service: WebService, query: str = "") -> str:
    return f"gcsm://?project-id=p&endpoint={quote(service.url)}&{query}"


def test_google_with_a_token(google: tuple[WebService, Google]) -> None:
    address = gcsm(google[0], f"access-token={TOKEN}")
    assert fetched(address, "my-key", "absent") == {"my-key": CANARY}
    assert "no text" in failure(address, "bytes")
    assert "status 401" in failure(gcsm(google[0], "token=x"), "my-key")


def test_google_with_a_service_account(google: tuple[WebService, Google], tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    service, handle = google
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "client_email": "me@example.com",
        "private_key_id": "id",
        "private_key": pem.decode(),
        "token_uri": f"{service.url}/token",
    }
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account))
    assert fetched(gcsm(service), "my-key", GOOGLE_APPLICATION_CREDENTIALS=str(path)) == {"my-key": CANARY}
    signed, _, signature = handle.form["assertion"][0].rpartition(".")
    padded = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    key.public_key().verify(padded, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    assert claims["iss"] == "me@example.com"
    assert claims["aud"] == f"{service.url}/token"
    assert claims["exp"] == claims["iat"] + 3600
    address = gcsm(service, f"service-account-json={quote(json.dumps(account))}")
    assert fetched(address, "my-key") == {"my-key": CANARY}
    broken = quote(json.dumps({**account, "private_key": CANARY}))
    assert "private key" in failure(gcsm(service, f"service-account-json={broken}"), "my-key")


def test_google_as_whoever_is_signed_in_to_gcloud(google: tuple[WebService, Google], tmp_path: Path) -> None:
    service, handle = google
    path = tmp_path / ".config/gcloud/application_default_credentials.json"
    path.parent.mkdir(parents=True)
    user = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": CANARY}
    path.write_text(json.dumps({**user, "token_uri": f"{service.url}/token"}))
    assert fetched(gcsm(service), "my-key") == {"my-key": CANARY}
    assert handle.form["refresh_token"] == [CANARY]


def test_google_with_the_account_of_the_machine(google: tuple[WebService, Google]) -> None:
    service = google[0]
    address = gcsm(service, f"metadata-url={quote(service.url)}/metadata")
    assert fetched(address, "my-key") == {"my-key": CANARY}


# --- AWS Secrets Manager ---


class Aws:
    def __call__(self, asked: Asked) -> Answer:
        name = json.loads(asked.body)["SecretId"]
        if "Credential=id/" not in asked.headers["authorization"]:
            return 403, {"__type": "AccessDeniedException", "Message": CANARY}
        texts = {"v1": {"Key": CANARY}, "v2": {"key": "later", "other": "x"}}
        if name in texts:
            return 200, {"Name": name, "SecretString": json.dumps(texts[name])}
        if name == "binary":
            data = base64.b64encode(json.dumps({"bin": "b"}).encode()).decode()
            return 200, {"Name": name, "SecretBinary": data}
        if name == "text":
            return 200, {"Name": name, "SecretString": CANARY}
        return 400, {"__type": "ResourceNotFoundException", "Message": "no"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WebService]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with web_service(Aws()) as service:
        yield service


def awssm(service: WebService, query: str) -> str:
    return f"awssm://?service-url={quote(service.url)}&{query}"


def test_aws(aws: WebService) -> None:
    address = awssm(aws, f"access-id=id&secret-key={TOKEN}&secrets=gone,v1;v2,binary&ext-timeout=5")
    assert fetched(address, "key", "other", "bin", "absent") == {"key": CANARY, "other": "x", "bin": "b"}
    assert all(TOKEN not in str(asked) for asked in aws.asked)


def test_aws_with_variables(aws: WebService) -> None:
    variables = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": TOKEN, "AWS_DEFAULT_REGION": "eu-west-1"}
    assert fetched(awssm(aws, "secrets=v1"), "Key", **variables) == {"Key": CANARY}
    assert "/eu-west-1/secretsmanager/" in aws.asked[0].headers["authorization"]


def test_aws_refuses(aws: WebService) -> None:
    address = awssm(aws, f"access-id=other&secret-key={TOKEN}&secrets=v1&ext-maxerrorretry=0")
    assert "AccessDeniedException" in failure(address, "key")
    address = awssm(aws, f"access-id=id&secret-key={TOKEN}&secrets=text")
    assert '"text" holds no names' in failure(address, "key")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("region=a", "secrets="),
        ("secrets=a", "AWS_DEFAULT_REGION"),
        ("secrets=a&region=b&access-id=c", "AWS_SECRET_ACCESS_KEY"),
        ("secrets=a&region=b&ext-proxy=c", "ext-proxy"),
    ],
)
def test_aws_with_too_little_said(query: str, reason: str) -> None:
    with pytest.raises(SecretProviderUnusable, match=reason):
        fetched(f"awssm://?{query}", "key")
