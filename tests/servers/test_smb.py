"""A share of Samba as a destination."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from support.conformance import Conformance, Place
from support.smb_server import PASSWORD, smbd

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(top: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with smbd(top, tmp_path_factory.mktemp("work")) as port:
        yield port


class TestSamba(Conformance):
    @pytest.fixture
    def place(self, server: int, top: Path, tmp_path: Path) -> Place:
        folder = top / tmp_path.name
        folder.mkdir()
        base = f"smb://{getpass.getuser()}:{quote(PASSWORD)}@127.0.0.1:{server}/files/{tmp_path.name}"
        return Place(
            base, f"{base}-absent", secrets=(PASSWORD,),
            stored=lambda: {path.name: path.read_bytes() for path in folder.iterdir()},
        )  # fmt: skip
