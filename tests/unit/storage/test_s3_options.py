"""What options of the S3 family come to, seen in the requests that they make."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.conformance import Bytes
from support.recorded_http import RecordingServer, Request, recording

from triplicati.errors import (
    DestinationError,
    DestinationExtraMissing,
    DestinationOptionMissing,
    DestinationOptionUnusable,
    DestinationSignInRefused,
    InvalidValue,
)
from triplicati.storage.kinds import aliyunoss, cos, e2, s3
from triplicati.storage.objects.s3 import S3Bucket, S3Place, amazon_region, region_in
from triplicati.storage.registry import destination_options, open_destination
from triplicati.values.urls import parse_url

KEYS: dict[str, str | None] = {"aws-access-key-id": "KEYID", "aws-secret-access-key": "the-secret"}


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with recording() as found:
        yield found


def place_of(url: str, **options: str) -> S3Place:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    opened = s3.connect(parse_url(url), {**KEYS, **given})
    return opened._place


@pytest.mark.parametrize(
    ("options", "base", "region"),
    [
        ({}, "http://bucket.s3.amazonaws.com", ""),
        ({"use_ssl": "true"}, "https://bucket.s3.amazonaws.com", ""),
        ({"s3_location_constraint": "eu-west-3"}, "http://bucket.s3.eu-west-3.amazonaws.com", "eu-west-3"),
        ({"s3_location_constraint": "EU"}, "http://bucket.s3.eu-west-1.amazonaws.com", "eu-west-1"),
        (
            {"s3_server_name": "s3.eu-central-1.amazonaws.com"},
            "http://bucket.s3.eu-central-1.amazonaws.com",
            "eu-central-1",
        ),
        ({"s3_server_name": "nas:9000"}, "http://nas:9000", "us-east-1"),
        ({"s3_server_name": "nas:9000", "use_ssl": ""}, "https://nas:9000", "us-east-1"),
        ({"s3_server_name": "https://nas/"}, "https://nas", "us-east-1"),
        ({"s3_server_name": "http://nas", "use_ssl": "true"}, "http://nas", "us-east-1"),
        (
            {"s3_server_name": "s3.us-west-002.backblazeb2.com"},
            "http://s3.us-west-002.backblazeb2.com",
            "us-west-002",
        ),
        ({"s3_server_name": "nas", "s3_authentication_region": "home"}, "http://nas", "home"),
        ({"s3_server_name": "nas", "s3_ext_authenticationregion": "home"}, "http://nas", "home"),
        ({"s3_server_name": "nas", "s3_ext_forcepathstyle": "false"}, "http://bucket.nas", "us-east-1"),
        ({"s3_ext_forcepathstyle": "true"}, "http://s3.amazonaws.com", ""),
        ({"s3_ext_useaccelerateendpoint": "true"}, "http://bucket.s3-accelerate.amazonaws.com", ""),
        (
            {"s3_ext_usedualstackendpoint": "true", "s3_location_constraint": "eu-west-3"},
            "http://bucket.s3.dualstack.eu-west-3.amazonaws.com",
            "eu-west-3",
        ),
    ],
)  # fmt: skip
def test_where_requests_go(options: dict[str, str], base: str, region: str) -> None:
    place = place_of("s3://bucket/folder", **options)
    assert (place.base, place.region, place.prefix) == (base, region, "folder")


def test_a_bucket_with_dots_is_no_part_of_an_encrypted_name() -> None:
    assert place_of("s3://my.bucket", use_ssl="true").base == "https://s3.amazonaws.com"
    assert place_of("s3://my.bucket").base == "http://my.bucket.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("s3.eu-central-1.wasabisys.com", "eu-central-1"),
        ("s3-eu-west-1.amazonaws.com", "eu-west-1"),
        ("s3.dualstack.us-west-2.amazonaws.com", "us-west-2"),
        ("s3.fr-par.scw.cloud", "fr-par"),
        ("s3.amazonaws.com", ""),
        ("s3.my-company.com", ""),
        ("minio.example.com", ""),
    ],
)
def test_the_region_in_a_name(host: str, region: str) -> None:
    assert region_in(host) == region


def test_amazon_tells_the_region_of_a_bucket(server: RecordingServer) -> None:
    assert amazon_region("a-bucket", f"http://{server.address}") == "eu-north-1"
    assert server.requests[0].target == "/a-bucket"


async def _put(server: RecordingServer, folder: Path, **options: str) -> Request:
    given = {name.replace("_", "-"): value for name, value in options.items()}
    here: dict[str, str | None] = {**KEYS, "s3-server-name": server.address, **given}
    await open_destination(parse_url("s3://bucket/folder"), here).put("a", Bytes(folder, b"content"))
    return server.requests[-1]


async def test_a_plain_upload(server: RecordingServer, tmp_path: Path) -> None:
    request = await _put(server, tmp_path, s3_authentication_region="home")
    assert (request.method, request.target, request.content) == ("PUT", "/bucket/folder/a", b"content")
    assert "Credential=KEYID/" in request.headers["authorization"]
    assert "/home/s3/aws4_request" in request.headers["authorization"]
    assert len(request.headers["x-amz-content-sha256"]) == 64
    assert not {"x-amz-storage-class", "x-amz-security-token", "x-amz-checksum-sha256"} & set(request.headers)


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [
        ({"s3_storage_class": "GLACIER_IR"}, "x-amz-storage-class", "GLACIER_IR"),
        ({"aws_session_token": "the-token"}, "x-amz-security-token", "the-token"),
        ({"s3_disable_payload_signing": "true"}, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        (
            {"s3_ext_requestchecksumcalculation": "WHEN_SUPPORTED"},
            "x-amz-checksum-sha256",
            "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=",
        ),
    ],
)
async def test_what_an_option_adds(
    server: RecordingServer, tmp_path: Path, options: dict[str, str], header: str, value: str
) -> None:
    assert (await _put(server, tmp_path, **options)).headers[header] == value


async def test_a_proxy(server: RecordingServer, tmp_path: Path) -> None:
    host, port = server.address.split(":")
    asked = {"s3_server_name": "name.invalid", "s3_ext_proxyhost": host, "s3_ext_proxyport": port}
    request = await _put(server, tmp_path, **asked)
    assert request.target == "http://name.invalid/bucket/folder/a"


async def test_the_environment_is_not_asked(
    server: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SESSION_TOKEN", "t"), ("ACCESS_KEY_ID", "other"), ("REGION", "nowhere")):
        monkeypatch.setenv(f"AWS_{name}", value)
    headers = (await _put(server, tmp_path)).headers
    assert "x-amz-security-token" not in headers
    assert "Credential=KEYID/" in headers["authorization"]
    assert "/us-east-1/" in headers["authorization"]


async def test_names_and_passwords_of_the_address_and_of_all_kinds(
    server: RecordingServer, tmp_path: Path
) -> None:
    for url, options in (
        ("s3://USER:pw@bucket", {}),
        ("s3://bucket?auth-username=USER&auth-password=pw", {}),
        ("s3://bucket?AWS_Access_Key_Id=USER&aws_secret_access_key=pw", {}),
        ("s3://bucket", {"auth-username": "USER", "auth-password": "pw"}),
    ):
        given = {"s3-server-name": server.address, **options}
        await open_destination(parse_url(url), given).put("a", Bytes(tmp_path, b""))
        assert "Credential=USER/" in server.requests[-1].headers["authorization"]


@pytest.mark.parametrize("missing", ["aws-access-key-id", "aws-secret-access-key"])
def test_a_key_is_needed(missing: str) -> None:
    given = {name: value for name, value in KEYS.items() if name != missing}
    with pytest.raises(DestinationOptionMissing, match=f"--{missing}"):
        s3.connect(parse_url("s3://bucket"), given)


@pytest.mark.parametrize(
    "server_name", ["two words", "ftp://host", "host:port", "https://host?x=y", "http://"]
)
def test_a_server_that_cannot_be(server_name: str) -> None:
    with pytest.raises(DestinationOptionUnusable, match="--s3-server-name"):
        place_of("s3://bucket", s3_server_name=server_name)


@pytest.mark.parametrize(
    "url", ["s3:///folder", "s3://bucket//folder", "s3://bucket/a/../b", "s3://bucket/a//"]
)
def test_an_address_that_cannot_be(url: str) -> None:
    with pytest.raises(InvalidValue):
        place_of(url)


@pytest.mark.parametrize("scheme", ["s3", "e2", "aliyunoss", "cos", "azure", "gcs"])
def test_what_holds_a_secret_is_a_password(scheme: str) -> None:
    telling = ("access-key", "access-key-secret", "access_key_secret", "secret-key", "token", "authid")
    for option in destination_options(scheme):
        if option.name.endswith(telling):
            assert option.type.value == "Password", option.name


class TestE2:
    OPTIONS = {"access_key_id": "KEY/ID", "access_key_secret": "the-secret"}  # noqa: RUF012

    def opened(self, server: RecordingServer, **options: str) -> S3Bucket:
        directory = {"e2-directory": f"http://{server.address}/where"}
        return e2.connect(parse_url("e2://bucket/folder"), {**self.OPTIONS, **directory, **options})

    @pytest.mark.parametrize("form", ['{{"resp_code": 0, "domain_name": "{0}"}}', "{0}\n"])
    async def test_the_server_is_asked_for(self, server: RecordingServer, tmp_path: Path, form: str) -> None:
        told = form.format(f"http://{server.address}")
        server.answers["/where/KEY%2FID"] = (200, told.encode())
        destination = self.opened(server, **{"s3-ext-forcepathstyle": "true"})
        for _ in range(2):
            await destination.put("a", Bytes(tmp_path, b"content"))
        assert [each.target for each in server.requests] == [
            "/where/KEY%2FID", "/bucket/folder/a", "/bucket/folder/a",
        ]  # fmt: skip

    async def test_a_key_that_nobody_knows(self, server: RecordingServer) -> None:
        server.status = 404
        with pytest.raises(DestinationSignInRefused, match="no such access key"):
            await self.opened(server).list()

    async def test_an_answer_that_names_no_server(self, server: RecordingServer) -> None:
        server.answer = b"<html>busy</html>"
        with pytest.raises(DestinationError, match="--e2-endpoint"):
            await self.opened(server).list()

    async def test_a_server_that_is_given(self, server: RecordingServer, tmp_path: Path) -> None:
        given = {"e2-endpoint": f"http://{server.address}", "s3-ext-forcepathstyle": "true"}
        await self.opened(server, **given).put("a", Bytes(tmp_path, b"content"))
        assert [each.target for each in server.requests] == ["/bucket/folder/a"]


def test_aliyun() -> None:
    options: dict[str, str | None] = {
        "oss-access-key-id": "k", "oss-access-key-secret": "s", "oss-bucket-name": "bucket",
        "oss-endpoint": "oss-eu-central-1.aliyuncs.com",
    }  # fmt: skip
    place = aliyunoss.connect(parse_url("aliyunoss://folder/below"), options)._place
    assert place.base == "https://bucket.oss-eu-central-1.aliyuncs.com"
    assert (place.prefix, place.region) == ("folder/below", "oss-eu-central-1")
    for missing in ("oss-bucket-name", "oss-endpoint", "oss-access-key-id"):
        with pytest.raises(DestinationOptionMissing, match=missing):
            aliyunoss.connect(parse_url("aliyunoss://folder"), {**options, missing: ""})


@pytest.mark.parametrize("bucket", ["backup-1250000000", "backup"])
def test_tencent(bucket: str) -> None:
    options: dict[str, str | None] = {
        "cos-secret-id": "k", "cos-secret-key": "s", "cos-app-id": "1250000000",
        "cos-region": "eu-frankfurt", "cos-bucket": bucket, "cos-storage-class": "STANDARD_IA",
    }  # fmt: skip
    place = cos.connect(parse_url("cos://folder/below"), options)._place
    assert place.base == "https://backup-1250000000.cos.eu-frankfurt.myqcloud.com"
    assert (place.prefix, place.region) == ("folder/below", "eu-frankfurt")
    assert place.storage_class == "STANDARD_IA"
    for missing in ("cos-bucket", "cos-region", "cos-secret-key"):
        with pytest.raises(DestinationOptionMissing, match=missing):
            cos.connect(parse_url("cos://folder"), {**options, missing: ""})


def test_locks_without_the_extra_are_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = s3.connect(parse_url("s3://bucket"), KEYS)
    opened.check_lockable()
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(DestinationExtraMissing, match="boto3"):
        opened.check_lockable()
