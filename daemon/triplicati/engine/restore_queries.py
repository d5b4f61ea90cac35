"""The queries of a restore's plan. `idx` is the local database, the rest the scratch database."""

from __future__ import annotations

from triplicati.formats.kinds import FILE, SYMLINK

WAITING, PLACED, KEPT, BROKEN = range(4)
"""States of an item: blocks are missing, content in its place, content was there already, given up."""

# A need is a block, in the order of the volumes, which is how they are read; volume 0 stands for a block that
# none holds.
TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;
CREATE TABLE item (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
    size INTEGER NOT NULL, hash BLOB,
    single BLOB, lists BLOB, meta BLOB NOT NULL, metasize INTEGER NOT NULL, metalists BLOB, raw BLOB,
    target BLOB, overwrites INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0,
    applied INTEGER NOT NULL DEFAULT 0, reason TEXT
);
CREATE TABLE need (
    volume INTEGER NOT NULL, item INTEGER NOT NULL, meta INTEGER NOT NULL, offset INTEGER NOT NULL,
    hash BLOB NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (volume, item, meta, offset)
) WITHOUT ROWID;
CREATE TABLE piece (
    item INTEGER NOT NULL, offset INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (item, offset)
);
"""

ADD_VERSION = """
INSERT INTO item (path, kind, size, hash, single, lists, meta, metasize, metalists, raw)
    SELECT path, kind, size, hash,
        CASE WHEN blocklists IS NULL AND size > 0 THEN coalesce(blockhash, hash) END, blocklists,
        coalesce(metablockhash, metahash), metasize, metablocklists, raw
    FROM idx.entry WHERE since <= ?1 AND until > ?1 ORDER BY path
"""

# Conditions on items whose target needs a closer look.
SUSPICIOUS = """
raw IS NOT NULL OR substr(path, 1, 1) <> '/' OR instr(path, '//') OR instr(path, char(0))
OR (instr(path, '/.') AND (instr(path, '/./') OR instr(path, '/../')
    OR substr(path, -2) = '/.' OR substr(path, -3) = '/..'))
"""

# A link has no place where something of the same version lies behind it: no backup has such entries, and to
# write them would be to write wherever the link leads. "0" is the character after "/".
LINKS_IN_THE_WAY = f"""
SELECT l.id FROM item l WHERE l.kind = {SYMLINK} AND EXISTS (SELECT 1 FROM item b
    WHERE b.path >= rtrim(l.path, '/') || '/' AND b.path < rtrim(l.path, '/') || '0' AND b.id <> l.id)
"""

ADD_SINGLE_BLOCKS = f"""
INSERT INTO need SELECT coalesce(b.volume, 0), i.id, 0, 0, i.single, i.size
    FROM item i LEFT JOIN idx.block b ON b.hash = i.single
    WHERE i.single IS NOT NULL AND i.state = {WAITING}
"""

ADD_METADATA = f"""
INSERT INTO need SELECT coalesce(b.volume, 0), i.id, 1, 0, i.meta, i.metasize
    FROM item i LEFT JOIN idx.block b ON b.hash = i.meta
    WHERE i.metalists IS NULL AND i.metasize > 0 AND i.state <> {BROKEN}
"""

# hash, item, whether of the metadata, offset, size
ADD_LISTED_BLOCK = """
INSERT INTO need SELECT coalesce((SELECT volume FROM idx.block WHERE hash = ?1), 0), ?2, ?3, ?4, ?1, ?5
"""

GIVE_UP_WITHOUT_BLOCKS = f"""
UPDATE item SET state = {BROKEN}, reason = 'a block of it is missing at the destination'
    WHERE id IN (SELECT item FROM need WHERE volume = 0 AND meta = 0)
"""

NEEDED_VOLUMES = f"""
SELECT v.id, v.name, v.size, v.hash FROM idx.volume v
    WHERE v.id IN (
        SELECT DISTINCT n.volume FROM need n JOIN item i ON i.id = n.item WHERE i.state <> {BROKEN}
    )
    ORDER BY v.size DESC, v.id
"""

# Files whose only block lies in the volume, with their metadata if it lies there too; and empty files.
WHOLE_FILES = f"""
SELECT i.id, i.path, i.target, i.size, n.hash, m.hash, i.overwrites
    FROM need n JOIN item i ON i.id = n.item
    LEFT JOIN need m ON m.volume = n.volume AND m.item = i.id AND m.meta = 1 AND i.metalists IS NULL
    WHERE n.volume = ?1 AND n.meta = 0 AND i.single IS NOT NULL AND i.state = {WAITING}
UNION ALL
SELECT i.id, i.path, i.target, 0, NULL, n.hash, i.overwrites
    FROM need n JOIN item i ON i.id = n.item
    WHERE n.volume = ?1 AND n.meta = 1 AND i.kind = {FILE} AND i.size = 0 AND i.metalists IS NULL
    AND i.state = {WAITING}
"""

PARTS = f"""
SELECT n.item, n.offset, n.hash, n.size FROM need n JOIN item i ON i.id = n.item
    WHERE n.volume = ? AND n.meta = 0 AND i.lists IS NOT NULL AND i.state = {WAITING}
    ORDER BY n.item, n.offset
"""

BLOBS = f"""
SELECT n.item, n.offset, n.hash FROM need n JOIN item i ON i.id = n.item
    WHERE n.volume = ? AND n.meta = 1 AND i.state <> {BROKEN}
"""
