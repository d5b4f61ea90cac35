"""The tools and a real server, which wants a password and gets one (more of them: tests/servers)."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.backend_tool import Tool
from support.golden import CASES
from support.server_programs import free_port, rclone_serving

USER, PASSWORD = "somebody", "never-to-be-seen"
GOLDEN = CASES["j-gpg"].remote


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and its address without the password."""
    folder = tmp_path_factory.mktemp("served")
    work = tmp_path_factory.mktemp("work")
    with rclone_serving("webdav", folder, work, user=USER, password=PASSWORD) as port:
        yield folder, f"webdav://{USER}@127.0.0.1:{port}"


def test_all_of_it(served: tuple[Path, str], tool: Tool) -> None:
    folder, server = served
    tool.environment = {"AUTH_PASSWORD": PASSWORD}
    url = f"{server}/all"
    assert tool("create-folder", url=url).code == 0
    told = tool("test", "--reruns=1", "--number-of-files=3", "--max-file-size=100kb", url=url)
    assert (told.code, list((folder / "all").iterdir())) == (0, []), told.whole
    assert tool("put", tool.file("letter.txt", "hello"), url=url).code == 0
    assert "letter.txt\tFile\t" in tool("list", url=url).out
    (tool.folder / "letter.txt").unlink()
    assert tool("get", str(tool.folder / "letter.txt"), url=url).code == 0
    assert (tool.folder / "letter.txt").read_text() == "hello"
    assert tool("delete", "letter.txt", url=url).code == 0
    assert tool("bench", "--size=200kb", "--count=2", "--samples=2", "--parallel=2", url=url).code == 0
    assert list((folder / "all").iterdir()) == []


def test_there_and_back_again(served: tuple[Path, str], tool: Tool) -> None:
    folder, server = served
    there, back = f"{server}/copy?auth-password={PASSWORD}", tool.folder / "back"
    told = tool.mirror(str(GOLDEN), there, "-y", "--verify-get-after-put")
    assert told.code == 0, told.whole
    assert PASSWORD not in told.whole
    options = ("--src-options", f"auth-password={PASSWORD}")
    assert tool.mirror(f"{server}/copy", str(back), "-y", *options).code == 0
    wanted = {path.name: path.read_bytes() for path in GOLDEN.iterdir()}
    assert {path.name: path.read_bytes() for path in back.iterdir()} == wanted
    assert {path.name for path in (folder / "copy").iterdir()} == wanted.keys()


def test_what_goes_wrong_is_told_without_the_password(served: tuple[Path, str], tool: Tool) -> None:
    _, server = served
    wrong = server.replace("@", f":{PASSWORD}-not@")
    for url, reason in (
        (f"{wrong}/x", "did not accept the user name, password or key"),
        (f"webdav://{USER}:{PASSWORD}@127.0.0.1:{free_port()}/x", "No connection to the destination 127."),
        (f"{server}/x?auth-password={PASSWORD}", "does not exist"),
    ):
        for told in (tool("list", url=url), tool.mirror(url, str(tool.there), "-y", "--backend-retries=0")):
            assert told.code in (1, 100)
            assert reason in told.whole
            assert PASSWORD not in told.whole


def test_a_signal_ends_it_at_once(tool: Tool) -> None:
    """The server took the connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:

        ended = threading.Event()

        def stop() -> None:
            with silent.accept()[0]:
                os.kill(os.getpid(), signal.SIGTERM)
                ended.wait(20)

        stopping = threading.Thread(target=stop)
        stopping.start()
        began = time.monotonic()
        told = tool("list", url=f"webdav://x@127.0.0.1:{silent.getsockname()[1]}/x")
        ended.set()
        stopping.join()
    assert time.monotonic() - began < 10  # half of what it would take without a signal
    assert (told.code, told.err) == (100, "Stopping ...\nStopped.\n")
