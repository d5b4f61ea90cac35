"""Blocks of wanted files that are still on this machine, in the file itself or where it came from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import cast

from triplicati.engine.finishing import write_all
from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_queries import WAITING
from triplicati.formats.hashes import hasher


def find_local_blocks(plan: Plan, partials: dict[int, bytes]) -> int:
    """Copies the blocks of larger files that match into their partial files and drops their needs; gives the
    number of bytes that need not be fetched. Each block is hashed before it is used."""
    found = 0
    query = f"SELECT id, path, target, size, lists FROM item WHERE lists IS NOT NULL AND state = {WAITING}"
    items = cast("list[tuple[int, str, bytes | None, int, bytes]]", plan.db.execute(query).fetchall())
    for item, path, stored, size, lists in items:
        try:
            digests = plan.block_digests(lists, size)
        except LookupError:
            continue
        for candidate in dict.fromkeys((plan.target(path, stored), os.fsencode(path))):
            found += _copy_matching(plan, item, candidate, digests, partials[item])
    return found


def _copy_matching(plan: Plan, item: int, source: bytes, digests: list[bytes], partial: bytes) -> int:
    new_hash = hasher(plan.form.block_hash)
    offsets: list[int] = []
    copied = 0
    try:
        with open(source, "rb", buffering=0) as file, open(partial, "r+b", buffering=0) as out:
            for offset, block in _blocks(file.fileno(), plan.form.blocksize, len(digests)):
                if new_hash(block).digest() == digests[offset // plan.form.blocksize]:
                    os.lseek(out.fileno(), offset, os.SEEK_SET)
                    write_all(out.fileno(), block)
                    offsets.append(offset)
                    copied += len(block)
    except OSError:
        # It is only a short cut: what cannot be read here is fetched.
        pass
    plan.drop_needs(item, offsets)
    return copied


def _blocks(handle: int, blocksize: int, count: int) -> Iterator[tuple[int, bytes]]:
    for number in range(count):
        block = os.read(handle, blocksize)
        if not block:
            return
        yield number * blocksize, block
