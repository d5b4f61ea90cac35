"""The local folder as a destination."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.conformance import Conformance, Place


class TestFolder(Conformance):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        folder = tmp_path / "there"
        folder.mkdir()

        def stored() -> dict[str, bytes]:
            return {path.name: path.read_bytes() for path in folder.iterdir()}

        return Place(folder.as_uri(), (tmp_path / "absent").as_uri(), stored=stored)
