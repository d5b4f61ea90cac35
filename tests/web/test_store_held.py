"""Requests while another program holds the server's database."""

from __future__ import annotations

from pathlib import Path

import apsw
from support.web_daemon import a_web_daemon

from triplicati.config.server.database import NAME


async def test_a_held_database_signs_nobody_out(tmp_path: Path) -> None:
    """A page that is answered 401 forgets who is signed in, and asks for the password."""
    async with a_web_daemon(tmp_path / "data") as web:
        await web.get("serverstate")
        web.daemon.store._database._connection.set_busy_timeout(10)
        other = apsw.Connection(str(tmp_path / "data" / NAME))
        other.execute("BEGIN EXCLUSIVE")
        refused = [(await web.client.get(f"/api/v1/{path}")) for path in ("backups", "serverstate")]
        other.execute("ROLLBACK")
        other.close()
        assert [each.status_code for each in refused] == [409, 409]
        await web.get("backups")
