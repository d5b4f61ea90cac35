"""Destinations as they are tried out, and addresses that backups share (spec/server.md 3.13, 3.15)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec


class RemoteBody(msgspec.Struct, frozen=True, rename="camel"):
    """The address is `path`, or `url` as some clients have it; stars in it are filled in from a backup or a
    shared address."""

    path: str = ""
    url: str = ""
    backup_id: str | None = None
    connection_string_id: int | None = None
    source_prefix: str | None = None

    def __repr__(self) -> str:
        return "RemoteBody(...)"


class DestinationTestBody(msgspec.Struct, frozen=True, rename="pascal"):
    """`target_key` for a further destination of the backup: the key of the saved one, "" for a new one."""

    destination_url: str = ""
    backup_id: str | None = None
    target_key: str | None = None
    connection_string_id: int | None = None
    options: dict[str, str | None] | None = None
    auto_create: bool = False
    read_only_test: bool = False
    destination_type: str = "Backend"
    source_prefix: str | None = None

    def __repr__(self) -> str:
        return "DestinationTestBody(...)"


class DestinationListBody(msgspec.Struct, frozen=True, rename="pascal"):
    destination_url: str = ""
    backup_id: str | None = None
    connection_string_id: int | None = None
    destination_type: str = "Backend"
    source_prefix: str | None = None
    path: str = ""
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1)] = 200

    def __repr__(self) -> str:
        return "DestinationListBody(...)"


class Nothing(msgspec.Struct, frozen=True):
    """An empty object, for clients that want JSON."""


class LocalDatabaseOf(msgspec.Struct, frozen=True, rename="pascal"):
    exists: bool
    path: str | None


class RemoteEntry(msgspec.Struct, frozen=True, rename="pascal"):
    """`size` in bytes, -1 where the destination does not say."""

    name: str
    is_folder: bool
    size: int
    last_modified: datetime | None


class DestinationState(msgspec.Struct, frozen=True, rename="pascal"):
    """The last four tell of certificates and host keys that are to be trusted first: `host_certificate` as
    ``accept-specified-ssl-hash`` takes it, `reported_host_key` as ``ssh-fingerprint`` does. Where another key
    was accepted before, `accepted_host_key` says where it stands."""

    folder_exists: bool
    folder_is_empty: bool
    folder_contains_backup_files: bool
    folder_contains_encrypted_backup_files: bool
    after_connect: str | None = None
    host_certificate: str | None = None
    reported_host_key: str | None = None
    accepted_host_key: str | None = None


class DestinationItem(msgspec.Struct, frozen=True, rename="pascal"):
    path: str
    size: int
    metadata: dict[str, str] | None = None


class DestinationItems(msgspec.Struct, frozen=True, rename="pascal"):
    items: list[DestinationItem]
    offset: int
    has_more: bool


class DestinationHoldsBody(msgspec.Struct, frozen=True, rename="pascal"):
    destination_url: str = ""
    backup_id: str | None = None
    connection_string_id: int | None = None

    def __repr__(self) -> str:
        return "DestinationHoldsBody(...)"


class HeldBackup(msgspec.Struct, frozen=True, rename="pascal"):
    """The volumes of one prefix at a destination. `size` in bytes, of those whose size the destination says;
    `newest` is the time of the newest version; `encryption` are the endings of encrypted ones, as ``aes``."""

    prefix: str
    versions: int
    files: int
    size: int
    newest: datetime | None
    encryption: list[str]


class BackupName(msgspec.Struct, frozen=True, rename="pascal"):
    id: str = msgspec.field(name="ID")
    name: str


class ConnectionStringBody(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    base_url: str
    description: str | None = None

    def __repr__(self) -> str:
        return f"ConnectionStringBody({self.name})"


class ConnectionStringLine(msgspec.Struct, frozen=True, rename="pascal"):
    """`base_url` with stars for its secrets."""

    id: int = msgspec.field(name="ID")
    name: str
    description: str
    base_url: str
    created_at: datetime
    updated_at: datetime
    backups: list[BackupName]


class BackupIds(msgspec.Struct, frozen=True, rename="pascal"):
    backup_ids: list[str] = msgspec.field(name="BackupIDs")


class UpdatedBackupIds(msgspec.Struct, frozen=True, rename="pascal"):
    updated_backup_ids: list[str] = msgspec.field(name="UpdatedBackupIDs")
