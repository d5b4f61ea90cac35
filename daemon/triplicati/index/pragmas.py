"""Settings of SQLite that a user may choose (CUSTOMSQLITEOPTIONS_DUPLICATI, spec/cli.md 2.6)."""

from __future__ import annotations

import re

VARIABLE = "CUSTOMSQLITEOPTIONS_DUPLICATI"
# Those that cost or save memory alone. How a database is written and locked is not for a variable to say.
_NUMBER, _STORE = re.compile("-?[0-9]{1,12}"), re.compile("[012]|default|file|memory", re.IGNORECASE)
_SAFE = {"cache_size": _NUMBER, "mmap_size": _NUMBER, "temp_store": _STORE, "threads": _NUMBER}
_SETTING = re.compile(r"(?:PRAGMA\s+)?(\w+)\s*=\s*(\S+)", re.IGNORECASE)


def custom_pragmas(text: str) -> str:
    """Statements for the safe ones of settings such as ``cache_size=-200000;temp_store=memory``; the others,
    and what is no setting, are left out."""
    statements = []
    for part in re.split("[;\n]", text):
        match = _SETTING.fullmatch(part.strip())
        form = _SAFE.get(match[1].lower()) if match else None
        if match and form and form.fullmatch(match[2]):
            statements.append(f"PRAGMA {match[1].lower()} = {match[2]}")
    return "; ".join(statements)
