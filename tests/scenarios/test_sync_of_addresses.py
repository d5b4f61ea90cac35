"""`triplicati sync` of two addresses copies a destination; of folders it copies plain files."""

from __future__ import annotations

from pathlib import Path

from support.command_line import run_in


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_two_addresses(tmp_path: Path) -> None:
    source, copy = tmp_path / "one", tmp_path / "two"
    source.mkdir()
    volumes = {f"duplicati-b{number:032x}.dblock.zip.aes" for number in range(3)}
    for name in (*volumes, "letter.txt"):
        (source / name).write_text(name)
    done = run_in(tmp_path, "sync", source.as_uri(), copy.as_uri(), "-y", program="main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert names(copy) == volumes


def test_folders_are_plain_files(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_text("a")
    copy = tmp_path / "copy"
    words = ("sync", copy.as_uri(), str(tmp_path / "files"), "--no-encryption")
    done = run_in(tmp_path, *words, program="main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (copy / "a").read_text() == "a"
    hint = run_in(tmp_path, "sync", copy.as_uri(), str(tmp_path / "files"), program="main")
    assert '"triplicati sync" with both addresses' in hint.stdout + hint.stderr


def test_options_may_stand_before_the_addresses(tmp_path: Path) -> None:
    """It was taken for a sync of plain files, of which the answer spoke."""
    source, copy = tmp_path / "one", tmp_path / "two"
    source.mkdir()
    (source / "duplicati-b01.dblock.zip").write_text("volume")
    words = ("sync", "--dst-options", "use-move-for-put=false", "-y", source.as_uri(), copy.as_uri())
    done = run_in(tmp_path, *words, program="main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert names(copy) == {"duplicati-b01.dblock.zip"}
