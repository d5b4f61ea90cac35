"""Backups of tests, mounted and served over WebDAV on a real socket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import httpx
import trio

from triplicati.engine.persisted import recorded_format
from triplicati.engine.remote import Remote
from triplicati.index.database import open_to_read
from triplicati.mounting.block_cache import BlockCache
from triplicati.mounting.entries import FileNode
from triplicati.mounting.mounted import MountedBackup
from triplicati.mounting.reading import IndexFile
from triplicati.mounting.tree import VersionTree
from triplicati.mounting.volumes import Volumes
from triplicati.values.secrets import Secret
from triplicati_web.listening import bound_port, open_tcp
from triplicati_web.mount.alone import make_mount_app
from triplicati_web.serving import Endpoint, serve

USER, PASSWORD = "reader", "correct horse"
D = "{DAV:}"


@asynccontextmanager
async def mounted(remote: Remote, database: Path, *, cache: int = 16 << 20) -> AsyncIterator[MountedBackup]:
    index = IndexFile(database)
    async with open_to_read(database) as opened:
        form = await recorded_format(opened)
    with BlockCache(cache) as blocks:
        async with trio.open_nursery() as nursery:
            volumes = Volumes(remote, form, blocks, nursery)
            yield MountedBackup(VersionTree(index), index, volumes, form)
            nursery.cancel_scope.cancel()


async def node_of(mount: MountedBackup, *names: str) -> FileNode:
    found = await mount.find(names)
    assert isinstance(found, FileNode), names
    return found


async def read_part(mount: MountedBackup, file: FileNode, first: int, end: int) -> bytes:
    found = bytearray()
    with mount.content(file) as content:
        while first + len(found) < end:
            found += await content.part(first + len(found), end)
    return bytes(found)


@dataclass
class Served:
    client: httpx.AsyncClient
    port: int

    async def listed(self, path: str, depth: str = "1") -> dict[str, dict[str, str]]:
        """Decoded address -> properties, of all but `path` itself."""
        answer = await self.client.request("PROPFIND", path, headers={"Depth": depth})
        assert answer.status_code == 207, answer.text
        return {name: found for name, found in properties(answer.content).items() if name != unquote(path)}


def properties(body: bytes) -> dict[str, dict[str, str]]:
    found = {}
    for each in ElementTree.fromstring(body).iter(f"{D}response"):
        props = {
            re.sub(r"^\{.*?\}", "", prop.tag): prop.text or "".join(child.tag for child in prop)
            for prop in each.iterfind(f"{D}propstat/{D}prop/*")
        }
        found[unquote(each.findtext(f"{D}href") or "")] = props
    return found


@asynccontextmanager
async def served(
    mount: MountedBackup, *, password: str = PASSWORD, signed_in: bool = True
) -> AsyncIterator[Served]:
    app = make_mount_app(mount, USER, Secret(password) if password else None)
    listeners = await open_tcp(["127.0.0.1"], 0)
    port = bound_port(listeners[0])
    endpoints = [Endpoint(each) for each in listeners]
    auth = httpx.BasicAuth(USER, password) if signed_in and password else None
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, app, endpoints, stop=stop, grace=0.1))  # type: ignore[arg-type]
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, auth=auth, timeout=10, trust_env=False) as client:
            yield Served(client, port)
        stop.set()
