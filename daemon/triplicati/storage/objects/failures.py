"""What went wrong at an object store, in our words.

The library puts all that it knows into one text: the answer of the server, and whole addresses, which can
hold a signature. Only the server's own code and sentence are taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import msgspec

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

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([\w.-]{1,80})</Code>")
_MESSAGE = re.compile(r"<Message>(.{1,400}?)(?:</Message>|\n|RequestId:)", re.DOTALL)
_SYSTEM = re.compile(r'message: "([^"\\]{1,120})"')
_CERTIFICATE = re.compile(r"InvalidCertificate\(\s*(?:Other\(\s*OtherError\(\s*)?(\w+)")

_ODD_NAME = re.compile(r'object with invalid path: .*?[Pp]ath "([^"\n]{1,200})"')

_NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"})
_NO_FILE = frozenset({"NoSuchKey", "BlobNotFound", "CannotVerifyCopySource", "NoSuchVersion"})
_SIGN_IN = frozenset({
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed", "InvalidToken", "ExpiredToken",
    "InvalidAuthenticationInfo", "AuthorizationFailure", "NoAuthenticationInformation",
    "InvalidSecurity", "TokenRefreshRequired",
    "UnauthorizedAccess", "AuthenticationRequired", "Unauthorized", "InvalidClientTokenId",
})  # fmt: skip
_FULL = frozenset({
    "QuotaExceeded", "XMinioStorageFull", "StorageFull", "InsufficientStorage", "AccountProblem",
    "BucketQuotaExceeded", "XMinioAdminBucketQuotaExceeded", "StorageLimitExceeded", "CapExceeded",
})  # fmt: skip
_REGION = frozenset({
    "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException",
})  # fmt: skip
_CERTIFICATES = {
    "UnknownIssuer": "its certificate is signed by nobody whom this machine trusts",
    "CaUsedAsEndEntity": "its certificate is signed by nobody but itself",
    "Expired": "its certificate has expired",
    "ExpiredContext": "its certificate has expired",
    "NotValidYet": "its certificate is not valid yet; check the clock of this machine",
    "NotValidYetContext": "its certificate is not valid yet; check the clock of this machine",
    "NotValidForName": "its certificate is for another name",
    "NotValidForNameContext": "its certificate is for another name",
}
UNTRUSTED_ADVICE = (
    "Check the address. If the server is yours, add its certificate to those that this machine trusts, or "
    "give its hash with --accept-specified-ssl-hash."
)


class Where(msgspec.Struct, frozen=True):
    """What messages name: the server with its port, the bucket or container, and the kind of destination."""

    scheme: str
    host: str
    bucket: str
    container: str = "bucket"
    region_option: str = ""

    @property
    def name(self) -> str:
        """The server without its port; for names, not for addresses."""
        return self.host.partition(":")[0]


@contextmanager
def explaining(where: Where, name: str = "") -> Iterator[None]:
    """Errors of the library become those of a destination. `name` is the file that is concerned, if any."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - slow to import

    try:
        yield
    except FileNotFoundError as error:
        text = str(error)
        raise explain(text, where, name) if _STATUS.search(text) else RemoteFileMissing(name=name) from None
    except (BaseError, ValueError) as error:
        raise explain(str(error), where, name) from None


def explain(text: str, where: Where, name: str = "") -> DestinationError:
    """`text` is what the library says."""
    status = _STATUS.search(text)
    if status is not None:
        code, message = _CODE.search(text), _MESSAGE.search(text)
        said = unescape(message[1]).strip() if message else ""
        return explain_answer(int(status[1]), code[1] if code else "", said, where, name)
    if "dns error" in text:
        return DestinationUnknown(host=where.name, reason=_system(text, "there is no such name"))
    if certificate := _CERTIFICATE.search(text):
        reason = _CERTIFICATES.get(certificate[1], f"its certificate is not valid ({certificate[1]})")
        return DestinationUntrusted(host=where.host, reason=reason, advice=UNTRUSTED_ADVICE)
    if "InvalidContentType" in text or "InvalidMessage" in text:
        reason = "it does not speak TLS there; leave out --use-ssl, or give the port for it"
        return DestinationUnreachable(host=where.host, reason=reason)
    if "TimedOut" in text or "kind: Timeout" in text:
        return DestinationUnreachable(host=where.host, reason="it did not answer in time")
    if "ConnectError" in text or "kind: Connect" in text:
        return DestinationUnreachable(host=where.host, reason=_system(text, "it cannot be connected to"))
    if "HttpError" in text or "error sending request" in text:
        return DestinationUnreachable(host=where.host, reason=_system(text, "the connection broke"))
    if "LOCATION header" in text:
        return _elsewhere(where, "the bucket is in another region")
    if odd := _ODD_NAME.search(text):
        reason = (
            f'{where.bucket} holds an object whose name cannot be handled, with a part that is empty or made '
            f'of dots: "{odd[1]}". Remove it, or give the backup a folder of its own there'
        )
        return DestinationError(reason=reason)
    # The first line alone: what follows shows the request.
    first = text.partition("\n")[0].split(" http", 1)[0]
    return DestinationError(reason=f"{where.host}: {first[:200]}")


def explain_answer(status: int, code: str, said: str, where: Where, name: str = "") -> DestinationError:
    """For what a server answered: its HTTP status, and the code and sentence in it, which can be empty."""
    reason = f"{said.rstrip('.')} ({code or status})" if said else code or f"status {status}"
    if code in _NO_BUCKET or (status == 404 and not name):
        return BucketMissing(folder=where.bucket, container=where.container)
    if code in _NO_FILE or status == 404:
        return RemoteFileMissing(name=name)
    if code in _SIGN_IN or status == 401:
        return DestinationSignInRefused(host=where.host, reason=reason, scheme=where.scheme)
    if code in _FULL or status == 507:
        return DestinationFull(name=name or where.bucket, reason=reason)
    if code in _REGION:
        return _elsewhere(where, reason)
    if status == 403:
        return DestinationRefused(path=f"{where.bucket}/{name}" if name else where.bucket, reason=reason)
    return DestinationError(reason=f"{where.host}: {reason}")


def _elsewhere(where: Where, reason: str) -> DestinationError:
    hint = f". Give its region with --{where.region_option}" if where.region_option else ""
    return DestinationError(reason=f"{where.host}: {reason}{hint}")


def _system(text: str, otherwise: str) -> str:
    """What the operating system said."""
    if found := _SYSTEM.search(text):
        return found[1]
    lookup = re.search(r"failed to lookup address information: ([^\"\\]{1,120})", text)
    return lookup[1] if lookup else otherwise
