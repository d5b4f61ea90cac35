"""The options of the tray, and everything that is said to it as one typed value (spec/server.md 1.4, 9).

Of two places that say something about one option, the first of these counts: parameters file, command line,
environment.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from triplicati.config.datafolder import DataFolder, data_folder
from triplicati.config.parameters import read_parameters
from triplicati.config.preload import preload_folder, preloaded
from triplicati.errors import InvalidValue, UsageError
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import expand_variables
from triplicati.options.server.parsing import parse_words, variable_of
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati.values.secrets import Secret
from triplicati_tray.notices import LEVELS, Wanted

TRAY = (
    Option(
        "hosturl", T.STRING, None,
        "Address of a server to connect to, such as http://othermachine:8200; the tray then starts none.",
        "tray", aliases=("server-url",),
    ),
    Option(
        "no-hosted-server", T.BOOLEAN, "false",
        "Never start a server, only connect to one: the one that is named by --hosturl, else the one of the "
        "data folder, else port 8200 of this computer.", "tray",
    ),
    Option(
        "read-config-from-db", T.BOOLEAN, "false",
        "Start no server and take address and key from the database in the data folder, so that no password "
        "is needed.", "tray",
    ),
    Option(
        "browser-command", T.STRING, None,
        "Command that opens the page, to which its address is added; the browser of the desktop when not "
        "given.", "tray",
    ),
    Option(
        "notify", T.ENUM, "warnings",
        "What is told by notifications of the desktop: all, every run that ends; warnings, what did not go "
        "well or is overdue, and the end of what you started yourself; errors, failures alone; or none.",
        "tray", values=LEVELS,
    ),
    Option(
        "host-cert-hash", T.STRING, None,
        "SHA-256 of the certificate of the server, the only one that is then trusted; * trusts any.", "tray",
    ),
    Option(
        "autostart", T.ENUM, None,
        "on: start the tray with the desktop from now on, with the other options given here; off: no longer. "
        "Only writes or removes the files for that and ends. Counts on the command line alone.",
        "tray", values=("on", "off"),
    ),
    Option(
        "ignore-revocation-failure", T.BOOLEAN, "false", "Accept a certificate that cannot be asked about.",
        "tray", state="inert", reason="revocation is not asked about",
    ),
    Option(
        "detached-process", T.BOOLEAN, "false", "Leave the console on Windows.", "tray",
        state="inert", reason="the tray stays where it was started",
    ),
)
TRAY_OPTIONS: dict[str, Option] = {option.name: option for option in TRAY}
_ALIASES = {alias: option.name for option in TRAY for alias in option.aliases}
_KNOWN = {**SERVER_OPTIONS, **TRAY_OPTIONS}
_PARAMETERS, _AUTOSTART = "parameters-file", "autostart"


class TrayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is None for the server of this computer. `server_words` go to a server that the tray starts, as
    words of its command line, and `server_secrets` as variables of its environment. `password` is for a
    server that runs already. `autostart` asks to change what starts with the desktop, and nothing else.
    `notices` are for the console."""

    help: bool
    autostart: bool
    folder: DataFolder
    environment: dict[str, str]
    url: str | None
    hosting: bool
    from_database: bool
    browser: str | None
    wanted: Wanted
    certificate_hash: str | None
    password: Secret | None
    key: Secret | None
    keyring: bool
    server_words: tuple[str, ...]
    server_secrets: dict[str, str]
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"TrayOptions({self.folder.path})"


def tray_options(argv: Sequence[str], environment: Mapping[str, str], program: Path) -> TrayOptions:
    """Puts all places together; `program` is the folder the program lies in. Blocks, changes nothing.

    Raises `UsageError`, `InvalidValue`, `ParametersFileUnusable`, `InsecureDataFolderPermissions`.
    """
    if parse_words(argv).help:
        return _typed({}, environment, DataFolder(program), asks_help=True)
    autostart = _AUTOSTART in parse_words(argv).options
    folder_named = preload_folder(argv, environment, program)
    argv, environment, notices = preloaded(
        argv, environment, program=program, folder=folder_named, role="tray"
    )
    words = parse_words(argv)
    if words.others:
        # Not shown: it may be a password that stands apart from its option.
        raise UsageError(reason="There are words that are no options. Write --NAME=VALUE without a blank.")
    given = _named(words.options)
    place = given.pop(_PARAMETERS, None) or environment.get(variable_of(_PARAMETERS))
    if place:
        text = read_parameters(expand_variables(place, environment))
        lines = [line.strip() for line in text.splitlines()]
        given |= _named(parse_words([line for line in lines if line.startswith("--")]).options)
    options = {**_of_environment(environment), **given}
    values = OptionValues(options, _KNOWN)
    folder = data_folder(values, environment, program)
    return _typed(options, environment, folder, given=given, notices=notices, autostart=autostart)


