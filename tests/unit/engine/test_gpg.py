"""The gpg program where it never ran before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from triplicati.engine.gpg import encrypt_gpg
from triplicati.engine.opening import Keys


def test_several_may_start_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but one ended with "can't create directory: File exists", and the backup with them."""
    monkeypatch.delenv("GNUPGHOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    made: list[Path] = []
    make = Path.mkdir

    def noting(path: Path, mode: int = 0o777, **more: bool) -> None:
        make(path, mode, **more)
        made.append(path)

    monkeypatch.setattr(Path, "mkdir", noting)
    source = tmp_path / "source"
    source.write_bytes(b"content")
    keys = Keys(passphrase="word")
    with ThreadPoolExecutor(4) as pool:
        targets = [tmp_path / f"target{number}" for number in range(4)]
        each = [pool.submit(encrypt_gpg, source, keys, target, "name") for target in targets]
        for future in each:
            future.result()
    assert made == [tmp_path / ".gnupg"]
    assert made[0].stat().st_mode & 0o777 == 0o700
    assert all(target.stat().st_size for target in targets)
