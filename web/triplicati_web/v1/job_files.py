"""Export and import (spec/server.md 2.8, 3.3)."""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import sys
from urllib.parse import quote

import msgspec
import trio

from triplicati.config.server.command_lines import Command, backup_command
from triplicati.config.server.job_files import Secrets, export_job, imported, job_file_name, read_job
from triplicati.config.server.job_forms import backup_form, schedule_form
from triplicati.config.server.masking import masked
from triplicati.config.server.special_folders import display_names, special_folders
from triplicati.errors import BackupInvalid, BackupNotFound, JobFileUnusable, TriplicatiError
from triplicati.messages.api_backups import (
    CommandParts,
    CommandText,
    Imported,
    ImportFromTemporary,
    ImportInput,
)
from triplicati.messages.job_file import JobFile
from triplicati.messages.saved import SavedBackup
from triplicati.runner.daemon import Daemon
from triplicati.runner.saving import add_copy, import_job
from triplicati.values.quoting import command_line
from triplicati.values.secrets import Secret
from triplicati_web.conventions import Malformed, read_value
from triplicati_web.routing import Call, Reply, Route

_TAG = "job files"
_FAILED = "Failed to import backup: "
_CALLBACK = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ExportQuery(msgspec.Struct, rename="kebab"):
    """`cmdline` and `argsonly` are of Duplicati 2.0."""

    export_passwords: bool = False
    passphrase: str = ""
    cmdline: bool = False
    argsonly: bool = False

    def __repr__(self) -> str:
        return "ExportQuery(...)"


class CommandQuery(msgspec.Struct, rename="kebab"):
    export_passwords: bool = False


