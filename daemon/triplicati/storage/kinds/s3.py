"""A bucket of Amazon S3, or of a server that speaks S3 as MinIO, Wasabi, Backblaze and Cloudflare R2 do.

The address is ``s3://bucket/folder``. As in Duplicati the connection is not encrypted unless --use-ssl is
given, and --s3-server-name says which server is meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.objects.buckets import folder_of
from triplicati.storage.objects.connections import Endpoint, endpoint_of, limits_of
from triplicati.storage.objects.failures import Where
from triplicati.storage.objects.s3 import AMAZON, USUAL_REGION, S3Bucket, S3Place, fits_host, region_in
from triplicati.storage.objects.s3_settings import (
    COMMON,
    EXTENDED,
    LOCK_MODE,
    bucket_named,
    checksums,
    keys,
    path_style,
    proxy,
)
from triplicati.storage.objects.trust import trust_of
from triplicati.storage.shared_options import SECURE
from triplicati.values.urls import DestinationUrl

SCHEMES = ("s3",)
TITLE = "S3 compatible"

_GROUP = "s3"
_USUAL_SERVER = "s3.amazonaws.com"

OPTIONS = (
    Option(
        "aws-access-key-id", T.STRING, None, "Access key.", _GROUP, aliases=("aws_access_key_id",),
        fallback="auth-username",
    ),
    Option(
        "aws-secret-access-key", T.PASSWORD, None, "Secret of the access key.", _GROUP,
        aliases=("aws_secret_access_key",), fallback="auth-password",
    ),
    Option("aws-session-token", T.PASSWORD, None, "Token that goes with a temporary key.", _GROUP),
    Option(
        "s3-server-name", T.STRING, _USUAL_SERVER, "Server: a host, host:port or a URL without a path.",
        _GROUP,
    ),
    Option(
        "s3-location-constraint", T.STRING, None, "Region of the bucket, where a new one is made.", _GROUP,
    ),
    Option("s3-authentication-region", T.STRING, None, "Region that requests are signed for.", _GROUP),
    Option("s3-storage-class", T.STRING, None, "Storage class of what is uploaded.", _GROUP),
    Option(
        "s3-client", T.ENUM, "aws", "Library to use; here one serves for both.", _GROUP,
        values=("aws", "minio"),
    ),
    Option(
        "s3-disable-chunk-encoding", T.BOOLEAN, "false",
        "Send no chunks that are signed one by one, which is never done here.", _GROUP,
    ),
    Option(
        "s3-disable-payload-signing", T.BOOLEAN, "false",
        "Do not sign the content of uploads; only for encrypted connections.", _GROUP,
    ),
    Option(
        "s3-archive-classes", T.STRING, None, "Storage classes whose files cannot be read at once.", _GROUP,
        state="inert", reason="files in archives are not told from others",
    ),
    Option(
        "s3-list-api-version", T.ENUM, "v1", "Version of the request that lists files.", _GROUP,
        values=("v1", "v2"), state="inert", reason="version 2 is always used",
    ),
    Option(
        "s3-recursive-list", T.BOOLEAN, "false", "List what is in folders below, too.", _GROUP,
    ),
    LOCK_MODE,
    *EXTENDED, *SECURE, *COMMON,
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> S3Bucket:
    given = KindOptions(url, options, OPTIONS)
    bucket = bucket_named(url.host)
    endpoint = endpoint_of(
        given.text("s3-server-name") or _USUAL_SERVER, "s3-server-name", secure=given.secure()
    )
    amazon = endpoint.host == AMAZON or endpoint.host.endswith((f".{AMAZON}", f".{AMAZON}.cn"))
    region = _region(given, endpoint)
    place = S3Place(
        where=Where("s3", endpoint.shown, bucket, region_option="s3-authentication-region"),
        endpoint=_amazon_endpoint(endpoint, region, given) if amazon else endpoint,
        bucket=bucket,
        prefix=folder_of(url.path),
        # Where Amazon is not told the region of a bucket, it is asked for it.
        region=region or ("" if amazon else USUAL_REGION),
        login=keys(given, "aws-access-key-id", "aws-secret-access-key"),
        token=given.secret("aws-session-token"),
        virtual_style=not path_style(
            given, lambda: not (amazon and fits_host(bucket, secure=endpoint.secure))
        ),
        located=given.text("s3-location-constraint") or "",
        storage_class=given.text("s3-storage-class") or "",
        checksums=checksums(given, amazon),
        unsigned=given.boolean("s3-disable-payload-signing"),
        deep=given.boolean("s3-recursive-list"),
        proxy=proxy(given),
        lock_mode=given.choice("s3-lock-mode").upper(),
    )
    limits = limits_of(given, given.integer("s3-ext-maxerrorretry"))
    return S3Bucket(url.display, place, limits, trust_of(given))


def _region(given: KindOptions, endpoint: Endpoint) -> str:
    for name in ("s3-authentication-region", "s3-ext-authenticationregion", "s3-location-constraint"):
        if region := (given.text(name) or "").strip():
            # Amazon's oldest name for the oldest of its regions in Europe.
            return "eu-west-1" if region == "EU" else region
    return region_in(endpoint.host)


def _amazon_endpoint(endpoint: Endpoint, region: str, given: KindOptions) -> Endpoint:
    scheme = "https" if endpoint.secure else "http"
    if given.boolean("s3-ext-useaccelerateendpoint"):
        return Endpoint(f"{scheme}://s3-accelerate.{AMAZON}")
    if given.boolean("s3-ext-usedualstackendpoint"):
        return Endpoint(f"{scheme}://s3.dualstack.{region or USUAL_REGION}.{AMAZON}")
    if endpoint.host == _USUAL_SERVER and region:
        return Endpoint(f"{scheme}://s3.{region}.{AMAZON}")
    return endpoint
