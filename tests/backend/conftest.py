"""What the tests of the tools for destinations share."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.backend_tool import Tool


@pytest.fixture
def tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tool:
    return Tool(tmp_path, capsys)
