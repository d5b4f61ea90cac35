"""The data folder: which one it is, that it is ours, and that nobody else reads it (spec/cli.md 7)."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from triplicati import __version__
from triplicati.errors import (
    DataFolderClosed,
    DataFolderOfAnother,
    InsecureDataFolderPermissions,
    this_user,
    user_name,
)
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import expand_variables
from triplicati.values.booleans import parse_boolean

MARKER = "triplicati.json"
_THEIRS = ("Duplicati-server.sqlite", "dbconfig.json", "control_dir_v2")
_OUR_SUBFOLDER = "triplicati"


class DataFolder(msgspec.Struct, frozen=True):
    """`path` need not exist yet. `theirs` is the folder of real Duplicati around it, only ever read."""

    path: Path
    theirs: Path | None = None

    @property
    def notice(self) -> str:
        """The line to print at each start, "" for none."""
        if self.theirs is None:
            return ""
        text = f"The data folder {self.theirs} belongs to Duplicati and is left alone"
        return f"{text}; Triplicati uses {self.path}."


def data_folder(values: OptionValues, environment: Mapping[str, str], program: Path) -> DataFolder:
    """The folder of this run; `program` is the folder the program lies in, for portable mode.

    Nothing is created. Raises `DataFolderClosed` for one that this user cannot open, `DataFolderOfAnother`,
    and `InsecureDataFolderPermissions` for one that other users can open.
    """
    chosen = chosen_folder(
        values.text("server-datafolder"), values.boolean("portable-mode"), environment, program
    )
    folder = DataFolder(chosen)
    try:
        if not (chosen / MARKER).exists() and any((chosen / name).exists() for name in _THEIRS):
            folder = DataFolder(chosen / _OUR_SUBFOLDER, theirs=chosen)
    except PermissionError as error:
        raise DataFolderClosed(path=chosen, user=this_user(), reason=error.strerror) from error
    allowed = values.boolean("allow-insecure-datafolder") or _is_on(environment, "ALLOW_INSECURE_DATAFOLDER")
    if not allowed:
        _check_permissions(folder.path)
    return folder


def create(folder: DataFolder) -> None:
    """Makes the folder, for its owner only, and puts our marker into it."""
    folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    marker = folder.path / MARKER
    if not marker.exists():
        text = msgspec.json.format(msgspec.json.encode({"version": __version__, "created": int(time.time())}))
        write_private(marker, text + b"\n")


def write_private(path: Path, content: bytes) -> None:
    """Replaces a file in one step; only its owner can read it."""
    import tempfile  # noqa: PLC0415 - seldom needed

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def chosen_folder(
    server_datafolder: str | None, portable: bool, environment: Mapping[str, str], program: Path
) -> Path:
    """The folder that the two options and the environment choose, not looked at yet (spec/cli.md 7.1)."""
    for text in (server_datafolder, environment.get("DUPLICATI__SERVER_DATAFOLDER")):
        if text:
            return _path(text, environment)
    if portable or _is_on(environment, "PORTABLE_MODE"):
        return program / "data"
    for name in ("DUPLICATI_DATA_FOLDER", "DUPLICATI_HOME"):
        if environment.get(name):
            return _path(environment[name], environment)
    return _default()


def _default() -> Path:
    if sys.platform == "linux":
        # What platformdirs says, without the time its import takes at every start.
        base = os.environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")
        path = Path(base, "Duplicati")
    else:
        import platformdirs  # noqa: PLC0415 - not needed when a folder is named

        path = platformdirs.user_config_path("Duplicati", appauthor=False)
    # A service without a home gets a path that starts with "~".
    return path if path.is_absolute() else Path("/var/lib/Duplicati")


def _path(text: str, environment: Mapping[str, str]) -> Path:
    return Path(expand_variables(text, environment).strip('"')).absolute()


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(f"DUPLICATI__{name}")
    return bool(text) and parse_boolean(text)


def _check_permissions(path: Path) -> None:
    if sys.platform == "win32":
        return
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    if status.st_uid not in (os.geteuid(), 0):
        raise DataFolderOfAnother(path=path, owner=user_name(status.st_uid), user=this_user())
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise InsecureDataFolderPermissions(path=path)
