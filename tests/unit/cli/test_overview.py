"""What the program says of a machine when it is called without a command."""

from __future__ import annotations

from pathlib import Path

from triplicati.cli.overview import overview
from triplicati.config.datafolder import DataFolder, create
from triplicati.config.dbconfig import NAME, add_database, database_key
from triplicati.config.instance_lock import instance_lock, tell_port
from triplicati.values.urls import parse_url


def lines(folder: Path) -> dict[str, str]:
    told = overview({"DUPLICATI_HOME": str(folder)})
    return {name: value.strip() for name, _, value in (line.partition(":") for line in told)}


def test_a_fresh_machine(tmp_path: Path) -> None:
    told = lines(tmp_path / "home")
    assert told["Data folder"] == f"{tmp_path / 'home'} (not made yet)"
    assert (told["Known destinations"], told["Newest database"]) == ("0", "none yet")
    assert told["Next"].startswith("triplicati backup <destination> <folder>")
    assert not (tmp_path / "home").exists()


def test_beside_duplicati_its_destinations_and_our_databases_of_them_count(tmp_path: Path) -> None:
    key = database_key(parse_url("/mnt/backup"), "duplicati", "")
    add_database(tmp_path / NAME, key, tmp_path / "ABC.sqlite")
    assert lines(tmp_path)["Newest database"] == "none yet"
    create(DataFolder(tmp_path / "triplicati", theirs=tmp_path))
    (tmp_path / "triplicati" / "ABC.triplicati.sqlite").touch()
    told = lines(tmp_path)
    assert told["Known destinations"] == "1"
    assert told["Newest database"].startswith(
        f"{tmp_path / 'triplicati' / 'ABC.triplicati.sqlite'} (last used "
    )
    assert told["Next"].startswith("triplicati list <destination>")


async def test_whether_a_server_runs(tmp_path: Path) -> None:
    create(DataFolder(tmp_path / "home"))
    assert lines(tmp_path / "home")["Server"] == "does not run"
    with instance_lock(tmp_path / "home"):
        tell_port(tmp_path / "home", 8345)
        assert lines(tmp_path / "home")["Server"] == "runs, on port 8345"
