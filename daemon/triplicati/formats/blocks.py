"""Blocks and blocklists (spec/format.md 4)."""

from __future__ import annotations

import re

from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.formats.manifest import VolumeFormat

_BLOCK_NAME = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def is_block_name(name: str) -> bool:
    """Whether a dblock entry of this name is a block."""
    return len(name) % 4 == 0 and name != "manifest" and _BLOCK_NAME.fullmatch(name) is not None


def hashes_per_list(form: VolumeFormat) -> int:
    """Raw hashes that fit one blocklist: the rest of the block stays unused (trap 9)."""
    return form.blocksize // DIGEST_SIZES[form.block_hash]


def block_count(size: int, blocksize: int) -> int:
    return -(-size // blocksize)


def list_count(size: int, form: VolumeFormat) -> int:
    """How many blocklists a stream of `size` bytes has; 0 for a stream of at most one block."""
    blocks = block_count(size, form.blocksize)
    return 0 if blocks <= 1 else -(-blocks // hashes_per_list(form))


def last_block_size(size: int, blocksize: int) -> int:
    return size % blocksize or blocksize
