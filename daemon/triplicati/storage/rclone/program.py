"""The program rclone: where it is, and how it runs as a server for this process alone."""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from collections import deque
from pathlib import Path

import msgspec

from triplicati.errors import DestinationProgramMissing
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions

# Ends rclone and takes its folder away as soon as nobody holds the other end of standard input any longer:
# also when this process is killed. (A signal on the parent's death belongs to the thread that started it.)
_WATCH = (
    '"$@" </dev/null & rclone=$!; exec >/dev/null 2>&1; read -r _; kill -9 $rclone; rm -rf "$RCLONE_TEMP_DIR"'
)
# In the name of a flag whose value is nobody's business.
_SECRET = re.compile(r"pass|secret|token|key|auth|cred", re.IGNORECASE)
# Total times of a transfer, however slow the line and however long a pause.
_NO_END = "1000h"
_FLAGS = (
    "--rc-addr=127.0.0.1:0", "--rc-serve", f"--rc-server-read-timeout={_NO_END}",
    f"--rc-server-write-timeout={_NO_END}", "--retries=1", "--buffer-size=0", "--contimeout=30s",
    "--timeout=10m", "--ask-password=false", "--log-level=NOTICE",
)  # fmt: skip


class Flavour(msgspec.Struct, frozen=True):
    """One running rclone serves all destinations of a flavour.

    `own_settings` means the remotes and settings that the user made for rclone; without them its
    configuration is empty and stays in memory. `retries` are those inside rclone. With `root` (PEM) it trusts
    this certificate and no other.
    """

    executable: str = ""
    own_settings: bool = False
    retries: int = 1
    flags: tuple[str, ...] = ()
    root: str = ""


USUAL = Flavour()
_USUAL_NAME = "rclone"
# For the options of each kind that rclone serves.
PROGRAM = (
    Option(
        "rclone-executable", T.PATH, _USUAL_NAME, "The program rclone, which speaks to this destination.",
        "destinations",
    ),
)  # fmt: skip


def flavour_of(
    given: KindOptions, *, own_settings: bool = False, retries: int = 1, flags: tuple[str, ...] = ()
) -> Flavour:
    """With the program that `PROGRAM` names."""
    named = given.text("rclone-executable") or ""
    return Flavour("" if named == _USUAL_NAME else named, own_settings, retries, flags)


def found_program(flavour: Flavour, scheme: str) -> str:
    """Raises `DestinationProgramMissing`."""
    found: str | None
    if flavour.executable:
        found = shutil.which(str(Path(flavour.executable).expanduser()))
    else:
        # The one that came with this program's own packages is the newer one.
        folders = {str(Path(sys.executable).parent): None, sysconfig.get_path("scripts"): None}
        found = shutil.which(_USUAL_NAME, path=os.pathsep.join(folders)) or shutil.which(_USUAL_NAME)
    if found is None:
        where = f" at {flavour.executable}" if flavour.executable else ""
        raise DestinationProgramMissing(scheme=scheme, where=where)
    return found


def command_of(flavour: Flavour, program: str) -> list[str]:
    """Nothing secret is in it, since everybody may read the arguments of a process."""
    flags, _ = _apart(flavour.flags)
    command = [program, "rcd", *_FLAGS, f"--low-level-retries={flavour.retries}", *flags]
    return ["/bin/sh", "-c", _WATCH, "rclone", *command] if os.name == "posix" else command


def _apart(flags: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Flags for the command, and those that may hold something secret, as rclone reads them from its
    environment."""
    shown: list[str] = []
    hidden: dict[str, str] = {}
    waiting = deque(flags)
    while waiting:
        flag = waiting.popleft()
        name, given, value = flag.partition("=")
        with_value = bool(given) or (bool(waiting) and not waiting[0].startswith("-"))
        if name.startswith("--") and _SECRET.search(name) and with_value:
            hidden[f"RCLONE_{name[2:].replace('-', '_').upper()}"] = value if given else waiting.popleft()
        else:
            shown.append(flag)
    return shown, hidden


def environment_of(flavour: Flavour, folder: Path, user: str, password: str) -> dict[str, str]:
    """`folder` is for its temporary files."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if flavour.own_settings or not name.upper().startswith("RCLONE_")
    }
    mine = {
        "RCLONE_RC_USER": user,
        "RCLONE_RC_PASS": password,
        "RCLONE_TEMP_DIR": str(folder),
        "RCLONE_CACHE_DIR": str(folder / "cache"),
        **_apart(flavour.flags)[1],
    }
    if not flavour.own_settings:
        mine["RCLONE_CONFIG"] = ""  # in memory
    if flavour.root:
        root = folder / "root.pem"
        root.write_text(flavour.root)
        mine |= {"SSL_CERT_FILE": str(root), "SSL_CERT_DIR": str(folder / "no-certificates")}
    return {**kept, **mine}
