"""What is said to the tray, from every place, and what of it goes to a server that it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue, UsageError
from triplicati.options.declarations import OptionType
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati_tray.help import tray_help
from triplicati_tray.hosting import PORTS, server_command, server_environment
from triplicati_tray.options import TrayOptions, tray_options

_NOWHERE = Path("/nowhere/program")
_DATA = "--server-datafolder=/nowhere/data"


def _options(*words: str, **environment: str) -> TrayOptions:
    return tray_options([_DATA, *words], environment, _NOWHERE)


def test_alone_it_starts_a_server_on_the_first_free_port() -> None:
    found = _options()
    assert found.hosting
    command = server_command(found)
    assert command[-3:] == [_DATA, f"--webservice-port={PORTS}", "--ping-pong-keepalive=true"]


@pytest.mark.parametrize(
    "words", [("--server-url=nas:8200",), ("--no-hosted-server",), ("--read-config-from-db",)]
)
def test_who_connects_starts_none(words: tuple[str, ...]) -> None:
    assert not _options(*words).hosting


@pytest.mark.parametrize("name", ["hosturl", "server-url"])
def test_the_address_has_two_names_in_every_place(name: str) -> None:
    assert _options(f"--{name}=http://nas:8200").url == "http://nas:8200"
    variable = "DUPLICATI__" + name.upper().replace("-", "_")
    assert _options(**{variable: "http://nas:8200"}).url == "http://nas:8200"


def test_a_port_that_was_chosen_stays_the_only_one() -> None:
    assert server_command(_options("--webservice-port=8300"))[-2] == "--webservice-port=8300"
    assert PORTS not in " ".join(server_command(_options(DUPLICATI__WEBSERVICE_PORT="8300")))


def test_options_of_the_tray_are_kept_from_the_server() -> None:
    command = server_command(_options("--notify=all", "--browser-command=x", "--log-console"))
    assert command[-4:-1] == [_DATA, "--log-console", f"--webservice-port={PORTS}"]


@given(
    st.dictionaries(
        st.sampled_from([n for n, each in SERVER_OPTIONS.items() if each.type is OptionType.PASSWORD]),
        st.text("abcdefgh", min_size=12, max_size=20),
    )
)
def test_no_secret_is_ever_a_word_of_a_command_line(secrets: dict[str, str]) -> None:
    found = _options(*(f"--{name}={value}" for name, value in secrets.items()))
    said = " ".join(server_command(found)) + repr(found)
    environment = server_environment(found)
    for name, value in secrets.items():
        assert value not in said
        assert environment["DUPLICATI__" + name.upper().replace("-", "_")] == value


def test_a_parameters_file_goes_before_the_command_line_and_that_before_the_environment(
    tmp_path: Path,
) -> None:
    file = tmp_path / "parameters"
    file.write_text("--notify=errors\n\n--webservice-password=from a file\nno option\n")
    place = f"--parameters-file={file}"
    assert _options(place, "--notify=all").wanted == "errors"
    assert _options("--notify=all", DUPLICATI__NOTIFY="none").wanted == "all"
    assert _options(DUPLICATI__NOTIFY="none").wanted == "none"
    found = _options(place)
    assert found.server_secrets == {"DUPLICATI__WEBSERVICE_PASSWORD": "from a file"}
    assert not any("parameters" in word for word in found.server_words)


def test_portable_mode_means_the_folder_beside_this_program() -> None:
    found = tray_options(["--portable-mode"], {}, _NOWHERE)
    assert found.server_words == (f"--server-datafolder={_NOWHERE / 'data'}",)


def test_a_blank_instead_of_an_equals_sign_is_refused_without_showing_the_word() -> None:
    with pytest.raises(UsageError, match="--NAME=VALUE") as raised:
        _options("--webservice-password", "hunter2")
    assert "hunter2" not in str(raised.value)


def test_a_level_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(InvalidValue, match="all, warnings, errors, none"):
        _options("--notify=sometimes")


def test_a_mistyped_option_is_told_with_the_one_that_was_meant() -> None:
    (notice,) = _options("--notifi=all").notices
    assert notice == "The option --notifi is not known and is ignored. Did you mean --notify?"


def test_help_names_every_option_of_the_tray_and_fits_the_terminal() -> None:
    assert tray_options(["--help"], {}, _NOWHERE).help
    text = tray_help(80)
    for name in ("hosturl", "server-url", "no-hosted-server", "host-cert-hash", "notify", "autostart"):
        assert f"--{name}" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://nas:8200", True), ("nas:8200", True), ("HTTP://[fe80::1]:8200", True),
        ("https://nas:8200", False), ("http://localhost:8200", False), ("http://[::1]:8200", False),
        ("127.0.0.1:8200", False), ("http://[nas", False),
    ],
)  # fmt: skip
def test_a_password_that_others_can_read_on_its_way_is_told(url: str, told: bool) -> None:
    found = _options(f"--server-url={url}", DUPLICATI__WEBSERVICE_PASSWORD="secret of mine").notices
    assert bool(found) is told
    assert "secret of mine" not in "".join(found)
    assert not _options(f"--server-url={url}").notices
