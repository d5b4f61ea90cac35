"""What an operation is to do, as plain values. The command line and the server make these from options."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.quota_rule import QuotaRule
from triplicati.formats.compressible import STORED_EXTENSIONS
from triplicati.formats.deflate import DEFAULT_EFFORT
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import VolumeKind
from triplicati.source.filters import FilterRule
from triplicati.values.retention import RetentionRule

# At the same time, where nothing else is said.
UPLOADS = 4


class Retention(msgspec.Struct, frozen=True):
    """At most one rule is set. `keep_since` in Unix seconds is what `keep-time` comes to, tolerance
    included."""

    keep_versions: int = 0
    keep_since: float | None = None
    policy: tuple[RetentionRule, ...] = ()
    allow_full_removal: bool = False

    @property
    def active(self) -> bool:
        return self.keep_versions > 0 or self.keep_since is not None or bool(self.policy)


class UpkeepSettings(msgspec.Struct, frozen=True):
    """Compacting: `rules` which volumes are worth it, and how new ones are written. `budget_seconds` and
    `budget_bytes` (fetched) limit one run, None for no limit. `rebuild` is for repair: whether lost blocks
    are looked for on this machine, and stored again even when not all are found."""

    rules: CompactRules = CompactRules()
    encryption: str = ""
    index_policy: Literal["Full", "Lookup", "None"] = "Full"
    upload_folder: str | None = None
    level: int = DEFAULT_EFFORT
    dry_run: bool = False
    budget_seconds: float | None = None
    budget_bytes: int | None = None
    rebuild: Literal["", "partial", "whole"] = ""


class VerifySettings(msgspec.Struct, frozen=True):
    """`samples` of each kind, None for all; `content` are the kinds that are looked into, where the others
    are only hashed. `versions` and `time` (Unix seconds) choose the file lists. `replacing` is how damaged
    indexes are written anew, None for not at all. `records`: what was found is remembered."""

    samples: int | None = 1
    content: frozenset[VolumeKind] = frozenset()
    full_blocks: bool = False
    versions: tuple[int, ...] = ()
    time: float | None = None
    list_destination: bool = True
    max_threads: int = 0
    replacing: UpkeepSettings | None = None
    records: bool = True


class AfterTest(msgspec.Struct, frozen=True):
    """The test after a backup: so many volumes of each kind, or this percentage of them if that is more."""

    samples: int
    percentage: Decimal
    verify: VerifySettings


SnapshotPolicy = Literal["Auto", "On", "Off", "Required"]


class BackupSettings(msgspec.Struct, frozen=True):
    """Sizes in bytes. `encryption` is "", "aes" or "gpg"; `level` as `--zip-compression-level`, -1
    automatic; `lock` is for how long the new version's volumes are locked, None for not at all;
    `attributes` are the bits of those that keep a path out; `compact` and `test` None for
    never.
    The intervals are the shortest seconds between two runs of upkeep; `vacuum_interval` None for never."""

    sources: tuple[str, ...]
    rules: tuple[FilterRule, ...] = ()
    form: VolumeFormat = VolumeFormat()
    encryption: str = ""
    volume_size: int = 50 << 20
    level: int = DEFAULT_EFFORT
    zip_method: str = "Deflate"
    index_policy: Literal["Full", "Lookup", "None"] = "Full"
    control_files: tuple[Path, ...] = ()
    symlinks: Literal["Store", "Follow", "Ignore"] = "Store"
    hardlinks: Literal["All", "First", "None"] = "All"
    skip_metadata: bool = False
    check: Literal["usual", "always", "time-only"] = "usual"
    largest_file: int = 0
    allow_missing_source: bool = False
    abort_if_source_missing: bool = False
    prevent_empty_source: bool = False
    upload_unchanged: bool = False
    synthetic_filelist: bool = True
    retention: Retention = Retention()
    compact: UpkeepSettings | None = None
    test: AfterTest | None = None
    verification_file: bool = False
    verify_destination: bool = True
    tolerates_foreign: bool = True
    list_after_upload: bool = False
    lock: timedelta | None = None
    uploads: int = 0
    quota: QuotaRule = QuotaRule()
    upload_folder: str | None = None
    max_threads: int = 0
    dry_run: bool = False
    stored_extensions: frozenset[str] = STORED_EXTENSIONS
    case_sensitive: bool = True
    excluded: frozenset[str] = frozenset()
    ignore_names: frozenset[str] = frozenset({"CACHEDIR.TAG"})
    attributes: int = 0
    empty_folders: bool = True
    exclusion_marks: bool = True
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    snapshots: SnapshotPolicy = "Off"
    rest: float = 0.0
    compact_interval: float = 0.0
    vacuum_interval: float | None = None


class RestoreSettings(msgspec.Struct, frozen=True):
    """`versions` are numbers, 0 the newest; `time` in Unix seconds; `target` None for the original place.
    `full_blocks` hashes blocks although whole files are hashed; `all_versions` as `restore_versions` has
    it. Where `exactly` names paths, they are restored and no other ones."""

    versions: tuple[int, ...] = ()
    time: float | None = None
    rules: tuple[FilterRule, ...] = ()
    patterns: tuple[str, ...] = ()
    target: Path | None = None
    keep_whole_paths: bool = False
    overwrite: bool = False
    permissions: bool = False
    symlink_metadata: bool = False
    skip_metadata: bool = False
    verify: bool = True
    allow_outside: bool = False
    local_blocks: bool = False
    control_files: bool = False
    largest_file: int = 0
    max_threads: int = 0
    dry_run: bool = False
    case_sensitive: bool = True
    rest: float = 0.0
    preallocate: bool = False
    ignore_free_space: bool = False
    full_blocks: bool = False
    all_versions: Literal["False", "True", "Unique"] = "False"
    exactly: tuple[str, ...] = ()


class DrillSettings(msgspec.Struct, frozen=True):
    """So many versions, of each so many files with `size` bytes together at most. `versions` and `time` (Unix
    seconds) say which there are to choose from; with a `seed` the same choice is made again."""

    drills: int = 1
    files: int = 20
    size: int = 100 << 20
    versions: tuple[int, ...] = ()
    time: float | None = None
    seed: int | None = None
    max_threads: int = 0
    rest: float = 0.0
