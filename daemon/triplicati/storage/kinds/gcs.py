"""A bucket of Google Cloud Storage.

The address is ``gcs://bucket/folder``. An authid, or the file of a service account, tells who may use
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from triplicati.errors import DestinationOptionMissing, DestinationOptionUnusable
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.objects.buckets import folder_of
from triplicati.storage.objects.connections import endpoint_of, limits_of
from triplicati.storage.objects.failures import Where
from triplicati.storage.objects.gcs import GcsBucket, GcsPlace, ServiceAccount, service_account
from triplicati.storage.objects.s3_settings import bucket_named
from triplicati.storage.objects.trust import trust_of
from triplicati.storage.shared_options import CERTIFICATES, TIMEOUTS, TOKEN
from triplicati.values.secrets import Secret
from triplicati.values.urls import DestinationUrl

SCHEMES = ("gcs",)
TITLE = "Google Cloud Storage"

_GROUP = "gcs"
_SERVER = "https://storage.googleapis.com"

OPTIONS = (
    Option("gcs-service-account-json", T.PASSWORD, None, "File of a service account, its content.", _GROUP),
    Option("gcs-service-account-file", T.PATH, None, "File of a service account.", _GROUP),
    Option("gcs-project", T.STRING, None, "Project that a new bucket is made in.", _GROUP),
    Option("gcs-location", T.STRING, None, "Where a new bucket is made.", _GROUP),
    Option("gcs-storage-class", T.STRING, None, "Storage class of what is uploaded.", _GROUP),
    Option("gcs-endpoint", T.STRING, _SERVER, "Address of the server.", _GROUP),
    Option(
        "gcs-retention-policy-mode", T.STRING, None, "How files are locked.", _GROUP,
        state="inert", reason="files at Google cannot be locked here",
    ),
    *TOKEN, *CERTIFICATES, *TIMEOUTS,
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> GcsBucket:
    given = KindOptions(url, options, OPTIONS)
    bucket = bucket_named(url.host)
    account, authid = _account(given), given.secret("authid") or Secret("")
    if account is None and not authid:
        hint = " or --gcs-service-account-file"
        raise DestinationOptionMissing(scheme="gcs", option="authid", hint=hint)
    endpoint = endpoint_of(given.text("gcs-endpoint") or _SERVER, "gcs-endpoint", secure=True)
    place = GcsPlace(
        where=Where("gcs", endpoint.shown, bucket),
        endpoint=endpoint,
        bucket=bucket,
        prefix=folder_of(url.path),
        account=account,
        authid=authid,
        relay=given.text("oauth-url") or "",
        project=given.text("gcs-project") or "",
        location=given.text("gcs-location") or "",
        storage_class=given.text("gcs-storage-class") or "",
    )
    return GcsBucket(url.display, place, limits_of(given), trust_of(given))


def _account(given: KindOptions) -> ServiceAccount | None:
    if text := given.text("gcs-service-account-json"):
        return service_account(text, "gcs-service-account-json")
    path = given.text("gcs-service-account-file")
    if not path:
        return None
    try:
        text = Path(path).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"the file {path} cannot be read"
        raise DestinationOptionUnusable(option="gcs-service-account-file", reason=reason) from error
    return service_account(text, "gcs-service-account-file")
