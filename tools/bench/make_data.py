"""Makes the data sets the program is measured with, the same bytes, names, times and modes at every run.

``small``: 27,000 files of 340 MB in all, like the tree under ``node_modules``. ``large``: eight files of 1.9
GB in all: 40 % text, 30 % structured binary, 30 % random. ``million``: one million files in 10,000 folders,
three in ten of them empty, the others 20 to 800 bytes of text. ``python -m tools.bench.make_data FOLDER``
makes the first two.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import struct
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.bench import words

RECIPE = 1  # raise it when the bytes change: data of another recipe is made anew
MB = 1_000_000
SMALL_FILES = 27_000
SMALL_BYTES = 340 * MB
LARGE_BYTES = 1_900 * MB
MILLION_FILES = 1_000_000
NAMES = ("small", "large", "million")

_NEWEST_NS = 1_790_000_000 * 10**9
_YEAR_NS = 365 * 86_400 * 10**9
_PIECE = 8 * MB


@dataclass(frozen=True)
class Kind:
    """A kind of small file: its share of all files, and its size beside that of the others."""

    suffix: str
    share: int
    weight: float
    make: Callable[[random.Random, int], bytes]


def make(name: str, folder: Path, scale: float = 1.0) -> Path:
    """Makes one of the data sets in ``folder``, unless it is there, and returns its path."""
    target, stamp = folder / name, folder / f"{name}.stamp"
    recipe = f"{RECIPE} {scale}\n"
    if stamp.exists() and stamp.read_text("ascii") == recipe:
        return target
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    {"small": _make_small, "large": _make_large, "million": _make_million}[name](target, scale)
    stamp.write_text(recipe, "ascii")
    return target


# --- small files -----------------------------------------------------------------------------------------


def _text(style: words.Style) -> Callable[[random.Random, int], bytes]:
    return lambda rng, size: words.text(rng, size, style)


def _random(rng: random.Random, size: int) -> bytes:
    return rng.randbytes(size)


def _source_map(rng: random.Random, size: int) -> bytes:
    """Short groups of base64 digits, few of them frequent, between commas and semicolons."""
    head = b'{"version":3,"file":"index.js","sourceRoot":"","sources":["../src/index.ts"],"mappings":"'
    groups = [
        "".join(rng.choices("AACEGIMQSgBDFK", k=4)) + rng.choice((",", ",", ",", ";")) for _ in range(256)
    ]
    body = "".join(map(groups.__getitem__, rng.randbytes(size // 5 + 1)))
    return (head + body.encode("ascii"))[: size - 2] + b'"}'


KINDS = (
    Kind(".js", 50, 1.2, _text(words.CODE)),
    Kind(".ts", 22, 0.7, _text(words.CODE)),
    Kind(".json", 9, 0.4, _text(words.RECORDS)),
    Kind(".map", 8, 2.2, _source_map),
    Kind(".md", 9, 0.6, _text(words.PROSE)),
    Kind(".png", 1, 1.5, _random),
    Kind(".node", 1, 6.0, lambda rng, size: b"".join(_pages(rng, size))),
)


def _make_small(root: Path, scale: float) -> None:
    rng = random.Random("small")
    count = max(100, int(SMALL_FILES * scale))
    license_text = words.text(random.Random("license"), 1_071, words.PROSE)
    folders = _package_folders(rng, count)
    kinds = rng.choices(KINDS, [kind.share for kind in KINDS], k=count)
    weights = [kind.weight * rng.lognormvariate(0, 1.1) for kind in kinds]
    unit = SMALL_BYTES * count / SMALL_FILES / sum(weights)
    for number, (kind, weight) in enumerate(zip(kinds, weights, strict=True)):
        folder = root / folders[number]
        folder.mkdir(parents=True, exist_ok=True)
        if number % 30 == 0:  # the same licence text lies in every package
            _write(rng, folder / f"LICENSE-{number}", [license_text], 0o644)
        else:
            path = folder / f"{rng.choice(_STEMS)}-{number}{kind.suffix}"
            mode = 0o755 if number % 200 == 1 else 0o644
            _write(rng, path, [kind.make(rng, max(3, int(weight * unit)))], mode)
    _give_times_to_folders(rng, root)


_STEMS = (
    "index",
    "lib",
    "core",
    "parse",
    "stream",
    "types",
    "compile",
    "loader",
    "options",
    "errors",
    "version",
)
_BRANCHES = (
    "",
    "lib",
    "dist",
    "src",
    "dist/cjs",
    "dist/esm/internal",
    "lib/rules/ast",
    "build/module/core/common",
)


def _package_folders(rng: random.Random, count: int) -> list[str]:
    """Returns a folder for each file: packages of about 30 files, every fifth inside the one before it."""
    folders: list[str] = []
    package = ""
    while len(folders) < count:
        name = f"node_modules/package-{rng.randrange(10**6):06d}"
        package = f"{package}/{name}" if package.count("/") in (1, 3) and rng.random() < 0.2 else name
        branches = rng.choices(_BRANCHES, k=3)
        folders += (f"{package}/{rng.choice(branches)}".rstrip("/") for _ in range(rng.randrange(10, 51)))
    return folders[:count]


# --- large files -----------------------------------------------------------------------------------------


def _make_large(root: Path, scale: float) -> None:
    rng = random.Random("large")
    total = LARGE_BYTES * scale
    for name, share, pieces in (
        ("archive.sql", 0.16, _text_pieces(words.RECORDS)),
        ("server.log", 0.08, _text_pieces(words.PROSE)),
        ("sources.tar", 0.16, _text_pieces(words.CODE)),
        ("accounts.db", 0.15, _pages),
        ("disk.img", 0.10, _pages),
        ("index.bin", 0.05, _pages),
        ("holiday.mp4", 0.22, _random_pieces),
        ("photos.bin", 0.08, _random_pieces),
    ):
        _write(rng, root / name, pieces(rng, int(total * share)), 0o644)
    _give_times_to_folders(rng, root)


Pieces = Callable[[random.Random, int], Iterator[bytes]]


def _text_pieces(style: words.Style) -> Pieces:
    return lambda rng, size: (words.text(rng, part, style) for part in _parts(size))


def _random_pieces(rng: random.Random, size: int) -> Iterator[bytes]:
    return (rng.randbytes(part) for part in _parts(size))


def _parts(size: int) -> Iterator[int]:
    return (min(_PIECE, size - at) for at in range(0, size, _PIECE))


def _pages(rng: random.Random, size: int) -> Iterator[bytes]:
    """Yields pages of 8 KiB as a database has them: header, growing keys, small numbers, texts, a rest."""
    start = rng.randrange(1 << 30)
    for number in range(-(-size // 8192)):
        keys = array("Q", range(start + number * 256, start + number * 256 + 256)).tobytes()
        numbers = array("I", rng.randbytes(384)).tobytes()
        text = words.text(rng, 2_200, words.RECORDS)
        page = struct.pack("<QQII", number, start, 256, 0x5AFE) + keys + numbers + text + rng.randbytes(900)
        yield page.ljust(8192, b"\0")[: size - number * 8192]


# --- a million files -------------------------------------------------------------------------------------


def _make_million(root: Path, scale: float) -> None:
    rng = random.Random("million")
    stock = words.text(rng, 4 * MB, words.RECORDS)
    for number in range(max(10, int(MILLION_FILES * scale) // 100)):
        folder = root / f"{number % 97:02d}" / f"batch-{number:05d}"
        folder.mkdir(parents=True)
        for name in map("{:02d}.json".format, range(100)):
            size = 0 if rng.random() < 0.3 else rng.randrange(20, 800)
            at = rng.randrange(len(stock) - size)
            _write(rng, folder / name, [stock[at : at + size]], 0o644)
    _give_times_to_folders(rng, root)


# --- writing ---------------------------------------------------------------------------------------------


def _write(rng: random.Random, path: Path, pieces: Iterator[bytes] | list[bytes], mode: int) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)
        os.fchmod(file.fileno(), mode)
    _give_time(rng, path)


def _give_time(rng: random.Random, path: Path) -> None:
    moment = _NEWEST_NS - rng.randrange(3 * _YEAR_NS)
    os.utime(path, ns=(moment, moment))


def _give_times_to_folders(rng: random.Random, root: Path) -> None:
    folders = sorted(Path(folder) for folder, _, _ in os.walk(root))
    for folder in reversed(folders):
        _give_time(rng, folder)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the data the program is measured with.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=NAMES)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the full size")
    arguments = parser.parse_args()
    for name in [arguments.only] if arguments.only else ["small", "large"]:
        begin = time.perf_counter()
        made = make(name, arguments.folder, arguments.scale)
        print(f"{made} is ready after {time.perf_counter() - begin:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
