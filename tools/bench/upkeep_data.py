"""Data for measuring upkeep: 100,000 files whose content and metadata make about a million blocks of 1 kb.

Six files in ten have one block, three up to twenty, one up to ninety. No two blocks of content are the same,
and all compress as text does. `change` gives one file in twenty another content, for a further version.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from tools.bench import words

BLOCK = 1024
FILES = 100_000
_FILES_PER_FOLDER = 100
_FIRST_TIME = 1_790_000_000 * 10**9
_RECIPE = "1"


def make(folder: Path, scale: float = 1.0) -> Path:
    """The first version below `folder`, made anew each time, since what was there may have been changed."""
    root = folder / "upkeep"
    shutil.rmtree(root, ignore_errors=True)
    for number in range(count(scale)):
        path = _path(root, number)
        if number % _FILES_PER_FOLDER == 0:
            path.parent.mkdir(parents=True)
        _write(path, number, version=1)
    return root


def change(root: Path, scale: float, version: int) -> None:
    """Every twentieth file, others for each version."""
    for number in range(version % 20, count(scale), 20):
        _write(_path(root, number), number, version)


def count(scale: float) -> int:
    return max(_FILES_PER_FOLDER, int(FILES * scale))


def _path(root: Path, number: int) -> Path:
    folder = number // _FILES_PER_FOLDER
    return root / f"area-{folder % 31:02d}" / f"folder-{folder:04d}" / f"record-{number:06d}.json"


def _write(path: Path, number: int, version: int) -> None:
    rng = random.Random(f"{_RECIPE} {number} {version}")
    with path.open("wb") as file:
        file.writelines(_blocks(rng, _size(rng)))
    moment = _FIRST_TIME + (version * FILES + number) * 1_000_003
    os.utime(path, ns=(moment, moment))


def _size(rng: random.Random) -> int:
    kind = rng.random()
    if kind < 0.6:
        return rng.randrange(100, BLOCK)
    return rng.randrange(BLOCK + 1, (20 if kind < 0.9 else 90) * BLOCK)


def _blocks(rng: random.Random, size: int) -> Iterator[bytes]:
    """The first bytes make each block another one."""
    stock = _stock()
    for start in range(0, size, BLOCK):
        at = rng.randrange(len(stock) - BLOCK)
        yield (rng.randbytes(16) + stock[at : at + BLOCK - 16])[: size - start]


def _stock() -> bytes:
    if not _kept:
        _kept.append(words.text(random.Random("upkeep"), 4_000_000, words.RECORDS))
    return _kept[0]


_kept: list[bytes] = []
