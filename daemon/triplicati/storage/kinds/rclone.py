"""A folder of a remote that you set up with rclone's own configuration."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from triplicati.errors import DestinationOptionUnusable
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.rclone.program import PROGRAM, flavour_of
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.rclone.texts import Asked
from triplicati.storage.shared_options import TIMEOUTS
from triplicati.values.urls import DestinationUrl

SCHEMES = ("rclone",)
TITLE = "rclone"
_GROUP = "destinations"
OPTIONS = (
    *TIMEOUTS,
    *PROGRAM,
    Option(
        "rclone-local-repository", T.STRING, "local", "Remote for files of this machine.", _GROUP,
        state="inert", reason="files of this machine are handed to rclone as they are",
    ),
    Option(
        "rclone-remote-repository", T.STRING, None, "Name of the remote, in place of the address's host.",
        _GROUP,
    ),
    Option("rclone-remote-path", T.STRING, None, "Folder there, in place of the address's path.", _GROUP),
    Option("rclone-option", T.STRING, None, "Further options of rclone, separated by blanks.", _GROUP),
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> RcloneFolder:
    given = KindOptions(url, options, OPTIONS)
    remote = given.text("rclone-remote-repository") or url.host
    path = given.text("rclone-remote-path") or url.path
    where = f"{remote.removesuffix(':')}:{path}"
    if "]" in where:
        reason = f"{where}: rclone cannot be asked for files of a folder with a ] in its name"
        raise DestinationOptionUnusable(option="rclone-remote-path", reason=reason)

    async def settle() -> Settings:
        return Settings("", {}, where)  # what is made of it would be written into the user's own file

    flavour = flavour_of(given, own_settings=True, flags=_flags(given.text("rclone-option") or ""))
    return RcloneFolder(url.display, Asked("rclone", remote, path), settle, flavour)


def _flags(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())
