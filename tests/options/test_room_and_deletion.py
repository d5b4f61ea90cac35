"""Options for the room at the destination and for what becomes of deleted files: the effect of each on the
command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine import noise
from support.in_process import Cli

from triplicati.storage.abilities import Quota
from triplicati.storage.kinds.file import LocalFolder

MIB = 1 << 20


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk of 100 MB with 8 of them free, as the destination says."""

    async def quota(_: LocalFolder) -> Quota:
        return Quota(100 * MIB, 8 * MIB)

    monkeypatch.setattr(LocalFolder, "quota", quota)


@pytest.mark.usefixtures("small_disk")
def test_quota_warning_threshold_and_quota_disable(cli: Cli) -> None:
    cli.make({"a": "a"})
    shown = cli.backup(code=2)
    assert "The destination has 8.00 MiB left of 100.00 MiB. Free some space" in shown.out + shown.err
    assert "  Total remote quota: 100.00 MiB" in shown.lines
    assert "  Available remote quota: 8.00 MiB" in shown.lines
    assert "left of" not in cli.backup("--quota-warning-threshold=7", code=1).err
    assert "left of" not in cli.backup("--quota-warning-threshold=0", code=1).err
    disabled = cli.backup("--quota-disable", code=1)
    assert "left of" not in disabled.out + disabled.err
    assert not any("remote quota" in line for line in disabled.lines)


def test_quota_size(cli: Cli) -> None:
    cli.make({"a": noise(MIB)})
    shown = cli.backup("--quota-size=10mb", "--no-encryption")
    assert "  Assigned remote quota: 10.00 MiB" in shown.lines
    near = cli.backup("--quota-size=1050kb", code=2)
    assert "left of the 1.03 MiB that --quota-size gives it" in near.out + near.err
    over = cli.backup("--quota-size=1", "--result-format=Json", code=3)
    assert over.data["BackendStatistics"]["ReportedQuotaError"] is True
    assert over.data["BackendStatistics"]["AssignedQuotaSpace"] == MIB


@pytest.mark.parametrize("by_copy", ["", "--prevent-backend-rename"])
def test_soft_delete_prefix_and_prevent_backend_rename(
    cli: Cli, by_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = []
    rename = Path.rename

    def noted(path: Path, target: Path) -> Path:
        renamed.append((path.name, target.name))
        return rename(path, target)

    cli.make({"a": "first"})
    cli.backup()
    (old,) = cli.volumes("dlist")
    content = old.read_bytes()
    (cli.source / "a").write_text("second")
    monkeypatch.setattr(Path, "rename", noted)
    softly = ["--soft-delete-prefix=old.", *filter(None, [by_copy])]
    cli.backup("--keep-versions=1", "--no-auto-compact", *softly)
    kept = old.with_name(f"old.{old.name}")
    assert kept.read_bytes() == content
    assert not old.exists()
    assert ((old.name, kept.name) in renamed) == (not by_copy)
    assert cli.stored() == {"a"}
