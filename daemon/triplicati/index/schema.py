"""The tables of a local database.

Everything here can be rebuilt from the destination. A path's row says from which version (`since`) up to
which (`until`, exclusive) it looked so: what does not change costs nothing in the next version, and one scan
in path order gives any version. Digests are raw bytes; times are nanoseconds since 1970, 0 for not known.
"""

from __future__ import annotations

APPLICATION_ID = 0x54726970  # "Trip"
SCHEMA = 1
OPEN_END = (1 << 63) - 1
# Real Duplicati creates its tables in any SQLite file it is given, unless this number is above its own.
REPELLENT_VERSION = 1_000_000

TABLES = f"""
CREATE TABLE Version (ID INTEGER PRIMARY KEY, Version INTEGER NOT NULL) STRICT;
INSERT INTO Version (ID, Version) VALUES (1, {REPELLENT_VERSION});

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE volume (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    size INTEGER NOT NULL,
    hash BLOB
) STRICT;

CREATE TABLE index_link (
    dindex INTEGER NOT NULL,
    dblock INTEGER NOT NULL,
    PRIMARY KEY (dindex, dblock)
) STRICT, WITHOUT ROWID;

CREATE TABLE fileset (
    id INTEGER PRIMARY KEY,
    stamp INTEGER NOT NULL UNIQUE,
    dlist INTEGER,
    complete INTEGER NOT NULL,
    full INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE entry (
    path TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    ctime INTEGER NOT NULL,
    hash BLOB,
    blockhash BLOB,
    blocklists BLOB,
    metahash BLOB NOT NULL,
    metasize INTEGER NOT NULL,
    metablockhash BLOB,
    metablocklists BLOB,
    raw BLOB,
    PRIMARY KEY (path, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE block (
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    volume INTEGER NOT NULL,
    PRIMARY KEY (hash, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE duplicate_block (
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    volume INTEGER NOT NULL,
    PRIMARY KEY (hash, size, volume)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocklist (
    hash BLOB PRIMARY KEY,
    data BLOB NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA};
"""
