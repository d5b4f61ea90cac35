"""What a restore left, and what it told."""

from __future__ import annotations

from pathlib import Path

from triplicati.messages.results import RestoreResult


def ids(result: RestoreResult) -> list[str]:
    return [each.id for each in result.warnings]


def read(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
