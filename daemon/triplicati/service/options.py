"""The words of `duplicati-service`: what is for it, and what it passes on to the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from triplicati.errors import InvalidValue, UsageError
from triplicati.options.declarations import Option, OptionType
from triplicati.options.option_values import OptionValues
from triplicati.options.server.parsing import options_of_environment, parse_words, variable_of
from triplicati.options.server.registry import SERVER_OPTIONS

_SPAN, _NUMBER = OptionType.TIMESPAN, OptionType.INTEGER
OWN_OPTIONS = (
    Option("ping-interval", _SPAN, "15m", "How long between two questions whether it lives.", "service"),
    Option("ping-timeout", _SPAN, "1m", "How long it waits for the answer to one of them.", "service"),
    Option(
        "ping-tries", _NUMBER, "5", "After so many questions without an answer it is killed.", "service"
    ),
    Option("start-timeout", _SPAN, "10m", "How long the server may take until it answers at all.", "service"),
    Option(
        "stop-timeout", _SPAN, None,
        "How long the server may take to end; its --grace-period and 7 seconds more when not given.",
        "service",
    ),
    Option(
        "restart-delay", _SPAN, "10s",
        "How long it waits until it starts the server again; twice as long each time, five minutes at most.",
        "service",
    ),
)  # fmt: skip
_OWN = {option.name: option for option in OWN_OPTIONS}
# What the server does to end an operation after its grace period, and to close its files.
_ABORT = 7.0
_KEEPALIVE = "ping-pong-keepalive"


class Patience(msgspec.Struct, frozen=True):
    """Seconds, but for `ping_tries`."""

    ping_interval: float = 900.0
    ping_timeout: float = 60.0
    ping_tries: int = 5
    start_timeout: float = 600.0
    stop_timeout: float = 17.0
    restart_delay: float = 10.0


class ServiceWords(msgspec.Struct, frozen=True):
    """`server` are the words for the server, without secrets; these are in `secrets`, by their environment
    variables. `ignored` words were no options."""

    patience: Patience
    server: tuple[str, ...]
    secrets: dict[str, str]
    ignored: int
    help: bool

    def __repr__(self) -> str:
        return f"ServiceWords({len(self.server)} words, {len(self.secrets)} secrets)"


def service_words(argv: Sequence[str], environment: Mapping[str, str]) -> ServiceWords:
    """Takes a command line apart. Raises `InvalidValue`.

    An option that nobody knows goes to the server without its value: the server only warns of it, and the
    value may be a password behind a mistyped name.
    """
    words = parse_words(argv)
    own = _own_of_environment(environment)
    server, secrets = [], {}
    for name, value in words.options.items():
        if name in _OWN:
            own[name] = value
        elif is_secret(name) and value:
            secrets[variable_of(name)] = value
        elif name != _KEEPALIVE:
            known = name in SERVER_OPTIONS and value is not None
            server.append(f"--{name}={value}" if known else f"--{name}")
    given = options_of_environment(environment) | words.options
    return ServiceWords(_patience(own, given), tuple(server), secrets, len(words.others), words.help)


def is_secret(name: str) -> bool:
    option = SERVER_OPTIONS.get(name)
    return option is not None and option.type is OptionType.PASSWORD


def stop_seconds(given: Mapping[str, str | None]) -> float:
    """How long a server with these options may take to end. Raises `InvalidValue`."""
    return OptionValues(given, SERVER_OPTIONS).timespan("grace-period").total_seconds() + _ABORT


def _own_of_environment(environment: Mapping[str, str]) -> dict[str, str | None]:
    return {name: text for name in _OWN if (text := environment.get(variable_of(name)))}


def _patience(own: Mapping[str, str | None], given: Mapping[str, str | None]) -> Patience:
    values = OptionValues(own, _OWN)

    def seconds(name: str) -> float:
        try:
            return max(0.0, values.timespan(name).total_seconds())
        except InvalidValue as error:
            raise UsageError(reason=f"--{name}: {error}") from None

    return Patience(
        ping_interval=seconds("ping-interval"),
        ping_timeout=seconds("ping-timeout"),
        ping_tries=max(1, values.integer("ping-tries")),
        start_timeout=seconds("start-timeout"),
        stop_timeout=seconds("stop-timeout") if values.given("stop-timeout") else stop_seconds(given),
        restart_delay=seconds("restart-delay"),
    )
