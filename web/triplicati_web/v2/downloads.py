"""Single files of a version, and many as a zip file, for a browser; these routes are ours.

Whatever a backup holds was written by others: nothing of it may run as a page of this server. So all is
sent as an attachment but for images that cannot run anything.
"""

from __future__ import annotations

import os
from urllib.parse import quote

import msgspec
import trio

from triplicati.messages.api_envelope import Envelope
from triplicati.messages.previews import FilePreview, VersionNumber, ZipInput
from triplicati.runner.content_kinds import image_type
from triplicati.runner.daemon import Daemon
from triplicati.runner.downloads import Download, file_preview, one_file, zip_file
from triplicati_web.routing import Call, Reply, Route

_TAG = "files"
_BEGIN = 64
_UNKNOWN = "application/octet-stream"
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


class FileQuery(msgspec.Struct):
    """`version` 0 is the newest; `inline` shows the file where it is an image that may be shown."""

    path: str
    version: VersionNumber = 0
    inline: bool = False


class HeadQuery(msgspec.Struct):
    path: str
    version: VersionNumber = 0


async def file(call: Call) -> Reply:
    daemon: Daemon = call.daemon
    query: FileQuery = call.query
    found = await one_file(daemon, await daemon.backup(call.path["id"]), query.path, query.version)
    kind = await trio.to_thread.run_sync(_image, found) if query.inline else ""
    return _sent(found, kind or _UNKNOWN, "inline" if kind else "attachment")


async def preview(call: Call) -> Envelope[FilePreview]:
    daemon: Daemon = call.daemon
    query: HeadQuery = call.query
    backup = await daemon.backup(call.path["id"])
    return Envelope(await file_preview(daemon, backup, query.path, query.version))


async def packed(call: Call) -> Reply:
    daemon: Daemon = call.daemon
    wanted: ZipInput = call.body
    backup = await daemon.backup(call.path["id"])
    found = await zip_file(daemon, backup, wanted.paths, wanted.version)
    return _sent(found, "application/zip", "attachment")


def _image(found: Download) -> str:
    head = found.file.read(_BEGIN)
    found.file.seek(0, os.SEEK_SET)
    return image_type(head)


def _sent(found: Download, kind: str, shown: str) -> Reply:
    headers = {
        "Content-Disposition": f"{shown}; {_file_name(found.name)}",
        "Content-Length": str(found.size),
        "Content-Security-Policy": _POLICY,
    }
    return Reply(file=found.file, content_type=kind, headers=headers)


def _file_name(name: str) -> str:
    """For old programs with what ASCII has of it."""
    plain = "".join(each if " " <= each <= "~" and each not in '"\\%' else "_" for each in name)
    exact = quote(name.encode("utf-8", "surrogateescape"), safe="")
    return f"filename=\"{plain or 'file'}\"; filename*=UTF-8''{exact}"


ROUTES = (
    Route(
        "GET",
        "/api/v2/backup/{id}/file",
        file,
        "The content of one file of a version",
        _TAG,
        query=FileQuery,
        auth="operation:download",
        waits=True,
    ),
    Route(
        "GET",
        "/api/v2/backup/{id}/file/preview",
        preview,
        "The beginning of a file as text, or that it is an image",
        _TAG,
        query=HeadQuery,
        answer=Envelope[FilePreview],
        waits=True,
    ),
    Route(
        "POST",
        "/api/v2/backup/{id}/zip",
        packed,
        "Files and folders of a version, as a zip file",
        _TAG,
        body=ZipInput,
        auth="operation:download",
        waits=True,
    ),
)
