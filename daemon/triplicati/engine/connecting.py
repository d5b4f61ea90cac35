"""The way to a destination as options describe it: speed limits, patience, retries and transfers at once."""

from __future__ import annotations

from triplicati.engine.lines import Lines
from triplicati.engine.quota_rule import QuotaRule
from triplicati.engine.remote import PATIENCE, Remote, RetryRule
from triplicati.engine.settings import UPLOADS
from triplicati.engine.stalling import unless_stalled
from triplicati.options.option_values import OptionValues
from triplicati.storage.abilities import Patient, ability
from triplicati.storage.destination import Destination

_NO_LIMIT = 32
# As many as a line may reward, beyond which they only need more room.
_MOST = 8


def retry_rule(values: OptionValues) -> RetryRule:
    return RetryRule(
        count=max(values.integer("number-of-retries"), 0),
        delay=max(values.timespan("retry-delay").total_seconds(), 0.0),
        backoff=values.boolean("retry-with-exponential-backoff"),
    )


def limited(destination: Destination, values: OptionValues, scheme: str) -> Destination:
    """The destination within the speed limits and times that are given, unless they are off or not for its
    kind."""
    upload, download = (max(values.size(f"throttle-{way}"), 0) for way in ("upload", "download"))
    exempt = {each.strip().lower() for each in (values.text("throttle-disabled-backends") or "").split(",")}
    unlimited = values.boolean("throttle-disabled") or values.boolean("disable-streaming-transfers")
    timed = _softly(_timed(destination, values), values)
    if not (upload or download) or unlimited or scheme in exempt:
        return timed
    from triplicati.storage.throttle import SpeedLimit, ThrottledDestination  # noqa: PLC0415 - seldom needed

    return ThrottledDestination(timed, SpeedLimit(upload), SpeedLimit(download))


def uploads_at_once(values: OptionValues) -> int:
    """0 for as many as the line rewards."""
    if values.boolean("synchronous-upload"):
        return 1
    if not values.given("asynchronous-upload-limit"):
        return 0
    return max(values.integer("asynchronous-upload-limit"), 0) or _NO_LIMIT


def quota_rule(values: OptionValues) -> QuotaRule:
    given = values.given("quota-warning-threshold")
    return QuotaRule(
        assigned=max(values.size("quota-size"), 0),
        threshold=max(values.integer("quota-warning-threshold"), 0),
        asks=not values.boolean("quota-disable"),
        **({"plenty": 1 << 62} if given else {}),
    )


def set_pace(remote: Remote, values: OptionValues) -> None:
    """How long a transfer may stand still, and how many go side by side."""
    here = is_local(remote.destination)
    given = values.given("read-write-timeout")
    # The system takes in what is written to a disk and may then stand still for long.
    seconds = values.timespan("read-write-timeout").total_seconds()
    remote.patience = PATIENCE if here and not given else max(seconds, 0.0)
    # Some kinds take more on their way than they can tell.
    patient = ability(remote.destination, Patient)  # type: ignore[type-abstract]  # a protocol, asked by shape
    if patient is not None and remote.patience:
        remote.patience = max(remote.patience, patient.patience)
    uploads, traffic = uploads_at_once(values), remote.traffic
    start = uploads or UPLOADS
    remote.uploads = Lines(start, uploads or (UPLOADS if here else _MOST), lambda: traffic.sent)
    remote.downloads = None if here else Lines(UPLOADS, _MOST, lambda: traffic.received)


def is_local(destination: Destination) -> bool:
    """Whether its files are files of this machine, whatever is wrapped around it."""
    while (inner := getattr(destination, "inner", None)) is not None:
        destination = inner
    return destination.local("x") is not None


def _softly(destination: Destination, values: OptionValues) -> Destination:
    prefix = values.text("soft-delete-prefix")
    if not prefix:
        return destination
    from triplicati.storage.soft_delete import SoftDeletingDestination  # noqa: PLC0415 - seldom needed

    short, still = (
        max(values.timespan(name).total_seconds(), 0.0) for name in ("short-timeout", "read-write-timeout")
    )
    by_copy = values.boolean("prevent-backend-rename")
    return SoftDeletingDestination(
        destination, prefix, by_copy=by_copy, short=0 if is_local(destination) else short,
        watched=lambda name, call, moved: unless_stalled(name, still, call, moved),
    )  # fmt: skip


def _timed(destination: Destination, values: OptionValues) -> Destination:
    if is_local(destination) and not (values.given("short-timeout") or values.given("list-timeout")):
        return destination
    from triplicati.storage.deadlines import TimedDestination  # noqa: PLC0415 - not for a local folder

    short, listing = (
        max(values.timespan(name).total_seconds(), 0.0) for name in ("short-timeout", "list-timeout")
    )
    return TimedDestination(destination, short=short, listing=listing)
