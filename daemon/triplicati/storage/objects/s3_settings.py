"""Options that the S3 family shares, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from triplicati.errors import DestinationOptionMissing, DestinationOptionUnusable, InvalidValue
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions, Login
from triplicati.storage.shared_options import CERTIFICATES, LOGIN, TIMEOUTS

_GROUP = "s3"

_OTHER_LIBRARY = "it tunes a library that is not used here"
_boolean = partial(Option, type=T.BOOLEAN, default="false", group=_GROUP)
_inert = partial(Option, type=T.STRING, default=None, group=_GROUP, state="inert", reason=_OTHER_LIBRARY)

# As Duplicati has them: the settings of its own library, in lower case.
EXTENDED = (
    Option("s3-ext-authenticationregion", T.STRING, None, "Region that requests are signed for.", _GROUP),
    _boolean("s3-ext-forcepathstyle", summary="Name the bucket in the path of requests.", default=None),
    _boolean("s3-ext-usedualstackendpoint", summary="Use servers of Amazon that have IPv6 too."),
    _boolean("s3-ext-useaccelerateendpoint", summary="Use Amazon's servers for great distances."),
    Option("s3-ext-maxerrorretry", T.INTEGER, "1", "How often a request is tried again at once.", _GROUP),
    Option("s3-ext-proxyhost", T.STRING, None, "Host of a proxy.", _GROUP),
    Option("s3-ext-proxyport", T.INTEGER, "8080", "Port of the proxy.", _GROUP),
    Option(
        "s3-ext-requestchecksumcalculation", T.ENUM, None,
        "Whether uploads carry a checksum of their own, beside the signature.", _GROUP,
        values=("WHEN_SUPPORTED", "WHEN_REQUIRED"),
    ),
    _inert("s3-ext-responsechecksumvalidation", summary="When checksums of downloads are looked at."),
    _inert("s3-ext-signatureversion", summary="Version of signatures."),
    _inert("s3-ext-timeout", summary="Longest time for a request."),
    _inert("s3-ext-readwritetimeout", summary="Longest time without progress."),
    _inert("s3-ext-buffersize", summary="Size of buffers."),
    _inert("s3-ext-throttleretries", summary="Limit the number of retries."),
    _inert("s3-ext-connectionlimit", summary="Number of connections."),
)  # fmt: skip

LOCK_MODE = Option(
    "s3-lock-mode", T.ENUM, "Governance",
    "How files are locked: so that those with a special right can still delete them, or nobody.",
    _GROUP, values=("Governance", "Compliance"),
)  # fmt: skip

COMMON = (*LOGIN, *CERTIFICATES, *TIMEOUTS)


def keys(options: KindOptions, identity: str, secret: str) -> Login:
    """Raises `DestinationOptionMissing`, which names the options of the kind."""
    login = options.login(identity, secret)
    for name, given in ((identity, login.user), (secret, login.revealed)):
        if not given:
            raise DestinationOptionMissing(scheme=options.url.scheme, option=name, hint="")
    return login


def bucket_named(name: str, option: str = "") -> str:
    """Raises `DestinationOptionUnusable`, or without an option `InvalidValue`, for what is no such name."""
    if not name or "/" in name or name != name.strip() or any(each in name for each in "?#\\%"):
        if option:
            raise DestinationOptionUnusable(option=option, reason="it is no name of a bucket")
        reason = "the name of a bucket stands after the two slashes"
        raise InvalidValue(value=name, kind="destination address", reason=reason)
    return name


def proxy(options: KindOptions) -> str:
    host = options.text("s3-ext-proxyhost")
    return f"http://{host}:{options.integer('s3-ext-proxyport')}" if host else ""


def checksums(options: KindOptions, otherwise: bool) -> bool:
    given = options.choice("s3-ext-requestchecksumcalculation")
    return given == "WHEN_SUPPORTED" if given else otherwise


def path_style(options: KindOptions, otherwise: Callable[[], bool]) -> bool:
    name = "s3-ext-forcepathstyle"
    return options.boolean(name) if options.given(name) else otherwise()
