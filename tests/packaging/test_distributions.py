"""The wheel and the source distribution, built and installed from what lies here."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = tuple(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"])


def _build(source: Path, target: Path, *kinds: str) -> None:
    words = [word for kind in kinds for word in ("-t", kind)]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", *words, "-d", target],
        cwd=source,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, and below it in `unpacked` the content of the source distribution."""
    target = tmp_path_factory.mktemp("built")
    _build(ROOT, target, "sdist", "wheel")
    (archive,) = target.glob("*.tar.gz")
    (target / "unpacked").mkdir()
    # By the program: what the module asks for differs between releases of Python.
    subprocess.run(["tar", "-xzf", archive, "-C", target / "unpacked"], check=True)
    return target


def _content(folder: Path) -> dict[str, str]:
    """Digests of what the wheel in a folder holds, by name."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return {name: hashlib.sha256(opened.read(name)).hexdigest() for name in opened.namelist()}


def test_the_wheel_holds_the_program_and_nothing_else(built: Path) -> None:
    names = _content(built).keys()
    for needed in (
        "triplicati/py.typed", "triplicati_tray/py.typed", "triplicati_web/static/index.html",
        "triplicati_web/static/vendor/preact.mjs", "triplicati/options/shells/completion.bash",
        "triplicati/changelog/server.md", "triplicati/service/installation/systemd.py",
    ):  # fmt: skip
        assert needed in names
    tops = {name.split("/")[0] for name in names}
    assert {name for name in tops if not name.endswith(".dist-info")} == {
        "triplicati", "triplicati_tray", "triplicati_web",
    }  # fmt: skip
    assert not [name for name in names if "test" in name.split("/")[1] or name.endswith((".pyc", ".ts"))]


def test_every_file_of_the_page_and_of_the_tray_is_in_the_wheel(built: Path) -> None:
    names = _content(built).keys()
    for top, package in (("web", "triplicati_web"), ("tray", "triplicati_tray")):
        files = [path for path in (ROOT / top / package).rglob("*") if path.is_file()]
        present = {str(path.relative_to(ROOT / top)) for path in files if path.suffix != ".pyc"}
        assert present <= names


def test_the_source_distribution_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (unpacked,) = (built / "unpacked").iterdir()
    assert {"README.md", "LICENSE", "PKG-INFO", "noxfile.py"} <= {path.name for path in unpacked.iterdir()}
    _build(unpacked, tmp_path, "wheel")
    assert _content(tmp_path) == _content(built)


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs in an environment of its own, which finds the dependencies in that of the
    tests, so that nothing is fetched."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=False)
    (wheel,) = built.glob("*.whl")
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
    environment = {**os.environ, "PYTHONPATH": "", "PIP_ROOT_USER_ACTION": "ignore"}
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", place / "bin" / "python", *install, wheel],
        check=True,
        env=environment,
    )
    packages = place / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return place / "bin"


def _run(program: Path, *words: str, folder: Path) -> str:
    ended = subprocess.run(
        [program, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "DUPLICATI_DATA_FOLDER": str(folder / "data"), "HOME": str(folder)},
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_program_of_an_installation_helps(installed: Path, script: str, tmp_path: Path) -> None:
    told = _run(installed / script, "--help", folder=tmp_path)
    assert "sage" in told or "Triplicati" in told
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("triplicati", "--version"),
        ("duplicati-backend-tester", "--version"),
        ("duplicati-backend-tool", "--version"),
        ("duplicati-control", "--version"),
        ("duplicati-server", "--version"),
        ("duplicati-service", "--version"),
        ("duplicati-sync-tool", "--version"),
        ("duplicati-tray", "--version"),
    ],
)
def test_they_tell_their_version(installed: Path, words: tuple[str, str], tmp_path: Path) -> None:
    assert _run(installed / words[0], words[1], folder=tmp_path).startswith("Triplicati ")


def test_a_unit_names_the_program_of_its_installation(installed: Path, tmp_path: Path) -> None:
    told = _run(installed / "triplicati", "service", "install", "--system", "--dry-run", folder=tmp_path)
    assert f"ExecStart={installed.resolve() / 'duplicati-server'}\n" in told
