"""What a local database holds, in numbers: for whoever looks for a fault, and nothing private."""

from __future__ import annotations

from typing import Any

import apsw

_TABLES = ("volume", "index_link", "fileset", "entry", "block", "duplicate_block", "blocklist")
# The values of others could be a path, a name or something about a passphrase.
_SHOWN = frozenset(
    (
        "block-hash-algorithm",
        "blocksize",
        "compression-module",
        "encryption",
        "file-hash-algorithm",
        "reread",
        "scope",
    )
)
_MOST_VERSIONS = 1000


def database_digest(connection: apsw.Connection) -> dict[str, Any]:  # Any: a JSON object
    """For `Database.read`. Volumes have random names, which are told where something is odd about them."""
    volumes = connection.execute(
        "SELECT kind, state, count(*), sum(size) FROM volume GROUP BY kind, state ORDER BY kind, state"
    )
    versions = connection.execute(
        "SELECT stamp, complete, full, files, bytes FROM fileset ORDER BY stamp DESC LIMIT ?",
        (_MOST_VERSIONS,),
    )
    odd = connection.execute(
        "SELECT name, state FROM volume WHERE state NOT IN ('Verified', 'Uploaded') ORDER BY name LIMIT 100"
    )
    settings = connection.execute("SELECT key, value FROM setting ORDER BY key").fetchall()
    return {
        "check": [row[0] for row in connection.execute("PRAGMA quick_check(10)")],
        "schema": connection.execute("PRAGMA user_version").get,
        "rows": {name: connection.execute(f"SELECT count(*) FROM {name}").get for name in _TABLES},
        "volumes": [dict(zip(("kind", "state", "count", "bytes"), row, strict=True)) for row in volumes],
        "odd volumes": [dict(zip(("name", "state"), row, strict=True)) for row in odd],
        "versions": [
            dict(zip(("time", "complete", "full", "files", "bytes"), row, strict=True)) for row in versions
        ],
        "settings": {str(key): value if key in _SHOWN else "(kept)" for key, value in settings},
    }
