"""Sources as Windows has them (spec/cli.md 2.7)."""

import pytest

from triplicati.source.windows_forms import on_every_drive, with_drive_letter

VOLUME = "\\\\?\\Volume{12345678-abcd-0000-0000-100000000000}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*:\\data", ["C:\\data", "D:\\data"]),
        ("?:\\", ["C:\\", "D:\\"]),
        ("?:/data", ["C:/data", "D:/data"]),
        ("*:", ["C:", "D:"]),
        ("C:\\data", ["C:\\data"]),
        ("*:data", ["*:data"]),
        ("D:\\*:\\x", ["D:\\*:\\x"]),
    ],
)
def test_a_path_on_every_drive(source: str, expected: list[str]) -> None:
    assert on_every_drive(source, ["C:\\", "d"]) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"{VOLUME}\\data", "E:\\data"),
        (f"{VOLUME.upper()}\\", "E:\\"),
        (VOLUME, "E:\\"),
        ("\\\\?\\Volume{99999999-0000-0000-0000-000000000000}\\x",) * 2,
        ("\\\\?\\C:\\x", "\\\\?\\C:\\x"),
        ("C:\\x", "C:\\x"),
    ],
)
def test_a_volume_by_its_letter(source: str, expected: str) -> None:
    volumes = {f"{VOLUME}\\": "e:\\", "\\\\?\\Volume{99999999-0000-0000-0000-000000000000}\\": ""}
    assert with_drive_letter(source, volumes) == expected
