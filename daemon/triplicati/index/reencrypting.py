"""A change of encryption that is under way: which volumes have the new one, and what the old one was.

The settings tell of the new encryption from the beginning on, for all that is written meanwhile has it;
beside them stands the old one until no volume has it. Of passphrases there are fingerprints only. The table
is made by whoever writes first; a volume takes its row with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import apsw

from triplicati.index.settings import remove_setting, write_settings
from triplicati.index.volumes import VolumeRow, add_volume, link_index, set_state

FROM, FROM_PASSPHRASE = "reencrypting-from", "reencrypting-from-passphrase"
_TABLE = """
CREATE TABLE IF NOT EXISTS reencrypted (volume INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER IF NOT EXISTS reencrypted_goes AFTER DELETE ON volume BEGIN
    DELETE FROM reencrypted WHERE volume = old.id;
END;
"""
_DROP = "DROP TRIGGER IF EXISTS reencrypted_goes; DROP TABLE IF EXISTS reencrypted"


def unfinished(recorded: Mapping[str, str]) -> bool:
    """Whether the settings tell of a change that did not come to its end."""
    return FROM in recorded


def begin(
    connection: apsw.Connection, old: tuple[str, str | None], new: tuple[str, str | None]
) -> None:
    """Both as ("none", "aes" or "gpg", fingerprint of the passphrase)."""
    connection.execute(_DROP)
    connection.execute(_TABLE)
    write_settings(connection, {FROM: old[0], "encryption": new[0]})
    for key, known in ((FROM_PASSPHRASE, old[1]), ("passphrase", new[1])):
        if known is None:
            remove_setting(connection, key)
        else:
            write_settings(connection, {key: known})


def finish(connection: apsw.Connection) -> None:
    connection.execute(_DROP)
    remove_setting(connection, FROM)
    remove_setting(connection, FROM_PASSPHRASE)


def reencrypted(connection: apsw.Connection) -> set[int]:
    """Ids of the volumes that are known to have the new encryption."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'reencrypted'"
    if connection.execute(query).fetchone() is None:
        return set()
    return {cast("int", row[0]) for row in connection.execute("SELECT volume FROM reencrypted")}


def add_reencrypted(connection: apsw.Connection, volumes: Iterable[int]) -> None:
    connection.execute(_TABLE)
    connection.executemany(
        "INSERT OR IGNORE INTO reencrypted (volume) VALUES (?)", ((each,) for each in volumes)
    )


def links(connection: apsw.Connection) -> list[tuple[int, int]]:
    """(dindex, dblock) by their ids."""
    rows = connection.execute("SELECT dindex, dblock FROM index_link")
    return [(cast("int", dindex), cast("int", dblock)) for dindex, dblock in rows]


def take_place(connection: apsw.Connection, old: VolumeRow, new: VolumeRow) -> VolumeRow:
    """The volume `old`, with all that is known to be in it, is at the destination under the name of `new`
    from now on; what it was there is to be deleted, and given as a volume of its own."""
    connection.execute("DELETE FROM volume WHERE id = ?", (new.id,))
    connection.execute(
        "UPDATE volume SET name = ?2, size = ?3, hash = ?4, state = 'Uploaded' WHERE id = ?1",
        (old.id, new.name, new.size, new.hash),
    )
    doomed = add_volume(connection, old.name, old.kind, "Deleting", old.size, old.hash)
    return VolumeRow(doomed, old.name, old.kind, "Deleting", old.size, old.hash)


def take_stamp(connection: apsw.Connection, dlist: int, stamp: int) -> None:
    """The version whose list it is has this time."""
    connection.execute("UPDATE fileset SET stamp = ?2 WHERE dlist = ?1", (dlist, stamp))


def take_index(connection: apsw.Connection, dblock: int, index: VolumeRow | None) -> list[VolumeRow]:
    """`index` is what describes the dblock from now on; gives the dindex volumes that describe nothing any
    more, which are to be deleted."""
    query = "SELECT dindex FROM index_link WHERE dblock = ?"
    before = [row[0] for row in connection.execute(query, (dblock,))]
    connection.execute("DELETE FROM index_link WHERE dblock = ?", (dblock,))
    if index is not None:
        set_state(connection, [index.name], "Uploaded")
        link_index(connection, index.id, [dblock])
    idle = [
        VolumeRow(*cast("tuple[int, str, str, str, int, bytes | None]", row))  # type: ignore[arg-type]  # as the table has them
        for each in before
        for row in connection.execute(
            "SELECT id, name, kind, state, size, hash FROM volume WHERE id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM index_link WHERE dindex = ?1)",
            (each,),
        )
    ]
    set_state(connection, [row.name for row in idle], "Deleting")
    return idle


def forget_empty(connection: apsw.Connection, volumes: Sequence[int]) -> None:
    """As `forget_volumes`, for those that are known to hold nothing: without a walk over all blocks."""
    connection.executemany("DELETE FROM index_link WHERE dindex = ?", ((each,) for each in volumes))
    connection.executemany("DELETE FROM volume WHERE id = ?", ((each,) for each in volumes))
