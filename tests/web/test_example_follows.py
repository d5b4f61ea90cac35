"""The example of the README does what it says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import pytest
import trio
from support.daemons import a_backup
from support.web_daemon import PASSWORD, a_web_daemon

from triplicati_web.live import SOCKETS

_EXAMPLE = Path(__file__).parents[2] / "tools/examples/follow_a_run.py"


@pytest.mark.parametrize(("target", "result", "code"), [("", "Success", 0), ("bogus://x", "Fatal", 4)])
async def test_it_follows_a_run_and_ends_with_its_result(
    tmp_path: Path, target: str, result: str, code: int
) -> None:
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as server:
        backup = a_backup(tmp_path, passphrase=None)
        if target:
            backup = msgspec.structs.replace(backup, target_url=target)
        await server.daemon.store.add_backup(backup)
        done = await trio.run_process(
            [sys.executable, str(_EXAMPLE), server.url, "Docs"],
            env={**os.environ, "DUPLICATI__WEBSERVICE_PASSWORD": PASSWORD},
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
    assert done.returncode == code, done.stderr.decode()
    assert f"Docs ended with {result}" in done.stdout.decode()
