"""Names that are not valid UTF-8.

Duplicati's format knows only Unicode text (spec/format.md 3.4, trap 35). Such a name is stored with each bad
byte as %XX, and its original bytes go into the metadata of the path, where a restore by Triplicati finds
them; Duplicati restores the file under the escaped name. Names that are text are always stored as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

_FILE_SYSTEM_ERRORS = sys.getfilesystemencodeerrors()
_LITERAL_ESCAPE = re.compile(r"%(?=[0-9A-Fa-f]{2})")
_BAD_BYTE = re.compile("[\udc80-\udcff]")
# The escapes that `stored_name` makes, and no other: a percent sign, a byte that is not ASCII, the filler.
_ESCAPE = re.compile(rb"%(?:25(?=[0-9A-Fa-f]{2})|([89A-F][0-9A-F])|00)")


def stored_name(name: str) -> str:
    """Returns the text stored for a name (or path) as the os module gives it.

    Text is returned as it is. In a name with bad bytes these become %XX (upper-case hex), and a percent sign
    that stands before two hex digits becomes %25, so that `original_name` can undo it.
    """
    if name.isascii() or is_text(name):
        return name
    escaped = name_bytes(name).decode("utf-8", "surrogateescape")
    escaped = _LITERAL_ESCAPE.sub("%25", escaped)
    return _BAD_BYTE.sub(lambda bad: f"%{ord(bad[0]) - 0xDC00:02X}", escaped)


def stored_names(names: Sequence[str]) -> list[str]:
    """Returns the stored text of each of the names in one folder, no two of them equal.

    An escaped name that another file really has gets "%00" appended until it is free.
    """
    stored = [stored_name(name) for name in names]
    if stored == list(names):
        return stored
    taken = set(names)
    for position, name in enumerate(names):
        if stored[position] != name:
            while stored[position] in taken:
                stored[position] += "%00"
            taken.add(stored[position])
    return stored


def original_name(stored: str) -> bytes:
    """Returns the bytes of the name that was escaped into ``stored``.

    Only for names known to be escaped: a file may really be called "a%FF". The metadata key
    ``triplicati:raw-name`` tells which is which.
    """
    return _ESCAPE.sub(_unescape, stored.encode("utf-8", "surrogateescape"))


def is_text(name: str) -> bool:
    """Whether a name of the os module can be stored as it is."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def name_bytes(name: str) -> bytes:
    """Returns the bytes of a name of the os module."""
    return name.encode("utf-8", _FILE_SYSTEM_ERRORS)


def _unescape(escape: re.Match[bytes]) -> bytes:
    if escape[1] is not None:
        return bytes.fromhex(escape[1].decode("ascii"))
    return b"%" if escape[0] == b"%25" else b""
