"""Copies blocks from one volume into another, packed as they are. Plain functions, for threads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from triplicati.engine.open_dblock import OpenDblock
from triplicati.engine.opening import Expected, open_volume
from triplicati.engine.wire import PackedVolume, PackSetup
from triplicati.errors import CorruptVolume
from triplicati.formats.hashes import entry_name, hasher


class Repacker:
    """Fills one volume after another; `packed` are those that are full or finished."""

    def __init__(self, setup: PackSetup) -> None:
        self._setup = setup
        self._open: OpenDblock | None = None
        self.packed: list[PackedVolume] = []

    def take(
        self,
        path: Path,
        name: str,
        expected: Expected,
        wanted: Mapping[bytes, int],
        lists: Collection[bytes],
    ) -> None:
        """Copies the blocks `wanted` (digest -> size) of the volume `name`, whose remote bytes lie at `path`;
        `lists` are those that are blocklists.

        Every block is unpacked and hashed on the way: what is damaged must not look as new. Raises
        `CorruptVolume` and what opening a volume raises; the blocks before stay copied, which does no harm.
        """
        digest_of = hasher(self._setup.form.block_hash)
        names = {entry_name(digest).decode(): digest for digest in wanted}
        with open_volume(path, name, self._setup.keys, expected) as reader:
            # In the order in which they lie there.
            for entry in [each for each in reader.entries if each in names]:
                digest = names.pop(entry)
                plain, packed = reader.read_both(entry)
                if len(plain) != wanted[digest] or digest_of(plain).digest() != digest:
                    raise CorruptVolume(name=name, reason=f"its block {entry} has another content")
                self._add(digest, packed, plain, is_list=digest in lists)
        if names:
            raise CorruptVolume(name=name, reason=f"it lacks {len(names)} block(s)")

    def finish(self) -> None:
        if self._open is not None:
            self.packed.append(self._open.close())
            self._open = None

    def abandon(self) -> None:
        if self._open is not None:
            self._open.abandon()
            self._open = None

    def _add(self, digest: bytes, packed: tuple[int, int, bytes], plain: bytes, *, is_list: bool) -> None:
        if self._open is None:
            self._open = OpenDblock(self._setup)
        self._open.add(digest, packed, len(plain), plain if is_list else None)
        if self._open.full:
            self.finish()
