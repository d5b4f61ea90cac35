"""Start with the desktop: the files of it, judged by the programs that read them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from triplicati.errors import AutostartNotKept, UsageError
from triplicati_tray.desktop.autostart import run_autostart, set_autostart
from triplicati_tray.desktop.desktop_entry import desktop_entry, exec_line
from triplicati_tray.main import run

# As GLib, and with it most desktops, reads it. The codes with % are taken away between the two steps.
READ = """
import json, sys
from gi.repository import GLib
found = []
for text in json.load(sys.stdin):
    file = GLib.KeyFile()
    file.load_from_data(text, len(text.encode()), GLib.KeyFileFlags.NONE)
    line = file.get_string("Desktop Entry", "Exec").replace("%%", "%")
    found.append([GLib.shell_parse_argv(line)[1], file.get_string("Desktop Entry", "Name")])
json.dump(found, sys.stdout)
"""
WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
PROGRAM = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="="), min_size=1)


@settings(max_examples=1)
@given(st.lists(st.tuples(PROGRAM, st.lists(WORD)), min_size=150, max_size=150))
def test_every_word_comes_back_from_the_file(commands: list[tuple[str, list[str]]]) -> None:
    wanted = [[program, *words] for program, words in commands]
    wanted += [["a", sign, f"{sign}x{sign}", f"x {sign}"] for sign in "\"'\\><~|&;$*?#()`%\t\n\r =é"]
    texts = [
        desktop_entry({"Name": words[-1].strip() or "x", "Exec": exec_line(words)}) for words in wanted
    ]
    done = subprocess.run(
        ["/usr/bin/python3", "-c", READ], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert [words for words, _ in found] == wanted
    assert [name for _, name in found] == [words[-1].strip() or "x" for words in wanted]


@pytest.mark.parametrize("words", [["a=b"], ["a", "x\0y"]])
def test_what_the_specification_forbids_is_refused(words: list[str]) -> None:
    with pytest.raises(ValueError, match=r"equals sign|NUL"):
        exec_line(words)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_files_are_valid_and_go_again(home: Path) -> None:
    written = set_autostart(True, ["/opt/bin/duplicati-tray", "--hosturl=http://other:8200/a b"])
    entries = [path for path in written if path.suffix == ".desktop"]
    assert entries == [
        home / ".config" / "autostart" / "triplicati-tray.desktop",
        home / ".local" / "share" / "applications" / "triplicati-tray.desktop",
    ]
    for path in entries:
        done = subprocess.run(["desktop-file-validate", path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")
        assert 'Exec="/opt/bin/duplicati-tray" "--hosturl=http://other:8200/a b"' in path.read_text()
    assert all(path.is_file() for path in written)
    assert set(set_autostart(False, [])) == set(written)
    assert not [path for path in home.rglob("*") if path.is_file()]
    assert set_autostart(False, []) == []


def test_the_icon_has_each_size_that_its_folder_promises(home: Path) -> None:
    icons = [path for path in set_autostart(True, ["duplicati-tray"]) if "icons" in path.parts]
    sizes = {}
    for path in icons:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                sizes[path.parent.parent.name] = f"{picture.width}x{picture.height}"
    assert len(sizes) == 8
    assert all(folder == size for folder, size in sizes.items())
    (drawing,) = (path for path in icons if path.suffix == ".svg")
    assert ElementTree.parse(drawing).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_other_places_are_heeded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "elsewhere"))
    set_autostart(True, ["duplicati-tray"])
    assert (home / "elsewhere" / "autostart" / "triplicati-tray.desktop").is_file()


def test_the_option_keeps_the_other_words_and_says_what_it_did(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = home / "duplicati-tray"
    program.touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert run_autostart(["--no-hosted-server", "--Autostart=on"]) == 0
    told = capsys.readouterr().out
    entry = home / ".config" / "autostart" / "triplicati-tray.desktop"
    assert f"Written: {entry}" in told
    assert f'Exec="{program}" "--no-hosted-server"\n' in entry.read_text()
    assert run_autostart(["--autostart=off"]) == 0
    assert "no longer starts with the desktop" in capsys.readouterr().out


def test_places_hold_for_any_working_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    run_autostart(["--autostart=on", "--server-datafolder=data", "--parameters-file=%HOME%/x", "--tempdir"])
    text = (home / ".config" / "autostart" / "triplicati-tray.desktop").read_text()
    assert f'"--server-datafolder={home}/data" "--parameters-file=%%HOME%%/x" "--tempdir"' in text


def test_the_program_writes_the_files_and_starts_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = f"--server-datafolder={home / 'data'}"
    assert run([data, "--autostart=on", "--notifi=all"], {}) == 0
    assert "Did you mean --notify?" in capsys.readouterr().out
    assert data in (home / ".config" / "autostart" / "triplicati-tray.desktop").read_text()
    assert not (home / "data").exists()
    assert run(["--autostart=off"], {}) == 0
    assert not [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("word", ["--autostart", "--autostart=", "--autostart=yes"])
def test_the_program_refuses_anything_else_and_starts_nothing(
    word: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([word], {}) == 200
    assert "--autostart=on or --autostart=off" in capsys.readouterr().err
    assert not list(home.iterdir())


@pytest.mark.parametrize("word", ["--webservice-password=hush", "--settings-encryption-key=hush"])
def test_a_secret_is_not_written_to_the_file(word: str, home: Path) -> None:
    with pytest.raises(AutostartNotKept) as caught:
        run_autostart(["--autostart=on", word])
    assert "hush" not in str(caught.value)
    assert word.partition("=")[0] in str(caught.value)
    assert not list(home.iterdir())


def test_anything_but_on_and_off_is_refused(home: Path) -> None:
    with pytest.raises(UsageError, match="--autostart=on or --autostart=off"):
        run_autostart(["--autostart"])
    assert not list(home.iterdir())


def test_a_folder_that_cannot_be_written_is_told(home: Path) -> None:
    (home / ".local").touch()
    with pytest.raises(AutostartNotKept, match=r"\.local"):
        set_autostart(True, ["duplicati-tray"])
