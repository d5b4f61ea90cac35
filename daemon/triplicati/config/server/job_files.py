"""Exported backups: the file of Duplicati, plain or as an AES Crypt file (spec/server.md 4.8)."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from triplicati import __version__
from triplicati.config.server.job_forms import backup_form, saved_backup, schedule_form
from triplicati.config.server.masking import masked, without_secrets
from triplicati.errors import CorruptVolume, JobFileUnusable, WrongPassphrase
from triplicati.messages.job_file import JobFile
from triplicati.messages.saved import SavedBackup, Setting
from triplicati.values.secrets import Secret

Secrets = Literal["with", "without", "placeholder"]
_BOM = b"\xef\xbb\xbf"
_LAST_COPY = 99
_ADDRESS, _SETTINGS = "targeturl", "settings."


def export_job(
    backup: SavedBackup,
    display_names: Mapping[str, str],
    *,
    secrets: Secrets = "without",
    passphrase: Secret | None = None,
) -> bytes:
    """The file; an AES Crypt file when there is a passphrase. With "placeholder" stars stand for the secrets,
    so that a client can send the file back to change the backup."""
    shown = {"with": lambda each: each, "without": without_secrets, "placeholder": masked}[secrets](backup)
    plain = msgspec.json.format(msgspec.json.encode(_ordered(shown, display_names)), indent=2)
    return _encrypted(plain, passphrase) if passphrase else plain


def job_file_name(backup: SavedBackup, *, encrypted: bool) -> str:
    return f"{backup.name}-duplicati-config.json{'.aes' if encrypted else ''}"


def read_job(content: bytes, passphrase: Secret | None = None) -> JobFile:
    """What such a file says. Raises `JobFileUnusable`."""
    if content.startswith(b"AES"):
        content = _decrypted(content, passphrase)
    try:
        return msgspec.json.decode(content.removeprefix(_BOM), type=JobFile, strict=False)
    except msgspec.ValidationError as error:
        # The text names the place in the file, never a value.
        raise JobFileUnusable(reason=f"the file is no exported backup ({error})") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise JobFileUnusable(reason="the file is no JSON") from None


def read_jobs(content: bytes) -> list[JobFile]:
    """What the file says that a backup carries: several of them. Raises `JobFileUnusable`."""
    try:
        return msgspec.json.decode(content.removeprefix(_BOM), type=list[JobFile], strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise JobFileUnusable(reason="what the backup carries is no list of configurations") from None


def imported(
    job: JobFile, *, metadata: bool = False, replace_settings: Mapping[str, str | None] | None = None
) -> SavedBackup:
    """The backup of a file as a new one, without id and local database; with its metadata only if told.

    `replace_settings` has ``settings.<name>``, ``name``, ``targeturl``, ``dbpath``, ``description`` and
    ``sources``, joined as the paths of PATH.
    """
    saved = saved_backup(job.backup, job.schedule)
    fresh = msgspec.structs.replace(
        saved,
        id="",
        db_path="",
        connection_string_id=-1,
        metadata=saved.metadata if metadata else {},
        targets=tuple(
            msgspec.structs.replace(each, key="", connection_string_id=-1) for each in saved.targets
        ),
        schedule=None if saved.schedule is None else msgspec.structs.replace(saved.schedule, id=-1),
    )
    return _replaced(fresh, replace_settings or {})


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name itself, or with ``(1)`` to ``(99)`` behind it. Raises `JobFileUnusable`."""
    folded = {each.casefold() for each in taken}
    candidates = [name, *(f"{name} ({number})" for number in range(1, _LAST_COPY + 1))]
    for candidate in candidates:
        if candidate.casefold() not in folded:
            return candidate
    raise JobFileUnusable(reason=f'there are too many backups with the name "{name}"')


def _ordered(backup: SavedBackup, display_names: Mapping[str, str]) -> dict[str, object]:
    """In the order in which Duplicati writes it."""
    schedule = backup.schedule
    return {
        "CreatedByVersion": __version__,
        "Schedule": None if schedule is None else schedule_form(schedule, backup.id),
        "Backup": backup_form(msgspec.structs.replace(backup, db_path=os.path.basename(backup.db_path))),
        "DisplayNames": dict(display_names),
    }


def _replaced(backup: SavedBackup, changes: Mapping[str, str | None]) -> SavedBackup:
    for given, value in changes.items():
        name, text = given.lower(), value or ""
        if name.startswith(_SETTINGS):
            backup = _with_setting(backup, given[len(_SETTINGS) :], text)
        elif name == "name":
            backup = msgspec.structs.replace(backup, name=text)
        elif name == _ADDRESS:
            backup = msgspec.structs.replace(backup, target_url=text)
        elif name == "dbpath":
            backup = msgspec.structs.replace(backup, db_path=text)
        elif name == "description":
            backup = msgspec.structs.replace(backup, description=text)
        elif name == "sources":
            sources = tuple(path for path in text.split(os.pathsep) if path)
            backup = msgspec.structs.replace(backup, sources=sources)
    return backup


def _with_setting(backup: SavedBackup, name: str, value: str) -> SavedBackup:
    if any(each.name == name for each in backup.settings):
        settings = tuple(
            msgspec.structs.replace(each, value=value) if each.name == name else each
            for each in backup.settings
        )
    else:
        settings = (*backup.settings, Setting(name, value))
    return msgspec.structs.replace(backup, settings=settings)


def _encrypted(plain: bytes, passphrase: Secret) -> bytes:
    from triplicati.formats import aescrypt  # noqa: PLC0415 - slow to import, seldom needed

    out = io.BytesIO()
    encryptor = aescrypt.AesEncryptor(out.write, passphrase.reveal())
    encryptor.update(plain)
    encryptor.close()
    return out.getvalue()


def _decrypted(content: bytes, passphrase: Secret | None) -> bytes:
    from triplicati.formats import aescrypt  # noqa: PLC0415

    if not passphrase:
        raise JobFileUnusable(reason="the file is encrypted and needs a passphrase")
    out = io.BytesIO()
    try:
        aescrypt.decrypt(io.BytesIO(content), out.write, passphrase.reveal(), "file", length=len(content))
    except WrongPassphrase:
        raise JobFileUnusable(reason="the passphrase does not fit the file") from None
    except CorruptVolume as error:
        raise JobFileUnusable(reason=f"the file is damaged: {error.details.get('reason')}") from None
    return out.getvalue()
