"""How each measured program is told to make a destination, to back up, and to restore, with its defaults."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PASSPHRASE = "bench passphrase"


class ProgramMissing(Exception):
    """A program to compare with is not installed."""


@dataclass(frozen=True)
class Program:
    """The commands of one program. In them ``{destination}``, ``{source}``, ``{target}`` and ``{version}``
    (first or second) are filled in, and ``{file}``, one path of the source, in ``restore_one``;
    ``environment`` has ``{scratch}``, a fresh folder for its database and cache."""

    name: str
    path: str
    prepare: Sequence[str]
    backup: Sequence[str]
    restore: Sequence[str]
    restore_one: Sequence[str]
    environment: Mapping[str, str]
    restores_whole_paths: bool
    accepted: tuple[int, ...] = (0,)

    def command(self, template: Sequence[str], **places: object) -> list[str]:
        return [self.path, *(part.format_map(places) for part in template)]

    def surroundings(self, scratch: Path) -> dict[str, str]:
        """Returns the environment: that of this process, without variables that would change a default."""
        foreign = ("RESTIC_", "BORG_", "DUPLICATI_", "PASSPHRASE")
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        return inherited | {key: value.format(scratch=scratch) for key, value in self.environment.items()}


def ours(path: str) -> Program:
    """Returns the installed ``duplicati-cli``. Its exit code 1 says that there was nothing to do."""
    return Program(
        name="ours",
        path=_found(path, "Install the package and name its duplicati-cli with --ours."),
        prepare=(),
        backup=("backup", "file://{destination}", "{source}"),
        restore=("restore", "file://{destination}", "--restore-path={target}", "--restore-permissions=true"),
        restore_one=(
            "restore",
            "file://{destination}",
            "{file}",
            "--restore-path={target}",
            "--restore-permissions=true",
        ),
        environment={"PASSPHRASE": _PASSPHRASE, "DUPLICATI_DATA_FOLDER": "{scratch}"},
        restores_whole_paths=False,
        accepted=(0, 1),
    )


def restic() -> Program:
    """Returns restic as found on PATH."""
    return Program(
        name="restic",
        path=_found("restic", "Install it (Debian: apt-get install restic)."),
        prepare=("-r", "{destination}", "init"),
        backup=("-r", "{destination}", "backup", "{source}"),
        restore=("-r", "{destination}", "restore", "latest", "--target", "{target}"),
        restore_one=(
            "-r",
            "{destination}",
            "restore",
            "latest",
            "--target",
            "{target}",
            "--include",
            "{file}",
        ),
        environment={"RESTIC_PASSWORD": _PASSPHRASE, "RESTIC_CACHE_DIR": "{scratch}"},
        restores_whole_paths=True,
    )


def borg() -> Program:
    """Returns borg as found on PATH. It restores into the working folder."""
    return Program(
        name="borg",
        path=_found("borg", "Install it (Debian: apt-get install borgbackup), or say --skip-borg."),
        prepare=("init", "--encryption=repokey", "{destination}"),
        backup=("create", "{destination}::{version}", "{source}"),
        restore=("extract", "{destination}::first"),
        restore_one=("extract", "{destination}::first", "{file_below_root}"),
        environment={"BORG_PASSPHRASE": _PASSPHRASE, "BORG_BASE_DIR": "{scratch}"},
        restores_whole_paths=True,
    )


def _found(name: str, advice: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise ProgramMissing(f"{name} was not found. {advice}")
    return str(Path(path).absolute())
