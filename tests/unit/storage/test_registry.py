"""A kind of destination is one module; adding it needs no change anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from triplicati.errors import InvalidValue, UnsupportedBackend
from triplicati.storage import kinds, registry
from triplicati.storage.kinds.file import LocalFolder
from triplicati.values.urls import parse_url

_MODULE = """
from triplicati.options.declarations import Option, OptionType
from triplicati.storage.kinds.file import LocalFolder

SCHEMES = ("attic", "attics")
OPTIONS = (Option("attic-door", OptionType.STRING, None, "Which door to take.", "attic"),)

def connect(url, options):
    return LocalFolder(options["folder"])
"""


@pytest.fixture
def with_attic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "attic_of_a_test.py").write_text(_MODULE)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    registry._modules.cache_clear()
    yield
    registry._modules.cache_clear()
    sys.modules.pop("triplicati.storage.kinds.attic_of_a_test", None)


@pytest.mark.usefixtures("with_attic")
def test_a_new_module_is_found(tmp_path: Path) -> None:
    assert {"attic", "attics", "file"} <= set(registry.known_schemes())
    assert [option.name for option in registry.destination_options("attic")] == ["attic-door"]
    opened = registry.open_destination(parse_url("attics://x"), {"folder": tmp_path})  # type: ignore[dict-item]  # a path
    assert isinstance(opened, LocalFolder)


def test_an_unknown_kind_is_refused_and_names_the_known() -> None:
    with pytest.raises(UnsupportedBackend, match=r'"attic" is not supported.*file'):
        registry.open_destination(parse_url("attic://x"), {})


def test_a_folder(tmp_path: Path) -> None:
    opened = registry.open_destination(parse_url(f"file://{tmp_path}"), {})
    assert opened.display == f"file://{tmp_path}"


@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        ("ipfs", '"ipfs" is not supported. Supported: '),
        ("zzz", '"zzz" is not supported. '),
        ("https", "for WebDAV write webdav://"),
        ("sftp", "for SFTP (SSH) write ssh://"),
    ],
)
def test_a_kind_that_is_not_there(scheme: str, told: str) -> None:
    with pytest.raises(UnsupportedBackend) as caught:
        registry.open_destination(parse_url(f"{scheme}://host/folder"), {})
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("webdav://u:%E9hidden@server/", "password"), ("ssh://%E9@server/x", "user"),
        ("ftp://server/%FF", "path"),
        ("s3://bucket/?aws-secret-access-key=%E9hidden", "aws-secret-access-key"),
    ],
)  # fmt: skip
def test_what_no_text_is_in_an_address_is_told(url: str, part: str) -> None:
    """Letters that an older program had encoded in Latin-1 ended in a traceback."""
    with pytest.raises(InvalidValue, match=f"its {part} is no UTF-8") as caught:
        registry.open_destination(parse_url(url), {})
    assert "hidden" not in str(caught.value)
    str(caught.value).encode()


@pytest.mark.parametrize("scheme", ["file", "ssh", "s3"])
def test_no_path_has_a_zero(scheme: str) -> None:
    """It ended a backup from a copy's address, long after it had begun."""
    with pytest.raises(InvalidValue, match="its path has a character with the number 0"):
        registry.open_destination(parse_url(f"{scheme}://host/a%00b"), {})


def test_a_folder_of_this_machine_may_have_any_bytes_for_a_name(tmp_path: Path) -> None:
    assert registry.open_destination(parse_url(f"file://{tmp_path}/%FF"), {}).display.endswith("\udcff")
