"""What is remembered of a further destination, and of which one."""

from __future__ import annotations

import json
from pathlib import Path

from triplicati.index.database import open_database
from triplicati.operations.mirror_config import MirrorTarget, parse_mirrors
from triplicati.operations.mirror_targets import note, state_of


def target(url: str, **options: str) -> MirrorTarget:
    text = json.dumps({"destinations": [{"url": url, "dst-options": options}]})
    return parse_mirrors(text).targets[0]


async def test_buckets_of_one_name_at_two_servers_are_two_copies(tmp_path: Path) -> None:
    """The one that got a backup let the other one, which had got nothing, look as if it had it too."""
    one = target("s3://bucket/folder?s3-server-name=one.example")
    others = [
        target("s3://bucket/folder?s3-server-name=two.example"),
        target("s3://bucket/folder", **{"s3-server-name": "two.example"}),
    ]
    async with open_database(tmp_path / "local.sqlite") as database:
        await note(database, one, failed="it was away")
        assert [(await state_of(database, each)).failed for each in others] == ["", ""]
        same = target("s3://bucket/folder", **{"s3-server-name": "one.example"})
        assert (await state_of(database, same)).failed == "it was away"


async def test_a_new_password_makes_no_other_copy(tmp_path: Path) -> None:
    async with open_database(tmp_path / "local.sqlite") as database:
        await note(database, target("s3://bucket/x?aws-secret-access-key=old"), failed="it was away")
        now = target("s3://bucket/x?aws-secret-access-key=new")
        assert (await state_of(database, now)).failed == "it was away"
