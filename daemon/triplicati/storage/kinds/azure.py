"""A container of Microsoft's Azure Blob Storage.

The address is ``azure://container``; a folder in it cannot be given, as with Duplicati.
"""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.errors import DestinationOptionMissing
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.objects.azure import AzureContainer, AzurePlace, usable_key
from triplicati.storage.objects.connections import endpoint_of, limits_of
from triplicati.storage.objects.failures import Where
from triplicati.storage.objects.s3_settings import COMMON, bucket_named
from triplicati.storage.objects.trust import trust_of
from triplicati.values.secrets import Secret
from triplicati.values.urls import DestinationUrl

SCHEMES = ("azure",)
TITLE = "Azure Blob Storage"

_GROUP = "azure"

OPTIONS = (
    Option(
        "azure-account-name", T.STRING, None, "Name of the storage account.", _GROUP,
        aliases=("azure_account_name",), fallback="auth-username",
    ),
    Option(
        "azure-access-key", T.PASSWORD, None, "One of the account's keys.", _GROUP,
        aliases=("azure_access_key",), fallback="auth-password",
    ),
    Option("azure-access-sas-token", T.PASSWORD, None, "Shared access signature, in place of a key.", _GROUP),
    Option("azure-access-tier", T.STRING, None, "Tier of what is uploaded, such as Cool.", _GROUP),
    Option(
        "azure-endpoint", T.STRING, None,
        "Address of the account, where that is not https://ACCOUNT.blob.core.windows.net.", _GROUP,
    ),
    Option("azure-internal-retries", T.INTEGER, "1", "How often a request is tried again at once.", _GROUP),
    Option(
        "azure-archive-classes", T.STRING, None, "Tiers whose files cannot be read at once.", _GROUP,
        state="inert", reason="files in archives are not told from others",
    ),
    Option(
        "azure-blob-immutability-policy-mode", T.STRING, None, "How files are locked.", _GROUP,
        state="inert", reason="files in Azure cannot be locked here",
    ),
    *COMMON,
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> AzureContainer:
    given = KindOptions(url, options, OPTIONS)
    container = bucket_named(url.host)
    login = given.login("azure-account-name", "azure-access-key")
    signature = given.secret("azure-access-sas-token") or Secret("")
    if not login.user:
        raise DestinationOptionMissing(scheme="azure", option="azure-account-name", hint="")
    if not login.revealed and not signature:
        hint = " or --azure-access-sas-token"
        raise DestinationOptionMissing(scheme="azure", option="azure-access-key", hint=hint)
    address = given.text("azure-endpoint") or f"https://{login.user}.blob.core.windows.net"
    endpoint = endpoint_of(address, "azure-endpoint", secure=True)
    place = AzurePlace(
        where=Where("azure", endpoint.shown, container, container="container"),
        endpoint=endpoint,
        account=login.user,
        container=container,
        key=usable_key(login.revealed),
        signature=signature,
        tier=given.text("azure-access-tier") or "",
    )
    limits = limits_of(given, given.integer("azure-internal-retries"))
    return AzureContainer(f"azure://{url.host}", place, limits, trust_of(given))
