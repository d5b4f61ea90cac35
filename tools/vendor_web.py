"""Fetches the libraries of the page into ``static/vendor``: ``python -m tools.vendor_web``.

Run it to take up a new version, then look at the page. Bare imports become relative ones, so that the page
needs no import map and its Content-Security-Policy no exception.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "web" / "triplicati_web" / "static" / "vendor"
# Package, version, its file, and the name it gets here.
MODULES = (
    ("preact", "11.2.0", "dist/preact.mjs", "preact.mjs"),
    ("preact", "11.2.0", "hooks/dist/hooks.mjs", "hooks.mjs"),
    ("htm", "3.1.1", "dist/htm.mjs", "htm.mjs"),
    ("@preact/signals-core", "1.14.5", "dist/signals-core.mjs", "signals-core.mjs"),
    ("@preact/signals", "2.11.4", "dist/signals.mjs", "signals.mjs"),
    ("uplot", "1.6.32", "dist/uPlot.esm.js", "uplot.mjs"),
    ("uplot", "1.6.32", "dist/uPlot.min.css", "uplot.css"),
)
_PLACES = {
    "preact": "./preact.mjs",
    "preact/hooks": "./hooks.mjs",
    "@preact/signals-core": "./signals-core.mjs",
}
_IMPORT = re.compile(r"""(from|import)\s*(["'])([^"']+)\2""")


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package, version, file, ours in MODULES:
            root = _unpacked(folder, package, version)
            text = (root / file).read_text("utf-8")
            text = re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
            (TARGET / ours).write_text(_relative(text), "utf-8")
            license = next(root.glob("LICENSE*"))
            shutil.copyfile(license, TARGET / f"LICENSE-{package.replace('@', '').replace('/', '-')}.txt")


def _unpacked(folder: Path, package: str, version: str) -> Path:
    place = folder / package.replace("/", "-") / version
    if not place.exists():
        place.mkdir(parents=True)
        subprocess.run(["npm", "pack", "--silent", f"{package}@{version}"], cwd=place, check=True)
        with tarfile.open(next(place.glob("*.tgz"))) as archive:
            archive.extractall(place, filter="data")
    return place / "package"


def _relative(text: str) -> str:
    return _IMPORT.sub(lambda found: f'{found[1]} "{_PLACES.get(found[3], found[3])}"', text)


if __name__ == "__main__":
    main()
