"""All that is said to the server at its start, from every place, as one typed value (spec/server.md 1.4).

Of two places that say something about one option, the first of these counts: parameters file, command line,
preload settings, environment. What none of them says is None where a stored setting comes next.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from triplicati.config.datafolder import DataFolder, data_folder
from triplicati.config.parameters import read_parameters
from triplicati.config.preload import merged, preload_folder, preloaded, read_files
from triplicati.config.secrets import with_secrets
from triplicati.errors import InvalidValue
from triplicati.options.option_values import OptionValues, is_integer
from triplicati.options.parser import expand_variables
from triplicati.options.server.parsing import Words, options_of_environment, parse_words, server_warnings
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati.options.validation import OptionWarning
from triplicati.values.secrets import Secret
from triplicati.values.timespans import parse_timespan

_PARAMETERS = "parameters-file"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{10,}")
_MODULES = ("allowed-backend-modules", "allowed-encryption-modules", "allowed-compression-modules")
_FOLDER_STATUS = "webservice-enable-folder-status-service"
_PROVIDER = ("secret-provider", "secret-provider-cache", "secret-provider-pattern")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class LogOptions(msgspec.Struct, frozen=True):
    """`console` shows lines from the level Information on."""

    file: str | None
    level: str
    console: bool


class TlsOptions(msgspec.Struct, frozen=True):
    """`file` and `password` are a certificate of one's own; `configure` makes one, also for `hostnames`."""

    disabled: bool
    remove: bool
    file: str | None
    password: Secret | None
    configure: bool
    hostnames: tuple[str, ...]


class TokenOptions(msgspec.Struct, frozen=True):
    reset: bool
    forever: bool
    signin_disabled: bool | None
    pre_auth: tuple[Secret, ...]
    duration: timedelta


class DatabaseOptions(msgspec.Struct, frozen=True):
    """`key` is only that of an option; `old_key` is the password of a scrambled database."""

    key: Secret | None
    key_required: bool
    encryption_disabled: bool
    keyring: bool
    old_key: Secret | None


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """None stands for "not said" where a stored setting comes next.

    `folder` is not made yet. `adopt` is None, or a folder of Duplicati, "" for the usual one.
    `secret_provider` are its options, which hold for jobs too that name none. `preload_database` are
    application-wide options of an administrator; None removes one. `environment` is that of the process with
    what preload settings add. `base_path` begins and ends with a slash.
    """

    help: bool
    folder: DataFolder
    environment: dict[str, str]
    notices: tuple[str, ...]
    warnings: tuple[OptionWarning, ...]
    temporary_folder: str | None
    adopt: str | None
    ping_pong: bool
    grace: float
    log: LogOptions
    log_retention: timedelta
    allowed_modules: dict[str, str]
    secret_provider: dict[str, str]
    ports: tuple[int, ...]
    interface: str | None
    hostnames: tuple[str, ...] | None
    cors_origins: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    base_path: str
    zone: str | None
    api_only: bool
    web_face: Path | None
    disabled_extensions: tuple[str, ...] | None
    folder_status: bool | None
    legacy_api: bool
    open_metrics: bool
    webdav: bool
    welcome: bool
    password: Secret | None
    password_init: Secret | None
    tls: TlsOptions
    tokens: TokenOptions
    database: DatabaseOptions
    preload_database: dict[str, str | None]

    def __repr__(self) -> str:
        return f"ServerOptions({self.folder.path})"


def server_options(argv: Sequence[str], environment: Mapping[str, str], program: Path) -> ServerOptions:
    """Puts all places together; `program` is the folder the program lies in.

    Reads files and may ask a secret provider, so it blocks; makes and changes nothing. A request for help
    looks into none of this. Raises `InvalidValue`, `ParametersFileUnusable`, `SecretProviderError`,
    `InsecureDataFolderPermissions`.
    """
    if (words := parse_words(argv)).help:
        return _typed(words, {}, environment, DataFolder(program), (), {})
    place = preload_folder(argv, environment, program)
    argv, environment, notices = preloaded(argv, environment, program=program, folder=place, role="server")
    files, _ = read_files(environment, program=program, folder=place)
    words = parse_words(argv)
    options = {**options_of_environment(environment), **words.options}
    options |= _parameters(options.pop(_PARAMETERS, None), environment)
    resolved = with_secrets(options, "", environment)
    notices += resolved.warnings
    with resolved.hidden_in_errors():
        values = OptionValues(resolved.options, SERVER_OPTIONS)
        folder = data_folder(values, environment, program)
        database = merged(files, "server").database
        return _typed(words, resolved.options, environment, folder, notices, database)


def _parameters(named: str | None, environment: Mapping[str, str]) -> dict[str, str | None]:
    """The options of a parameters file; other lines of it are for the command line program."""
    if not named or not named.strip():
        return {}
    text = read_parameters(expand_variables(named, environment))
    lines = [line.strip() for line in text.splitlines()]
    options = parse_words([line for line in lines if line.startswith("--")]).options
    return {name: value for name, value in options.items() if name != _PARAMETERS}


