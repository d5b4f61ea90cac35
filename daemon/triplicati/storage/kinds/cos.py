"""A bucket of Tencent's Cloud Object Storage, spoken to in S3's way.

The address is ``cos://folder``; the bucket and its region are options.
"""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.objects.buckets import folder_of
from triplicati.storage.objects.connections import endpoint_of, limits_of
from triplicati.storage.objects.failures import Where
from triplicati.storage.objects.s3 import S3Bucket, S3Place, is_address
from triplicati.storage.objects.s3_settings import COMMON, bucket_named, keys
from triplicati.storage.objects.trust import trust_of
from triplicati.values.urls import DestinationUrl

SCHEMES = ("cos",)
TITLE = "Tencent COS"

_GROUP = "cos"

OPTIONS = (
    Option("cos-secret-id", T.STRING, None, "Secret id of the account.", _GROUP, fallback="auth-username"),
    Option("cos-secret-key", T.PASSWORD, None, "Key of the secret id.", _GROUP, fallback="auth-password"),
    Option("cos-app-id", T.STRING, None, "Number of the account, the end of the bucket's name.", _GROUP),
    Option("cos-region", T.STRING, None, "Region of the bucket, such as eu-frankfurt.", _GROUP),
    Option("cos-bucket", T.STRING, None, "Bucket, such as backup-1250000000.", _GROUP),
    Option("cos-storage-class", T.STRING, None, "Storage class of what is uploaded.", _GROUP),
    Option(
        "cos-endpoint", T.STRING, None, "Server, where that is not cos.REGION.myqcloud.com.", _GROUP,
    ),
    *COMMON,
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> S3Bucket:
    given = KindOptions(url, options, OPTIONS)
    bucket, account = given.required("cos-bucket"), given.text("cos-app-id") or ""
    if account and not bucket.endswith(f"-{account}"):
        bucket = f"{bucket}-{account}"
    region = given.required("cos-region")
    server = given.text("cos-endpoint") or f"cos.{region}.myqcloud.com"
    endpoint = endpoint_of(server, "cos-endpoint", secure=True)
    place = S3Place(
        where=Where("cos", endpoint.shown, bucket, region_option="cos-region"),
        endpoint=endpoint,
        bucket=bucket_named(bucket, "cos-bucket"),
        prefix=folder_of(url.host, url.path),
        region=region,
        login=keys(given, "cos-secret-id", "cos-secret-key"),
        virtual_style=not is_address(endpoint.host),
        storage_class=given.text("cos-storage-class") or "",
    )
    return S3Bucket(url.display, place, limits_of(given), trust_of(given))
