"""Versions and files of a backup (spec/server.md 3.5)."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import trio

from triplicati.engine.from_options import case_sensitive
from triplicati.engine.listing import (
    Shape,
    accepting,
    all_versions,
    list_files,
    list_shaped,
    separator,
)
from triplicati.errors import EncryptedStorageNoPassphrase, FolderMissing
from triplicati.index.database import Database
from triplicati.messages.api_files import FilesAnswer, FilesetRow, PathSizes
from triplicati.messages.results import FileLine, VersionLine
from triplicati.runner.browsing import look, version_at, versions_of
from triplicati.runner.daemon import Daemon
from triplicati_web.routing import Call, Reply, Route

_TAG = "files"


class FilesetsQuery(msgspec.Struct, rename="kebab"):
    include_metadata: bool = False
    from_remote_only: bool = False


class FilesQuery(msgspec.Struct, rename="kebab"):
    """`pagesize` is ours: 0 gives all."""

    filter: str = ""
    time: str = ""
    all_versions: bool = False
    prefix_only: bool = False
    folder_contents: bool = False
    offset: int = msgspec.field(default=0, name="offset")
    pagesize: int = 0


async def filesets(call: Call) -> object:
    daemon: Daemon = call.daemon
    query: FilesetsQuery = call.query
    backup = await daemon.backup(call.path["id"])
    try:
        found = await versions_of(daemon, backup, remote=query.from_remote_only)
    except EncryptedStorageNoPassphrase:
        return Reply({"Error": "encrypted-storage", "Code": 500}, status=500)
    except FolderMissing:
        return Reply({"Error": "folder-missing", "Code": 500}, status=500)
    return [fileset_row(each, counted=query.include_metadata) for each in found]


async def files(call: Call) -> FilesAnswer:
    daemon: Daemon = call.daemon
    query: FilesQuery = call.query
    backup = await daemon.backup(call.path["id"])

    async def work(database: Database) -> FilesAnswer:
        versions = await all_versions(database)
        chosen = versions if query.all_versions else [version_at(versions, query.time)]
        shape: Shape = (
            "prefix" if query.prefix_only else "contents" if query.folder_contents else "all"
        )
        patterns = [query.filter] if query.filter and shape != "contents" else []
        accepts = accepting(
            patterns,
            (),
            case_sensitive=case_sensitive(daemon.environment),
            separator=await separator(database),
        )
        found: list[FileLine] = []
        if shape == "all":
            await list_files(database, chosen, accepts, found.extend)
        else:
            folders = [query.filter] if query.filter and shape == "contents" else []
            found = await list_shaped(database, chosen, accepts, shape, folders)
        rows = [fileset_row(each.line, counted=False) for each in chosen]
        numbers = [each.number for each in chosen]
        return FilesAnswer(rows, await trio.to_thread.run_sync(_ordered, found, numbers, query))

    return await look(daemon, backup, work)


def fileset_row(line: VersionLine, *, counted: bool) -> FilesetRow:
    counts = (line.files, line.size) if counted else (-1, -1)
    return FilesetRow(line.number, int(line.full), datetime.fromtimestamp(line.time, UTC), *counts)


def _ordered(found: list[FileLine], numbers: list[int], query: FilesQuery) -> list[PathSizes]:
    """Folders first, then by path."""
    found.sort(key=lambda line: (not _is_folder(line), line.path))
    first = max(query.offset, 0)
    end = first + query.pagesize if query.pagesize > 0 else None
    return [
        PathSizes(line.path, [] if _is_folder(line) else [line.sizes.get(each, -1) for each in numbers])
        for line in found[first:end]
    ]


def _is_folder(line: FileLine) -> bool:
    return line.path.endswith(("/", "\\"))


ROUTES = (
    Route(
        "GET",
        "/api/v1/backup/{id}/filesets",
        filesets,
        "The versions of a backup, newest first",
        _TAG,
        query=FilesetsQuery,
        answer=list[FilesetRow],
    ),
    Route(
        "GET",
        "/api/v1/backup/{id}/files",
        files,
        "Files of one version, the newest if none is named, or of all",
        _TAG,
        query=FilesQuery,
        answer=FilesAnswer,
    ),
)
