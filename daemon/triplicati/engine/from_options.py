"""From options to the settings of operations."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.connecting import quota_rule, uploads_at_once
from triplicati.engine.gentle import rest_share
from triplicati.engine.opening import GpgSettings, Keys
from triplicati.engine.settings import (
    AfterTest,
    BackupSettings,
    DrillSettings,
    RestoreSettings,
    Retention,
    SnapshotPolicy,
    UpkeepSettings,
    VerifySettings,
)
from triplicati.errors import InvalidValue, OptionNotBuilt, ParametersConflict, RestorePathMissing
from triplicati.formats.attributes import listed_attribute_bits
from triplicati.formats.compressible import STORED_EXTENSIONS
from triplicati.formats.deflate import DEFAULT_EFFORT
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import VolumeKind
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import FilterText
from triplicati.options.validation import check_sizes
from triplicati.source.filters import FilterRule
from triplicati.values.booleans import parse_boolean
from triplicati.values.moments import parse_moment
from triplicati.values.retention import parse_policy
from triplicati.values.sizes import format_size
from triplicati.values.versions import parse_versions

_ZIP_METHODS = ("None", "Deflate", "BZip2", "LZMA")
_SHORTEST_LOCK = timedelta(seconds=5)
# Files of one drill.
_MOST_DRILLED = 10_000


def keys(values: OptionValues, passphrase: str | None, other: str | None = None) -> Keys:
    gpg = GpgSettings(
        program=values.text("gpg-program-path") or "gpg",
        armor=values.boolean("gpg-encryption-enable-armor"),
        encrypt=values.text("gpg-encryption-command") or "--symmetric",
        decrypt=values.text("gpg-decryption-command") or "--decrypt",
        encryption_switches=values.text("gpg-encryption-switches") or "",
        decryption_switches=values.text("gpg-decryption-switches") or "",
    )
    return Keys(passphrase=passphrase, gpg=gpg, tempdir=values.text("tempdir") or "", other=other)


def volume_format(values: OptionValues, recorded: Mapping[str, str]) -> VolumeFormat:
    """The format all volumes of the backup share: the recorded one, for a new backup the one asked for.

    Raises `ParametersConflict` where an option that was given says something else.
    """
    names = ("block-hash-algorithm", "file-hash-algorithm")
    for name in names:
        if values.given(name) and name in recorded and values.choice(name) != recorded[name]:
            raise ParametersConflict(option=name, given=values.choice(name), recorded=recorded[name])
    blocksize = int(recorded.get("blocksize", values.size("blocksize")))
    if values.given("blocksize") and values.size("blocksize") != blocksize:
        given = format_size(values.size("blocksize"))
        raise ParametersConflict(option="blocksize", given=given, recorded=format_size(blocksize))
    block_hash, file_hash = (recorded.get(name, values.choice(name)) for name in names)
    check_sizes(values.size("dblock-size"), blocksize)
    return VolumeFormat(blocksize, block_hash, file_hash)


def encryption(values: OptionValues, recorded: str) -> str:
    """ "none", "aes" or "gpg" for a backup; `recorded` is what it was made with, "" for a new one.

    Raises `ParametersConflict` for another module than the recorded one, `InvalidValue` for an unknown one.
    """
    if recorded and (values.given("new-passphrase") or values.given("new-encryption-module")):
        return recorded  # of a change that has come to its end, or has not
    wanted = values.choice("encryption-module") or "aes"
    if wanted not in ("aes", "gpg"):
        raise InvalidValue(value=wanted, kind="--encryption-module", reason="use aes or gpg")
    if recorded in ("", "none"):
        return "none" if recorded or values.boolean("no-encryption") else wanted
    if values.given("encryption-module") and wanted != recorded:
        raise ParametersConflict(option="encryption-module", given=wanted, recorded=recorded)
    return recorded


def backup_settings(
    values: OptionValues,
    sources: Sequence[str],
    rules: Sequence[FilterRule],
    *,
    form: VolumeFormat,
    encryption: str,
    now: datetime,
    environment: Mapping[str, str],
) -> BackupSettings:
    """`encryption` as `encryption` gives it, `now` aware. Raises `InvalidValue`, `OptionNotBuilt`."""
    _refuse_written_forms(values)
    return BackupSettings(
        sources=tuple(sources),
        rules=tuple(rules),
        form=form,
        encryption="" if encryption == "none" else encryption,
        volume_size=values.size("dblock-size"),
        level=_level(values),
        zip_method=values.choice("zip-compression-method"),
        index_policy=cast("Literal['Full', 'Lookup', 'None']", values.choice("index-file-policy")),
        control_files=_control_files(values),
        symlinks=cast("Literal['Store', 'Follow', 'Ignore']", values.choice("symlink-policy")),
        hardlinks=cast("Literal['All', 'First', 'None']", values.choice("hardlink-policy")),
        skip_metadata=values.boolean("skip-metadata"),
        check=_check(values),
        largest_file=max(values.size("skip-files-larger-than"), 0),
        allow_missing_source=values.boolean("allow-missing-source"),
        abort_if_source_missing=values.boolean("abort-if-source-missing"),
        prevent_empty_source=values.boolean("prevent-empty-source"),
        upload_unchanged=values.boolean("upload-unchanged-backups"),
        synthetic_filelist=not values.boolean("disable-synthetic-filelist"),
        retention=retention(values, now),
        compact=None if values.boolean("no-auto-compact") else upkeep_settings(values, encryption),
        test=after_test(values, encryption),
        verification_file=values.boolean("upload-verification-file"),
        verify_destination=not values.boolean("no-backend-verification"),
        list_after_upload=values.boolean("list-verify-uploads"),
        uploads=uploads_at_once(values),
        quota=quota_rule(values),
        upload_folder=values.text("asynchronous-upload-folder") or values.text("tempdir") or None,
        max_threads=max(values.integer("concurrency-max-threads"), 0),
        dry_run=values.boolean("dry-run"),
        stored_extensions=_stored_extensions(values),
        case_sensitive=case_sensitive(environment),
        rest=rest_share(values.integer("cpu-intensity")),
        lock=lock_duration(values),
        ignore_names=frozenset(values.paths("ignore-filenames", os.pathsep)),
        attributes=listed_attribute_bits(values.text("exclude-files-attributes") or ""),
        empty_folders=not values.boolean("exclude-empty-folders"),
        exclusion_marks=not values.boolean("disable-backup-exclusion-xattr"),
        changed=tuple(values.paths("changed-files", os.pathsep)),
        deleted=tuple(values.paths("deleted-files", os.pathsep)),
        snapshots=cast("SnapshotPolicy", values.choice("snapshot-policy")),
        compact_interval=_seconds(values, "auto-compact-interval"),
        vacuum_interval=_seconds(values, "auto-vacuum-interval") if values.boolean("auto-vacuum") else None,
    )


def _seconds(values: OptionValues, name: str) -> float:
    return max(values.timespan(name).total_seconds(), 0.0)


def restore_settings(
    values: OptionValues,
    patterns: Sequence[str],
    rules: Sequence[FilterRule],
    *,
    now: datetime,
    environment: Mapping[str, str],
) -> RestoreSettings:
    """`now` aware. Raises `InvalidValue`, and `OptionNotBuilt` for a remote folder to restore to."""
    target = values.text("restore-path")
    if target and target.startswith("@"):
        raise OptionNotBuilt(option="restore-path", reason="files are restored to local folders only")
    return RestoreSettings(
        versions=parse_versions(values.text("version") or ""),
        time=moment(values, now),
        rules=tuple(rules),
        patterns=tuple(patterns),
        # Without ".." in it: a folder on the way that does not exist would hide what the path leads to.
        target=Path(os.path.abspath(target)) if target else None,
        keep_whole_paths=values.boolean("dont-compress-restore-paths"),
        overwrite=values.boolean("overwrite"),
        permissions=values.boolean("restore-permissions"),
        symlink_metadata=values.boolean("restore-symlink-metadata"),
        skip_metadata=values.boolean("skip-metadata"),
        verify=not values.boolean("skip-restore-verification"),
        allow_outside=values.boolean("allow-restore-outside-target-directory"),
        local_blocks=values.boolean("restore-with-local-blocks"),
        control_files=values.given("control-files") and values.boolean("control-files"),
        largest_file=max(values.size("skip-files-larger-than"), 0),
        max_threads=max(values.integer("concurrency-max-threads"), 0),
        dry_run=values.boolean("dry-run"),
        case_sensitive=case_sensitive(environment),
        rest=rest_share(values.integer("cpu-intensity")),
        preallocate=values.boolean("restore-preallocate-size"),
        ignore_free_space=values.boolean("restore-ignore-free-space"),
        full_blocks=values.boolean("full-block-verification"),
        all_versions=_all_versions(values, target),
    )


def _all_versions(values: OptionValues, target: str | None) -> Literal["False", "True", "Unique"]:
    """Raises `RestorePathMissing`."""
    wanted = cast('Literal["False", "True", "Unique"]', values.choice("restore-all-files"))
    if wanted != "False" and not target:
        raise RestorePathMissing
    return wanted


_LOOKED_INTO: dict[str, frozenset[VolumeKind]] = {
    "False": frozenset(),
    "ListAndIndexes": frozenset({"dlist", "dindex"}),
    "IndexesOnly": frozenset({"dindex"}),
    "IndexOnly": frozenset({"dindex"}),
}


def verify_settings(values: OptionValues, samples: int | None, *, now: datetime) -> VerifySettings:
    """`samples` of each kind of volume, None for all; `now` aware. Raises `InvalidValue`."""
    return VerifySettings(
        samples=samples,
        content=_looked_into(values),
        full_blocks=values.boolean("full-block-verification"),
        versions=parse_versions(values.text("version") or ""),
        time=moment(values, now),
        list_destination=not values.boolean("no-backend-verification"),
        max_threads=max(values.integer("concurrency-max-threads"), 0),
    )


def drill_settings(values: OptionValues, *, now: datetime) -> DrillSettings | None:
    """The restore drill, None for none; `now` aware. Raises `InvalidValue`."""
    # Given without a value it is wanted.
    lone = values.given("restore-drill") and not (values.text("restore-drill") or "").strip()
    drills = 1 if lone else values.integer("restore-drill")
    if drills <= 0:
        return None
    return DrillSettings(
        drills=drills,
        files=min(max(values.integer("drill-files"), 1), _MOST_DRILLED),
        size=max(values.size("drill-size"), 1),
        versions=parse_versions(values.text("version") or ""),
        time=moment(values, now),
        seed=values.integer("drill-seed") if values.given("drill-seed") else None,
        max_threads=max(values.integer("concurrency-max-threads"), 0),
        rest=rest_share(values.integer("cpu-intensity")),
    )


def replacing_settings(values: OptionValues, encryption: str) -> UpkeepSettings | None:
    """How damaged indexes are made anew, None for not at all; `encryption` as recorded."""
    if values.boolean("dont-replace-faulty-index-files") or values.boolean("dry-run"):
        return None
    return upkeep_settings(values, encryption)


def after_test(values: OptionValues, encryption: str) -> AfterTest | None:
    """The test after a backup, None for none. `encryption` as `encryption` gives it."""
    samples = max(values.integer("backup-test-samples"), 0)
    percentage = min(max(values.decimal("backup-test-percentage"), Decimal(0)), Decimal(100))
    if values.boolean("no-backend-verification") or not (samples or percentage):
        return None
    verify = VerifySettings(
        content=_looked_into(values),
        full_blocks=values.boolean("full-block-verification"),
        list_destination=False,
        max_threads=max(values.integer("concurrency-max-threads"), 0),
        replacing=replacing_settings(values, encryption),
    )
    return AfterTest(samples, percentage, verify)


def _looked_into(values: OptionValues) -> frozenset[VolumeKind]:
    wanted = values.choice("full-remote-verification")
    return _LOOKED_INTO.get(wanted, frozenset({"dlist", "dindex", "dblock"}))


def upkeep_settings(values: OptionValues, encryption: str) -> UpkeepSettings:
    """`encryption` as `encryption` gives it. Raises `InvalidValue`, `OptionNotBuilt`."""
    _refuse_written_forms(values)
    time_limit = values.timespan("upkeep-max-time")
    return UpkeepSettings(
        rules=CompactRules(
            threshold=min(max(values.integer("threshold"), 0), 100),
            volume_size=values.size("dblock-size"),
            small_size=values.size("small-file-size") if values.given("small-file-size") else None,
            small_count=max(values.integer("small-file-max-count"), 0),
        ),
        encryption="" if encryption == "none" else encryption,
        index_policy=cast("Literal['Full', 'Lookup', 'None']", values.choice("index-file-policy")),
        upload_folder=values.text("asynchronous-upload-folder") or values.text("tempdir") or None,
        level=_level(values),
        dry_run=values.boolean("dry-run"),
        budget_seconds=time_limit.total_seconds() if time_limit else None,
        budget_bytes=values.size("upkeep-max-download") if values.given("upkeep-max-download") else None,
        rebuild=_rebuild(values),
    )


def _rebuild(values: OptionValues) -> Literal["", "partial", "whole"]:
    if not values.boolean("rebuild-missing-dblock-files"):
        return ""
    return "whole" if values.boolean("disable-partial-dblock-recovery") else "partial"


def retention(values: OptionValues, now: datetime) -> Retention:
    """The option `keep-time` counts back in the calendar of `now`, and 1 % further, one hour at most."""
    keep_since = None
    text = values.text("keep-time") or ""
    if values.timespan("keep-time"):
        keep_since = parse_moment(text, now, backwards=True)
        if not values.boolean("disable-time-tolerance"):
            keep_since -= min((now - keep_since) / 100, timedelta(hours=1))
    return Retention(
        keep_versions=max(values.integer("keep-versions"), 0),
        keep_since=keep_since.timestamp() if keep_since else None,
        policy=parse_policy(values.text("retention-policy") or ""),
        allow_full_removal=values.boolean("allow-full-removal"),
    )


def moment(values: OptionValues, now: datetime) -> float | None:
    """What `time` says in Unix seconds, None when it is not given. Raises `InvalidValue`."""
    text = values.text("time")
    return parse_moment(text, now).timestamp() if text and text.strip() else None


def lock_duration(values: OptionValues) -> timedelta | None:
    """How long files are to be locked, None for not at all. Raises `InvalidValue`."""
    if not values.given("remote-file-lock-duration"):
        return None
    duration = values.timespan("remote-file-lock-duration")
    if duration < _SHORTEST_LOCK:
        raise InvalidValue(
            value=values.text("remote-file-lock-duration"),
            kind="--remote-file-lock-duration",
            reason="files are locked for 5 seconds at least",
        )
    return duration


def filter_rules(filters: Sequence[FilterText]) -> tuple[FilterRule, ...]:
    return tuple(FilterRule(each.include, each.text) for each in filters)


def case_sensitive(environment: Mapping[str, str]) -> bool:
    text = environment.get("FILESYSTEM_CASE_SENSITIVE")
    return parse_boolean(text) if text else sys.platform not in ("win32", "darwin")


def _refuse_written_forms(values: OptionValues) -> None:
    if values.choice("aes-version") == "3":
        raise OptionNotBuilt(option="aes-version", reason="volumes are written in version 2")
    if values.choice("zip-compression-method") not in _ZIP_METHODS:
        reason = f"volumes are written with {', '.join(_ZIP_METHODS)}"
        raise OptionNotBuilt(option="zip-compression-method", reason=reason)


def _level(values: OptionValues) -> int:
    if not values.given("zip-compression-level"):
        return DEFAULT_EFFORT
    try:
        return min(max(values.integer("zip-compression-level"), 0), 9)
    except KeyError:
        return DEFAULT_EFFORT


def _check(values: OptionValues) -> Literal["usual", "always", "time-only"]:
    if values.boolean("disable-filetime-check"):
        return "always"
    return "time-only" if values.boolean("check-filetime-only") else "usual"


def _control_files(values: OptionValues) -> tuple[Path, ...]:
    paths = tuple(Path(path).absolute() for path in values.paths("control-files", os.pathsep))
    for path in paths:
        if not path.is_file():
            raise InvalidValue(value=path, kind="control file", reason="there is no such file")
    return paths


def _stored_extensions(values: OptionValues) -> frozenset[str]:
    """One extension a line, with or without a dot; what follows a blank or a # is a remark."""
    path = values.text("compression-extension-file")
    if not path:
        return STORED_EXTENSIONS
    try:
        lines = Path(path).read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InvalidValue(value=path, kind="--compression-extension-file", reason=error.strerror) from None
    words = (line.split("#")[0].split() for line in lines)
    return frozenset(word[0].lstrip(".").lower() for word in words if word)
