"""The state of this machine in some lines."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from triplicati import __version__
from triplicati.config.datafolder import data_folder
from triplicati.config.dbconfig import NAME, listed_databases, our_name
from triplicati.config.instance_lock import told_port
from triplicati.options.option_values import OptionValues
from triplicati.values.stamps import format_local


def overview(environment: Mapping[str, str]) -> list[str]:
    """Nothing is created or opened for it."""
    program = Path(sys.argv[0]).resolve().parent
    folder = data_folder(OptionValues({"allow-insecure-datafolder": None}), environment, program)
    databases = listed_databases(folder.path / NAME)
    if folder.theirs is not None:
        databases += [folder.path / our_name(each) for each in listed_databases(folder.theirs / NAME)]
    present = sorted((path for path in databases if path.is_file()), key=lambda path: path.stat().st_mtime)
    newest = "none yet"
    if present:
        newest = f"{present[-1]} (last used {format_local(int(present[-1].stat().st_mtime))})"
    hint = "list <destination>" if databases else "backup <destination> <folder>"
    port = told_port(folder.path)
    server = f"runs, on port {port}" if port else "does not run"
    return [
        f"Data folder:         {folder.path}{'' if folder.path.is_dir() else ' (not made yet)'}",
        f"Known destinations:  {len(databases)}",
        f"Newest database:     {newest}",
        f"Server:              {server}",
        f"Version:             Triplicati {__version__}",
        f"Next:                triplicati {hint}, or triplicati help",
    ]
