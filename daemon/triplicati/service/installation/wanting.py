"""From the words of the command line to what is to be installed."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from triplicati.config.datafolder import DataFolder, chosen_folder, data_folder
from triplicati.config.server_options import parse_ports
from triplicati.errors import UsageError
from triplicati.options.declarations import OptionType
from triplicati.options.option_values import OptionValues
from triplicati.options.server.parsing import parse_words, server_warnings, variable_of
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati.runner.addresses import bind_addresses
from triplicati.service.installation.plan import System, Wanted, checked_name
from triplicati.service.options import OWN_OPTIONS, is_secret, stop_seconds
from triplicati.service.program import program_words

_OWN = frozenset(option.name for option in OWN_OPTIONS)
# What is done once, and not at each start of a service.
_ONCE = ("adopt", "help", "webservice-password-init", "webservice-reset-jwt-config")
_FOLDERS = ("DUPLICATI__SERVER_DATAFOLDER", "DUPLICATI_DATA_FOLDER", "DUPLICATI_HOME")
_KEY = "SETTINGS_ENCRYPTION_KEY"


def wanted(words: argparse.Namespace, rest: Sequence[str], environment: Mapping[str, str]) -> Wanted:
    """`rest` are the options of the server. Raises `UsageError`, `InvalidValue`."""
    system = cast("System", sys.platform if sys.platform in ("darwin", "win32") else "linux")
    program = Path(sys.argv[0]).resolve().parent
    user = _for_user(words, system)
    name = checked_name(words.name)
    folder = service_folder(words.server_datafolder, environment, user=user, name=name, system=system)
    # Those of the environment count for what is written, and do not stand in the way of anything else.
    options, secrets = _options(rest, environment if words.command == "install" else {}, system)
    started = "duplicati-server" if system == "linux" else "duplicati-service"
    return Wanted(
        system=system,
        user=user,
        name=name,
        # Beside a folder of Duplicati's the server finds its own, and says so.
        folder=folder.theirs or folder.path,
        given=bool(words.server_datafolder or any(environment.get(each) for each in _FOLDERS)),
        program=program_words(started, program),
        options=tuple(f"--{option}" if value is None else f"--{option}={value}" for option, value in options),
        secrets=secrets,
        stop_seconds=stop_seconds(dict(options)),
        config=_config(system, environment, user=user),
        identity=_identity(),
    )


def service_folder(
    named: str | None, environment: Mapping[str, str], *, user: bool, name: str, system: System
) -> DataFolder:
    """The data folder of the service: the one that is named, that of the user, or the system's."""
    options: dict[str, str | None] = {"allow-insecure-datafolder": "true"}
    if named:
        options["server-datafolder"] = str(Path(named).expanduser())
    elif not user and not any(environment.get(each) for each in _FOLDERS):
        options["server-datafolder"] = str(_system_folder(system, name, environment))
    return data_folder(OptionValues(options, SERVER_OPTIONS), environment, Path(sys.argv[0]).resolve().parent)


def usual_folder(environment: Mapping[str, str]) -> Path:
    """Where a server of this user keeps its data when nothing is said."""
    return chosen_folder(None, False, environment, Path())


def _for_user(words: argparse.Namespace, system: System) -> bool:
    if words.user or words.system:
        return bool(words.user)
    return _identity() != 0


def _identity() -> int:
    """The number of this user; that of root for Windows, where services are for administrators."""
    if sys.platform == "win32":
        return 0
    return os.geteuid()


def _system_folder(system: System, name: str, environment: Mapping[str, str]) -> Path:
    if system == "linux":
        return Path("/var/lib", name)
    if system == "darwin":
        return Path("/Library/Application Support", name)
    return Path(environment.get("PROGRAMDATA", r"C:\ProgramData"), name)


def _config(system: System, environment: Mapping[str, str], *, user: bool) -> Path:
    named = environment.get("XDG_CONFIG_HOME", "")
    if system != "darwin" and Path(named).is_absolute():
        return Path(named)
    try:
        return Path.home() / ("Library" if system == "darwin" else ".config")
    except RuntimeError:
        if not user:
            return Path("/")  # nothing of a service of the system lies there
        raise UsageError(
            reason="This user has no home folder, where services of a user are kept. Set HOME, or make a "
            "service of the system: sudo triplicati service install --system"
        ) from None


def _options(
    rest: Sequence[str], environment: Mapping[str, str], system: System
) -> tuple[list[tuple[str, str | None]], dict[str, str]]:
    """The options of the server, and secrets by their variables, which can come from the environment too."""
    parsed = parse_words(rest)
    if parsed.others:
        # Not shown: it may be a password that stands apart from its option.
        raise UsageError(
            reason=f"{len(parsed.others)} word(s) are no options. Write --NAME=VALUE without a blank."
        )
    secrets = {
        variable: environment[variable]
        for option in SERVER_OPTIONS
        if is_secret(option) and environment.get(variable := variable_of(option))
    }
    if environment.get(_KEY):
        secrets[_KEY] = environment[_KEY]
    options = []
    for name, value in parsed.options.items():
        _check(name, value, system)
        if is_secret(name):
            secrets[variable_of(name)] = value or ""
        else:
            options.append((name, _absolute(name, value)))
    return options, secrets


def _check(name: str, value: str | None, system: System) -> None:
    if name in _ONCE:
        raise UsageError(
            reason=f"--{name} is for one start, and a service starts often. Run this once, before: "
            f"duplicati-server --{name}{'' if name == 'help' else ' ...'}"
        )
    if name == "portable-mode":
        raise UsageError(reason="Say --server-datafolder=FOLDER instead of --portable-mode.")
    if name in _OWN:
        if system == "linux":
            raise UsageError(
                reason=f"--{name} is for duplicati-service; systemd watches the server itself. Leave it out."
            )
        return
    if name not in SERVER_OPTIONS:
        like = difflib.get_close_matches(name, SERVER_OPTIONS, 1, 0.7)
        hint = f"Did you mean --{like[0]}?" if like else "See: duplicati-server --help"
        raise UsageError(reason=f"--{name} is no option of the server. {hint}")
    wrong = [each for each in server_warnings({name: value}) if each.id == "OptionValidationError"]
    if wrong and not is_secret(name):
        raise UsageError(reason=wrong[0].message)
    if name == "webservice-port":
        parse_ports(value or "")
    if name == "webservice-interface":
        bind_addresses(value or "")


def _absolute(name: str, value: str | None) -> str | None:
    """A service begins in another folder than the one this was typed in."""
    option = SERVER_OPTIONS.get(name)
    is_path = option is not None and option.type is OptionType.PATH
    if not value or not is_path or value[0] in "$%":
        return value
    return str(Path(value).expanduser().absolute())
