"""The folders of a destination that plain files are mirrored to: opened, listed and made when first used."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from triplicati.engine.remote import Remote
from triplicati.errors import FolderMissing
from triplicati.messages.progress import Event
from triplicati.messages.results import SyncResult
from triplicati.storage.destination import RemoteFile

Listing = Mapping[str, RemoteFile]
"""By name"""


class Folders:
    """Only the folders on the way to the last one asked for are kept: a source is walked folder by folder."""

    def __init__(self, open_folder: Callable[[str], Remote], result: SyncResult, *, dry_run: bool) -> None:
        self._open = open_folder
        self._result = result
        self._dry_run = dry_run
        self._remotes: dict[str, Remote] = {}
        self._listings: dict[str, Listing] = {}
        self._made: set[str] = set()

    def remote(self, folder: str) -> Remote:
        self._keep_only_the_way_to(folder)
        if folder not in self._remotes:
            self._remotes[folder] = self._open(folder)
        return self._remotes[folder]

    async def listed(self, folder: str) -> Listing:
        """What the folder holds; it is made where it is missing."""
        remote = self.remote(folder)
        if folder not in self._listings:
            try:
                found = await remote.tried(remote.destination.list)
            except FolderMissing:
                found = []
                await self._create(folder)
            self._listings[folder] = {each.name: each for each in found}
        return self._listings[folder]

    async def make(self, folder: str) -> None:
        """Makes a folder that nobody has listed, unless that was done already."""
        if folder not in self._made:
            remote = self.remote(folder)
            await remote.tried(remote.destination.create_folder)
            self._made.add(folder)

    async def delete(self, folder: str, name: str, size: int) -> None:
        """A folder that is gone holds nothing any more."""
        try:
            await self.remote(folder).delete(name, size)
        except FolderMissing:
            return

    async def _create(self, folder: str) -> None:
        self._result.folders_created += 1
        if not self._dry_run:
            remote = self.remote(folder)
            remote.report.event(Event("create-folder"))
            await remote.tried(remote.destination.create_folder)

    def _keep_only_the_way_to(self, folder: str) -> None:
        way = {""}
        while folder:
            way.add(folder)
            folder = posixpath.dirname(folder)
        for kept in (self._remotes, self._listings):
            for each in [each for each in kept if each not in way]:
                del kept[each]
        self._made &= way
