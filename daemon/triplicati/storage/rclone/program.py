"""The program rclone: where it is, and how it runs as a server for this process alone."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
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
    configuration is empty and stays in memory. `retries` are those inside rclone.
    """

    executable: str = ""
    own_settings: bool = False
    retries: int = 1
    flags: tuple[str, ...] = ()


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
    command = [program, "rcd", *_FLAGS, f"--low-level-retries={flavour.retries}", *flavour.flags]
    return ["/bin/sh", "-c", _WATCH, "rclone", *command] if os.name == "posix" else command


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
    }
    if not flavour.own_settings:
        mine["RCLONE_CONFIG"] = ""  # in memory
    return {**kept, **mine}