def server_child_words(given: Mapping[str, str | None], folder: DataFolder) -> tuple[str, ...]:
    """The words for a server that the tray starts: what was given to the tray for it and is no secret."""
    dropped = {_PARAMETERS, "portable-mode", "server-datafolder", "ping-pong-keepalive"}
    words = [
        f"--{name}" if value is None else f"--{name}={value}"
        for name, value in given.items()
        if name in SERVER_OPTIONS and name not in dropped and not (value and is_secret(name))
    ]
    # Found once, by where this program lies: the other program lies elsewhere.
    return (f"--server-datafolder={folder.theirs or folder.path}", *words)


def is_secret(name: str) -> bool:
    """Whether the values of an option must not be seen in the list of processes."""
    return SERVER_OPTIONS[name].type is T.PASSWORD


def _typed(
    options: Mapping[str, str | None],
    environment: Mapping[str, str],
    folder: DataFolder,
    *,
    given: Mapping[str, str | None] | None = None,
    notices: Sequence[str] = (),
    asks_help: bool = False,
    autostart: bool = False,
) -> TrayOptions:
    given = given or {}
    values = OptionValues(options, _KNOWN)
    url = (values.text("hosturl") or "").strip() or None
    from_database = values.boolean("read-config-from-db")
    known = {name: value for name, value in given.items() if name in SERVER_OPTIONS}
    secrets = {variable_of(name): value for name, value in known.items() if value and is_secret(name)}
    return TrayOptions(
        help=asks_help,
        autostart=autostart,
        folder=folder,
        environment=dict(environment),
        url=url,
        hosting=url is None and not from_database and not values.boolean("no-hosted-server"),
        from_database=from_database,
        browser=(values.text("browser-command") or "").strip() or None,
        wanted=_wanted(values),
        certificate_hash=(values.text("host-cert-hash") or "").strip() or None,
        password=values.secret("webservice-password") or None,
        key=values.secret("settings-encryption-key") or None,
        keyring=not values.boolean("disable-default-secret-provider"),
        server_words=server_child_words(known, folder),
        server_secrets=secrets,
        notices=(*notices, *_unknown(given), *_in_clear(url, has_password="webservice-password" in options)),
    )


def _wanted(values: OptionValues) -> Wanted:
    text = (values.text("notify") or "").strip().lower()
    for level in LEVELS:
        if level == text:
            return level
    raise InvalidValue(value=text, kind="--notify", reason=f"use one of {', '.join(LEVELS)}")


def _named(options: Mapping[str, str | None]) -> dict[str, str | None]:
    return {_ALIASES.get(name, name): value for name, value in options.items()}


def _of_environment(environment: Mapping[str, str]) -> dict[str, str | None]:
    """What ``DUPLICATI__NAME_WITH_DASHES`` says. A server that is started reads the same variables."""
    found: dict[str, str | None] = {}
    for option in _KNOWN.values():
        names = (option.name, *option.aliases)
        value = next(filter(None, (environment.get(variable_of(name)) for name in names)), None)
        if value is not None and option.name != "help":
            found[option.name] = value
    return found


def _in_clear(url: str | None, *, has_password: bool) -> list[str]:
    """Said where a password would go over a network as it is."""
    try:
        given = url or "localhost"
        parsed = urlsplit(given if "://" in given else f"http://{given}")
        name, scheme = parsed.hostname or "", parsed.scheme.lower()
    except ValueError:
        return []  # who connects to it says what is wrong
    if scheme != "http" or not has_password or name == "localhost" or _is_here(name):
        return []
    return [
        f"The password goes to {name} without encryption, and whoever is on the way can read it. Use an "
        "address with https://, or a tunnel as of ssh."
    ]


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _unknown(given: Mapping[str, str | None]) -> list[str]:
    import difflib  # noqa: PLC0415 - only for the one who mistyped

    found = []
    for name in given:
        if name in _KNOWN:
            continue
        alike = difflib.get_close_matches(name, [*_KNOWN, *_ALIASES], 1, 0.8)
        hint = f" Did you mean --{alike[0]}?" if alike else ""
        found.append(f"The option --{name} is not known and is ignored.{hint}")
    return found
