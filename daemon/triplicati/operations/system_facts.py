"""Facts of this machine and this program that a report of a problem should hold (spec/cli.md 1.3)."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import cryptography

from triplicati import __version__
from triplicati.config.datafolder import data_folder
from triplicati.errors import TriplicatiError
from triplicati.operations.order import Order

# Names that are looked for, and the option that names another one.
_PROGRAMS = (
    ("GnuPG", ("gpg", "gpg2"), "gpg-program-path"),
    ("par2", ("par2",), "par2-program-path"),
    ("rclone", ("rclone",), ""),
)


def system_facts(order: Order) -> Iterator[tuple[str, str]]:
    yield "Triplicati", __version__
    yield "Updates", "come the way Triplicati was installed"
    yield "Data folder", _data_folder(order)
    yield "Install folder", str(Path(__file__).resolve().parents[1])
    yield "Operating system", _system()
    yield "Architecture", platform.machine()
    yield "Machine name", order.values.text("machine-name") or platform.node()
    yield "Processor cores", str(_cores())
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()}, {sys.executable})"
    yield "Locale", ".".join(filter(None, locale.getlocale())) or "C"
    yield "Date pattern", "MM/dd/yyyy HH:mm:ss, whatever the locale"
    yield "Time zone", time.strftime("%Z (%z)")
    yield "Temporary folder", order.values.text("tempdir") or tempfile.gettempdir()
    yield "SQLite", f"{apsw.sqlite_lib_version()} (apsw {apsw.apsw_version()})"
    yield "Cryptography", f"{cryptography.__version__} ({_openssl()})"
    for label, names, option in _PROGRAMS:
        given = order.values.text(option) if option and order.values.given(option) else None
        wanted = (given,) if given else names
        yield label, next((found for name in wanted if (found := shutil.which(name))), "not found")
    yield "Languages", "en"


def _data_folder(order: Order) -> str:
    try:
        found = data_folder(order.values, order.environment, order.program)
    except TriplicatiError as error:
        return str(error)
    return f"{found.path}{'' if found.path.is_dir() else ' (not made yet)'}"


def _system() -> str:
    name = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']} ({name})"
    except (OSError, KeyError, AttributeError):
        return f"{name} ({platform.version()})"


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _openssl() -> str:
    from cryptography.hazmat.backends.openssl import backend  # noqa: PLC0415 - the rest is there without it

    return str(backend.openssl_version_text())
