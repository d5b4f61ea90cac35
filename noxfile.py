"""The checks of this project. ``tools/test`` makes the environment and runs the four of every commit.

The others take longer or need more of the machine and are asked for by name, as ``tools/test -s bench``.
Arguments after ``--`` go to the program a session runs.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
APART = ("servers", "browser", "endurance")

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "layers", "tests"]


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff over all code."""
    session.run("ruff", "check", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, over all; daemon and tray as Windows and macOS see them; the modules of the page."""
    session.run("mypy")
    for platform, others in (("win32", "linux|darwin|unix"), ("darwin", "linux|windows")):
        # What one system has alone is no concern of another.
        apart = rf"source/metadata/({others})\.py$"
        session.run("mypy", "--platform", platform, "--exclude", apart, "daemon", "tray")
    if shutil.which("tsc") is None:
        session.error("tsc is not installed: apt install node-typescript (tools/test does that)")
    session.run("tsc", "-p", "web/tsconfig.json", external=True)


@nox.session
def layers(session: nox.Session) -> None:
    """Imports go in one direction only."""
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """Pytest, but for the tests that stand apart; the whole in four processes, for they often wait."""
    ignored = (f"--ignore=tests/{name}" for name in APART)
    marked = " and ".join(f"not {name}" for name in (*APART, "tray"))
    side_by_side = () if session.posargs else ("-n", "4", "--dist", "loadfile")
    session.run("pytest", *ignored, "-m", marked, *side_by_side, *session.posargs)


@nox.session
def servers(session: nox.Session) -> None:
    """Destinations spoken to over the network, with real servers of their kinds."""
    _run_apart(session, "servers")


@nox.session
def browser(session: nox.Session) -> None:
    """The page in a real browser; ``--screenshots=FOLDER`` keeps the pictures of it."""
    _run_apart(session, "browser")


@nox.session
def tray(session: nox.Session) -> None:
    """The icon on a desktop, on a screen that nobody sees, and what takes the tray long;
    ``--screenshots=FOLDER`` keeps the pictures."""
    session.run("pytest", "tests/tray_desktop", "tests/tray", "-m", "tray", *session.posargs)


@nox.session
def pictures(session: nox.Session) -> None:
    """Each page as a picture, light and dark, wide and narrow, in the folder ``pictures``."""
    folder = ROOT / "pictures"
    looks = "tests/browser/test_looks.py"
    session.run("pytest", looks, "-m", "browser", f"--screenshots={folder}", *session.posargs)


@nox.session
def endurance(session: nox.Session) -> None:
    """Long runs: processes killed at any instant, many versions, large trees; and cases among the other tests
    that take long and have lighter ones beside them."""
    ignored = (f"--ignore=tests/{name}" for name in APART if name != "endurance")
    session.run("pytest", "tests", *ignored, "-m", "endurance", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed, size and memory beside restic and borg."""
    ours = shutil.which("duplicati-cli")
    if ours is None:
        session.error("duplicati-cli is not installed in this environment")
    command = ("python", "-m", "tools.bench.run", "--ours", ours, "--json", "bench-result.json")
    session.run(*command, *session.posargs)


def _run_apart(session: nox.Session, name: str) -> None:
    folder = ROOT / "tests" / name
    if not folder.is_dir():
        session.error(f"There are no such tests yet: the folder tests/{name} does not exist")
    session.run("pytest", str(folder), "-m", name, *session.posargs)
