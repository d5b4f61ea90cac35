"""What servers and the library say, in our words: for what no server here can be made to say."""

from __future__ import annotations

import pytest

from triplicati.errors import (
    BucketMissing,
    DestinationError,
    DestinationFull,
    DestinationRefused,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
    RemoteFileMissing,
)
from triplicati.storage.objects.connections import Endpoint
from triplicati.storage.objects.failures import Where, explain

WHERE = Where("s3", "store.example", "bucket", region_option="s3-authentication-region")
# As the library tells it: the answer of the server inside a sentence, then all that it knows of the request.
ANSWERED = """\
Object at location a not found: Error performing GET https://store.example/bucket/a?sig=verysecret in 25ms - \
Server returned non-2xx status code: {status} Some Words: <?xml version="1.0" encoding="utf-8"?>
<Error><Code>{code}</Code><Message>{message}</Message><StringToSign>verysecret</StringToSign></Error>

Debug source:
NotFound {{ uri: Some(https://store.example/bucket/a?sig=verysecret) }}"""
CONNECTING = """\
Generic S3 error: Error performing GET https://store.example/bucket/a?sig=verysecret in 89ms - HTTP error: \
error sending request

Debug source:
HttpError {{ kind: Connect, source: reqwest::Error {{ source: {inner} }} }}"""


@pytest.mark.parametrize(
    ("status", "code", "kind", "told"),
    [
        (404, "NoSuchKey", RemoteFileMissing, "volume.zip"),
        (404, "NoSuchBucket", BucketMissing, 'no bucket "bucket"'),
        (403, "InvalidAccessKeyId", DestinationSignInRefused, "What it said (InvalidAccessKeyId)"),
        (403, "SignatureDoesNotMatch", DestinationSignInRefused, 'help s3'),
        (400, "ExpiredToken", DestinationSignInRefused, "ExpiredToken"),
        (403, "AccessDenied", DestinationRefused, "bucket/volume.zip"),
        (403, "InvalidObjectState", DestinationRefused, "What it said"),
        (403, "QuotaExceeded", DestinationFull, "volume.zip"),
        (507, "XMinioStorageFull", DestinationFull, "What it said"),
        (400, "AuthorizationHeaderMalformed", DestinationError, "--s3-authentication-region"),
        (301, "PermanentRedirect", DestinationError, "--s3-authentication-region"),
        (403, "RequestTimeTooSkewed", DestinationRefused, "What it said (RequestTimeTooSkewed)"),
        (503, "SlowDown", DestinationError, "store.example: What it said (SlowDown)"),
    ],
)
def test_answers(status: int, code: str, kind: type[DestinationError], told: str) -> None:
    text = ANSWERED.format(status=status, code=code, message="What it said.")
    error = explain(text, WHERE, "volume.zip")
    assert type(error) is kind
    assert told in str(error)
    assert "verysecret" not in f"{error} {error!r}"


@pytest.mark.parametrize(
    ("inner", "kind", "told"),
    [
        ('ConnectError("dns error", ...)', DestinationUnknown, "no such name"),
        (
            'ConnectError("tcp connect error", Os { message: "Network is unreachable" })',
            DestinationUnreachable, "Network is unreachable",
        ),
        ("InvalidCertificate(Expired)", DestinationUntrusted, "has expired"),
        ("InvalidCertificate(ExpiredContext { time: 1 })", DestinationUntrusted, "has expired"),
        ("InvalidCertificate(NotValidForNameContext { expected: 1 })", DestinationUntrusted, "another name"),
        ("InvalidCertificate(Other(OtherError(UnknownIssuer)))", DestinationUntrusted, "nobody whom"),
        ("InvalidCertificate(Revoked)", DestinationUntrusted, "not valid (Revoked)"),
        ("TimedOut", DestinationUnreachable, "in time"),
        ("hyper::Error(IncompleteMessage)", DestinationUnreachable, "cannot be connected"),
    ],
)  # fmt: skip
def test_connections(inner: str, kind: type[DestinationError], told: str) -> None:
    error = explain(CONNECTING.format(inner=inner), WHERE)
    assert type(error) is kind
    assert told in str(error)
    assert "verysecret" not in f"{error} {error!r}"


def test_a_bucket_elsewhere() -> None:
    error = explain("Received redirect without LOCATION header, this normally indicates a region", WHERE)
    assert "--s3-authentication-region" in str(error)


def test_what_nobody_foresaw() -> None:
    error = explain("Generic S3 error: something odd at https://store.example/?sig=verysecret\n{}", WHERE)
    assert str(error) == "The destination failed: store.example: Generic S3 error: something odd at"


def test_a_server_is_named_with_its_port() -> None:
    urls = ("https://a", "https://a:443", "http://a:9000", "http://[::1]:1")
    assert [Endpoint(url).shown for url in urls] == ["a", "a", "a:9000", "[::1]:1"]
    assert Where("s3", "a:9000", "bucket").name == "a"
