"""A machine on which all is well, for the checks of the doctor to be shown what is not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from support.daemons import a_store
from triplicati.config.datafolder import DataFolder
from triplicati.doctor.finding import Finding
from triplicati.doctor.patient import Patient


async def a_patient(tmp_path: Path) -> Patient:
    """With a data folder, without a backup; port 1 is one where nobody listens."""
    async with a_store(tmp_path / "data"):
        pass
    (tmp_path / "root").mkdir()
    (tmp_path / "bin").mkdir()
    return Patient(
        environment={
            "HOME": str(tmp_path),
            "PATH": str(tmp_path / "bin"),
            "XDG_RUNTIME_DIR": str(tmp_path),
        },
        program=tmp_path,
        folder=DataFolder(tmp_path / "data"),
        now=time.time(),
        root=tmp_path / "root",
        port=1,
        patience=5,
    )


def levels(found: Sequence[Finding]) -> list[str]:
    return [each.level for each in found]


def only(found: Sequence[Finding], level: str) -> Finding:
    (finding,) = (each for each in found if each.level == level)
    return finding
