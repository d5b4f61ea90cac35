"""A bucket of Alibaba Cloud's Object Storage Service, spoken to in S3's way.

The address is ``aliyunoss://folder``; the bucket and its server are options.
"""

from __future__ import annotations

import re
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

SCHEMES = ("aliyunoss",)
TITLE = "Aliyun OSS"

_GROUP = "aliyunoss"
_REGION = re.compile(r"(?:^|\.)(oss-[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$")

OPTIONS = (
    Option(
        "oss-access-key-id", T.STRING, None, "Access key.", _GROUP, fallback="auth-username",
    ),
    Option(
        "oss-access-key-secret", T.PASSWORD, None, "Secret of the access key.", _GROUP,
        fallback="auth-password",
    ),
    Option("oss-bucket-name", T.STRING, None, "Bucket.", _GROUP),
    Option(
        "oss-endpoint", T.STRING, None, "Server of the bucket, such as oss-eu-central-1.aliyuncs.com.",
        _GROUP,
    ),
    *COMMON,
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> S3Bucket:
    given = KindOptions(url, options, OPTIONS)
    bucket = bucket_named(given.required("oss-bucket-name"), "oss-bucket-name")
    endpoint = endpoint_of(given.required("oss-endpoint"), "oss-endpoint", secure=True)
    region = _REGION.search(endpoint.host)
    place = S3Place(
        where=Where("aliyunoss", endpoint.shown, bucket, region_option="oss-endpoint"),
        endpoint=endpoint,
        bucket=bucket,
        prefix=folder_of(url.host, url.path),
        region=region[1] if region else "oss-cn-hangzhou",
        login=keys(given, "oss-access-key-id", "oss-access-key-secret"),
        # It serves a bucket in no other way, except for a server without a name.
        virtual_style=not is_address(endpoint.host),
    )
    return S3Bucket(url.display, place, limits_of(given), trust_of(given))
