"""What options of Google's kind come to, seen in the requests that they make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from support.conformance import Bytes
from support.recorded_http import RecordingServer, recording

from triplicati.errors import (
    DestinationOptionMissing,
    DestinationOptionUnusable,
    DestinationSignInRefused,
)
from triplicati.storage.kinds import gcs
from triplicati.storage.objects.gcs import GcsBucket
from triplicati.values.urls import parse_url


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with recording() as found:
        found.answers["/refresh"] = (200, b'{"access_token": "relayed", "expires": 3600}')
        found.answers["/token"] = (200, b'{"access_token": "granted", "expires_in": 3600}')
        yield found


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def account_of(server: RecordingServer, key: rsa.RSAPrivateKey) -> str:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return json.dumps({
        "type": "service_account", "client_email": "me@project.example", "private_key": private.decode(),
        "token_uri": f"http://{server.address}/token", "project_id": "my-project",
    })  # fmt: skip


def opened(server: RecordingServer, **options: str) -> GcsBucket:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    return gcs.connect(
        parse_url("gcs://bucket/folder"), {"gcs-endpoint": f"http://{server.address}", **given}
    )


def relayed(server: RecordingServer, **options: str) -> GcsBucket:
    return opened(server, authid="the-authid", oauth_url=f"http://{server.address}/refresh", **options)


async def test_an_authid(server: RecordingServer, tmp_path: Path) -> None:
    await relayed(server, gcs_storage_class="NEARLINE").put("a", Bytes(tmp_path, b"content"))
    asked, sent = server.requests
    assert (asked.target, asked.headers["x-authid"]) == ("/refresh", "the-authid")
    assert (sent.method, unquote(sent.target), sent.content) == ("PUT", "/bucket/folder/a", b"content")
    assert sent.headers["authorization"] == "Bearer relayed"
    assert sent.headers["x-goog-storage-class"] == "NEARLINE"


async def test_a_service_account(server: RecordingServer, tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    path = tmp_path / "account.json"
    path.write_text(account_of(server, key))
    for given in (
        {"gcs_service_account_json": account_of(server, key)}, {"gcs_service_account_file": str(path)},
    ):  # fmt: skip
        server.requests.clear()
        bucket = opened(server, **given)
        for _ in range(2):
            await bucket.put("a", Bytes(tmp_path, b"content"))
        asked, *sent = server.requests
        assert [each.headers["authorization"] for each in sent] == ["Bearer granted"] * 2
        signed = parse_qs(asked.content.decode())["assertion"][0]
        claims = jwt.decode(signed, key.public_key(), ["RS256"], audience=f"http://{server.address}/token")
        assert claims["iss"] == "me@project.example"


async def test_an_account_that_is_refused(server: RecordingServer, key: rsa.RSAPrivateKey) -> None:
    server.answers["/token"] = (400, b'{"error": "invalid_grant", "error_description": "No such account"}')
    with pytest.raises(DestinationSignInRefused, match="No such account"):
        await opened(server, gcs_service_account_json=account_of(server, key)).list()


async def test_a_new_bucket(server: RecordingServer) -> None:
    asked = {"gcs_project": "my project", "gcs_location": "EU", "gcs_storage_class": "NEARLINE"}
    await relayed(server, **asked).create_folder()
    made = server.requests[-1]
    assert (made.method, made.target) == ("POST", "/storage/v1/b?project=my%20project")
    assert json.loads(made.content) == {"name": "bucket", "location": "EU", "storageClass": "NEARLINE"}


async def test_a_new_bucket_without_a_project(server: RecordingServer) -> None:
    with pytest.raises(DestinationOptionMissing, match="--gcs-project"):
        await relayed(server).create_folder()


def test_nobody_may_use_it() -> None:
    with pytest.raises(DestinationOptionMissing, match="--authid or --gcs-service-account-file"):
        gcs.connect(parse_url("gcs://bucket"), {})


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"client_email": "a", "private_key": "k", "token_uri": "http://elsewhere"}']
)
def test_an_account_that_is_none(text: str) -> None:
    with pytest.raises(DestinationOptionUnusable, match="--gcs-service-account-json"):
        gcs.connect(parse_url("gcs://bucket"), {"gcs-service-account-json": text})


async def test_a_private_key_that_is_none(server: RecordingServer) -> None:
    text = '{"client_email": "a", "private_key": "very-secret"}'
    with pytest.raises(DestinationOptionUnusable, match="cannot be read") as caught:
        await opened(server, gcs_service_account_json=text).list()
    assert "very-secret" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DestinationOptionUnusable, match="cannot be read"):
        gcs.connect(parse_url("gcs://bucket"), {"gcs-service-account-file": str(tmp_path / "absent")})
