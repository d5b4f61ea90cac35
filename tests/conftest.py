"""What holds for all tests."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# Who starts the tests in the background may have turned interrupts off, for them and all they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples at each run: a failure here is a failure everywhere. No deadline, since machines differ.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", type=Path, metavar="FOLDER", help="where the pictures of pages and desktops are kept"
    )


@pytest.fixture
def screenshots(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of ``--screenshots``, or one that goes away."""
    chosen: Path | None = request.config.getoption("--screenshots")
    folder = chosen or tmp_path / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
