"""What is said to the server at its start, and which place counts (spec/server.md 1.2, 1.4)."""

from __future__ import annotations

import contextlib
import ipaddress
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.config.server_options import ServerOptions, parse_ports, server_options
from triplicati.errors import InvalidValue, ParametersFileUnusable, TriplicatiError
from triplicati.options.help_text import PROGRAM as OTHER_PROGRAM
from triplicati.options.server.help import server_help
from triplicati.options.server.parsing import options_of_environment, parse_words, variable_of
from triplicati.options.server.registry import SERVER_OPTIONS, TOPICS
from triplicati.options.value_checks import problem_with
from triplicati.values.secrets import Secret

# Every option of the specification.
SPECIFICATION = """
    help tempdir parameters-file portable-mode server-datafolder allow-insecure-datafolder ping-pong-keepalive
    disable-update-check log-retention log-file log-level log-console windows-eventlog windows-eventlog-level
    webservice-port webservice-interface webservice-webroot webservice-password webservice-password-init
    webservice-allowed-hostnames webservice-cors-origins webservice-timezone webservice-api-only
    webservice-spa-paths webservice-disable-api-extensions webservice-suppress-welcome-page
    webservice-enable-folder-status-service webservice-disable-https webservice-remove-sslcertificate
    webservice-sslcertificatefile webservice-sslcertificatepassword configure-https configure-https-hostnames
    webservice-reset-jwt-config webservice-enable-forever-token webservice-disable-signin-tokens
    webservice-pre-auth-tokens webservice-token-duration settings-encryption-key require-db-encryption-key
    disable-db-encryption disable-default-secret-provider server-encryption-key secret-provider
    secret-provider-cache secret-provider-pattern register-remote-control register-remote-control-force
    allowed-backend-modules allowed-encryption-modules allowed-compression-modules
"""
SPECIFIED = SPECIFICATION.split()
OURS = [
    "adopt", "legacy-api", "grace-period", "trusted-proxy", "base-path", "metrics", "webui-dir",
    "webservice-webdav",
]  # fmt: skip


def options(tmp_path: Path, *words: str, **environment: str) -> ServerOptions:
    surroundings = {"DUPLICATI_HOME": str(tmp_path / "data"), **environment}
    return server_options(list(words), surroundings, tmp_path / "program")


def test_every_option_is_declared_once() -> None:
    assert sorted(SERVER_OPTIONS) == sorted(SPECIFIED + OURS)
    assert sum(len(topic) for topic in TOPICS.values()) == len(SERVER_OPTIONS)


@pytest.mark.parametrize("name", SPECIFIED + OURS)
def test_a_declaration_is_consistent(name: str) -> None:
    option = SERVER_OPTIONS[name]
    assert problem_with(option, option.default) is None
    assert bool(option.reason) == (option.state != "works")
    assert option.state != "refused"
    assert option.summary.endswith(".")
    assert not option.reason.endswith(".")


def test_nothing_said(tmp_path: Path) -> None:
    found = options(tmp_path)
    assert found.folder.path == tmp_path / "data"
    assert not found.folder.path.exists()
    assert found.ports == (8200,)
    assert (found.interface, found.hostnames, found.zone, found.adopt) == (None, None, None, None)
    assert (found.legacy_api, found.open_metrics, found.grace, found.base_path) == (True, False, 10.0, "/")
    assert found.log_retention == timedelta(days=30)
    assert found.tokens.duration == timedelta(days=30)
    assert found.tokens.signin_disabled is None
    assert (found.warnings, found.notices) == ((), ())
    assert not found.help


def test_all_said(tmp_path: Path) -> None:
    found = options(
        tmp_path,
        "--webservice-port=8300, 8400,8300",
        "--webservice-interface=any",
        "--webservice-allowedhostnames=nas; nas.example",
        "--server-timezone=Europe/Berlin",
        "--adopt",
        "--legacy-api=no",
        "--grace-period=2s",
        "--trusted-proxy=10.0.0.0/8,::1",
        "--base-path=backup",
        "--metrics",
        "--webservice-password=open sesame",
        "--webservice-pre-auth-tokens=abcdefghij;klmnopqr_-1",
        "--webservice-disable-signin-tokens=false",
        "--configure-https-hostnames=nas;10.0.0.5",
        "--disable-default-secret-provider",
        "--webservice-enable-folder-status-service",
        "--allowed-backend-modules=file",
    )
    assert found.ports == (8300, 8400)
    assert found.interface == "any"
    assert found.hostnames == ("nas", "nas.example")
    assert found.zone == "Europe/Berlin"
    assert found.adopt == ""
    assert (found.legacy_api, found.open_metrics, found.grace, found.base_path) == (
        False,
        True,
        2.0,
        "/backup/",
    )
    assert found.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1"))
    assert found.password == Secret("open sesame")
    assert found.tokens.pre_auth == (Secret("abcdefghij"), Secret("klmnopqr_-1"))
    assert found.tokens.signin_disabled is False
    assert found.tls.hostnames == ("nas", "10.0.0.5")
    assert not found.database.keyring
    assert found.folder_status is True
    assert found.allowed_modules == {"allowed-backend-modules": "file"}


