"""What a saved backup must have before it is stored, in Duplicati's words (spec/server.md 4.6)."""

from __future__ import annotations

from datetime import timedelta

from triplicati.config.server.backup_rows import split_remote_source
from triplicati.config.server.masking import has_placeholder, is_placeholder
from triplicati.config.server.password_names import is_password
from triplicati.errors import BackupInvalid, InvalidValue, RetentionPolicyInvalidValue
from triplicati.messages.saved import SavedBackup, SavedSchedule
from triplicati.options.option_values import is_integer
from triplicati.options.registry import REGISTRY, canonical_name
from triplicati.values.booleans import parse_boolean
from triplicati.values.repeats import parse_repeat, with_synonyms
from triplicati.values.retention import parse_policy
from triplicati.values.sizes import parse_size
from triplicati.values.timespans import parse_timespan

_SHORTEST = timedelta(minutes=5)


def check_backup(backup: SavedBackup) -> None:
    """Raises `BackupInvalid` with the first thing that is wrong."""
    options = settings_by_name(backup)
    _check_secrets(backup)
    _check_sources(backup)
    _check_encryption(backup, options)
    _check_retention(options)
    _check_sizes(options)
    if "-" in (options.get("prefix") or ""):
        raise BackupInvalid(reason="The prefix cannot contain hyphens (-)")
    if backup.schedule is not None:
        check_schedule(backup.schedule)


def settings_by_name(backup: SavedBackup) -> dict[str, str | None]:
    """Without dashes; those that were written with them win."""
    plain = {canonical_name(each.name): each.value for each in backup.settings if each.name[:2] != "--"}
    dashed = {canonical_name(each.name[2:]): each.value for each in backup.settings if each.name[:2] == "--"}
    return {**plain, **dashed}


def _check_secrets(backup: SavedBackup) -> None:
    if not backup.name.strip():
        raise BackupInvalid(reason="Missing a name")
    if not backup.target_url.strip() or any(not each.url.strip() for each in backup.targets):
        raise BackupInvalid(reason="Missing a target")
    if any(has_placeholder(url) for url in (backup.target_url, *(each.url for each in backup.targets))):
        raise BackupInvalid(reason="TargetURL is password placeholder value")
    if any(is_password(each.name) and is_placeholder(each.value) for each in backup.settings):
        raise BackupInvalid(reason="Settings is password placeholder value")


def _check_sources(backup: SavedBackup) -> None:
    if not backup.sources or any(not source.strip() for source in backup.sources):
        raise BackupInvalid(reason="Invalid source list")
    remote = filter(None, map(split_remote_source, backup.sources))
    if any(has_placeholder(url) for _, url in remote):
        raise BackupInvalid(reason="Source is password placeholder value")


def _check_encryption(backup: SavedBackup, options: dict[str, str | None]) -> None:
    passphrase = (options.get("passphrase") or "").strip()
    if backup.operation_type.lower() == "sync":
        if passphrase or (options.get("encryption-module") or "").strip():
            raise BackupInvalid(reason="Encryption not allowed for sync operations")
        return
    plain = "no-encryption" in options and parse_boolean(options["no-encryption"])
    if not (passphrase or plain or options.get("gpg-encryption-command") == "--encrypt"):
        raise BackupInvalid(reason="Missing passphrase")


def _check_retention(options: dict[str, str | None]) -> None:
    versions, age = (options.get("keep-versions") or "").strip(), (options.get("keep-time") or "").strip()
    if versions and not (is_integer(versions) and int(versions) > 0):
        raise BackupInvalid(reason="Retention value must be a positive integer")
    if age:
        try:
            span = parse_timespan(with_synonyms(age))
        except InvalidValue:
            raise BackupInvalid(reason="Retention value must be a valid timespan") from None
        if span < _SHORTEST:
            raise BackupInvalid(reason="Retention value must be more than 5 minutes")
    try:
        parse_policy(options.get("retention-policy") or "")
    except RetentionPolicyInvalidValue as error:
        raise BackupInvalid(reason=error.message) from None


def _check_sizes(options: dict[str, str | None]) -> None:
    if text := options.get("dblock-size"):
        if (size := _size("dblock-size", text)) is None:
            raise BackupInvalid(reason="DBlock size must be a valid size string")
        if size < 1024**2:
            raise BackupInvalid(reason="DBlock size must be at least 1MB")
    if text := options.get("blocksize"):
        size = _size("blocksize", text)
        if size is None or size < 1024:
            raise BackupInvalid(reason="The blocksize must be at least 1KB")


def _size(name: str, text: str) -> int | None:
    try:
        return parse_size(text, REGISTRY[name].unit)
    except InvalidValue:
        return None


def check_schedule(schedule: SavedSchedule) -> None:
    too_short = "Schedule repetition time must be more than 5 minutes"
    if schedule.repeat.strip() in ("", "0"):
        raise BackupInvalid(reason=too_short)
    try:
        repeat = parse_repeat(schedule.repeat)
    except InvalidValue:
        raise BackupInvalid(reason="Schedule repetition value must be a valid timespan") from None
    if repeat.span < _SHORTEST.total_seconds():
        raise BackupInvalid(reason=too_short)
