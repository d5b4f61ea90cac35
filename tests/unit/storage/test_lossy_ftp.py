"""Servers of FTP that keep less of an upload than they say, and list fewer files than they have."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.conformance import Bytes, content_of
from support.lossy_ftp import lossy_ftp

from triplicati.errors import DestinationError
from triplicati.storage.destination import PART
from triplicati.storage.registry import open_destination
from triplicati.values.urls import parse_url


async def test_what_came_short_is_an_error_though_the_server_says_that_all_is_well(tmp_path: Path) -> None:
    with lossy_ftp(keeps=1000) as server:
        destination = open_destination(parse_url(f"ftp://me:word@127.0.0.1:{server.port}/"), {})
        await destination.put("whole", Bytes(tmp_path, content_of(900)))
        with pytest.raises(DestinationError, match="sizes differ"):
            await destination.put("short", Bytes(tmp_path, content_of(PART)))
        assert list(server.files) == ["whole"]


async def test_a_list_that_may_lack_files_is_an_error() -> None:
    """PureFTPd shows 10,000 entries of a folder, two of which are the folder itself and the one above, and
    then says that this was all. What it left out counted as lost."""
    with lossy_ftp() as server:
        url = f"ftp://me:word@127.0.0.1:{server.port}/"
        server.files = {f"duplicati-{number}": b"" for number in range(10_050)}
        server.shows, server.name = 9998, "Pure-FTPd"
        destination = open_destination(parse_url(url), {})
        with pytest.raises(DestinationError, match=r"exactly 9998 files.*--ignore-pureftpd-limit-issue"):
            await destination.list()
        trusting = open_destination(parse_url(f"{url}?ignore-pureftpd-limit-issue=true"), {})
        assert len(await trusting.list()) == 9998
        server.shows = 9997
        assert len(await destination.list()) == 9997
        server.shows, server.name = 9998, "another one"
        assert len(await destination.list()) == 9998
