"""`triplicati backend test` and `triplicati mirror` with a real server of each common kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from support.backend_tool import Tool
from support.ftp_server import vsftpd
from support.golden import CASES
from support.s3_server import S3Server, moto_server
from support.sftp_server import sshd
from support.webdav_server import PASSWORD, USER, apache

pytestmark = pytest.mark.servers
GOLDEN = CASES["b-aes"].remote
TRIAL = ("--reruns=1", "--number-of-files=6", "--max-file-size=6mb")


@pytest.fixture
def tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tool:
    return Tool(tmp_path, capsys)


def _tried(tool: Tool, url: str, *options: str) -> None:
    """A trial, a mirror there, and one back."""
    told = tool("test", *TRIAL, *options, url=url)
    assert told.code == 0, told.whole
    pairs = [option.removeprefix("--") for option in options]
    given = ("--dst-options", *pairs) if pairs else ()
    told = tool.mirror(str(GOLDEN), url, "-y", "--verify-get-after-put", *given)
    assert told.code == 0, told.whole
    back = tool.folder / "back"
    told = tool.mirror(url, str(back), "-y", *(("--src-options", *pairs) if pairs else ()))
    assert told.code == 0, told.whole
    assert {path.name: path.read_bytes() for path in back.iterdir()} == {
        path.name: path.read_bytes() for path in GOLDEN.iterdir()
    }
    assert tool("bench", "--size=2mb", "--parallel=1,3", "--samples=3", *options, url=url).code == 0


def test_webdav(tool: Tool) -> None:
    with apache() as server:
        url = f"webdav://{USER}@127.0.0.1:{server.port}/files/new"
        assert tool("create-folder", f"--auth-password={PASSWORD}", url=url).code == 0
        _tried(tool, url, f"--auth-password={PASSWORD}")


def test_ssh(tool: Tool) -> None:
    with sshd(tool.folder / "sshd") as server:
        url = f"ssh://{server.user}@127.0.0.1:{server.port}{quote(str(tool.there))}"
        _tried(tool, url, f"--ssh-keyfile={server.user_key}", "--ssh-accept-any-fingerprints=true")


def test_ftp(tool: Tool) -> None:
    with vsftpd(tool.there, tool.folder / "work") as port:
        _tried(tool, f"ftp://anonymous:x@127.0.0.1:{port}/")


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with moto_server(tmp_path_factory.mktemp("moto")) as server:
        yield server


def _given(server: S3Server) -> list[str]:
    return [f"--{name}={value}" for name, value in server.options.items()]


def test_s3(tool: Tool, moto: S3Server) -> None:
    moto.make_bucket("tools")
    _tried(tool, "s3://tools/folder", *_given(moto))
    assert moto.stored("tools", "folder/").keys() == {path.name for path in GOLDEN.iterdir()}


def test_locks_in_s3(tool: Tool, moto: S3Server) -> None:
    moto.make_bucket("locked", ObjectLockEnabledForBucket=True)
    url, given = "s3://locked/folder", _given(moto)
    assert tool("put", tool.file("letter.txt"), *given, url=url).code == 0
    assert tool("get-lock", "letter.txt", *given, url=url).out == "null\n"
    told = tool("set-lock", "letter.txt", "2D", *given, url=url)
    assert told.code == 0, told.whole
    assert tool("get-lock", "letter.txt", *given, url=url).out == told.out
