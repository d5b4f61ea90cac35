"""``log``: how the latest runs of a backup ended."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

import msgspec

from triplicati.client import LogRow
from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backup", help="its id or its name")
    parser.add_argument("--count", type=int, default=10, metavar="N", help="so many, the newest first (10)")
    parser.add_argument("--full", action="store_true", help="print whole results, as JSON")


async def run(session: Session) -> int:
    words = session.words
    async with session.client() as client:
        rows = await client.log(words.backup, count=max(words.count, 1))
    session.members["Log"] = [
        {"Timestamp": each.timestamp, "Type": each.type, "ParsedResult": each.parsed, "Result": _json(each)}
        for each in rows
    ]
    for each in rows:
        when = datetime.fromtimestamp(each.timestamp, UTC)
        session.say(f"{when:%Y-%m-%d %H:%M:%S} UTC  {each.parsed or each.type}")
        if words.full:
            session.say(each.message)
    return 0


def _json(row: LogRow) -> object:
    try:
        found: object = msgspec.json.decode(row.message)
    except msgspec.DecodeError:
        return row.message
    return found
