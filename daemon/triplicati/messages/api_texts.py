"""Texts and smaller answers of Duplicati's API (spec/server.md 3.14)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class Acknowledgements(msgspec.Struct, frozen=True, rename="pascal"):
    acknowledgements: str


class ChangelogText(msgspec.Struct, frozen=True, rename="pascal"):
    version: str
    changelog: str


class LicenseText(msgspec.Struct, frozen=True, rename="pascal"):
    """`jsondata` is a JSON object in a text."""

    title: str
    url: str
    license: str
    jsondata: str


class UpdateState(msgspec.Struct, frozen=True, rename="pascal"):
    """Updates come the way the program was installed, so there is never one."""

    updated_version: str | None = None
    state: str = "Waiting"


class WebModuleAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    status: str
    result: dict[str, str]


class CertificateBody(msgspec.Struct, frozen=True, rename="pascal"):
    """`certificate` is base64 of PKCS#12 or PEM."""

    certificate: str
    password: str | None = None

    def __repr__(self) -> str:
        return "CertificateBody(...)"


class FolderStatus(msgspec.Struct, frozen=True, rename="pascal"):
    path: str
    status: Literal["notinbackup", "backedup", "warning", "failed", "inprogress", "never"]
    backup_name: str | None = None
    last_backup_time: datetime | None = None
    backup_id: str | None = None


class RemoteControlState(msgspec.Struct, frozen=True, rename="pascal"):
    """Of a service that can control Duplicati; it does not exist here."""

    can_enable: bool = False
    is_enabled: bool = False
    is_connected: bool = False
    is_registering: bool = False
    is_registering_faulted: bool = False
    is_registering_completed: bool = False
    registration_url: str | None = None
