"""A bucket of IDrive e2.

The address is ``e2://bucket/folder``. Which server has the account's buckets is asked of IDrive.
"""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.objects.buckets import folder_of
from triplicati.storage.objects.connections import endpoint_of, limits_of
from triplicati.storage.objects.e2 import E2Bucket
from triplicati.storage.objects.failures import Where
from triplicati.storage.objects.s3 import USUAL_REGION, S3Place, region_in
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
from triplicati.values.urls import DestinationUrl

SCHEMES = ("e2",)
TITLE = "IDrive e2"

_GROUP = "e2"
_ASK = "https://api.idrivee2.com/api/service/get_region_end_point"

OPTIONS = (
    Option(
        "access_key_id", T.STRING, None, "Access key.", _GROUP, aliases=("access-key-id",),
        fallback="auth-username",
    ),
    Option(
        "access_key_secret", T.PASSWORD, None, "Secret of the access key.", _GROUP,
        aliases=("access-key-secret", "secret_access_key"), fallback="auth-password",
    ),
    Option(
        "e2-endpoint", T.STRING, None, "Server of the account's buckets; IDrive is asked if not given.",
        _GROUP,
    ),
    Option("e2-directory", T.STRING, _ASK, "Address where the server of an account is asked for.", _GROUP),
    LOCK_MODE,
    *EXTENDED, *COMMON,
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> E2Bucket:
    given = KindOptions(url, options, OPTIONS)
    server = given.text("e2-endpoint")
    endpoint = endpoint_of(server or given.text("e2-directory") or _ASK, "e2-endpoint", secure=True)
    bucket = bucket_named(url.host)
    place = S3Place(
        where=Where("e2", endpoint.shown, bucket, region_option="s3-ext-authenticationregion"),
        endpoint=endpoint,
        bucket=bucket,
        prefix=folder_of(url.path),
        region=given.text("s3-ext-authenticationregion") or region_in(endpoint.host) or USUAL_REGION,
        login=keys(given, "access_key_id", "access_key_secret"),
        virtual_style=not path_style(given, lambda: True),
        checksums=checksums(given, False),
        proxy=proxy(given),
        lock_mode=given.choice("s3-lock-mode").upper(),
    )
    limits = limits_of(given, given.integer("s3-ext-maxerrorretry"))
    return E2Bucket(url.display, place, limits, trust_of(given), ask=not server)
