"""What would happen, told before it does: restores, retention, filters. And single files of a version.

Under ``/api/v2``, for the page; these are ours, not Duplicati's. Sizes in bytes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from triplicati.messages.api_backups import RestoreInput
from triplicati.messages.job_file import ScheduleForm

VersionNumber = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class RestorePreviewInput(RestoreInput, frozen=True):
    """What a restore is asked with. `limit`: of how many conflicts and broken files the paths are told."""

    limit: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 100

    def __repr__(self) -> str:
        return "RestorePreviewInput(...)"


class Conflict(msgspec.Struct, frozen=True, rename="pascal"):
    """Something is at the place of `path` already: the `same` content, which is left; another, which is
    `replaced` or stays while the restored one is `renamed` to `target`."""

    path: str
    target: str
    what: Literal["same", "replaced", "renamed"]


class Broken(msgspec.Struct, frozen=True, rename="pascal"):
    path: str
    reason: str


class RoomNeeded(msgspec.Struct, frozen=True, rename="pascal"):
    """Of one file system, which holds `folder`. `free` is null where it is not told."""

    folder: str
    needed: int
    free: int | None
    enough: bool


class RestorePreview(msgspec.Struct, rename="pascal"):
    """`files` and `bytes` are written, out of `volumes` volumes of `volume_bytes`. `same`, `replaced` and
    `renamed` count conflicts, of which `conflicts` has the first; `changed_names` entries whose names the
    file system cannot hold as they are; `broken` those that cannot be restored."""

    time: datetime
    folders: int = 0
    files: int = 0
    links: int = 0
    bytes: int = 0
    volumes: int = 0
    volume_bytes: int = 0
    same: int = 0
    replaced: int = 0
    renamed: int = 0
    changed_names: int = 0
    broken: int = 0
    conflicts: list[Conflict] = msgspec.field(default_factory=list)
    broken_files: list[Broken] = msgspec.field(default_factory=list)
    room: list[RoomNeeded] = msgspec.field(default_factory=list)


class ZipInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`paths` as the version has them, folders with their separator; `version` 0 is the newest."""

    paths: list[str]
    version: VersionNumber = 0


class FilePreview(msgspec.Struct, frozen=True, rename="pascal"):
    """The beginning of a file. `text` is null unless it is text, then in `encoding`; `image` the type of an
    image that may be shown; `whole` says that `text` is all of it."""

    path: str
    size: int
    text: str | None = None
    encoding: str = ""
    image: str = ""
    binary: bool = False
    whole: bool = False


class GivenVersion(msgspec.Struct, frozen=True, rename="pascal"):
    """A version to try a rule on; `file_sizes` -1 where it is not known."""

    time: datetime
    is_full_backup: bool = True
    file_sizes: int = -1


class RetentionInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`options` by their names; null for those of the backup, and the options of every backup. `at` is the
    time the rule is applied, null for now. With `after_run` as a run that ends then leaves it, with a version
    more. `versions` null for those of the backup. With `schedule` instead those of a year of runs by it, the
    rule being applied after each of them; of very many runs only the first."""

    options: dict[str, str | None] | None = None
    at: str | None = None
    after_run: bool = False
    versions: list[GivenVersion] | None = None
    schedule: ScheduleForm | None = None


class RetentionRow(msgspec.Struct, frozen=True, rename="pascal"):
    """`version` is its number now, -1 for one that a run is yet to make. With a policy, `frame` and
    `interval` (seconds, null without limit) are the rule that it falls under, and `in_frame` tells whether
    there is one."""

    version: int
    time: datetime
    is_full_backup: bool
    file_sizes: int
    keep: bool
    in_frame: bool = False
    frame: int | None = None
    interval: int | None = None


class RetentionPreview(msgspec.Struct, frozen=True, rename="pascal"):
    """`option` is the one that decides: retention-policy, keep-time, keep-versions or "" for none. Newest
    first."""

    option: str
    at: datetime
    kept: int
    deleted: int
    versions: list[RetentionRow]


class DayOfRuns(msgspec.Struct, frozen=True, rename="pascal"):
    """The runs that began on `day` (ISO). `state` is the worst: Fatal, Error, Stopped, Warning, Success, or
    Running for one that goes on, "" without a run. `seconds` is their time together."""

    day: str
    state: str = ""
    runs: int = 0
    seconds: float = 0.0
    bytes_uploaded: int = 0


class RunSummary(msgspec.Struct, frozen=True, rename="pascal"):
    """Oldest day first; the last one is today in `zone`."""

    zone: str
    days: list[DayOfRuns]


class BackupDays(msgspec.Struct, frozen=True):
    """How the backup runs of a backup ended, by days."""

    backup_id: str = msgspec.field(name="BackupID")
    zone: str = msgspec.field(name="Zone")
    days: list[DayOfRuns] = msgspec.field(name="Days")


class FiltersInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`filters` begin with ``+`` or ``-``. With `backup_id` its sources, filters and options count where none
    are given. Of `options` those count that decide what is looked at, and they replace all such ones that are
    saved. `limit`: of how many paths that are left out the reason is told. `seconds`: how long to count."""

    sources: list[str] | None = None
    filters: list[str] | None = None
    options: dict[str, str | None] | None = None
    backup_id: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 100
    seconds: Annotated[float, msgspec.Meta(ge=0.1, le=300)] = 10.0


class FolderTally(msgspec.Struct, rename="pascal"):
    """`path` lies directly in a source, or is the source, for what lies in no folder of it."""

    path: str
    files: int = 0
    bytes: int = 0


class LeftOut(msgspec.Struct, frozen=True, rename="pascal"):
    """Why a path is left out: a stable id and a sentence."""

    id: str
    text: str


class FiltersPreview(msgspec.Struct, rename="pascal"):
    """What a backup would take. `left_out` counts files and whole folders by the reason; what lies in a
    folder that is left out is never looked at, so its size is not known. `sample` are the first of them.
    Not `finished`: there was more than could be looked at in `seconds`, and the numbers are of a part.
    `warnings` are the first of what the walk complained about, `missing` sources that are not there."""

    files: int = 0
    bytes: int = 0
    folders: list[FolderTally] = msgspec.field(default_factory=list)
    left_out: dict[str, int] = msgspec.field(default_factory=dict)
    sample: list[LeftOut] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)
    missing: list[str] = msgspec.field(default_factory=list)
    finished: bool = False
    seconds: float = 0.0