def test_the_order_of_the_places(tmp_path: Path) -> None:
    """Parameters file, command line, preload settings, environment."""
    (tmp_path / "data").mkdir(mode=0o700)
    preload = {
        "args": {"server": ["--webservice-port=3", "--webservice-interface=preload", "--tempdir=/preload"]}
    }
    (tmp_path / "data" / "preload.json").write_text(json.dumps(preload))
    (tmp_path / "data" / "preload.json").chmod(0o600)
    file = tmp_path / "parameters"
    file.write_text("--webservice-port=1\n\nno option\n--include=*.txt\n")
    environment = {
        "DUPLICATI__WEBSERVICE_PORT": "4",
        "DUPLICATI__WEBSERVICE_INTERFACE": "environment",
        "DUPLICATI__TEMPDIR": "/environment",
        "DUPLICATI__LOG_FILE": "/environment",
    }
    found = options(
        tmp_path,
        f"--parameterfile={file}",
        "--webservice-port=2",
        "--webservice-interface=line",
        **environment,
    )
    assert found.ports == (1,)
    assert found.interface == "line"
    assert found.temporary_folder == "/preload"
    assert found.log.file == "/environment"
    assert [warning.option for warning in found.warnings] == ["include"]


def test_preload_settings_for_the_database(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    preload = {"db": {"*": {"asynchronous-upload-limit": "2"}, "server": {"zip": None}, "cli": {"x": "1"}}}
    (tmp_path / "data" / "preload.json").write_text(json.dumps(preload))
    (tmp_path / "data" / "preload.json").chmod(0o600)
    assert options(tmp_path).preload_database == {"asynchronous-upload-limit": "2", "zip": None}


@pytest.mark.parametrize(
    "name", [name for name in SPECIFIED + OURS if name not in ("help", "settings-encryption-key")]
)
def test_every_option_has_a_variable(name: str) -> None:
    assert options_of_environment({variable_of(name): "x"}) == {name: "x"}


def test_variables_of_aliases_and_empty_ones() -> None:
    environment = {"DUPLICATI__WEBSERVICE_ALLOWEDHOSTNAMES": "nas", "DUPLICATI__LOG_FILE": ""}
    assert options_of_environment(environment) == {"webservice-allowed-hostnames": "nas"}


@pytest.mark.parametrize("word", ["help", "HELP", "-h", "--help", "/?", "usage"])
def test_help_looks_at_nothing_else(tmp_path: Path, word: str) -> None:
    assert options(tmp_path, word, "--parameters-file=/missing").help


@pytest.mark.parametrize("width", [60, 120])
def test_the_help_text(width: int) -> None:
    text = server_help(width)
    assert all(len(line) <= width for line in text.splitlines())
    assert all(f"--{name} (" in text for name in SERVER_OPTIONS)
    assert f"Usage: {OTHER_PROGRAM}" not in text


def test_what_is_odd_is_only_told(tmp_path: Path) -> None:
    found = options(
        tmp_path, "--webservice-prot=1", "--disable-update-check", "--log-level=loud", "stray-secret"
    )
    told = [warning.message for warning in found.warnings]
    assert len(told) == 4
    assert "Did you mean --webservice-port?" in "".join(told)
    assert "stray-secret" not in "".join(told)


def test_inert_options_that_ask_for_nothing_are_not_told(tmp_path: Path) -> None:
    assert options(tmp_path, "--disable-update-check=false", "--webservice-webroot=webroot").warnings == ()


@pytest.mark.parametrize(
    "word",
    [
        "--webservice-port=http",
        "--webservice-port=70000",
        "--webservice-port=,",
        "--webservice-pre-auth-tokens=abcdefghij;too-short",
        "--webservice-pre-auth-tokens=abcdefghij-with blank",
        "--trusted-proxy=proxy.example",
        "--base-path=/../x",
        "--base-path=/a?b",
        "--webui-dir=/missing/folder",
    ],
)
def test_what_cannot_be_meant_ends_the_start(tmp_path: Path, word: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        options(tmp_path, word)
    assert "abcdefghij" not in str(caught.value)


def test_a_parameters_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ParametersFileUnusable):
        options(tmp_path, "--parameters-file=/missing/file")


def test_secrets_are_fetched_and_not_shown(tmp_path: Path) -> None:
    found = options(tmp_path, "--secret-provider=env:", "--webservice-password=$WEB", WEB="open sesame")
    assert found.password == Secret("open sesame")
    assert "sesame" not in repr(found)
    assert "sesame" not in repr(parse_words(["--webservice-password=open sesame"]))


@given(st.text(max_size=12))
def test_ports_are_ports_or_an_error(text: str) -> None:
    try:
        ports = parse_ports(text)
    except InvalidValue:
        return
    assert ports
    assert all(0 <= port <= 65535 for port in ports)


@given(st.lists(st.text('-=/ab"?h', max_size=8), max_size=4))
def test_any_command_line_can_be_taken_apart(words: list[str]) -> None:
    parsed = parse_words(words)
    assert len(parsed.options) + len(parsed.others) <= len(words)


@given(st.sampled_from(sorted(SERVER_OPTIONS)), st.text(st.characters(exclude_characters="\0"), max_size=8))
def test_no_value_of_an_option_is_a_crash(name: str, value: str) -> None:
    if name in ("secret-provider", "secret-provider-pattern", "parameters-file", "help", "portable-mode"):
        return
    place = Path("/nonexistent/folder")
    with contextlib.suppress(TriplicatiError):
        server_options([f"--{name}={value}"], {"DUPLICATI_HOME": "/nonexistent/data"}, place)