async def export(call: Call) -> object:
    daemon: Daemon = call.daemon
    query: ExportQuery = call.query
    if query.cmdline:
        return await export_command(call)
    if query.argsonly:
        return await export_parts(call)
    backup = await daemon.backup(call.path["id"])
    folders = await trio.to_thread.run_sync(special_folders)
    names = display_names(masked(backup).sources, folders)
    passphrase = Secret(query.passphrase) if query.passphrase else None
    content = await trio.to_thread.run_sync(
        lambda: export_job(backup, names, secrets=_secrets(call), passphrase=passphrase)
    )
    name = quote(job_file_name(backup, encrypted=passphrase is not None), safe="")
    return Reply(
        content=content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


async def export_command(call: Call) -> CommandText:
    found = await _command(call)
    program = shutil.which("duplicati-cli") or "duplicati-cli"
    words = [program, "backup", found.target, *found.sources, *found.options]
    return CommandText(command_line(words, windows=sys.platform == "win32"))


async def export_parts(call: Call) -> CommandParts:
    found = await _command(call)
    return CommandParts(found.target, found.sources, found.options)


async def import_file(call: Call) -> Reply:
    """In JSON, or as a form with a file, which gets a page as its answer where an old client sent it."""
    wanted: ImportInput = call.body
    for_page = call.legacy and bool(call.files or call.form)
    try:
        found = await _imported(call, wanted)
    except TriplicatiError as error:
        text = error.message.removeprefix(_FAILED)
        await call.daemon.store.add_error(None, f"{_FAILED}{text}")
        if for_page and not (isinstance(error, BackupInvalid) and _direct(call, wanted)):
            return _page(call, f"{_FAILED}{text}, line 0")
        status = 400 if for_page else 500
        return Reply({"Error": f"{_FAILED}{text}", "Code": status}, status=status)
    return _page(call, "OK") if for_page else Reply(found)


async def import_from_temporary(call: Call) -> Reply:
    daemon: Daemon = call.daemon
    wanted: ImportFromTemporary = call.body
    backup = await daemon.backup(wanted.backup_id)
    if not backup.temporary:
        raise BackupNotFound(id=wanted.backup_id)
    fresh = imported(_job(backup), metadata=wanted.import_metadata)
    try:
        if not wanted.direct:
            return Reply(Imported(None, _job(fresh)))
        return Reply(Imported((await add_copy(daemon, fresh)).id, None))
    except TriplicatiError as error:
        text = error.message.removeprefix(_FAILED)
        return Reply({"Error": f"{_FAILED}{text}", "Code": 500}, status=500)


async def _imported(call: Call, wanted: ImportInput) -> Imported:
    """Raises `JobFileUnusable`, `BackupInvalid`."""
    daemon: Daemon = call.daemon
    if wanted.cmdline:
        raise JobFileUnusable(reason="importing a command line is not implemented")
    job = await trio.to_thread.run_sync(lambda: _read(call, wanted))
    metadata = wanted.import_metadata or wanted.import_metadata_too
    if not _direct(call, wanted):
        fresh = imported(job, metadata=metadata, replace_settings=wanted.replace_settings)
        return Imported(None, _job(fresh))
    saved = await import_job(
        daemon,
        job,
        metadata=metadata,
        temporary=wanted.temporary,
        schedule_paused=wanted.schedule_paused,
        replace_settings=wanted.replace_settings,
    )
    return Imported(saved.id, None)


def _read(call: Call, wanted: ImportInput) -> JobFile:
    """Raises `JobFileUnusable`."""
    if wanted.backup is not None:
        return JobFile(wanted.backup, schedule=wanted.schedule)
    if isinstance(wanted.config, dict):
        try:
            found = read_value(wanted.config, JobFile)
        except Malformed:
            raise JobFileUnusable(reason="it is no exported backup") from None
        assert isinstance(found, JobFile)
        return found
    sent = call.files.get("config")
    passphrase = Secret(wanted.passphrase) if wanted.passphrase else None
    return read_job(sent.content if sent is not None else _decoded(wanted.config or ""), passphrase)


def _decoded(config: str) -> bytes:
    """Raises `JobFileUnusable`."""
    if not config.strip():
        raise JobFileUnusable(reason="no file was sent")
    if config.lstrip().startswith("{"):
        return config.encode()
    try:
        return base64.b64decode("".join(config.split()), validate=True)
    except (binascii.Error, ValueError):
        raise JobFileUnusable(reason="what was sent is not in base64") from None


def _direct(call: Call, wanted: ImportInput) -> bool:
    if wanted.direct is not None:
        return wanted.direct
    # Clients that send it in these forms mean it to be saved.
    return bool(call.files) or isinstance(wanted.config, dict) or wanted.backup is not None


def _job(backup: SavedBackup) -> JobFile:
    schedule = None if backup.schedule is None else schedule_form(backup.schedule, backup.id)
    return JobFile(backup_form(backup), schedule=schedule, display_names={})


def _page(call: Call, message: str) -> Reply:
    """Clients of Duplicati 2.0 read the error out of the script."""
    callback = call.form.get("callback", "")
    name = callback if _CALLBACK.fullmatch(callback) else "callback"
    text = message.replace("\\", "\\\\").replace("'", "\\'").replace("<", "\\x3c").replace("\n", " ")
    page = (
        "<html><body><script>var rp = null; try { rp = parent['" + name + "']; } catch (e) {} "
        "if (rp) { rp('" + text + "'); }</script></body></html>"
    )
    return Reply(content=page.encode(), content_type="text/html; charset=utf-8")


def _secrets(call: Call) -> Secrets:
    """Who edits the file and sends it back has stars for the secrets; who downloads it gets none."""
    if call.query.export_passwords:
        return "with"
    return "placeholder" if "Authorization" in call.headers else "without"


async def _command(call: Call) -> Command:
    daemon: Daemon = call.daemon
    backup = await daemon.backup(call.path["id"])
    folders = await trio.to_thread.run_sync(special_folders)
    application = await daemon.store.application_options(), await daemon.store.application_filters()
    asked = call.query is not None and call.query.export_passwords
    return backup_command(backup, application, folders, daemon.environment, with_secrets=asked)


ROUTES = (
    Route(
        "GET",
        "/api/v1/backup/{id}/export",
        export,
        "A backup as a file, encrypted if a passphrase is given",
        _TAG,
        query=ExportQuery,
        auth="operation:export",
    ),
    Route(
        "GET",
        "/api/v1/backup/{id}/export-cmdline",
        export_command,
        "The command line that does what the backup does",
        _TAG,
        query=CommandQuery,
        answer=CommandText,
    ),
    Route(
        "GET",
        "/api/v1/backup/{id}/export-argsonly",
        export_parts,
        "The arguments of that command line",
        _TAG,
        query=CommandQuery,
        answer=CommandParts,
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/commandline",
        export_command,
        "The command line without secrets",
        _TAG,
        answer=CommandText,
    ),
    Route(
        "POST",
        "/api/v1/backups/import",
        import_file,
        "Save what an exported file says, or show it",
        _TAG,
        body=ImportInput,
        answer=Imported,
    ),
    Route(
        "POST",
        "/api/v1/backup/{id}/importfromtemp",
        import_from_temporary,
        "Save a backup that is in memory only",
        _TAG,
        body=ImportFromTemporary,
        answer=Imported,
    ),
)