def _typed(
    words: Words,
    options: Mapping[str, str | None],
    environment: Mapping[str, str],
    folder: DataFolder,
    notices: Sequence[str],
    database: dict[str, str | None],
) -> ServerOptions:
    values = OptionValues(options, SERVER_OPTIONS)
    return ServerOptions(
        help=words.help,
        folder=folder,
        environment=dict(environment),
        notices=tuple(notices),
        warnings=tuple(server_warnings(options, () if words.help else words.others)),
        temporary_folder=_path(values, "tempdir", environment),
        adopt=_path(values, "adopt", environment) or "" if values.given("adopt") else None,
        ping_pong=values.boolean("ping-pong-keepalive"),
        grace=max(values.timespan("grace-period").total_seconds(), 0.0),
        log=LogOptions(
            _path(values, "log-file", environment), values.choice("log-level"), values.boolean("log-console")
        ),
        log_retention=values.timespan("log-retention") or parse_timespan("30D"),
        allowed_modules={name: values.text(name) or "" for name in _MODULES if values.given(name)},
        secret_provider={name: values.text(name) or "" for name in _PROVIDER if values.given(name)},
        ports=parse_ports(values.text("webservice-port") or "8200"),
        interface=_text(values, "webservice-interface"),
        hostnames=_list_or_none(values, "webservice-allowed-hostnames", ";"),
        cors_origins=_list(values, "webservice-cors-origins", ";"),
        trusted_proxies=tuple(map(_network, _list(values, "trusted-proxy", ",;"))),
        base_path=_base_path(values.text("base-path") or ""),
        zone=_text(values, "webservice-timezone"),
        api_only=values.boolean("webservice-api-only"),
        web_face=_web_face(_path(values, "webui-dir", environment)),
        disabled_extensions=_list_or_none(values, "webservice-disable-api-extensions", ",;"),
        folder_status=values.boolean(_FOLDER_STATUS) if values.given(_FOLDER_STATUS) else None,
        legacy_api=values.boolean("legacy-api"),
        open_metrics=values.boolean("metrics"),
        webdav=values.boolean("webservice-webdav"),
        welcome=not values.boolean("webservice-suppress-welcome-page"),
        password=_secret(values, "webservice-password"),
        password_init=_secret(values, "webservice-password-init"),
        tls=_tls(values, environment),
        tokens=_tokens(values),
        database=_database(values),
        preload_database=database,
    )


def _tls(values: OptionValues, environment: Mapping[str, str]) -> TlsOptions:
    return TlsOptions(
        disabled=values.boolean("webservice-disable-https"),
        remove=values.boolean("webservice-remove-sslcertificate"),
        file=_path(values, "webservice-sslcertificatefile", environment),
        password=_secret(values, "webservice-sslcertificatepassword"),
        configure=values.boolean("configure-https"),
        hostnames=_list(values, "configure-https-hostnames", ";,"),
    )


def _tokens(values: OptionValues) -> TokenOptions:
    disabled = "webservice-disable-signin-tokens"
    given = _list(values, "webservice-pre-auth-tokens", ";")
    if not all(_TOKEN.fullmatch(token) for token in given):
        reason = "each needs at least 10 letters, digits, _ and -"
        raise InvalidValue(
            value="********", kind="list of tokens for --webservice-pre-auth-tokens", reason=reason
        )
    return TokenOptions(
        reset=values.boolean("webservice-reset-jwt-config"),
        forever=values.boolean("webservice-enable-forever-token"),
        signin_disabled=values.boolean(disabled) if values.given(disabled) else None,
        pre_auth=tuple(map(Secret, given)),
        duration=values.timespan("webservice-token-duration") or parse_timespan("30D"),
    )


def _database(values: OptionValues) -> DatabaseOptions:
    return DatabaseOptions(
        key=_secret(values, "settings-encryption-key"),
        key_required=values.boolean("require-db-encryption-key"),
        encryption_disabled=values.boolean("disable-db-encryption"),
        keyring=not values.boolean("disable-default-secret-provider"),
        old_key=_secret(values, "server-encryption-key"),
    )


def parse_ports(text: str) -> tuple[int, ...]:
    """The ports of a list, in order and each once; 0 lets the system choose one. Raises `InvalidValue`."""
    ports = [part.strip() for part in text.split(",") if part.strip()]
    if not ports or not all(is_integer(port) and 0 <= int(port) <= 65535 for port in ports):
        raise InvalidValue(value=text, kind="--webservice-port", reason="ports are numbers up to 65535")
    return tuple(dict.fromkeys(map(int, ports)))


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        reason = "an address or a network such as 10.0.0.0/8 is needed"
        raise InvalidValue(value=text, kind="--trusted-proxy", reason=reason) from None


def _web_face(folder: str | None) -> Path | None:
    if not folder:
        return None
    path = Path(folder).absolute()
    if not os.path.isfile(path / "index.html"):  # which raises for no path
        raise InvalidValue(value=folder, kind="--webui-dir", reason="there is no index.html in that folder")
    return path


def _base_path(text: str) -> str:
    inner = text.strip().strip("/")
    if not re.fullmatch(r"[A-Za-z0-9._~/-]*", inner) or {".", ".."} & set(inner.split("/")):
        raise InvalidValue(value=text, kind="--base-path", reason="a path such as /backup is needed")
    return f"/{inner}/" if inner else "/"


def _text(values: OptionValues, name: str) -> str | None:
    return (values.text(name) or "").strip() or None


def _secret(values: OptionValues, name: str) -> Secret | None:
    return values.secret(name) or None


def _path(values: OptionValues, name: str, environment: Mapping[str, str]) -> str | None:
    text = _text(values, name)
    return expand_variables(text, environment) if text else None


def _list(values: OptionValues, name: str, separators: str) -> tuple[str, ...]:
    parts = re.split(f"[{separators}]", values.text(name) or "")
    return tuple(part.strip() for part in parts if part.strip())


def _list_or_none(values: OptionValues, name: str, separators: str) -> tuple[str, ...] | None:
    return _list(values, name, separators) if values.given(name) else None
